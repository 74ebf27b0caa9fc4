"""Puts a client through scenarios, each of them once, and hands out what it did."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.rules.clients import polling
from conformance.rules.outcome import Inconclusive
from conformance.suites.clients import program
from conformance.suites.clients.answers import Seen
from conformance.suites.clients.polling_scenarios import POLLED
from conformance.suites.clients.scenario import PLAIN, Scenario
from conformance.suites.clients.stage import KILLED, PREFIX, Stage
from conformance.suites.clients.ways import reached

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import Client
    from conformance.http.exchange import Exchange
    from conformance.judging.matchers import CaseRecord
    from conformance.suites.clients.program import Ended

MOST_HANGS = 2
"""After so many runs that had to be killed, a client is left alone: each further one may take as long."""


@dataclass
class Memory:
    """What the cases of a client share.

    Attributes:
        seen: the scenarios that it was put through.
        hangs: how many of its runs had to be killed at the limit of time.
    """

    seen: dict[str, tuple[Stage, list[Ended]]] = field(default_factory=dict)
    hangs: int = 0


class ClientUnderTest:
    """A client, in the name of one requirement.

    Args:
        role: what the target file says about it.
        requirement: what is judged.
        case: the record of the case.
        memory: what its cases share.
        note: told each exchange.
    """

    def __init__(
        self,
        role: Client,
        requirement: Requirement,
        case: CaseRecord,
        memory: Memory,
        note: Callable[[Exchange], None],
    ) -> None:
        self.role = role
        self.requirement = requirement
        self.case = case
        self.memory = memory
        self.note = note

    def close(self) -> None:
        """Nothing: the client has ended, and its folder goes with the run."""

    def works(self) -> Seen:
        """The control: where nothing goes wrong, the client ends well, and its credentials are used.

        Raises:
            Inconclusive: it does not, so whatever it does elsewhere proves nothing.
        """
        seen = self.through(PLAIN)
        self.case.control(seen.fails_at_nothing(), "the client is run where nothing goes wrong", seen.last)
        return seen

    def rotates(self) -> Seen:
        """The control of a rotation: where nothing goes wrong, the consumer has another pair at the end.

        Raises:
            Inconclusive: it has not.
        """
        seen = self.works()
        is_rotated = seen.stage.org.consumer.main is not seen.stage.first
        flaw = None if is_rotated else f"its consumer still has the pair that it had; {seen.how}"
        self.case.control(flaw, "the credentials of the consumer are rotated", seen.last)
        return seen

    def polls(self) -> Seen:
        """The control of a poller: where nothing goes wrong, it hands over changes.

        Raises:
            NotTested: it asks for none.
            Inconclusive: it does not end well, or hands over nothing.
        """
        seen = self.through(POLLED)
        flaw = seen.fails_at_nothing()
        if flaw is None:
            seen.needs(polling.polls(seen.exchanges), "", "asked for no changes at SEASONPROOF_FEED_URL")
            flaw = None if polling.handed_over(seen.exchanges) else "it hands nothing over"
        self.case.control(flaw, "the client polls where nothing goes wrong", seen.last)
        if not any(polling.is_handed_over(one) for one in seen.exchanges):
            self.case.note("nothing is sent to SEASONPROOF_SINK_URL, so what is fetched counts as handed over")
        return seen

    def through(self, scenario: Scenario) -> Seen:
        """Put the client through a scenario, or remember what it did there.

        Raises:
            Inconclusive: the client cannot be started, or hangs again and again.
        """
        known = self.memory.seen.get(scenario.name)
        if known is None:
            known = self.memory.seen[scenario.name] = self._run(scenario)
        stage, ended = known
        if ended and ended[0].problem:
            raise Inconclusive(ended[0].problem, "check the command, and the folder that it is started in")
        seen = Seen(self, stage, ended)
        self.case.exchanges.extend(seen.exchanges)
        for one in ended:
            if one.refused:
                self.case.note(one.refusals)
        return seen

    # --------------------------------------------------------------- details

    def _run(self, scenario: Scenario) -> tuple[Stage, list[Ended]]:
        stage = Stage(scenario, _folder(), is_secure=self.role.reaches != "http", hosts=self.role.hosts)
        scenario.prepare(stage)
        ended = [self.run_once(stage)]
        for _ in range(scenario.turns - 1):
            if ended[-1].problem:
                break
            scenario.between(stage)
            ended.append(self.run_once(stage))
        return stage, ended

    def run_once(self, stage: Stage) -> Ended:
        """Run the client once at a stage."""
        if self.memory.hangs >= MOST_HANGS:
            way_out = "client.timeout_seconds in a target file, or a command that ends"
            hung = f"{MOST_HANGS} runs of the client did not end within {self.role.timeout_seconds:g} s"
            raise Inconclusive(f"{hung}, so it was left alone", way_out)
        is_to_be_killed = KILLED in stage.world.names and not stage.world.happened[KILLED]
        stage.interrupt = program.Interrupt() if is_to_be_killed else None
        heard = len(stage.exchanges)
        with reached(stage) as way:
            ended = self._ended(stage, {**stage.environment(), **way.variables})
        ended = replace(ended, refused=tuple(way.refused))
        if ended.status is None and not ended.problem and stage.interrupt is None:
            self.memory.hangs += 1
        stage.turn += 1
        stage.register()
        for exchange in stage.exchanges[heard:]:
            self.note(exchange)
        return ended

    def _ended(self, stage: Stage, environment: dict[str, str]) -> Ended:
        role = self.role
        own = {name: _filled(value, environment) for name, value in role.env.items()}
        command = [_filled(word, environment) for word in role.command]
        return program.run(command, {**environment, **own}, role.folder, role.timeout_seconds, kill=stage.interrupt)


def _folder() -> Path:
    """A new folder, which goes with this process."""
    folder = tempfile.mkdtemp(prefix="seasonproof-stage-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _filled(text: str, environment: dict[str, str]) -> str:
    """A text in which `{org_url}` and the like are replaced."""
    for name, value in environment.items():
        text = text.replace("{" + name.removeprefix(PREFIX).lower() + "}", value)
    return text
