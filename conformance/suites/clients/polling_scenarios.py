"""What a client that polls is put through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance.reference.counterpart.world import Fault, Reply, answers, at
from conformance.rules.clients import polling
from conformance.suites.clients.scenario import Scenario
from conformance.suites.clients.stage import KILLED
from conformance.suites.clients.throttling import throttled

if TYPE_CHECKING:
    from conformance.suites.clients.stage import Stage

FEED = at("/erp/accounts", "GET")
LATER_PAGE = at("/erp/accounts", "GET", query="token=")
SINK = at("/sink")
DOWN = answers(503, '{"error": "Service Unavailable"}')
SKEW_SECONDS = 300

type Trouble = Literal["none", "feed", "page", "sink", "killed"]
TROUBLES: tuple[Trouble, ...] = ("none", "feed", "page", "sink", "killed")


@dataclass(frozen=True, slots=True)
class Turn:
    """What happens before and while a poller runs once.

    Attributes:
        new: how many records are written before.
        changed: how many of the oldest records are changed before.
        trouble: what goes wrong while it runs.
        call: at which of its calls it is killed, where that is the trouble.
        is_tied: whether no time has passed since the last write.
        apart: whether each of the new ones is written at a moment of its own: of records of one moment none is lost
            by a mark that moves too early.
    """

    new: int = 0
    changed: int = 0
    trouble: Trouble = "none"
    call: int = 1
    is_tied: bool = False
    apart: bool = False

    def __str__(self) -> str:
        what = {"none": "", "killed": f", killed at call {self.call}"}.get(self.trouble, f", {self.trouble} down")
        when = f"{' one by one' if self.apart else ''}{' at the same moment' if self.is_tied else ''}"
        return f"{self.new} new and {self.changed} changed{when}{what}"

    def begin(self, stage: Stage) -> None:
        """Have it happen."""
        first, *others = [1] * self.new if self.apart and self.new else [self.new]
        stage.org.feed.fill(first, self.changed, is_tied=self.is_tied)
        for number in others:
            stage.org.feed.fill(number, 0)
        stage.world.faults = list(self._faults(stage.turn))

    def _faults(self, turn: int) -> Sequence[Fault]:
        match self.trouble:
            case "feed":
                return [Fault(f"feed-{turn}", FEED, instead=DOWN)]
            case "page":
                return [Fault(f"page-{turn}", LATER_PAGE, instead=DOWN)]
            case "sink":
                return [Fault(f"sink-{turn}", SINK, instead=DOWN)]
            case "killed":
                return [Fault(KILLED, lambda request: True, instead=DOWN, skip=self.call - 1, times=1, delay=3)]
        return []


def _has_all(stage: Stage) -> bool:
    return polling.loses(stage.exchanges, stage.org.feed.versions()) is None


def polled(name: str, says: str, *turns: Turn, skew: float = 0, spare: int = 0, restarts: bool = False) -> Scenario:
    """A scenario of several polls, of which the last ones are left out once all changes were handed over."""

    def begin(stage: Stage) -> None:
        turns[stage.turn].begin(stage)

    def prepare(stage: Stage) -> None:
        stage.org.feed.lag(skew)
        begin(stage)

    return Scenario(
        name, says, prepare=prepare, turns=len(turns), between=begin, spare=spare, is_done=_has_all, restarts=restarts
    )


POLLED = polled(
    "polled", "records are written between polls, more than fit on one page", Turn(new=5), Turn(3, 1), Turn()
)
PAGE_FAILS = polled(
    "page-fails",
    "the second page of a poll is not answered",
    Turn(new=5, trouble="page", apart=True),
    Turn(),
    Turn(),
    spare=1,
)
SINK_FAILS = polled(
    "sink-fails",
    "nobody takes the changes of the first poll",
    Turn(new=3, trouble="sink", apart=True),
    Turn(),
    Turn(),
    spare=1,
)
TIES = polled(
    "ties", "a record is written at the very moment of the last one, after a poll", Turn(new=1), Turn(1, is_tied=True)
)
SKEWED = polled(
    "skewed",
    "the clock of the system is five minutes slow",
    Turn(new=2),
    Turn(new=2),
    Turn(),
    skew=SKEW_SECONDS,
    spare=1,
)
RESTARTED = polled(
    "restarted", "records are written while the client is stopped", Turn(new=2), Turn(3), Turn(), restarts=True
)


def _some_records(stage: Stage) -> None:
    stage.org.feed.fill(3, 0)


def _elsewhere(stage: Stage) -> Sequence[Fault]:
    moved = Reply(302, (("location", f"{stage.other_url}/erp/accounts"),))
    return [Fault("moved", FEED, instead=lambda request: moved)]


MOVED = Scenario("feed-moved", "the feed is redirected to another origin", _elsewhere, _some_records)
FAILING = Scenario("feed-down", "the feed answers 503 each time", [Fault("failing", FEED, instead=DOWN)], _some_records)
THROTTLED = throttled("feed-throttled", "the feed", FEED, _some_records)
SCENARIOS = (POLLED, PAGE_FAILS, SINK_FAILS, TIES, SKEWED, RESTARTED, MOVED, FAILING, *THROTTLED)


ONE_POLL = polled("one-poll", "three records are written before a poll", Turn(new=3, apart=True))


def killed_at(call: int) -> Scenario:
    """The same poll is killed at one of its calls, which is not done, and run again."""
    turns = (Turn(new=3, trouble="killed", call=call, apart=True), Turn(new=1), Turn())
    return polled(f"poll-killed-at-{call}", f"the client is killed at its call {call}, and run again", *turns, spare=1)


def any_turns(turns: Sequence[Turn]) -> Scenario:
    """A scenario of any turns, and up to two more in which nothing goes wrong."""
    says = "; ".join(map(str, turns))
    return polled(f"any: {says}", says, *turns, Turn(), Turn(), spare=2)
