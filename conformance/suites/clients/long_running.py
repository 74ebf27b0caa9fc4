"""A client that goes on running: started once in a scenario, and told by a trigger each time when it is to act."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.config.roles.client_trigger import TRIGGER_PORT
from conformance.suites.clients.placeholders import PREFIX, filler
from conformance.suites.clients.program import Interrupt, Started
from conformance.suites.clients.triggers import Pulled, pull

if TYPE_CHECKING:
    from conformance.config.roles import Client
    from conformance.config.roles.client_trigger import Trigger
    from conformance.suites.clients.finished_run import FinishedRun
    from conformance.suites.clients.stage import Stage

_END_SECONDS = 0.5
_NAP_SECONDS = 0.02


class LongRunning:
    """The client in one scenario.

    Args:
        role: what the target file says about it.
        trigger: what has it act.
        stage: what it calls.
        environment: what it finds in its environment; each start adds a free port.
    """

    def __init__(self, role: Client, trigger: Trigger, stage: Stage, environment: Mapping[str, str]) -> None:
        self._role, self._trigger, self._stage = role, trigger, stage
        self._given = environment
        self._environment: Mapping[str, str] = environment
        self._started: Started | None = None

    def turn(self, kill: Interrupt | None) -> FinishedRun:
        """Have it act once, and wait until it is done. It is started where it does not run."""
        deadline = time.monotonic() + self._role.limit
        started = self._started or self._start()
        if started.problem:
            return started.seen()
        pulled = pull(self._trigger, filler(self._environment), self._environment, self._role.folder)
        started.tree.beside = pulled.pid
        try:
            return self._waited(started, pulled, deadline, kill)
        finally:
            pulled.end()

    def stop(self) -> None:
        """End it with all that it has started."""
        if self._started is not None:
            self._started.__exit__(None, None, None)
        self._started = None

    def _start(self) -> Started:
        port = {f"{PREFIX}{TRIGGER_PORT.upper()}": str(_free_port())}
        filled = filler({**self._given, **port})
        own = {name: filled(value) for name, value in self._role.env.items()}
        self._environment = {**self._given, **port, **own}
        command = [filled(word) for word in self._role.start or ()]
        self._started = Started(command, self._environment, self._role.folder, self._stage.world.watchers)
        return self._started

    def _waited(self, started: Started, pulled: Pulled, deadline: float, kill: Interrupt | None) -> FinishedRun:
        heard, since = len(self._stage.exchanges), time.monotonic()
        while time.monotonic() < deadline:
            if kill is not None and kill.is_due:
                return self._ended(started, None, "it was killed, as the scenario says")
            # A client that dies in the call of the trigger closes its connection a moment before its end can be seen.
            is_over = pulled.is_over()
            failed = is_over and pulled.problem
            if started.wait(_END_SECONDS if failed else _NAP_SECONDS):
                status = started.seen().status
                return self._ended(started, status, f"it ended by itself, with exit code {status}")
            if not is_over or len(self._stage.exchanges) != heard:
                heard, since = len(self._stage.exchanges), time.monotonic()
            elif failed or time.monotonic() - since >= self._role.quiet:
                is_told = self._role.quiet == 0
                return replace(started.seen(), status=0, end=pulled.problem, is_told=is_told, answer=pulled.answer)
        why = pulled.problem or f"it was never silent for {self._role.quiet:g} s (client.quiet_seconds)"
        return self._ended(started, None, f"{why}, and it was killed at its time limit (client.timeout_seconds)")

    def _ended(self, started: Started, status: int | None, end: str) -> FinishedRun:
        """End it. What it was until then."""
        started.end()
        ended = replace(started.seen(), status=status, end=end)
        self.stop()
        return ended


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
