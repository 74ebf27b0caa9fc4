"""The pairs of a consumer at a stage: which of them work, and which one the client's store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange
    from conformance.reference.apps import Pair
    from conformance.suites.clients.stage import Stage


def stored(stage: Stage) -> str:
    """What is in the store, in whichever format the client writes it."""
    try:
        return stage.store.read_text("utf-8", "replace")
    except OSError:
        return ""


def pair_in(stage: Stage, text: str) -> Pair | None:
    """The pair whose key and secret both are in a text; None where that is none, or a mixture."""
    return next((pair for pair in stage.org.staged.ever if pair.key in text and pair.secret in text), None)


def is_live(stage: Stage, pair: Pair) -> bool:
    """Whether the org takes a pair."""
    staged = stage.org.staged
    return any(one is pair and staged.is_live(one) for one in staged.pairs())


class Consumers:
    """Watches, before each answer goes out, whether what the store holds works: consumers read it all the time.

    Attributes:
        found: what was wrong first, and at which call; None if nothing was.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.found: tuple[Flaw, Exchange] | None = None

    def __call__(self, exchange: Exchange) -> None:
        if self.found is None and (flaw := down(self.stage)) is not None:
            self.found = flaw, exchange


def down(stage: Stage) -> Flaw | None:
    """What is wrong with the pair that consumers find in the store."""
    pair = pair_in(stage, stored(stage))
    if pair is None:
        return FlawOfKind("mixed", "the store holds no pair whose key and secret belong together")
    return None if is_live(stage, pair) else FlawOfKind("dead", "the store holds a pair that the org does not take")


def ends_wrong(stage: Stage) -> Flaw | None:
    """What is wrong at the end: the store holds the main pair, and nothing is left half done."""
    if (flaw := down(stage)) is not None:
        return flaw
    consumer = stage.org.consumer
    if pair_in(stage, stored(stage)) is not consumer.main:
        return FlawOfKind("not-main", "the store holds another pair than the main one of the org")
    left = [pair for pair in consumer.staged.values() if pair.state == "Active" and stage.org.staged.is_live(pair)]
    return FlawOfKind("left", "a staged pair was left that nobody uses") if left else None
