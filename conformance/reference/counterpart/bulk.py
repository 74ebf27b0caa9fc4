"""Bulk API 1.0 of an org, as far as a client needs it: jobs and batches, each of which is done at once."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

ASYNC_PATH = "/services/async"
_JOB = ASYNC_PATH + "/{version}/job"
_BATCH = _JOB + "/{job}/batch"
_NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
_SHOWN = ("operation", "object", "contentType", "externalIdFieldName", "concurrencyMode", "state")
_QUERIES = ("query", "queryAll")
_ROWS = [{"Id": f"001{n:015}", "Name": f"Account {n}"} for n in range(2)]
_CREATED = {"Id": "001000000000000000", "Success": "true", "Created": "true", "Error": ""}
_CREATED_AS_JSON = {"id": "001000000000000000", "success": True, "created": True, "errors": []}

type Members = Mapping[str, str]


@dataclass
class _Job:
    """A job: what was said of it, and the ids of its batches."""

    members: dict[str, str]
    batches: list[str] = field(default_factory=list)

    @property
    def has_json(self) -> bool:
        """Whether its batches are JSON, and what is said of them; else that is XML."""
        return self.members.get("contentType") == "JSON"

    @property
    def is_query(self) -> bool:
        """Whether its results are records."""
        return self.members.get("operation") in _QUERIES


class Bulk:
    """Bulk API 1.0, whose clients show their token in the header X-SFDC-Session.

    Args:
        is_let_in: whether a request has a live token.
    """

    def __init__(self, is_let_in: Callable[[Request], bool]) -> None:
        self.is_let_in = is_let_in
        self.jobs: dict[str, _Job] = {}

    def routes(self) -> list[Route]:
        """Where it is served."""
        return [
            Route(_JOB, self.create, methods=["POST"]),
            Route(_JOB + "/{job}", self.job, methods=["GET", "POST"]),
            Route(_BATCH, self.add, methods=["POST"]),
            Route(_BATCH, self.batches, methods=["GET"]),
            Route(_BATCH + "/{batch}", self.batch, methods=["GET", "POST"]),
            Route(_BATCH + "/{batch}/result", self.results, methods=["GET"]),
            Route(_BATCH + "/{batch}/result/{result}", self.rows, methods=["GET"]),
            Route(ASYNC_PATH + "/{path:path}", self.unknown, methods=["GET", "POST", "DELETE", "HEAD"]),
        ]

    async def create(self, request: Request) -> Response:
        """A new job."""
        if refusal := self.refusal(request):
            return refusal
        is_json = _says_json(request)
        members = _members(await request.body(), is_json=is_json)
        identifier = _new_id("750")
        self.jobs[identifier] = job = _Job({"state": "Open", **members, "id": identifier})
        return _shown("jobInfo", job.members, 201, is_json=is_json)

    async def job(self, request: Request) -> Response:
        """A job, of which a POST changes the state."""
        job = self.of(request)
        if isinstance(job, Response):
            return job
        if request.method == "POST":
            job.members |= _members(await request.body(), is_json=_says_json(request))
        return _shown("jobInfo", job.members, is_json=_says_json(request))

    async def add(self, request: Request) -> Response:
        """A batch more."""
        job = self.of(request)
        if isinstance(job, Response):
            return job
        job.batches.append(_new_id("751"))
        return _shown("batchInfo", _batch(job, job.batches[-1], "Queued"), 201, is_json=job.has_json)

    async def batches(self, request: Request) -> Response:
        """All batches of a job."""
        job = self.of(request)
        if isinstance(job, Response):
            return job
        several = [_batch(job, one) for one in job.batches]
        if job.has_json:
            return JSONResponse({"batchInfo": several})
        return _xml("batchInfoList", "".join(f"<batchInfo>{_elements(one)}</batchInfo>" for one in several))

    async def batch(self, request: Request) -> Response:
        """A batch."""
        job = self.of(request)
        if isinstance(job, Response):
            return job
        return _shown("batchInfo", _batch(job, request.path_params["batch"]), is_json=job.has_json)

    async def results(self, request: Request) -> Response:
        """The results of a batch: of a query the ids of its parts, and else a row for each record."""
        job = self.of(request)
        if isinstance(job, Response):
            return job
        if not job.is_query:
            return _table(job, [_CREATED])
        one = request.path_params["batch"].replace("751", "752", 1)
        return JSONResponse([one]) if job.has_json else _xml("result-list", f"<result>{escape(one)}</result>")

    async def rows(self, request: Request) -> Response:
        """The records that a query found."""
        job = self.of(request)
        return job if isinstance(job, Response) else _table(job, _ROWS)

    async def unknown(self, request: Request) -> Response:
        """Anything else."""
        return self.refusal(request) or _error("InvalidUrl", "Destination URL not found", is_json=_says_json(request))

    def of(self, request: Request) -> _Job | Response:
        """The job of a request, or why there is none."""
        if refusal := self.refusal(request):
            return refusal
        job = self.jobs.get(request.path_params["job"])
        return job or _error("InvalidJob", "Unable to find object for the id", is_json=_says_json(request))

    def refusal(self, request: Request) -> Response | None:
        """The answer to a request without a live token: 400, unlike everywhere else."""
        if self.is_let_in(request):
            return None
        return _error("InvalidSessionId", "Invalid session id", is_json=_says_json(request))


# ------------------------------------------------------------------ details


def _says_json(request: Request) -> bool:
    return any("json" in request.headers.get(name, "") for name in ("content-type", "accept"))


def _members(body: bytes, *, is_json: bool) -> dict[str, str]:
    """What is said of a job, of the names that are known. No parser of XML is let near what a client sends."""
    if is_json:
        try:
            found = json.loads(body)
        except ValueError:
            return {}
        return {name: str(found[name]) for name in _SHOWN if name in found} if isinstance(found, dict) else {}
    text = body.decode("utf-8", "replace")
    pieces = {name: text.partition(f"<{name}>")[2].partition(f"</{name}>")[0] for name in _SHOWN}
    return {name: value for name, value in pieces.items() if value}


def _batch(job: _Job, identifier: str, state: str = "Completed") -> Members:
    return {
        "id": identifier,
        "jobId": job.members["id"],
        "state": state,
        "numberRecordsProcessed": "2",
        "numberRecordsFailed": "0",
    }


def _new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(8)[:15]


def _shown(name: str, members: Members, status: int = 200, *, is_json: bool) -> Response:
    return JSONResponse(members, status) if is_json else _xml(name, _elements(members), status)


def _elements(members: Members) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())


def _xml(name: str, content: str, status: int = 200) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><{name} xmlns="{_NAMESPACE}">{content}</{name}>'
    return Response(text, status, media_type="application/xml")


def _table(job: _Job, rows: Sequence[Members]) -> Response:
    """Rows in the format of a job."""
    kind = job.members.get("contentType", "XML")
    if kind == "JSON":
        return JSONResponse(rows if job.is_query else [_CREATED_AS_JSON])
    if kind == "CSV":
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return Response(text.getvalue(), media_type="text/csv")
    whole, each = ("queryResult", "records") if job.is_query else ("results", "result")
    named = rows if job.is_query else [{name.lower(): value for name, value in row.items()} for row in rows]
    return _xml(whole, "".join(f"<{each}>{_elements(one)}</{each}>" for one in named))


def _error(code: str, message: str, *, is_json: bool) -> Response:
    members = {"exceptionCode": code, "exceptionMessage": message}
    return _shown("error", members, 400, is_json=is_json)
