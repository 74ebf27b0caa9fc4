"""What changes where coverage traces the tests."""

from __future__ import annotations

import sys
from typing import Any

SLOWER = 6
"""How many times as long a traced process takes, at most."""


def tracer() -> Any:
    """The `coverage.Coverage` that traces this process; None where nothing does."""
    coverage = sys.modules.get("coverage")
    return coverage and coverage.Coverage.current()


def cpu_seconds(bound: int) -> int:
    """A bound on the processor's seconds, for this process and those that it starts."""
    return bound * SLOWER if tracer() else bound
