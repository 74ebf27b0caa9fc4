"""Runs a client: in a session of its own, in a folder of its own for temporary files, within a time limit."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from conformance.redaction import VAULT
from conformance.suites.clients.output import Output
from conformance.suites.clients.processes import ProcessTree, adopt_orphans

_NAP_SECONDS = 0.01
_LONGEST_NAP = 0.05
_LARGEST_FILE = 1_048_576
_MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Ended:
    """A run of a client that is over.

    Attributes:
        status: its exit code; negative for a signal; None where it was killed, at the limit of time or as was told.
        output: what it printed; of much, the beginning and the end.
        dropped: how many bytes of its output were not kept.
        last_lines: the last lines that it printed.
        arguments: the arguments of its processes, as they were seen.
        files: what it wrote into temporary files and into its folder, by name.
        problem: why it could not be started; empty if it was.
        left: ids of processes that could not be killed.
        refused: origins that it asked for and that a proxy did not lead anywhere.
    """

    status: int | None
    output: bytes = b""
    dropped: int = 0
    last_lines: tuple[str, ...] = ()
    arguments: frozenset[bytes] = frozenset()
    files: tuple[tuple[str, bytes], ...] = ()
    problem: str = ""
    left: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """How it ended, in one redacted phrase."""
        if self.problem:
            return self.problem
        end = (
            "was killed at its time limit (client.timeout_seconds)"
            if self.status is None
            else f"ended with exit code {self.status}"
        )
        printed = VAULT.shown("; ".join(self.last_lines), 600)
        told = f"it {end}" + (f", and printed last: {printed}" if printed else ", and printed nothing")
        return f"{told}; {self.refusals}" if self.refused else told

    @property
    def refusals(self) -> str:
        """What the proxy refused, in one redacted phrase."""
        return f"the proxy refused {VAULT.shown(', '.join(self.refused), 300)}, which client.hosts does not name"


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    seconds: float,
    *,
    kill: Interrupt | None = None,
) -> Ended:
    """Run a command to its end, or to the limit of time; nothing of it is left.

    Args:
        command: its words.
        environment: what it finds in its environment beside that of this process.
        folder: where it is started.
        seconds: the longest time.
        kill: tells when it is to be killed early.
    """
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="seasonproof-client-", ignore_cleanup_errors=True) as temporary:
        began = time.time()
        tree = ProcessTree()
        whole = {**os.environ, **_temporary(temporary), **environment}
        try:
            process = subprocess.Popen(  # noqa: S603 - the command is what the user asks to be judged
                command,
                cwd=folder,
                env=whole,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return Ended(None, problem=f"{command[0]!r} can't be started: {reason}")
        tree.root = process.pid
        output = Output(process.stdout)  # type: ignore[arg-type] # it is a pipe
        arguments: set[bytes] = set()
        try:
            _wait(process, tree, arguments, seconds, kill)
        finally:
            left = _end(process, tree)
            output.close()
        files = [*_files(Path(temporary), 0.0), *_files(Path(folder), began)]
        was_killed = process.returncode == -9
        return Ended(
            status=None if was_killed else process.returncode,
            output=output.text,
            dropped=output.dropped,
            last_lines=tuple(output.last_lines),
            arguments=frozenset(arguments),
            files=tuple(files),
            left=tuple(left),
        )


class Interrupt:
    """Tells a run that its client is to be killed now. Safe to use from several threads."""

    def __init__(self) -> None:
        self.is_due = False


def _wait(
    process: subprocess.Popen[bytes],
    tree: ProcessTree,
    arguments: set[bytes],
    seconds: float,
    kill: Interrupt | None,
) -> None:
    deadline, nap = time.monotonic() + seconds, _NAP_SECONDS
    while time.monotonic() < deadline and not (kill is not None and kill.is_due):
        arguments.update(tree.command_lines())
        with suppress(subprocess.TimeoutExpired):
            process.wait(nap)
            return
        nap = min(nap * 1.3, _LONGEST_NAP if kill is None else _NAP_SECONDS)


def _end(process: subprocess.Popen[bytes], tree: ProcessTree) -> list[str]:
    """Kill what is left."""
    left = tree.end()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    return left


def _temporary(folder: str) -> dict[str, str]:
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder) | {"PYTHONDONTWRITEBYTECODE": "1"}


def _files(folder: Path, since: float) -> list[tuple[str, bytes]]:
    """The files at the top of a folder, or of a folder of temporary files at any depth, that were written lately."""
    found: list[tuple[str, bytes]] = []
    paths = folder.rglob("*") if not since else folder.glob("*")
    for path in paths:
        with suppress(OSError):
            if path.is_symlink() or not path.is_file() or path.stat().st_mtime < since:
                continue
            with path.open("rb") as file:
                found.append((path.name, file.read(_LARGEST_FILE)))
        if len(found) >= _MOST_FILES:
            break
    return found
