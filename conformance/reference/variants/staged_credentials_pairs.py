"""Defects of the resources for staged credentials in what becomes of the pairs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from conformance.reference.apps import PAIR_SECONDS, Consumer, Pair
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.staged_credentials_access import Refusal
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

DAY = 86_400

# ------------------------------------------------------------------------- staging


@fault(kills={"STG-03"})
class WaitsForABody(StagedCredentials):
    """Breaks the connection where a POST has no body, after it has waited for one."""

    async def stage(self, request: Request) -> Response:
        if not await request.body():
            raise ClientDisconnect  # the server closes the connection without an answer
        return await super().stage(request)


@fault(kills={"STG-03"})
class WantsABody(StagedCredentials):
    """Answers 400 where a POST has no body."""

    async def stage(self, request: Request) -> Response:
        if not await request.body():
            raise Refusal(400, "JSON_PARSER_ERROR", "The body is missing")
        return await super().stage(request)


@fault(kills={"STG-21"})
class WantsNoBody(StagedCredentials):
    """Answers 415 where a POST has a body."""

    async def stage(self, request: Request) -> Response:
        if await request.body():
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "No body is expected")
        return await super().stage(request)


@fault(kills={"STG-05", "STG-23"}, blinds=True)
class NewSecretUnderTheOldKey(StagedCredentials):
    """Makes a new secret for the key that the consumer has."""

    def new_pair(self, consumer: Consumer) -> Pair:
        pair = super().new_pair(consumer)
        pair.key = consumer.main.key
        return pair


@fault(kills={"STG-23", "STG-24", "STG-48"})
class PairsComeAgain(StagedCredentials):
    """Hands out a pair again that was deleted."""

    def remove(self, consumer: Consumer, identifier: str) -> None:
        self.removed = consumer.staged[identifier] if consumer.staged[identifier].state == "Active" else None
        super().remove(consumer, identifier)

    def new_pair(self, consumer: Consumer) -> Pair:
        pair, removed = super().new_pair(consumer), getattr(self, "removed", None)
        return Pair(removed.key, removed.secret, pair.created, pair.ends) if removed is not None else pair


@fault(kills={"STG-24"})
class SecretsAreCounted(StagedCredentials):
    """Makes secrets of 64 letters, of which the last eight differ."""

    def new_pair(self, consumer: Consumer) -> Pair:
        pair = super().new_pair(consumer)
        pair.secret = "0" * 56 + pair.secret[:8]
        return pair


@fault(kills={"STG-06", "STG-33", "STG-48"}, blinds=True)
class StagingSuspendsTheMainPair(StagedCredentials):
    """Lets nobody in with the main pair for as long as another one is staged."""

    def scopes_for(self, key: str, secret: str) -> frozenset[str] | None:
        consumers = [consumer for app in self.apps.values() for consumer in app.consumers.values()]
        waits = [c for c in consumers if any(pair.state == "Active" for pair in c.staged.values())]
        return None if any(c.main.key == key for c in waits) else super().scopes_for(key, secret)


@fault(kills={"STG-07", "STG-48"}, blinds=True)
class StagedPairIsDeadUntilRotation(StagedCredentials):
    """Lets a staged pair in only after it was rotated."""

    def scopes_for(self, key: str, secret: str) -> frozenset[str] | None:
        staged = [p for a in self.apps.values() for c in a.consumers.values() for p in c.staged.values()]
        waits = any(pair.key == key and pair.state == "Active" for pair in staged)
        return None if waits else super().scopes_for(key, secret)


@fault(kills={"STG-13", "STG-25"})
class SecondPairReplacesTheFirst(StagedCredentials):
    """Throws a staged pair away where another one is staged."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        for identifier in [i for i, pair in consumer.staged.items() if pair.state == "Active"]:
            del consumer.staged[identifier]
        return await super().staged_in(request, consumer)


@fault(kills={"STG-25"})
class StagingWithoutALock(StagedCredentials):
    """Looks whether the place is free, and takes it a little later."""

    async def staged_in(self, request: Request, consumer: Consumer) -> dict[str, Pair]:
        if any(self.is_live(pair) for pair in consumer.staged.values()):
            raise Refusal(400, "LIMIT_EXCEEDED", "A staged credential exists already; delete it first")
        await asyncio.sleep(0.05)
        consumer.staged.clear()
        return await super().staged_in(request, consumer)


# ------------------------------------------------------------------------ rotation


@fault(kills={"STG-08", "STG-48"}, blinds=True)
class RotationMakesAThirdPair(StagedCredentials):
    """Makes a new pair where the staged one is rotated."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        consumer.main = Pair.new(self.now())


@fault(kills={"STG-08", "STG-09", "STG-26", "STG-48"}, blinds=True)
class StagedPlaceShowsTheMainPair(StagedCredentials):
    """Makes a new pair where the staged one is rotated, and leaves it in the staged place too, which stays taken."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        consumer.main = consumer.staged[identifier] = Pair.new(self.now())


@fault(kills={"STG-09", "STG-48"}, blinds=True)
class FormerPairDiesAtRotation(StagedCredentials):
    """Ends the former pair in the moment of the rotation, and shows it all the same."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        former = consumer.main
        await super().rotate(consumer, identifier, pair)
        former.secret = f"ended{former.secret}"


@fault(kills={"STG-28", "STG-29", "STG-48"})
class RepeatedRotationLosesAPair(StagedCredentials):
    """Throws the former pair away where the rotation is repeated."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if pair.state == "Rotated":
            pair.secret = f"ended{pair.secret}"
        await super().rotate(consumer, identifier, pair)


@fault(kills={"STG-29"})
class RotationWithoutALock(StagedCredentials):
    """Looks at the staged pair, and puts the main pair into its place a little later."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        if pair.state != "Active" or not self.is_live(pair):
            raise Refusal(400, "INVALID_STATE", "only an active staged credential can be rotated")
        await asyncio.sleep(0.05)
        former, consumer.main = consumer.main, pair
        former.state, former.ends = "Rotated", self.now() + PAIR_SECONDS
        consumer.staged[identifier] = former
        if former is pair:
            del consumer.staged[identifier]
        pair.state, pair.ends = "Active", None


@fault(kills={"STG-12", "STG-30"})
class AnyPatchRotates(StagedCredentials):
    """Rotates whatever the command is."""

    def command_in(self, body: bytes) -> object:
        return "rotate"


@fault(kills={"STG-12", "STG-30"})
class CommandsAreReadByTheirBeginning(StagedCredentials):
    """Takes every command that begins as rotate does."""

    def command_in(self, body: bytes) -> object:
        command = super().command_in(body)
        return "rotate" if isinstance(command, str) and command.startswith("rotate") else command


@fault(kills={"STG-12"})
class UnknownCommandsAreDone(StagedCredentials):
    """Answers 200 to commands that it does not know, and does nothing."""

    async def patch(self, request: Request) -> Response:
        identifier, pair = self.staged_of(request)
        if self.command_in(await request.body()) != "rotate":
            return self.one(request, identifier, pair)
        return await super().patch(request)


@fault(kills={"STG-30"})
class RotatesAndRefuses(StagedCredentials):
    """Looks at the command after it has rotated."""

    async def patch(self, request: Request) -> Response:
        if self.command_in(await request.body()) is None:
            await self.rotate(self.consumer_of(request), *self.staged_of(request))
        return await super().patch(request)


@fault(kills={"STG-31"})
class ConditionsDoNotCount(StagedCredentials):
    """Rotates whatever If-Match says."""

    def check_condition(self, request: Request, identifier: str, pair: Pair) -> None:
        return


# ------------------------------------------------------------------------ deletion


@fault(kills={"STG-10", "STG-50"})
class DeletionAnswers200(StagedCredentials):
    """Answers 200 to a deletion, with a body."""

    async def delete(self, request: Request) -> Response:
        await super().delete(request)
        return JSONResponse({"success": True})


@fault(kills={"STG-10", "STG-27", "STG-48"})
class DeletedPairsStillWork(StagedCredentials):
    """Deletes what is shown of a pair, and lets it in all the same."""

    def remove(self, consumer: Consumer, identifier: str) -> None:
        self.removed = [*getattr(self, "removed", ()), consumer.staged[identifier]]
        super().remove(consumer, identifier)

    def pairs(self) -> list[Pair]:
        return [*super().pairs(), *getattr(self, "removed", ())]


@fault(kills={"STG-27", "STG-48"})
class FormerPairsOutliveTheirDeletion(StagedCredentials):
    """Lets a former pair in until its 30 days are over, whether it was deleted or not."""

    def remove(self, consumer: Consumer, identifier: str) -> None:
        if consumer.staged[identifier].state == "Rotated":
            self.removed = [*getattr(self, "removed", ()), consumer.staged[identifier]]
        super().remove(consumer, identifier)

    def pairs(self) -> list[Pair]:
        return [*super().pairs(), *getattr(self, "removed", ())]


@fault(kills={"STG-27", "STG-48"})
class DeletionHitsTheMainPair(StagedCredentials):
    """Deletes the new main pair where the former one is deleted, and puts that back."""

    def remove(self, consumer: Consumer, identifier: str) -> None:
        pair = consumer.staged[identifier]
        super().remove(consumer, identifier)
        if pair.state == "Rotated":
            consumer.main, pair.ends = pair, None


@fault(kills={"STG-32", "STG-33", "STG-48"}, blinds=True)
class DeletionEndsTheMainPairToo(StagedCredentials):
    """Ends the main pair together with a staged one, and makes a new main pair."""

    def remove(self, consumer: Consumer, identifier: str) -> None:
        if consumer.staged[identifier].state == "Active":
            consumer.main = Pair.new(self.now())
        super().remove(consumer, identifier)


@fault(kills={"STG-32", "STG-33", "STG-48"}, blinds=True)
class DeletionEndsAllPairs(StagedCredentials):
    """Ends the main pair together with a staged one, and shows it all the same."""

    def remove(self, consumer: Consumer, identifier: str) -> None:
        if consumer.staged[identifier].state == "Active":
            consumer.main.ends = self.now()
        super().remove(consumer, identifier)


@fault(kills={"STG-33", "STG-48"})
class RepeatedDeletionHitsTheNextPair(StagedCredentials):
    """Deletes the pair that stands in the place now, where an older one is deleted again; and says that it is gone."""

    async def delete(self, request: Request) -> Response:
        consumer = self.consumer_of(request)
        if request.path_params["staged"].startswith("1Sc") and request.path_params["staged"] not in consumer.staged:
            consumer.staged.clear()
        return await super().delete(request)


# -------------------------------------------------------------------------- expiry


@fault(kills={"STG-45", "STG-48"})
class StagedPairsNeverEnd(StagedCredentials):
    """Lets a staged pair in for ever, and calls it expired."""

    def is_pair(self, pair: Pair, key: str, secret: str) -> bool:
        return (pair.key, pair.secret) == (key, secret) and (pair.state == "Active" or self.is_live(pair))


@fault(kills={"STG-45", "STG-48"})
class StagedPairsEndEarly(StagedCredentials):
    """Ends a staged pair after ten days."""

    def new_pair(self, consumer: Consumer) -> Pair:
        return Pair.new(self.now(), self.now() + 10 * DAY)


@fault(kills={"STG-48"}, blinds=True)
class MainPairsEndToo(StagedCredentials):
    """Ends each pair 30 days after it was staged, although it was made the main one."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        pair.ends = pair.created + PAIR_SECONDS


@fault(kills={"STG-46", "STG-48"})
class FormerPairsNeverEnd(StagedCredentials):
    """Lets a former pair in until somebody deletes it."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        consumer.staged[identifier].ends = None


@fault(kills={"STG-46", "STG-48"})
class FormerPairsEndAfterAWeek(StagedCredentials):
    """Lets a former pair in for seven days."""

    async def rotate(self, consumer: Consumer, identifier: str, pair: Pair) -> None:
        await super().rotate(consumer, identifier, pair)
        consumer.staged[identifier].ends = self.now() + 7 * DAY


@fault(kills={"STG-51"})
class KeyAndSecretAreLookedUpAlone(StagedCredentials):
    """Knows each key and each secret, and does not ask whether they are of one pair."""

    def scopes_for(self, key: str, secret: str) -> frozenset[str] | None:
        live = [pair for pair in self.pairs() if self.is_live(pair)]
        is_known = key in {pair.key for pair in live} and secret in {pair.secret for pair in live}
        return frozenset({"api"}) if is_known else super().scopes_for(key, secret)
