"""A case that came to nothing because the target was overloaded is tried again, alone, before that counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import pytest

from conformance.judging.verdict import Case
from conformance.plugin.keys import CASE, CASE_RECORD, SENT
from conformance.rules.outcome import NonConformant, Outcome, Stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.judging.run import Run
    from conformance.plugin.turns import Turns

_PASSING = re.compile("timed out|reset|disconnected|closed|aborted|broken pipe", re.IGNORECASE)
"""What is said of a connection where the same request may get an answer at another time."""


class Retrying:
    """The hook that runs a test, and once more where that is worth it.

    Args:
        run: the run.
        turns: how a process gets the target for itself.
    """

    def __init__(self, run: Run, turns: Turns) -> None:
        self.run = run
        self.turns = turns

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a test of the suites, and report its last try."""
        shows_setup = item.config.getoption("setuponly", None) or item.config.getoption("setupshow", None)
        if item.get_closest_marker("requirement") is None or shows_setup:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        with self.turns.together():
            reports = _tried(item)
            again = _twin(item) if self._is_worth_another_try(item.stash.get(CASE, None)) else None
            reports.append(_ended(item, again or nextitem))
        if again is not None:
            with self.turns.alone():
                reports = self._tried_again(again, item.stash[CASE], reports, nextitem)
            _forget(again)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        _forget(item)
        return True

    def _is_worth_another_try(self, case: Case | None) -> bool:
        if case is None or self.run.lost(case.target):
            return False
        is_shared = self.run.is_shared(case.target)
        return any(
            _is_of_load(finding.exchanges) or (finding.outcome is Outcome.THROTTLED and is_shared)
            for finding in case.findings
            if finding.outcome is Outcome.INCONCLUSIVE
            or (is_shared and (finding.outcome is Outcome.THROTTLED or finding.outcome.is_deviation))
        )

    def _tried_again(
        self, item: pytest.Item, first: Case, earlier: list[pytest.TestReport], nextitem: pytest.Item | None
    ) -> list[pytest.TestReport]:
        reports = _tried(item)
        second = item.stash.get(CASE, None)
        if second is not None and second.outcome is not first.outcome:
            what = f"{first.outcome} at first, {second.outcome} when it was tried again alone"
            second = replace(second, unstable=f"{what}: {_reason(first)}")
            reports[-1].seasonproof = second.as_json()  # type: ignore[attr-defined] # as in `Session`
            item.user_properties.append(("unstable", second.unstable))
        reports.append(_ended(item, nextitem))
        reports[-1].seasonproof_sent = [  # type: ignore[attr-defined] # as in `Session`
            sent for report in (*earlier, reports[-1]) for sent in getattr(report, "seasonproof_sent", [])
        ]
        return reports


def _is_of_load(exchanges: tuple[Mapping[str, Any], ...]) -> bool:
    """Whether the exchange that decided is one that may end otherwise where the target has less to do."""
    if not exchanges:
        return False
    return exchanges[-1]["status"] >= 500 or _PASSING.search(exchanges[-1]["problem"]) is not None


def _reason(case: Case) -> str:
    """Why a case ended as it did: of several values, at the first that ended so."""
    messages = (part.message for part in case.parts if part.outcome is case.outcome)
    return next(messages, case.message).partition("\n")[0]


def _twin(item: pytest.Item) -> pytest.Item:
    """The same test once more, with fixtures of its own."""
    found = item.getparent(pytest.Module).collect()  # type: ignore[union-attr] # every test of the suites is in one
    twin = next(one for one in found if isinstance(one, pytest.Item) and one.name == item.name)
    twin.own_markers[:] = item.own_markers
    return twin


def _forget(item: pytest.Item) -> None:
    """Let go of what a test held: pytest keeps the test itself until the end."""
    if isinstance(item, pytest.Function):
        item.funcargs.clear()
    keys: tuple[pytest.StashKey[Any], ...] = (CASE, CASE_RECORD, SENT)
    for key in keys:
        if key in item.stash:
            del item.stash[key]


def _tried(item: pytest.Item) -> list[pytest.TestReport]:
    """Set a test up and run it, as pytest does."""
    setup, is_ready = _phase(item, "setup", partial(item.ihook.pytest_runtest_setup, item=item))
    if not is_ready:
        return [setup]
    call, _ = _phase(item, "call", partial(item.ihook.pytest_runtest_call, item=item))
    return [setup, call]


def _ended(item: pytest.Item, following: pytest.Item | None) -> pytest.TestReport:
    """Tear a test down; what the following one needs stays."""
    report, _ = _phase(item, "teardown", partial(item.ihook.pytest_runtest_teardown, item=item, nextitem=following))
    return report


def _phase(
    item: pytest.Item, when: Literal["setup", "call", "teardown"], run: Callable[[], object]
) -> tuple[pytest.TestReport, bool]:
    """One phase of a test: its report, and whether it raised nothing."""
    ends = (pytest.exit.Exception, KeyboardInterrupt)
    call = pytest.CallInfo.from_call(run, when=when, reraise=ends)
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    error = call.excinfo.value if call.excinfo is not None else None
    if error is not None and not isinstance(error, NonConformant | Stopped | pytest.skip.Exception):
        item.ihook.pytest_exception_interact(node=item, call=call, report=report)
    return report, error is None
