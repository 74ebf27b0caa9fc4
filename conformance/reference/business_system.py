"""The business system of the reference: accounts that are written and polled. Variants replace one small step."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.responses import Response
from starlette.routing import Route

from conformance.documents import exact_json
from conformance.reference.business_system_pages import QUOTA, Page, Quota, Refused, Window, basic, decoded, encoded
from conformance.reference.known_clients import COUNTED, OUTSIDER, api_form
from conformance.reference.org import AccessToken, Org, authorization_of
from conformance.reference.record_fields import DESCRIBED, FIELDS, Invalid, RecordFields, milliseconds, written
from conformance.reference.records import Change, Record, Records, WallClock, new_id
from conformance.reference.role import Role
from conformance.reference.token_endpoint import TOKEN_PATH

if TYPE_CHECKING:
    from starlette.requests import Request

PREFIX = "/erp"
LARGEST_PAGE = 100
TRANSACTION_HEADER = "X-Transaction"
KEY_HEADER = "Idempotency-Key"

type Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class BusinessSystem(RecordFields, Role):
    """Keeps accounts and says which have changed: ordered by time and version, with keyset paging and tombstones."""

    role: ClassVar[str] = "business_system"

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.time = WallClock(org.clock)
        self.records = Records(self.time, self.stamp)
        self.transactions: dict[str, list[Change]] = {}
        self.answered: dict[str, tuple[bytes, Response]] = {}
        self.quota = Quota()

    def routes(self) -> list[Route]:
        """The accounts, their description, transactions, and the clock."""
        served: tuple[tuple[str, Handler, str], ...] = (
            ("/accounts", self.poll, "GET"),
            ("/accounts", self.create, "POST"),
            ("/accounts/bulk", self.create_many, "POST"),
            ("/accounts/by-code/{code}", self.upsert, "PUT"),
            ("/accounts/{id}", self.read, "GET"),
            ("/accounts/{id}", self.update, "PATCH"),
            ("/accounts/{id}", self.delete, "DELETE"),
            ("/accounts/{id}/undelete", self.undelete, "POST"),
            ("/me", self.check, "GET"),
            ("/metadata", self.metadata, "GET"),
            ("/transactions", self.begin, "POST"),
            ("/transactions/{transaction}/commit", self.commit, "POST"),
            ("/clock", self.move_the_clock, "POST"),
        )
        return [Route(PREFIX + path, self.guarded(handler), methods=[method]) for path, handler, method in served]

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        """The role's part of the target file."""
        address = base_url + TOKEN_PATH
        return {
            "base_url": base_url + PREFIX,
            "access": {"bearer": {"url": address, "form": api_form() | {"scope": "api"}}},
            "without_access": {"basic": {"user": OUTSIDER[0], "password": OUTSIDER[1]}},
            "without_permission": {"bearer": {"url": address, "form": api_form() | {"scope": "accounts.read"}}},
            "create": {"path": "/accounts"},
            "create_many": {"path": "/accounts/bulk", "body": {"accounts": "{records}"}, "ids": "$.ids[*]"},
            "upsert": {"path": "/accounts/by-code/{key}", "key": "code"},
            "read": {"path": "/accounts/{id}"},
            "update": {"path": "/accounts/{id}"},
            "delete": {"path": "/accounts/{id}"},
            "undelete": {"path": "/accounts/{id}/undelete"},
            "check": {"path": "/me"},
            "metadata": DESCRIBED,
            "poll": {
                "path": "/accounts",
                "query": {"since": "{since}", "until": "{until}", "size": "{size}"},
                "items": "$.items[*]",
                "paging": {"token": "$.next", "token_parameter": "token"},
                "largest_page": LARGEST_PAGE,
                "deletes": "shown",
            },
            "modified": "$.modified",
            "version": "$.version",
            "deleted": "$.deleted",
            "fields": FIELDS,
            "label": "name",
            "idempotency_header": KEY_HEADER,
            "lock": "etag",
            "rate_limit": {"writes": QUOTA, "access": {"basic": {"user": COUNTED[0], "password": COUNTED[1]}}},
            "transactions": {
                "begin": {"path": "/transactions"},
                "commit": {"method": "POST", "path": "/transactions/{transaction}/commit"},
                "header": TRANSACTION_HEADER,
            },
            "clock": f"{base_url}{PREFIX}/clock",
        }

    def guarded(self, handler: Handler) -> Handler:
        """The handler with its refusals as answers."""

        async def answer(request: Request) -> Response:
            try:
                if not request.url.path.endswith("/clock"):
                    self.let_in(request)
                return await handler(request)
            except Refused as refused:
                return self.refuse(refused)
            except Invalid as invalid:
                return self.refuse(Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(invalid)))

        return answer

    # ---------------------------------------------------------------- callers

    def let_in(self, request: Request) -> None:
        """Let callers in who have a token that is good for this system."""
        token = self.token_of(request)
        if token is None:
            raise Refused(HTTPStatus.UNAUTHORIZED, "a valid access token is needed", {"WWW-Authenticate": "Bearer"})
        if not self.may(request, token):
            raise Refused(HTTPStatus.FORBIDDEN, "the token is not good for this")

    def token_of(self, request: Request) -> AccessToken | None:
        """The live token of the Authorization header."""
        scheme, value = authorization_of(request)
        if value == basic(OUTSIDER):
            return AccessToken("", frozenset(), 0)
        if value == basic(COUNTED):
            return AccessToken("", frozenset({"api"}), 0)
        token = self.org.tokens.get(value) if scheme.lower() == "bearer" else None
        return token if token is not None and self.org.is_live(token) else None

    def may(self, request: Request, token: AccessToken) -> bool:
        """Whether the token's scopes allow the request."""
        return "api" in token.scopes or (request.method == "GET" and "accounts.read" in token.scopes)

    async def check(self, request: Request) -> Response:
        """Who is connected."""
        return self.answer({"connected": True})

    async def metadata(self, request: Request) -> Response:
        """The fields of an account."""
        return self.answer({"fields": [self.described(name, about) for name, about in FIELDS.items()]})

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        """One field in the description."""
        found = {"name": name, "type": about["type"], "required": bool(about.get("required")), "read_only": False}
        return found | {"length": about.get("max_length"), "values": about.get("values", [])}

    # ---------------------------------------------------------------- actions

    async def create(self, request: Request) -> Response:
        """Create an account; a key that was seen before gets the answer of its first request."""
        self.count(request)
        body, key = await request.body(), self.key_of(request)
        if key in self.answered:
            known, answer = self.answered[key]
            if known != body:
                raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "the key belongs to another request")
            return answer
        fields = self.valid(self.read_json(body), is_new=True)
        identifier = self.new_id()
        await self.write(request, identifier, fields)
        answer = self.answer({"id": identifier}, 201, {"Location": f"{PREFIX}/accounts/{identifier}"})
        if key:
            self.answered[key] = body, answer
        return answer

    def count(self, request: Request) -> None:
        """Refuse a creation by somebody who has used up what may be created in an hour."""
        if authorization_of(request)[1] == basic(COUNTED):
            self.quota.take(self.time.now())

    async def create_many(self, request: Request) -> Response:
        """Create several accounts in one commit, or none of them."""
        given = self.read_json(await request.body()).get("accounts")
        if not isinstance(given, list) or not all(isinstance(fields, dict) for fields in given):
            raise Refused(HTTPStatus.BAD_REQUEST, "accounts is not a list of objects")
        changes = self.batch(given)
        self.records.commit(changes)
        return self.answer({"ids": [change.id for change in changes]}, 201)

    def batch(self, given: list[dict[str, object]]) -> list[Change]:
        """The changes of a batch. Raises Invalid where one of its records is invalid."""
        return [self.change(self.new_id(), self.valid(fields, is_new=True)) for fields in given]

    async def upsert(self, request: Request) -> Response:
        """Write the account with a code: a new one if there is none."""
        code = request.path_params["code"]
        fields = self.valid(self.read_json(await request.body()) | {"code": code}, is_new=True)
        identifier = await self.with_code(code) or self.new_id()
        await self.write(request, identifier, fields)
        return self.answer({"id": identifier})

    async def with_code(self, code: str) -> str | None:
        """The id of the account with a code."""
        found = self.records.select("json_extract(fields, '$.code') = ? AND NOT deleted", (code,), "version")
        return next((record.id for record in found), None)

    def new_id(self) -> str:
        """The id of a new account."""
        return new_id()

    def key_of(self, request: Request) -> str:
        """The idempotency key of a request."""
        return request.headers.get(KEY_HEADER, "")

    async def read(self, request: Request) -> Response:
        """One account."""
        record = self.existing(request)
        return self.answer(self.shown(record), headers={"ETag": f'"{record.version}"'})

    async def update(self, request: Request) -> Response:
        """Change the fields of an account that are given."""
        record = self.existing(request)
        if not self.is_current(request, record):
            raise Refused(HTTPStatus.PRECONDITION_FAILED, "the account has changed since")
        fields = self.valid(self.read_json(await request.body()), is_new=False)
        await self.write(request, record.id, fields)
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        """Delete an account; a tombstone is left."""
        await self.write(request, self.existing(request).id, None)
        return Response(status_code=204)

    async def undelete(self, request: Request) -> Response:
        """Bring a deleted account back, as it was."""
        record = self.records.find(request.path_params["id"])
        if record is None or not record.deleted:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such deleted account")
        self.records.commit([Change(record.id, {}, self.time.now())])
        return Response(status_code=204)

    def existing(self, request: Request) -> Record:
        """The account of the path."""
        record = self.records.alive(request.path_params["id"])
        if record is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such account")
        return record

    def is_current(self, request: Request, record: Record) -> bool:
        """Whether the caller knows the account as it is."""
        return request.headers.get("if-match") in (None, "*", f'"{record.version}"')

    def read_json(self, body: bytes) -> dict[str, object]:
        """The object of a body."""
        try:
            fields = exact_json.read(body)
        except ValueError:
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        if not isinstance(fields, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
        return fields

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        """The fields as they are kept."""
        found = {name: self.kept(name, value) for name, value in fields.items()}
        if is_new and (missing := self.missing_fields(found)):
            raise Invalid(f"{missing[0]} is required")
        return found

    def missing_fields(self, fields: dict[str, object]) -> list[str]:
        """The required fields that a new record lacks."""
        return [name for name, about in FIELDS.items() if about.get("required") and name not in fields]

    def look_up(self, identifier: str) -> None:
        """Refuse the id of a record that is not there."""
        if self.records.alive(identifier) is None:
            raise Invalid("there is no such account to refer to")

    async def write(self, request: Request, identifier: str, fields: dict[str, object] | None) -> None:
        """Write one change: in its transaction, or in one of its own."""
        change = self.change(identifier, fields)
        name = request.headers.get(TRANSACTION_HEADER)
        if name is None:
            self.records.commit([change])
        elif name in self.transactions:
            self.transactions[name].append(change)
        else:
            raise Refused(HTTPStatus.CONFLICT, "there is no such transaction")

    def change(self, identifier: str, fields: dict[str, object] | None) -> Change:
        """What a write does to a record."""
        return Change(identifier, fields, self.time.now())

    async def begin(self, request: Request) -> Response:
        """Begin a transaction."""
        name = new_id()
        self.transactions[name] = []
        return self.answer({"id": name}, 201)

    async def commit(self, request: Request) -> Response:
        """Commit a transaction."""
        changes = self.transactions.pop(request.path_params["transaction"], None)
        if changes is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such transaction")
        self.records.commit(changes)
        return Response(status_code=204)

    def stamp(self, change: Change, now: int) -> int:
        """The time of a change: that of its commit."""
        return now

    # ---------------------------------------------------------------- changes

    async def poll(self, request: Request) -> Response:
        """What has changed since a mark, a page at a time."""
        page = self.page(self.window_of(request))
        return self.answer({"items": [self.shown(record) for record in page.records], "next": page.token})

    def window_of(self, request: Request) -> Window:
        """What a poll asks for."""
        query = request.query_params
        since = self.mark(query["since"]) if "since" in query else None
        until = self.mark(query["until"]) if "until" in query else None
        return Window(since, until, self.size_of(query.get("size", "")), query.get("token", ""))

    def mark(self, text: str) -> int:
        """A mark in milliseconds since 1970."""
        return milliseconds(text, "the mark")

    def size_of(self, text: str) -> int:
        """How many records a page has at most."""
        return min(max(int(text), 1), LARGEST_PAGE) if text.isdecimal() and len(text) < 9 else LARGEST_PAGE

    def page(self, window: Window) -> Page:
        """One page: what lies behind its token, and one record more to see whether there is another page."""
        conditions, values = self.conditions(window)
        found = list(self.records.select(" AND ".join(["1", *conditions]), values, self.order, window.size + 1))
        if len(found) <= window.size:
            return Page(found)
        return Page(found[: window.size], self.token_after(found[window.size - 1]))

    order = "modified, version"

    def conditions(self, window: Window) -> tuple[list[str], list[object]]:
        """The window as conditions, with their values."""
        found: list[tuple[str, list[object]]] = []
        if window.since is not None:
            found.append((self.after_the_mark(window), [window.since]))
        if window.until is not None:
            found.append(("modified < ?", [window.until]))
        if window.token:
            found.append(self.behind(window.token))
        return [condition for condition, _ in found], [value for _, values in found for value in values]

    def after_the_mark(self, window: Window) -> str:
        """The condition that a record has changed since the mark."""
        return "modified >= ?"

    def token_after(self, record: Record) -> str:
        """The token of the page behind a record."""
        return encoded([record.modified, record.version])

    def behind(self, token: str) -> tuple[str, list[object]]:
        """The condition that a record stands behind a token."""
        return "(modified, version) > (?, ?)", decoded(token)

    def shown(self, record: Record) -> dict[str, object]:
        """A record in an answer; of a deleted one the tombstone."""
        about = {"id": record.id, "modified": self.shown_time(record.modified), "version": record.version}
        return {**about, "deleted": True} if record.deleted else {**record.fields, **about, "deleted": False}

    def shown_time(self, moment: int) -> str:
        """A time in an answer."""
        return written(moment)

    async def move_the_clock(self, request: Request) -> Response:
        """Stop the clock, let it go on, or move it."""
        wish = await request.json()
        if "stopped" in wish:
            self.time.stop(stopped=bool(wish["stopped"]))
        self.time.advance(round(float(wish.get("advance_seconds", 0)) * 1000))
        return self.answer({"now": written(self.time.now())})

    # ---------------------------------------------------------------- answers

    def answer(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """An answer in JSON."""
        return Response(exact_json.write(body), status, headers, "application/json")

    def refuse(self, refused: Refused) -> Response:
        """A refusal in JSON."""
        return self.answer({"error": refused.status.phrase, "message": refused.text}, refused.status, refused.headers)
