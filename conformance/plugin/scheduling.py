"""Several processes: what one of them has for itself, because it would be done again elsewhere.

Clients are put through a scenario once, by the process that judges it there. Of a fleet, a process has whole targets.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin.turns import HANDED_OUT

if TYPE_CHECKING:
    from conformance.judging.run import Run


def scope_of(node_id: str) -> str:
    """What one process has for itself: the tests of one file on one target."""
    path, _, name = node_id.partition("::")
    return f"{path}[{name.partition('[')[2]}"


def target_of(node_id: str, names: Collection[str]) -> str:
    """The target that a test asks; empty where it asks none. Its name stands first in the brackets."""
    inside = node_id.partition("[")[2].removesuffix("]")
    return max((name for name in names if inside == name or inside.startswith(f"{name}-")), key=len, default="")


def hands_out_targets(config: pytest.Config) -> bool:
    """Whether targets may be handed out as wholes: the user has chosen no other way to divide the tests."""
    told = getattr(config, "workerinput", None)
    return bool(told.get(HANDED_OUT)) if told is not None else config.getoption("dist", "no") == "load"


def processes(config: pytest.Config) -> int:
    """How many processes judge."""
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        return int(worker["workercount"])
    return max(1, len(getattr(config.option, "tx", None) or []))


class Scheduling:
    """Has pytest-xdist hand out whole targets of a fleet, and the tests of clients by role.

    Args:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """The scheduler, where there is something to keep together and the user has chosen none."""
        run = self._run
        if not (run.has_whole_targets or run.judges_clients_alone) or config.getoption("dist", "") != "load":
            return None
        from xdist.scheduler import LoadScopeScheduling  # it is there if a scheduler is asked for

        class Together(LoadScopeScheduling):  # type: ignore[misc] # it has no types
            def _split_scope(self, nodeid: str) -> str:  # what xdist's own schedulers by file and by group replace
                return target_of(nodeid, run.target_names) if run.has_whole_targets else scope_of(nodeid)

        return Together(config, log)
