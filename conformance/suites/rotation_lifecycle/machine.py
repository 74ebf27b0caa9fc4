"""Calls in any order, against a small model of who has to be let in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, TypedDict

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from conformance.rules.staged_credentials import Pair, Staged
from conformance.suites.stateful import StateMachine

if TYPE_CHECKING:
    from conformance.suites.rotation_lifecycle.driver import StagedCredentialsOfAnApp

DAYS = 30
EXPECTED = "each pair let in exactly as long as it is in place"
WAITS = (11, DAYS + 1)
PLACES = st.integers(0, 3)


class Bounds(TypedDict):
    """How many orders of how many calls are tried, and whether a failing one is made shorter."""

    examples: int
    steps: int
    shrinks: bool


BOUNDS: dict[str, Bounds] = {
    "quick": Bounds(examples=0, steps=1, shrinks=False),
    "standard": Bounds(examples=4, steps=10, shrinks=True),
    "deep": Bounds(examples=200, steps=30, shrinks=True),
}
"""By depth."""

TOURS = (
    "stage stage rotate",
    "stage delete stage delete_again",
    "stage rotate stage authenticate_all",
    "stage rotate rotate authenticate_all delete delete_again",
    "stage rotate delete delete_again stage rotate",
    "stage wait_a_month authenticate_all rotate stage",
    "stage wait authenticate_all rotate wait authenticate_all wait_a_month",
)
"""Orders that are tried at every depth: what pipelines do that stop, start again and come late."""


def tours(app: StagedCredentialsOfAnApp) -> list[Callable[[LifeCycle], None]]:
    """The orders that are always tried; those with a wait only where the target has a test clock."""
    return [_calling(tour.split()) for tour in TOURS if app.has_a_clock or "wait" not in tour]


def _calling(steps: list[str]) -> Callable[[LifeCycle], None]:
    def calls(machine: LifeCycle) -> None:
        for step in steps:
            getattr(machine, step)()

    return calls


@dataclass(slots=True)
class Known:
    """A pair that was handed out.

    Attributes:
        name: what the story calls it.
        pair: its key and secret.
        works_until: the day until which it works for certain.
        ends_by: the day from which on it does not work for certain.
        is_deleted: whether somebody deleted it.
        was_main: whether it is the main pair, or was.
    """

    name: str
    pair: Pair
    works_until: float = inf
    ends_by: float = inf
    is_deleted: bool = False
    was_main: bool = False


class LifeCycle(StateMachine):
    """Stage, rotate, delete, wait and authenticate, in any order.

    What holds at every moment: the main pair authenticates, each other one does until it ends or is deleted, and no
    deleted one does. A source does not say when a former pair's 30 days began, so in between nothing is claimed.
    """

    def __init__(self, app: StagedCredentialsOfAnApp) -> None:
        super().__init__()
        self.app = app
        self.day = 0
        self.failed = False
        self.main = Known("pair 1", app.begin_afresh(), was_main=True)
        if app.has_staged(self.main.pair):
            self.calls.append("find pair 1 as the main pair: it was staged and rotated before, in this run")
        self.handed_out = [self.main]
        self.ids: list[str] = []
        self.deleted_ids: list[str] = []
        self.vain: set[str] = set()  # what would come to the same if it were tried again now

    # -------------------------------------------------------------------- calls

    @precondition(lambda self: "stage" not in self.vain)
    @rule()
    def stage(self) -> None:
        """Stage a pair, whether or not one is staged already."""
        answer = self.app.post(b"{}")
        if not answer.succeeded:
            self.calls.append("stage: refused")
            self.vain.add("stage")
            return
        new = self.app.shown_in(answer)
        for other in self.handed_out:
            if not other.was_main:
                other.works_until = -inf  # some servers keep one staged pair only; a former one has its 30 days
        name = f"pair {len(self.handed_out) + 1}"
        self.handed_out.append(Known(name, new.pair, self.day + DAYS, self.day + DAYS))
        self.ids.append(new.id)
        self.calls.append(f"stage: {name}")
        self._changed()

    @precondition(lambda self: self.ids)
    @rule(number=PLACES)
    def rotate(self, number: int = 0) -> None:
        """Rotate something of the staged place, whether or not it was rotated already."""
        staged = self._staged(number)
        if staged is None:
            return
        told = self._named(staged)
        rotated = self.app.patch(staged).succeeded
        self.calls.append(f"rotate {told}: {'done' if rotated else 'refused'}")
        if rotated:
            self._read_the_main_pair()
        self._changed()

    @precondition(lambda self: self.ids)
    @rule(number=PLACES)
    def delete(self, number: int = 0) -> None:
        """Delete something of the staged place."""
        staged = self._staged(number)
        if staged is None or staged.shows(self.main.pair):
            return
        told = self._named(staged)
        deleted = self.app.delete(staged).succeeded
        self.calls.append(f"delete {told}: {'done' if deleted else 'refused'}")
        if deleted:
            self.ids.remove(staged.id)
            self.deleted_ids.append(staged.id)
            for one in self.handed_out:
                one.is_deleted |= staged.shows(one.pair)
        self._changed()

    @precondition(lambda self: self.deleted_ids and "delete again" not in self.vain)
    @rule()
    def delete_again(self) -> None:
        """Repeat the last deletion."""
        if not self.deleted_ids:
            return
        self.app.delete(Staged(self.deleted_ids[-1]))
        self.calls.append("delete it again")
        self.vain.add("delete again")
        self._main_works()

    @precondition(lambda self: self.app.has_a_clock and self._waits_for_an_end())
    @rule(days=st.sampled_from(WAITS))
    def wait(self, days: int = WAITS[0]) -> None:
        """Let days pass."""
        self.app.advance_clock(days)
        self.day += days
        self.calls.append(f"wait {days} days")
        self.vain.clear()

    @precondition(lambda self: len(self.handed_out) > 1 and "authenticate" not in self.vain)
    @rule(number=PLACES)
    def authenticate(self, number: int = 0) -> None:
        """Ask for a token with one of the pairs."""
        self._judge(self.handed_out[number % len(self.handed_out)])
        self.vain.add("authenticate")

    def authenticate_all(self) -> None:
        """Ask for a token with each pair."""
        for one in self.handed_out:
            self._judge(one)

    def wait_a_month(self) -> None:
        """Let so many days pass that every pair but the main one ends."""
        self.wait(WAITS[-1])

    def teardown(self) -> None:
        """Ask for a token with each pair in the end."""
        if not self.failed:
            self.authenticate_all()

    # ------------------------------------------------------------------ details

    def _changed(self) -> None:
        self.vain.clear()
        self._main_works()

    def _waits_for_an_end(self) -> bool:
        return any(not one.is_deleted and self.day <= one.ends_by < inf for one in self.handed_out)

    def _staged(self, number: int = 0) -> Staged | None:
        listed = [self._with_its_secret(one) for one in self.app.listed() if one.id in self.ids]
        listed = [one for one in listed if one.has_pair]
        return listed[number % len(listed)] if listed else None

    def _with_its_secret(self, staged: Staged) -> Staged:
        """The same with the secret that was handed out with its key: a list need not show it."""
        pair = next((one.pair for one in self.handed_out if one.pair.key == staged.key), None)
        return replace(staged, secret=pair.secret) if pair is not None and staged.secret is None else staged

    def _read_the_main_pair(self) -> None:
        former = self.main
        found = self._known(self.app.read_main_pair())
        if found is None:
            self._fail("after the rotation the main pair is one that was never handed out", "known-main-pair")
        elif found is not former:
            # A client may count the 30 days from the rotation, or read them from what stood there before.
            former.works_until, former.ends_by = min(found.works_until, self.day + DAYS), self.day + DAYS
            found.works_until = found.ends_by = inf
            found.was_main = True
            self.main = found

    def _main_works(self) -> None:
        if not self.app.authenticates(self.main.pair):
            self._fail(f"the main pair ({self.main.name}) does not authenticate", "main-pair-works")
        self.app.case.judge(None, EXPECTED, "main-pair-works")

    def _judge(self, one: Known) -> None:
        must = not one.is_deleted and self.day <= one.works_until
        must_not = one.is_deleted or self.day > one.ends_by
        if must or must_not:
            found = self.app.authenticates(one.pair)
            self.calls.append(f"authenticate with {one.name}: {'let in' if found else 'refused'}")
            if found and must_not:
                why = "was deleted" if one.is_deleted else "has ended"
                self._fail(f"{one.name} authenticates although it {why}", "has-ended")
            if must and not found:
                flaw = f"{one.name} does not authenticate although it was neither deleted nor has ended"
                self._fail(flaw, "still-works")
            self.app.case.judge(None, EXPECTED, "still-works")

    def _known(self, pair: Pair) -> Known | None:
        return next((one for one in self.handed_out if one.pair == pair), None)

    def _named(self, staged: Staged) -> str:
        return next((one.name for one in self.handed_out if staged.shows(one.pair)), "an unknown pair")

    def _fail(self, flaw: str, judgement: str) -> None:
        self.failed = True
        self.app.case.judge(flaw, EXPECTED, judgement)
