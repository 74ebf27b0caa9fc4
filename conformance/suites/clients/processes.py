"""The processes of a client: all that it starts are found, looked at, and in the end killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_MOST = 200  # processes of one client that are looked at
_PATIENCE_SECONDS = 2.0

HAS_PROC = _PROC.joinpath("self", "task").is_dir()
"""Whether the system tells of processes as Linux does. Elsewhere only the group of the command is killed."""


def adopt_orphans() -> None:
    """Become the parent of processes whose own parents end, so that none of them gets away (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class ProcessTree:
    """A command and whatever it starts.

    Made before the command is started: children of this process that appear later are the command and its orphans,
    because nothing else is started meanwhile but a trigger.

    Attributes:
        root: the id of the command.
        beside: the id of a trigger, whose arguments are the user's own; 0 where there is none.
    """

    def __init__(self) -> None:
        self._before = frozenset(_children(os.getpid())) if HAS_PROC else frozenset()
        self.root = self.beside = 0

    def living(self, without: int = 0) -> list[int]:
        """The ids of all processes of the tree that have not ended, without one and what that has started."""
        if not HAS_PROC:
            return []
        found: list[int] = []
        pending = [pid for pid in _children(os.getpid()) if pid not in self._before]
        while pending and len(found) < _MOST:
            pid = pending.pop()
            if pid == without:
                continue
            found.append(pid)
            pending += _children(pid)
        return found

    def command_lines(self) -> list[bytes]:
        """The arguments of its processes, each with NULs between them."""
        return [line for pid in self.living(self.beside) if (line := _read(_PROC / str(pid) / "cmdline"))]

    def open_files(self) -> set[str]:
        """The paths of the files that its processes have open."""
        found: set[str] = set()
        for pid in self.living(self.beside):
            folder = f"{_PROC}/{pid}/fd"
            with suppress(OSError):
                for name in os.listdir(folder):
                    with suppress(OSError):
                        found.add(os.readlink(f"{folder}/{name}"))
        return {path for path in found if path.startswith("/") and not path.startswith(("/proc/", "/dev/", "/sys/"))}

    def end(self) -> list[str]:
        """Kill all of it, and return what could not be killed, by id."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            if self.root:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.root, signal.SIGKILL)
            left = self.living()
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._reap(left)
            left = [pid for pid in self.living() if pid != self.root]
            if not left or time.monotonic() > deadline:
                return [str(pid) for pid in left]
            time.sleep(0.005)

    def _reap(self, pids: list[int]) -> None:
        for pid in pids:
            if pid != self.root:  # that one is waited for by whoever started it
                with suppress(ChildProcessError, OSError):
                    os.waitpid(pid, os.WNOHANG)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            found += map(int, _read(task / "children").split())
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
