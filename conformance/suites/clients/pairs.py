"""The pairs of a consumer at a stage: which of them work, and which one the client's store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.http.exchange import Exchange
    from conformance.reference.apps import Pair
    from conformance.reference.counterpart.org import CounterpartOrg


class Place(Protocol):
    """Where a rotation takes place."""

    org: CounterpartOrg

    @property
    def store(self) -> Path:
        """The file that consumers read."""


def stored(place: Place) -> str:
    """What is in the store, in whichever format the client writes it."""
    try:
        return place.store.read_text("utf-8", "replace")
    except OSError:
        return ""


def pair_in(place: Place, text: str) -> Pair | None:
    """The pair whose key and secret both are in a text; None where that is none, or a mixture."""
    return next((pair for pair in place.org.staged.ever if pair.key in text and pair.secret in text), None)


def is_live(place: Place, pair: Pair) -> bool:
    """Whether the org takes a pair."""
    staged = place.org.staged
    return any(one is pair and staged.is_live(one) for one in staged.pairs())


class Consumers:
    """Watches, before each answer goes out, whether what the store holds works: consumers read it all the time.

    Attributes:
        found: what was wrong first, and at which call; None if nothing was.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.found: tuple[Flaw, Exchange] | None = None

    def __call__(self, exchange: Exchange) -> None:
        if self.found is None and (flaw := down(self.place)) is not None:
            self.found = flaw, exchange


def down(place: Place) -> Flaw | None:
    """What is wrong with the pair that consumers find in the store."""
    pair = pair_in(place, stored(place))
    if pair is None:
        return FlawOfKind("mixed", "the store holds no pair whose key and secret belong together")
    return None if is_live(place, pair) else FlawOfKind("dead", "the store holds a pair that the org does not take")


def ends_wrong(place: Place) -> Flaw | None:
    """What is wrong at the end: the store holds the main pair, and nothing is left half done."""
    if (flaw := down(place)) is not None:
        return flaw
    consumer = place.org.consumer
    if pair_in(place, stored(place)) is not consumer.main:
        return FlawOfKind("not-main", "the store holds another pair than the main one of the org")
    left = [pair for pair in consumer.staged.values() if pair.state == "Active" and place.org.staged.is_live(pair)]
    return FlawOfKind("left", "a staged pair was left that nobody uses") if left else None
