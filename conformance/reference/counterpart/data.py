"""The data API of an org, as far as any client needs it: a query of two pages, and plausible answers elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

DATA_PATH = "/services/data"
APEX_PATH = "/services/apexrest"
USER, NAME = "005000000000001", "integration@example.com"
FIRST_PAGE = 2
RECORDS = 5
_RECORD = "001000000000000000"
_INVALID = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
_LIMITS = (
    "DailyApiRequests",
    "DailyBulkApiBatches",
    "DailyBulkV2QueryJobs",
    "DailyAsyncApexExecutions",
    "DataStorageMB",
)
_MOST, _LEFT = 15_000, 14_982
_USAGE = {"Sforce-Limit-Info": f"api-usage={_MOST - _LEFT}/{_MOST}"}
_FIELDS = {"Id": "id", "Name": "string", "SystemModstamp": "datetime"}
_ALLOWED = ("queryable", "retrieveable", "createable", "updateable", "deletable", "searchable")


class Data:
    """The data API.

    Args:
        is_let_in: whether a request has a live token.
    """

    def __init__(self, is_let_in: Callable[[Request], bool]) -> None:
        self.is_let_in = is_let_in

    def routes(self) -> list[Route]:
        """Where it is served."""
        every = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"]
        return [
            Route(f"{DATA_PATH}/", self.versions, methods=["GET"]),
            Route(DATA_PATH, self.versions, methods=["GET"]),
            Route(DATA_PATH + "/{version}/query", self.query, methods=["GET"]),
            Route(DATA_PATH + "/{version}/query/", self.query, methods=["GET"]),
            Route(DATA_PATH + "/{version}/query/{locator}", self.next_page, methods=["GET"]),
            Route(DATA_PATH + "/{version}/limits", self.limits, methods=["GET"]),
            Route(DATA_PATH + "/{version}/sobjects", self.objects, methods=["GET"]),
            Route(DATA_PATH + "/{version}/sobjects/{object}/describe", self.describe, methods=["GET"]),
            Route(DATA_PATH + "/{path:path}", self.anything, methods=every),
            Route(APEX_PATH + "/{path:path}", self.anything, methods=every),
        ]

    async def versions(self, request: Request) -> Response:
        """The versions of the API."""
        return JSONResponse([{"label": "Winter '26", "url": f"{DATA_PATH}/v65.0", "version": "65.0"}])

    async def query(self, request: Request) -> Response:
        """The first page of a query."""
        following = f"{request.url.path.rstrip('/')}/01g000000000001-{FIRST_PAGE}"
        return self.guarded(request, self.page(range(FIRST_PAGE), following))

    async def next_page(self, request: Request) -> Response:
        """The last page of a query."""
        return self.guarded(request, self.page(range(FIRST_PAGE, RECORDS), None))

    def page(self, numbers: range, following: str | None) -> dict[str, object]:
        """A page of accounts."""
        records = [
            {"attributes": {"type": "Account", "url": f"{DATA_PATH}/v65.0/sobjects/Account/001{n:015}"}}
            | {"Id": f"001{n:015}", "Name": f"Account {n}"}
            for n in numbers
        ]
        more = {"nextRecordsUrl": following} if following else {}
        return {"totalSize": RECORDS, "done": following is None, **more, "records": records}

    async def limits(self, request: Request) -> Response:
        """How much of each limit is left."""
        return self.guarded(request, {name: {"Max": _MOST, "Remaining": _LEFT} for name in _LIMITS})

    async def objects(self, request: Request) -> Response:
        """The one object of the org."""
        return self.guarded(request, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_described("Account")]})

    async def describe(self, request: Request) -> Response:
        """What an object is made of."""
        fields = [
            {"name": name, "label": name, "type": kind, "nillable": name != "Id", "length": 255, "custom": False}
            | {"calculated": False, "compoundFieldName": None, "referenceTo": [], "picklistValues": []}
            for name, kind in _FIELDS.items()
        ]
        return self.guarded(request, {**_described(request.path_params["object"]), "fields": fields})

    async def anything(self, request: Request) -> Response:
        """A plausible answer to any other call."""
        if request.method in ("PATCH", "DELETE"):
            return self.guarded(request, None, 204)
        if request.method == "GET":
            return self.guarded(request, {"records": [], "sobjects": [], "Id": _RECORD, "Username": NAME})
        return self.guarded(request, {"id": _RECORD, "success": True, "errors": []}, 201)

    def guarded(self, request: Request, body: object, status: int = 200) -> Response:
        """The answer to a request with a live token."""
        if not self.is_let_in(request):
            return JSONResponse(_INVALID, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return Response(None, status, _USAGE) if status == 204 else JSONResponse(body, status, _USAGE)


def _described(name: str) -> Mapping[str, object]:
    """An object, without its fields."""
    return {"name": name, "label": name, "keyPrefix": "001", "custom": False, **dict.fromkeys(_ALLOWED, True)}
