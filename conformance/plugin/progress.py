"""How far a run is: a live line on a terminal, a plain line for each family in a log, and nothing with `-q`."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin.collection import requirement_of
from conformance.plugin.options import chosen
from conformance.reporting.terminal import LETTERS
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.run import Run
    from conformance.plugin.statement_keeping import StatementKeeper

_CLEAR = "\r\x1b[K"
_AFTER_SECONDS = 3  # from then on the time that is left is estimated
CATEGORIES = {Outcome.HARNESS_ERROR: "failed", Outcome.FAILED: "not conformant"}
"""Where pytest counts an outcome: it prints the tracebacks of `failed`, which is for defects of the harness."""

_AT_ONCE = (Outcome.FAILED, Outcome.HARNESS_ERROR)  # what is said while the run goes on


class Progress:
    """The hooks that say how far a run is. Register them in the process that speaks for the run, before it begins.

    Args:
        run: the run.
        config: pytest's.
        stating: counts the requests.
    """

    def __init__(self, run: Run, config: pytest.Config, stating: StatementKeeper) -> None:
        self.run = run
        self.config = config
        self.stating = stating
        self._families = {family.family: family.title for family in run.profile.families}
        self._totals: Counter[str] = Counter()  # cases by family; empty where other processes collect them
        self._done: Counter[str] = Counter()
        self._begun = time.monotonic()

    @property
    def is_live(self) -> bool:
        """Whether a line is kept up to date, in the place of a letter for each case."""
        reporter = self._reporter
        is_terminal = reporter is not None and bool(reporter.isatty) and os.environ.get("TERM", "dumb") != "dumb"
        return is_terminal and self._says_something and "CI" not in os.environ

    @property
    def _says_something(self) -> bool:
        is_run = not (chosen(self.config).plan or self.config.option.collectonly)
        return is_run and self.config.get_verbosity() == 0 and self._reporter is not None

    @property
    def _reporter(self) -> Any:
        return self.config.pluginmanager.get_plugin("terminalreporter")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is going to be judged."""
        ids = filter(None, map(requirement_of, session.items))
        families = {requirement.id: requirement.family for requirement in self.run.profile.requirements}
        # What no profile has is refused elsewhere.
        self._totals = Counter(families[identifier] for identifier in ids if identifier in families)
        if self.is_live:
            self._reporter.showfspath = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """On a terminal the live line stands in the place of letters."""
        found = getattr(report, "seasonproof", None)
        if found is None or not self.is_live:
            return None
        outcome = Outcome(found["outcome"])
        return CATEGORIES.get(outcome, str(outcome)), "", ""

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say where the run is."""
        found = getattr(report, "seasonproof", None)
        if found is None or not self._says_something:
            return
        requirement = self.run.profile.requirement(found["requirement"])
        self._done[requirement.family] += 1
        if self.is_live:
            outcome = Outcome(found["outcome"])
            if outcome in _AT_ONCE:
                self._reporter.write(_CLEAR)
                self._reporter.write_line(f"{requirement.id}  {outcome}  {requirement.title}", **LETTERS[outcome][1])
            self._reporter.write(f"{_CLEAR}{self._line(requirement.id, requirement.family)}", flush=True)
        elif self._done[requirement.family] == self._totals[requirement.family]:
            self._reporter.ensure_newline()
            self._reporter.write_line(self._family_line(requirement.family))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Take the live line away."""
        if self.is_live:
            self._reporter.write(_CLEAR, flush=True)

    # --------------------------------------------------------------- details

    def _line(self, identifier: str, family: str) -> str:
        done, total = self._done.total(), self._totals.total()
        of = f"{done} of {total}" if total else f"{done}"
        requests = self.stating.requests.total()
        parts = [of, self._families[family], identifier, f"{requests:,} requests", self._left(done, total)]
        line = " · ".join(filter(None, parts))
        return line[: max(20, self._reporter._tw.fullwidth - 1)]  # pytest offers no public way to the width

    def _family_line(self, family: str) -> str:
        count, seconds = self._done[family], time.monotonic() - self._begun
        requests = self.stating.requests.total()
        cases = f"{count} case{'s' if count > 1 else ''}"
        return f"{self._families[family]}: {cases}, {requests:,} requests so far, {seconds:.0f} s"

    def _left(self, done: int, total: int) -> str:
        seconds = time.monotonic() - self._begun
        if not total or seconds < _AFTER_SECONDS:
            return ""
        left = seconds * (total - done) / done
        return f"about {left / 60:.0f} min left" if left >= 90 else f"about {left:.0f} s left"
