"""Targets that break down under load: a case counts when it was tried alone, and the run says what was unstable."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import yaml
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite


class Breaking:
    """A reference that answers some requests with 500.

    Args:
        breaks: which ones: told the number of the request, counted from 1, and how many are under way.
    """

    def __init__(self, breaks: Any) -> None:
        self._app: ASGIApp = reference_app()
        self._breaks = breaks
        self._count = 0
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._count += 1
        self._under_way += 1
        try:
            if self._breaks(self._count, self._under_way):
                await PlainTextResponse("too much", 500)(scope, receive, send)
                return
            await asyncio.sleep(0.01)  # so that others come meanwhile
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1


def run(folder: Path, app: ASGIApp, *options: str) -> Result:
    """Run the suite of single access against a target."""
    with Server() as server:
        target = describe(server.serve(app), "acme")
        kept = {key: target[key] for key in ("name", "single_access", "capabilities", "limits")}
        (folder / "acme.yaml").write_text(yaml.safe_dump(kept), "utf-8")
        return run_suite(folder, f"--target={folder / 'acme.yaml'}", "--depth=quick", "--junitxml=junit.xml", *options)


def test_what_comes_to_nothing_once_is_tried_again_and_said(tmp_path: Path) -> None:
    """With the outcome of the first try, in the terminal and in JUnit."""
    result = run(tmp_path, Breaking(lambda number, _: number == 1), "--require=SAB-11")

    assert result.outcomes["acme"] == {"SAB-11": Outcome.PASSED}
    said = "inconclusive at first, passed when it was tried again alone: the token endpoint answered 500"
    assert f"  unstable    {said}" in result.output
    assert f'name="unstable" value="{said}' in (tmp_path / "junit.xml").read_text()


def test_what_comes_to_nothing_twice_stays_open(tmp_path: Path) -> None:
    """And nothing is called unstable."""
    result = run(tmp_path, Breaking(lambda *_: True), "--require=SAB-11")

    assert result.outcomes["acme"] == {"SAB-11": Outcome.INCONCLUSIVE}
    assert "unstable" not in result.output


def test_a_breakdown_that_is_judged_is_no_accident_where_the_suite_is_alone(tmp_path: Path) -> None:
    """It was seen, and nobody else was there."""
    requests = 4  # a token, a stranger, the control, and what is judged
    result = run(tmp_path, Breaking(lambda number, _: number == requests), "--require=SAB-11")

    assert result.outcomes["acme"] == {"SAB-11": Outcome.FAILED}


def test_several_processes_come_to_the_outcomes_of_one(tmp_path: Path) -> None:
    """On a target that serves one caller at a time."""
    app = Breaking(lambda _, under_way: under_way > 1)
    chosen = [f"--require=SAB-{number}" for number in ("01", "03", "04", "11", "14", "27", "28", "29")]
    result = run(tmp_path, app, "-n2", *chosen)

    assert result.outcomes["acme"] == dict.fromkeys((one[-6:] for one in chosen), Outcome.PASSED), result.output
    assert "when it was tried again alone" in result.output
