"""Clients as forks of one process that has loaded them: a plugin of a run, and the program that it starts.

The proofs start a thousand clients, each of which would load its modules for longer than it works. A fork is still a
process of its own and a child of the run, in a session of its own, with the folder, the variables and the pipe that it
was given. Commands of another kind are started as ever; so is every client where the system has no orphans to adopt.
"""

from __future__ import annotations

import json
import os
import runpy
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

CLIENTS = "conformance.reference.clients."
LONGEST = 1 << 17


class Fork:
    """What a run asks of a process that it has started, as `subprocess.Popen` answers it."""

    def __init__(self, pid: int, stdout: IO[bytes]) -> None:
        self.pid, self.stdout = pid, stdout
        self.returncode: int | None = None
        self._end = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Its exit code; None while it goes on."""
        if self.returncode is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.returncode = os.waitstatus_to_exitcode(status)
                os.close(self._end)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Its exit code, as soon as it has ended.

        Raises:
            subprocess.TimeoutExpired: it goes on for longer.
        """
        if self.returncode is None:
            select.select([self._end], [], [], timeout)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired("a client", timeout)
        return status


@contextmanager
def _loaded() -> Iterator[socket.socket]:
    """The process that has loaded the clients, while the context lasts: what it is sent, it starts."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-P", __file__, str(its.fileno())]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=[its.fileno()], stdin=quiet, stdout=quiet), ours:
        its.close()
        yield ours


@contextmanager
def _forking() -> Iterator[None]:
    """Start clients of the reference as forks while the context lasts."""
    from conformance.suites.clients import program

    start = program.start_process
    with _loaded() as channel:

        def start_process(command: Sequence[str], environment: Mapping[str, str], folder: str) -> Any:
            if command[:2] != [sys.executable, "-m"] or not command[2].startswith(CLIENTS):
                return start(command, environment, folder)
            output, its = os.pipe()
            asked = json.dumps([command[2:], dict(environment), folder]).encode()
            socket.send_fds(channel, [asked], [its])
            os.close(its)
            return Fork(int(channel.recv(LONGEST)), os.fdopen(output, "rb"))

        program.start_process = start_process
        try:
            yield
        finally:
            program.start_process = start


def pytest_configure(config: pytest.Config) -> None:
    """Begin with the run, and end with it."""
    if sys.platform == "linux":
        forking = ExitStack()
        forking.enter_context(_forking())
        config.add_cleanup(forking.close)


def _asked(channel: socket.socket) -> list[str]:
    """Fork for each that is asked for. Returns in the forks, and when nothing more will be asked for, with nothing."""
    while True:
        asked, [*pipes], _, _ = socket.recv_fds(channel, LONGEST, 1)
        if not asked:
            return []
        ready, told = os.pipe()
        if not (between := os.fork()):
            if os.fork():
                os._exit(0)  # the client becomes an orphan, and a child of the run
            os.setsid()
            os.write(told, str(os.getpid()).encode())
            words, environment, folder = json.loads(asked)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(pipes[0], 1)
            os.dup2(pipes[0], 2)
            channel.detach()
            os.closerange(3, 1024)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            return words
        os.waitpid(between, 0)
        channel.send(os.read(ready, 20))
        for number in (ready, told, *pipes):
            os.close(number)


if __name__ == "__main__":
    from conformance.reference.clients.variants import client_variants

    client_variants()
    if words := _asked(socket.socket(fileno=int(sys.argv[1]))):
        sys.argv[1:] = words[1:]
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
