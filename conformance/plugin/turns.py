"""Several processes of one run: what they share, and how one of them gets the target for itself for a while."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.judging.run import Run

SHARED = "seasonproof_shared"
"""The name under which a worker of pytest-xdist is told of the folder."""

LEFT_OUT = "seasonproof_left_out"
"""The name under which a worker is told which targets no process judges again."""

HANDED_OUT = "seasonproof_handed_out"
"""The name under which a worker is told whether whole targets are handed out."""


def shared_folder(config: pytest.Config) -> Path | None:
    """The folder that all processes of the run share; None in the only process, and on another machine."""
    folder = Path(getattr(config, "workerinput", {}).get(SHARED, ""))
    return folder if folder.is_absolute() and folder.is_dir() else None


class SharedFolder:
    """Makes the folder in the process that starts the others, and removes it in the end.

    Args:
        run: the run, as the process sees it that starts the others.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._folder: Path | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of it, and of what was decided for all."""
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="seasonproof-"))
        told = {SHARED: str(self._folder), LEFT_OUT: list(self._run.kept), HANDED_OUT: self._run.hands_out_targets}
        node.workerinput.update(told)

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class Turns:
    """Lets the cases of several processes run together, and one case alone.

    There are two locks. Who wants to be alone keeps the gate shut while those in the room leave it, one by one.

    Args:
        folder: a folder that all processes share; None where there is one process.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @contextmanager
    def together(self) -> Iterator[None]:
        """While others may run too."""
        with self._opened("room") as room:
            with self._opened("gate") as gate:
                _lock(gate, alone=True)
                _lock(room, alone=False)
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """When all others have ended, and before any other begins."""
        with self._opened("gate") as gate, self._opened("room") as room:
            _lock(gate, alone=True)
            _lock(room, alone=True)
            yield

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes] | None]:
        """A file whose lock ends with it; None where nobody shares anything."""
        if self._folder is None:
            yield None
            return
        with (self._folder / name).open("wb") as file:
            yield file


if sys.platform == "win32":

    def _lock(file: IO[bytes] | None, *, alone: bool) -> None:
        """Windows has no locks of this kind: cases that are tried again run beside others there."""

else:
    import fcntl

    def _lock(file: IO[bytes] | None, *, alone: bool) -> None:
        """Wait for the lock of a file."""
        if file is not None:
            fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
