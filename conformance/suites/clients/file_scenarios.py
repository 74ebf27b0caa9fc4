"""What a client of a file service is put through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.reference.counterpart.world import Fault, Reply, answers, at
from conformance.suites.clients.scenario import PLAIN, Scenario
from conformance.suites.clients.throttling import throttled

if TYPE_CHECKING:
    from conformance.http.exchange import Request
    from conformance.suites.clients.stage import Stage

FILES = at("/files/")
DOWNLOAD = at("/files/", "GET")
UPLOAD = at("/files/", "PUT", "POST")
PAGE = "<!doctype html><title>Not found</title><p>There is no such file."


def _cut(request: Request, reply: Reply) -> Reply:
    whole = len(reply.body)
    return Reply(reply.status, reply.headers, reply.body[: whole // 2], announced=whole) if whole else reply


def _elsewhere(stage: Stage) -> Sequence[Fault]:
    moved = Reply(302, (("location", f"{stage.other_url}/files/moved.bin"),))
    return [Fault("moved", DOWNLOAD, instead=lambda request: moved)]


def _taken_elsewhere(stage: Stage) -> Sequence[Fault]:
    moved = Reply(307, (("location", f"{stage.other_url}/files/moved.bin"),))
    return [Fault("moved", UPLOAD, instead=lambda request: moved)]


CUT = Scenario("cut-download", "each download breaks off in the middle", [Fault("cut", DOWNLOAD, change=_cut)])
MISSING = Scenario(
    "missing-file",
    "the file is not there, and a page says so",
    [Fault("missing", DOWNLOAD, instead=answers(404, PAGE, content_type="text/html"))],
)
MOVED = (
    Scenario("moved-file", "a download is redirected to another origin", _elsewhere),
    Scenario("moved-upload", "an upload is redirected to another origin", _taken_elsewhere),
)
FAILING = Scenario(
    "files-down", "the file service answers 503 each time", [Fault("failing", FILES, instead=answers(503, "busy"))]
)
THROTTLED = throttled("files-throttled", "the file service", FILES)

SCENARIOS = (PLAIN, CUT, MISSING, *MOVED, FAILING, *THROTTLED)
