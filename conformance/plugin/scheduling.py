"""Several processes and clients: each client is put through a scenario once, by the process that judges it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.judging.run import Run


def scope_of(node_id: str) -> str:
    """What one process has for itself: the tests of one file on one target."""
    path, _, name = node_id.partition("::")
    return f"{path}[{name.partition('[')[2]}"


class Scheduling:
    """Has pytest-xdist hand out the tests of clients by role: they share scenarios, which would be run again elsewhere.

    Args:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """The scheduler, where clients alone are judged and the user has chosen none."""
        if not self._run.judges_clients_alone or config.getoption("dist", "") != "load":
            return None
        from xdist.scheduler import LoadScopeScheduling  # it is there if a scheduler is asked for

        class ByRole(LoadScopeScheduling):  # type: ignore[misc] # it has no types
            def _split_scope(self, nodeid: str) -> str:  # what xdist's own schedulers by file and by group replace
                return scope_of(nodeid)

        return ByRole(config, log)
