"""What a target keeps of a run although it was asked to delete it: the outcomes stay, and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance.judging.journal_files import open_entries
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import run_suite

LIMITS = {"requests_per_second": 1000, "requests": 20_000}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


class Keeping:
    """A file service that stores files correctly, and is too busy to delete any."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method == "PUT":
            self.files[path] = await request.body()
            return Response(status_code=201)
        if request.method == "DELETE":
            return Response(status_code=429, headers={"Retry-After": "999"})
        content = self.files.get(path)
        return Response(content, 404 if content is None else 200, media_type="application/octet-stream")

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["PUT", "GET", "HEAD", "DELETE"])])


def test_a_target_too_busy_to_delete_costs_no_outcome_and_no_other_test(tmp_path: Path, server: Server) -> None:
    """The files that are left stand in the journal."""
    service = Keeping()
    role = {"url": f"{server.serve(service.app())}/f/{{name}}"}
    (tmp_path / "busy.yaml").write_text(yaml.safe_dump({"name": "busy", "file_service": role, "limits": LIMITS}))
    options = [f"--require=BIN-0{number}" for number in (1, 2, 7)]
    result = run_suite(tmp_path, "--target=busy.yaml", "--depth=quick", *options)

    assert result.status == 0, result.output
    assert set(result.outcomes["busy"].values()) == {Outcome.PASSED}
    noted = open_entries(tmp_path / "state" / "seasonproof" / "journal")
    assert {entry.undo.url.rpartition("/")[2] for entry in noted if entry.undo} == {
        path.rpartition("/")[2] for path in service.files
    }
