"""What is done at the end of a run about what the ends of its cases have left on a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.judging.run import Run
    from conformance.plugin.signals import Signals


class Leftovers:
    """Tries once more to undo it, and remembers what is left all the same.

    Args:
        run: the run.
        signals: knows whether the run was told to end, when nothing is waited for.
    """

    def __init__(self, run: Run, signals: Signals) -> None:
        self.run = run
        self.signals = signals

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        """The fixtures have ended: what is open in the journal now is left. It is undone whatever other plugins do."""
        try:
            return (yield)
        finally:
            self._undo()

    def _undo(self) -> None:
        if not self.run.has_a_journal:
            return
        from conformance.suites.leftovers import as_left, finish_run  # with the HTTP library

        run, journal = self.run, self.run.journal
        lost = [name for name in run.target_names if run.lost(name)]
        try:
            with self.signals.cleaning_up():
                run.left = finish_run(journal, run.target, lost=lost, wait=self.signals.wait)
        except KeyboardInterrupt:  # somebody insists
            run.left = [as_left(entry, "the run was interrupted") for entry in journal.left()]
        finally:
            journal.close()
