"""Work that kills its process, in a module of its own: each process of an audit loads it, and no other test."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """Work that kills its process: as long as `until` has fewer than so many letters."""

    number: int
    until: Path | None = None
    times: int = 0
    size: int = 1 << 22
    is_bound: bool = False


def tried(task: Task) -> int:
    """Do it, or die of it."""
    if task.until is not None:
        with task.until.open("a") as file:
            file.write("x")
        if task.until.stat().st_size <= task.times:
            os.kill(os.getpid(), signal.SIGKILL)
    return task.number
