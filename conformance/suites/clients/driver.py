"""Puts a client through scenarios, each of them once, and hands out what it did."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.rules.clients import polling
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.clients import program
from conformance.suites.clients.answers import Seen
from conformance.suites.clients.parameters import configured
from conformance.suites.clients.polling_scenarios import POLLED
from conformance.suites.clients.running import Runner, running
from conformance.suites.clients.scenario import PLAIN, Scenario
from conformance.suites.clients.stage import KILLED, Stage

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.roles import Client
    from conformance.http.exchange import Exchange
    from conformance.judging.matchers import CaseRecord
    from conformance.rules.clients.token_requests import Places
    from conformance.suites.clients.finished_run import FinishedRun

UNSEEN = frozenset({"TIU-05", "TIU-08", "TIU-09", "CCC-07", "CCC-08", "ROC-09", "FIC-04", "PCX-08"})
"""What is judged by the output, the files or the arguments of a client."""

INTERRUPTED = frozenset({"ROC-08", "PCX-05", "PCX-07"})
"""What is judged by what a client does after it was killed."""

WAY_OUT = "judge a command that does the same: --client='COMMAND'"

MOST_HANGS = 2
"""After so many runs that had to be killed, a client is left alone: each further one may take as long."""


_FIRST_CALLS, _LAST_CALLS = 3, 5


@dataclass
class Memory:
    """What the cases of a client share.

    Attributes:
        seen: the scenarios that it was put through.
        hangs: how many of its runs had to be killed at the limit of time.
    """

    seen: dict[str, tuple[Stage, list[FinishedRun]]] = field(default_factory=dict)
    hangs: int = 0


class ClientUnderTest:
    """A client, in the name of one requirement.

    Args:
        role: what the target file says about it.
        requirement: what is judged.
        case: the record of the case.
        memory: what its cases share.
        note: told each exchange.

    Raises:
        NotTested: a person drives the client, and nobody can see or do what it takes.
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
        if role.manual and requirement.id in UNSEEN:
            raise NotTested("what a client prints and keeps is not seen where a person drives it", WAY_OUT)
        if role.manual and requirement.id in INTERRUPTED:
            raise NotTested("it takes a client that can be killed and run again", WAY_OUT)

    @property
    def parameters(self) -> Places:
        """Custom parameters of token requests, as they are configured."""
        return configured(self.role.parameters)

    def close(self) -> None:
        """Nothing: the client has ended, and its folder goes with the run."""

    def works(self, sends_well: Callable[[Seen], None] | None = None) -> Seen:
        """The control: where nothing goes wrong, the client ends well, and its credentials are used.

        Args:
            sends_well: judges what was sent, which is a deviation also where nobody took it.

        Raises:
            Inconclusive: it does not, so whatever it does elsewhere proves nothing.
        """
        seen = self.through(PLAIN)
        failed = seen.fails_at_nothing()
        if failed and sends_well is not None:
            sends_well(seen)
        self.case.control(failed, "the client is run where nothing goes wrong", seen.last)
        return seen

    def understands(self, answer: Scenario) -> None:
        """The control of what a client takes for an answer: it works, if only with this answer.

        Raises:
            Inconclusive: it does not.
        """
        if self.through(PLAIN).fails_at_nothing() is None:
            self.works()
            return
        seen = self.through(answer)
        self.case.control(seen.fails_at_nothing(), f"the client is run where {answer.says}", seen.last)

    def calls_of(self, scenario: Scenario) -> list[int]:
        """The numbers of the calls that a client makes, or of the first and the last ones where they are many."""
        calls = range(1, len(self.through(scenario).stage.world.exchanges) + 1)
        if len(calls) <= _FIRST_CALLS + _LAST_CALLS:
            return list(calls)
        self.case.note(f"of {len(calls)} calls the first {_FIRST_CALLS} and the last {_LAST_CALLS} were tried")
        return [*calls[:_FIRST_CALLS], *calls[-_LAST_CALLS:]]

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

    def polls(self, sends_well: Callable[[Seen], None] | None = None) -> Seen:
        """The control of a poller: where nothing goes wrong, it hands over changes.

        Args:
            sends_well: judges what was sent, as for `works`.

        Raises:
            NotTested: it asks for none.
            Inconclusive: it does not end well, or hands over nothing.
        """
        seen = self.through(POLLED)
        flaw = seen.fails_at_nothing()
        if flaw is None:
            seen.needs(polling.polls(seen.exchanges), "", "asked for no changes at SEASONPROOF_FEED_URL")
            flaw = None if polling.handed_over(seen.exchanges) else "it hands nothing over"
        if flaw and sends_well is not None:
            sends_well(seen)
        self.case.control(flaw, "the client polls where nothing goes wrong", seen.last)
        if not any(polling.is_handed_over(one) for one in seen.exchanges):
            self.case.note("nothing is sent to SEASONPROOF_SINK_URL, so what is fetched counts as handed over")
        return seen

    def scenarios(self, several: Sequence[Scenario]) -> Sequence[Scenario]:
        """Those of several scenarios that it can be put through: all of them."""
        return several

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
            way_out = "check the command, its folder, and that it may be executed; a script may need its interpreter"
            raise Inconclusive(ended[0].problem, way_out)
        seen = Seen(self, stage, ended)
        self.case.exchanges.extend(seen.exchanges)
        for one in ended:
            if one.refused:
                self.case.note(one.refusals)
        return seen

    # --------------------------------------------------------------- details

    def _run(self, scenario: Scenario) -> tuple[Stage, list[FinishedRun]]:
        is_secure = self.role.reaches != "http"
        stage = Stage(scenario, _folder(), is_secure, self.role.hosts, parameters=self.parameters)
        scenario.prepare(stage)
        return stage, self.run_at(stage)

    def run_at(self, stage: Stage) -> list[FinishedRun]:
        """Run the client at a stage, as often as its scenario has it."""
        scenario = stage.scenario
        ended: list[FinishedRun] = []
        with running(self.role, stage) as client:
            while not ended or (scenario.goes_on(stage) and not ended[-1].problem):
                if ended and scenario.restarts:
                    client.stop()
                if ended:
                    scenario.between(stage)
                ended.append(self._turn(client, stage))
        return ended

    def _turn(self, client: Runner, stage: Stage) -> FinishedRun:
        if self.memory.hangs >= MOST_HANGS:
            way_out = "client.timeout_seconds in a target file, or a command that ends"
            hung = f"{MOST_HANGS} runs of the client did not end within {self.role.limit:g} s"
            raise Inconclusive(f"{hung}, so it was left alone", way_out)
        is_to_be_killed = KILLED in stage.world.names and not stage.world.happened[KILLED]
        stage.interrupt = program.Interrupt() if is_to_be_killed else None
        heard = len(stage.exchanges)
        ended = client.turn(stage.interrupt)
        if ended.status is None and not ended.problem and stage.interrupt is None:
            self.memory.hangs += 1
        stage.turn += 1
        stage.register()
        for exchange in stage.exchanges[heard:]:
            self.note(exchange)
        return ended


def _folder() -> Path:
    """A new folder, which goes with this process."""
    folder = tempfile.mkdtemp(prefix="seasonproof-stage-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
