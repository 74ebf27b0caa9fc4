"""Runs a client: in a session of its own, in a folder of its own for temporary files, within a time limit."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from conformance.suites.clients.finished_run import FinishedRun
from conformance.suites.clients.left_files import DEEPEST, LeftFiles
from conformance.suites.clients.output import Output
from conformance.suites.clients.placeholders import PREFIX
from conformance.suites.clients.processes import ProcessTree, adopt_orphans

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

type Watchers = list[Callable[[Exchange], None]]

_NAP_SECONDS = 0.01
_LONGEST_NAP = 0.05
_FILE_CLOCK_SECONDS = 0.02  # by which the times of files are behind the clock


class Interrupt:
    """Tells a run that its client is to be killed now. Safe to use from several threads."""

    def __init__(self) -> None:
        self.is_due = False


class Started:
    """A command that was started. Nothing of it is left when the context ends.

    Args:
        command: its words.
        environment: what it finds in its environment beside that of this process.
        folder: where it is started.
        watchers: told each call before it is answered: a process that calls is there, however short it lives.

    Attributes:
        problem: why it could not be started; empty if it was.
        tree: its processes.
        left: ids of processes that could not be killed.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: str, watchers: Watchers | None = None
    ) -> None:
        adopt_orphans()
        self.tree = ProcessTree()
        self.problem = ""
        self.left: list[str] = []
        self._folder, self._began = Path(folder), time.time() - _FILE_CLOCK_SECONDS
        self._kept = _kept_folders(environment)
        self._resources = tempfile.TemporaryDirectory(prefix="seasonproof-client-", ignore_cleanup_errors=True)
        self._arguments: set[bytes] = set()
        self._opened: set[str] = set()
        self._looking = threading.Lock()
        self._watchers = [] if watchers is None else watchers
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_by_itself = False
        whole = {**os.environ, **_temporary(self._resources.name), **environment}
        try:
            self._process = process = start_process(command, whole, folder)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"{command[0]!r} can't be started: {reason}"
            return
        self.tree.root = process.pid
        self._output = Output(process.stdout)  # type: ignore[arg-type] # it is a pipe
        self._watchers.append(self._look)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._resources.cleanup()

    def wait(self, seconds: float) -> bool:
        """Look at its processes, and wait a while. Returns whether it has ended."""
        if self._process is None:
            return True
        self._look()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            self._ended_by_itself = True
        return self._ended_by_itself

    def end(self) -> None:
        """Kill what is left of it."""
        if self._process is None:
            return
        with suppress(ValueError):
            self._watchers.remove(self._look)
        self.left = self.tree.end()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._output.close()

    def seen(self) -> FinishedRun:
        """What was seen of it until now."""
        if self._process is None:
            return FinishedRun(None, problem=self.problem)
        left = LeftFiles()
        left.add(Path(self._resources.name), 0.0)
        left.add(self._folder, self._began, DEEPEST)
        for folder in self._kept:
            left.add(folder, self._began)
        with self._looking:
            arguments = frozenset(self._arguments)
            left.add_opened(self._opened, self._began)
        return FinishedRun(
            status=self._process.returncode if self._ended_by_itself else None,
            output=self._output.text,
            last_lines=tuple(self._output.last_lines),
            arguments=arguments,
            files=tuple(left.found),
            unsearched=tuple(filter(None, (self._output.unkept, *left.unread))),
            left=tuple(self.left),
        )

    def _look(self, exchange: Exchange | None = None) -> None:
        """Note the arguments of its processes, and the files that they have open."""
        with self._looking:
            self._arguments.update(self.tree.command_lines())
            self._opened |= self.tree.open_files()


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    seconds: float,
    *,
    kill: Interrupt | None = None,
    watchers: Watchers | None = None,
) -> FinishedRun:
    """Run a command to its end, or to the limit of time; nothing of it is left.

    Args:
        command: its words.
        environment: what it finds in its environment beside that of this process.
        folder: where it is started.
        seconds: the longest time.
        kill: tells when it is to be killed early.
        watchers: told each call that it makes, before the answer.
    """
    with Started(command, environment, folder, watchers) as started:
        deadline, nap = time.monotonic() + seconds, _NAP_SECONDS
        while time.monotonic() < deadline and not (kill is not None and kill.is_due) and not started.wait(nap):
            nap = min(nap * 1.3, _LONGEST_NAP if kill is None else _NAP_SECONDS)
        started.end()
        return started.seen()


def start_process(command: Sequence[str], environment: Mapping[str, str], folder: str) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, without input, with all that it prints in one pipe."""
    return subprocess.Popen(  # noqa: S603 - the command is what the user asks to be judged
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _temporary(folder: str) -> dict[str, str]:
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder) | {"PYTHONDONTWRITEBYTECODE": "1"}


def _kept_folders(environment: Mapping[str, str]) -> list[Path]:
    """The folders in which it was told to keep its state and its download."""
    state, download = (environment.get(f"{PREFIX}{name}", "") for name in ("STATE_DIR", "DOWNLOAD_FILE"))
    return [*([Path(state)] if state else []), *([Path(download).parent] if download else [])]
