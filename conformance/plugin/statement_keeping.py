"""Keeps the statement of a run: begun before the first case, added to with each, finished with the verdict."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.config.baseline import entries_of, write_baseline
from conformance.judging.statement_building import begun, ended
from conformance.judging.statement_file import NAME, StatementFile
from conformance.judging.verdict import Case, ExitCode
from conformance.judging.waiving import accepted_now
from conformance.plugin.options import chosen
from conformance.reference.variants import variants
from conformance.reporting.outputs import unwritable, unwritable_folder, unwritable_in_folder
from conformance.reporting.page import PAGE, write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.judging.run import Run
    from conformance.judging.statement import Header, Statement
    from conformance.judging.statement_contents import StatedRequirement

DEFAULT = "reports/out"
"""Where a statement goes if nobody says."""


class StatementKeeper:
    """The hooks that keep the statement. Register them in the process that speaks for the run.

    Args:
        run: the run.
        config: pytest's.
    """

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self.run = run
        self.config = config
        resumed = chosen(config).resume
        self.folder = Path(resumed, run.identifier) if resumed else Path(chosen(config).statement or DEFAULT)
        self.is_asked_for = bool(resumed) or chosen(config).statement is not None
        self.problem = ""  # why none is written
        self.notes: list[str] = []  # what else was written
        self.has_verdict = False  # before the end, and where pytest ended the run
        self.requests: Counter[str] = Counter()  # that were sent, by target
        self._started = datetime.now(UTC)
        self._file: StatementFile | None = None

    @property
    def files(self) -> list[Path]:
        """What was written."""
        return [self.folder / name for name in (NAME, PAGE)] if self._file is not None else []

    @property
    def said(self) -> list[str]:
        """Where the statement goes, or why there is none, in one line."""
        if self._writes_nothing:
            return []
        why = f"none, because {self.folder} cannot be written: {self.problem}"
        return [f"statement: {why if self.problem else self.folder / PAGE}"]

    @cached_property
    def whole(self) -> Statement:
        """The statement, once the run has ended."""
        header, requirements = self._beginning
        return ended(self.run, header, requirements, self.requests, datetime.now(UTC))

    def refuse_what_cannot_be_written(self) -> None:
        """Raises pytest.UsageError where a statement or a baseline that was asked for cannot be written."""
        baseline = chosen(self.config).baseline
        if chosen(self.config).update_baseline:
            if not baseline:
                raise pytest.UsageError("--update-baseline needs the file that it writes: --baseline=baseline.yaml")
            if why := unwritable(Path(baseline)):
                raise pytest.UsageError(f"--baseline={baseline} cannot be written: {why}")
        if self.run.has_nothing_left:
            return
        resumed = chosen(self.config).resume
        reason = unwritable_folder(Path(resumed)) if resumed else self._why_not_written()
        if reason and self.is_asked_for:
            named = f"--resume={resumed}" if resumed else f"--statement={self.folder}"
            raise pytest.UsageError(f"{named} cannot be written: {reason}")
        self.problem = reason

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Begin, before pytest or pytest-xdist runs the tests."""
        if not self.problem and not self._writes_nothing:
            self._try(self._begin)

    def judged(self, case: Case) -> None:
        """Write a case."""
        if (file := self._file) is not None:
            self._try(lambda: file.add(case))

    def finish(self, status: int) -> int:
        """Write the footer, if the run came to a verdict, and the page.

        Args:
            status: the exit code so far.

        Returns:
            The exit code: that of a usage error where a statement was asked for and is lost.
        """
        has_verdict = status in (ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT, ExitCode.INCOMPLETE, ExitCode.USAGE)
        if has_verdict and chosen(self.config).update_baseline and self.run.cases:
            self._update(chosen(self.config).baseline)
        self.has_verdict = has_verdict and not self._writes_nothing
        if (file := self._file) is not None:
            if has_verdict:
                self._try(lambda: file.finish(self.whole))
                self._try(lambda: write_page(self.folder / PAGE, self.whole))
            file.close()
            if self.problem:
                self.notes.append(f"the statement is lost, because {self.folder} cannot be written: {self.problem}")
        return ExitCode.USAGE if self.problem and self.is_asked_for and status == ExitCode.CONFORMANT else status

    # --------------------------------------------------------------- details

    @property
    def _writes_nothing(self) -> bool:
        return bool(self.config.option.collectonly or chosen(self.config).plan or self.run.has_nothing_left)

    def _why_not_written(self) -> str:
        return unwritable_in_folder(self.folder, NAME)

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file = StatementFile(self.folder / NAME, *self._beginning)

    @cached_property
    def _beginning(self) -> tuple[Header, list[StatedRequirement]]:
        return begun(self.run, self._started, seed_of(self.config), _proofs())

    def _update(self, path: str) -> None:
        verdicts = [one for name in self.whole.target_names for one in self.whole.of(name)]
        entries = accepted_now(verdicts, self.run.waivers, entries_of(path))
        count = write_baseline(path, self.run.profile, date.today(), entries)
        counted = "1 requirement" if count == 1 else f"{count} requirements"
        self.notes.append(f"{path}: {counted} accepted from the next run on")

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:  # it could be written when the run began
            self.problem = error.strerror or str(error)


def seed_of(config: pytest.Config) -> str:
    """What chooses the examples."""
    return str(config.getoption("hypothesis_seed", None) or "derandomized")


def _proofs() -> Mapping[str, list[str]]:
    """The faults of the reference by the requirements that catch them."""
    found: dict[str, list[str]] = {}
    for name, variant in variants().items():
        for identifier in sorted(variant.kills):
            found.setdefault(identifier, []).append(name)
    return found
