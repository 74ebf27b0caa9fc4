"""Defects that show only in some orders of calls: each call by itself does what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from conformance.reference.apps import PAIR_SECONDS, Consumer, Pair
from conformance.reference.staged_credentials import PREFIX, StagedCredentials
from conformance.reference.staged_credentials_access import Refusal
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.reference.org import Org

DAY = 86_400


class Remembering(StagedCredentials):
    """A correct implementation that remembers what was deleted, for those who make a mistake of it."""

    def __init__(self, org: Org, prefix: str = PREFIX, *, is_enabled: bool = True) -> None:
        super().__init__(org, prefix, is_enabled=is_enabled)
        self.removed: list[Pair] = []
        self.removed_ids: list[str] = []
        self.revived: list[Pair] = []

    def remove(self, consumer: Consumer, identifier: str) -> None:
        """End a pair of the staged place."""
        if consumer.staged[identifier].state == "Rotated":
            self.removed.append(consumer.staged[identifier])
            self.removed_ids.append(identifier)
        super().remove(consumer, identifier)

    def pairs(self) -> list[Pair]:
        """All pairs of the org."""
        return [*super().pairs(), *self.revived]


@fault(kills={"STG-48"})
class EndedPairCanBeRotated(StagedCredentials):
    """Rotates a staged pair that has ended, so that the main pair is one that nobody is let in with."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if self.is_live(pair):
            return await super().rotate(consumer, identifier, pair)
        consumer.main, consumer.staged[identifier] = pair, consumer.main
        return None


@fault(kills={"STG-48"})
class StagingRevivesTheDeletedPair(Remembering):
    """Lets the former pair that was deleted in again, as soon as another one is staged."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        self.revived += self.removed
        return await super().staged_in(request, consumer)


@fault(kills={"STG-48"})
class RotationRevivesTheDeletedPair(Remembering):
    """Lets the former pair that was deleted in again, as soon as another one is rotated."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        self.revived += self.removed


@fault(kills={"STG-48"})
class RepeatedDeletionEndsTheMainPair(Remembering):
    """Ends the main pair where the former one is deleted for the second time."""

    async def delete(self, request: Request) -> Response:
        if request.path_params["staged"] in self.removed_ids:
            self.consumer_of(request).main.ends = self.now()
        return await super().delete(request)


@fault(kills={"STG-48"})
class RefusedStagingSpoilsTheRotation(StagedCredentials):
    """Makes a new secret for a rotation before which somebody has tried to stage a second pair."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        try:
            return await super().staged_in(request, consumer)
        except Refusal:
            for pair in consumer.staged.values():
                pair.created -= 1
            raise

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        was_tried = pair.ends is not None and pair.ends - pair.created > PAIR_SECONDS + 0.5
        await super().rotate(consumer, identifier, pair)
        if was_tried:
            consumer.main = Pair(pair.key, f"{pair.secret[:-1]}x", pair.created)


@fault(kills={"STG-48"})
class LateRotationEndsTheFormerPair(StagedCredentials):
    """Ends the former pair at once where the new one was staged more than ten days before."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        if self.now() - pair.created > 10 * DAY:
            consumer.staged[identifier].ends = self.now()


@fault(kills={"STG-48"})
class StagingProlongsTheEndedPair(Remembering):
    """Lets a staged pair that has ended in again, as soon as another one is staged."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        ended = [pair for pair in consumer.staged.values() if not self.is_live(pair)]
        staged = await super().staged_in(request, consumer)
        for pair in ended:
            pair.ends = None
        self.revived += ended
        return staged


@fault(kills={"STG-48"})
class RepetitionSpoilsTheDeletion(StagedCredentials):
    """Deletes both pairs, where somebody has repeated the rotation before the deletion."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if pair.state == "Rotated":
            pair.created -= 1
        await super().rotate(consumer, identifier, pair)

    def remove(self, consumer: Consumer, identifier: str) -> None:
        pair = consumer.staged[identifier]
        super().remove(consumer, identifier)
        if pair.state == "Rotated" and pair.ends is not None and pair.ends - pair.created > PAIR_SECONDS + 0.5:
            consumer.main.ends = self.now()


@fault(kills={"STG-48"})
class StagingEndsTheRotatedPair(StagedCredentials):
    """Stages over a rotated pair, which ends."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        if all(pair.state == "Rotated" for pair in consumer.staged.values()):
            consumer.staged.clear()
        return await super().staged_in(request, consumer)


@fault(kills={"STG-30"})
class RefusedCommandRenewsTheSecret(StagedCredentials):
    """Takes another command for a request of a new secret, and refuses it afterwards."""

    async def patch(self, request: Request) -> Response:
        is_refused = self.command_in(await request.body()) != "rotate"
        _, pair = self.staged_of(request)
        if is_refused:
            pair.secret = pair.secret[::-1]
        return await super().patch(request)
