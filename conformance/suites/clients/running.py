"""How a client is run in a scenario: by a command each time, by a trigger while it goes on running, or by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from conformance.suites.clients import program
from conformance.suites.clients.long_running import LongRunning
from conformance.suites.clients.manual_client import ManualClient
from conformance.suites.clients.placeholders import filler
from conformance.suites.clients.routes import reached

if TYPE_CHECKING:
    from conformance.config.roles import Client
    from conformance.suites.clients.finished_run import FinishedRun
    from conformance.suites.clients.program import Interrupt
    from conformance.suites.clients.routes import Route
    from conformance.suites.clients.stage import Stage


class Runner(Protocol):
    """Runs a client at one stage, as often as the scenario has it."""

    def turn(self, kill: Interrupt | None) -> FinishedRun:
        """Have it do its work once, or until it is to be killed."""

    def stop(self) -> None:
        """End it, if it goes on running."""


class OnTheWay:
    """A client at one stage, and the route by which it gets there."""

    def __init__(self, runner: Runner, route: Route) -> None:
        self._runner, self._route = runner, route

    def turn(self, kill: Interrupt | None) -> FinishedRun:
        """Have it do its work once, or until it is to be killed."""
        return replace(self._runner.turn(kill), refused=tuple(self._route.refused))

    def stop(self) -> None:
        """End it, if it goes on running."""
        self._runner.stop()


@contextmanager
def running(role: Client, stage: Stage) -> Iterator[OnTheWay]:
    """What runs a client at a stage, as long as the context is open."""
    with reached(stage) as route:
        runner = _runner(role, stage, {**stage.environment(), **route.variables})
        try:
            yield OnTheWay(runner, route)
        finally:
            runner.stop()


def _runner(role: Client, stage: Stage, environment: Mapping[str, str]) -> Runner:
    if role.manual:
        return ManualClient(role, stage, environment)
    if role.trigger is not None:
        return LongRunning(role, role.trigger, stage, environment)
    return _ByCommand(role, stage, environment)


class _ByCommand:
    def __init__(self, role: Client, stage: Stage, environment: Mapping[str, str]) -> None:
        filled = filler(environment)
        own = {name: filled(value) for name, value in role.env.items()}
        self._command = [filled(word) for word in role.command or ()]
        self._environment, self._role, self._stage = {**environment, **own}, role, stage

    def turn(self, kill: Interrupt | None) -> FinishedRun:
        watchers, folder, limit = self._stage.world.watchers, self._role.folder, self._role.limit
        return program.run(self._command, self._environment, folder, limit, kill=kill, watchers=watchers)

    def stop(self) -> None:
        pass
