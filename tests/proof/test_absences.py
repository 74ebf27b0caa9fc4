"""What a target file says is absent, and is: the run does without it, and can still come to conformant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.business_system import BusinessSystem
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite


class KeepsEverything:
    """A reference without DELETE."""

    def __init__(self) -> None:
        self._app: ASGIApp = reference_app()
        self.deletions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "DELETE":
            self.deletions += 1
            await PlainTextResponse("nothing is deleted here", 405, {"Allow": "GET, PUT"})(scope, receive, send)
            return
        await self._app(scope, receive, send)


class LetsEverybodyRead(BusinessSystem):
    """A system that asks for credentials where something is written alone."""

    def let_in(self, request: Request) -> None:
        if request.method != "GET":
            super().let_in(request)


def run(folder: Path, app: ASGIApp, role: str, lines: dict[str, Any], *options: str) -> Result:
    """Run the suite of one role against an application."""
    with Server() as server:
        whole: dict[str, Any] = describe(server.serve(app), "acme")
        kept = {key: whole[key] for key in ("name", "limits")} | {"capabilities": {"disposable": True}}
        (folder / "acme.yaml").write_text(yaml.safe_dump(kept | {role: whole[role] | lines}), "utf-8")
        return run_suite(folder, f"--target={folder / 'acme.yaml'}", "--depth=quick", *options)


def test_without_deletion_nothing_is_deleted(tmp_path: Path) -> None:
    """But for one file at which the run looks whether the claim is false. What is about deletion is not applicable."""
    app = KeepsEverything()
    operations = {"upload": "uploadFile", "download": "downloadFile", "create": "createFile"}
    chosen = [f"--require=BIN-{number}" for number in ("01", "08", "22", "25", "27", "31", "33", "34")]
    result = run(tmp_path, app, "file_service", {"operations": operations, "absent": ["deletion"]}, *chosen)

    found = result.outcomes["acme"]
    assert found.pop("BIN-25") is Outcome.NOT_APPLICABLE
    assert "there is no deletion of files" in "".join(result.messages["acme", "BIN-08"])  # in one of its two cases
    assert set(found.values()) == {Outcome.PASSED}
    assert result.status == ExitCode.CONFORMANT, result.output
    for identifier in ("BIN-27", "BIN-31"):
        assert f"{identifier} passed in part" in " ".join(result.output.split())
    assert app.deletions == 1
    assert "to be undone by hand: file_service.absent says that there is no deletion" in " ".join(result.output.split())


@pytest.mark.parametrize("requirement", ["CON-03", "CON-04"])
def test_where_everybody_may_read_only_writing_needs_credentials(tmp_path: Path, requirement: str) -> None:
    app: Starlette = reference_app(LetsEverybodyRead)
    lines = {"absent": ["read_credentials"]}
    result = run(tmp_path, app, "business_system", lines, f"--require={requirement}")

    told = result.messages["acme", requirement]
    assert [message.partition(",")[0] for message in told] == ["there is no credentials for reading"] * 3
    assert result.outcomes["acme"] == {requirement: Outcome.PASSED}  # in its fourth case, which writes
    assert "business_system.absent: read_credentials (check, poll, read)" in " ".join(result.output.split())
    assert "1 passed, 1 of them in part" in result.output
    assert result.status == ExitCode.CONFORMANT, result.output
