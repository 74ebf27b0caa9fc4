"""Rotation clients with a defect each."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

from conformance.reference.clients.http import FORM, CallFailed, setting
from conformance.reference.clients.rotation import FileStore, Pair, Rotation, pair_of
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.api_faults import start_a_helper
from conformance.reference.clients.variants.connections import Careless, Trusting


@fault("ROC-01", "ROC-04")
class DeletesTheFormerPairUnproven(Rotation):
    """It proves nothing, and deletes the former pair as soon as it has rotated."""

    def prove(self, pair: Pair) -> None:
        pass

    def rotate(self) -> None:
        super().rotate()
        consumer = self.consumer()
        for one in self.staged(consumer):
            if one["state"] == "Rotated":
                self.delete(one)


@fault("ROC-04")
class DeletesTheFormerPair(Rotation):
    """It deletes the former pair as soon as it has rotated."""

    def rotate(self) -> None:
        super().rotate()
        for one in self.staged(self.consumer()):
            if one["state"] == "Rotated":
                self.delete(one)


@fault("ROC-04")
class ClearsTheSlot(Rotation):
    """It deletes whatever occupies the slot."""

    def may_delete(self, former: dict[str, Any]) -> bool:
        return True


@fault("ROC-02", "ROC-07")
class StoresBeforeItRotates(Rotation):
    """It hands out the new pair before the rotation, and never takes it back."""

    def make_main(self, consumer: str, new: dict[str, Any]) -> None:
        self.hand_out(pair_of(new))
        super().make_main(consumer, new)


@fault("ROC-02")
class LeavesTheStagedPair(Rotation):
    """Where a rotation fails, it leaves the staged pair."""

    def delete(self, staged: dict[str, Any]) -> None:
        if staged["state"] == "Rotated":
            super().delete(staged)


@fault("ROC-02")
class LeavesWhatBasicDidNotProve(Rotation):
    """It proves a pair by HTTP Basic, and leaves it staged where the token endpoint refuses it."""

    is_refused = False

    def prove(self, pair: Pair) -> None:
        proof = base64.b64encode(":".join(map(quote_plus, pair.values())).encode()).decode()
        headers = {"Content-Type": FORM, "Authorization": f"Basic {proof}"}
        answer = self.connection.send_again("POST", setting("TOKEN_URL"), headers, b"grant_type=client_credentials")
        self.is_refused = not answer.is_good
        if self.is_refused:
            raise CallFailed("POST", "token", answer.status)

    def delete(self, staged: dict[str, Any]) -> None:
        if not self.is_refused:
            super().delete(staged)


class _SecretAlone(FileStore):
    def write(self, pair: Pair) -> None:
        super().write({**self.read(), "client_secret": pair["client_secret"]})


@fault("ROC-03", "ROC-06", "ROC-07", "ROC-08")
class HandsOutTheSecretAlone(Rotation):
    """It keeps the old client id."""

    def __init__(self) -> None:
        super().__init__()
        self.store = _SecretAlone(setting("STORE_FILE"))


@fault("ROC-05", "ROC-06")
class TakesTheFirstConsumer(Rotation):
    """It rotates the first consumer of the app, and hands out the pair of the one that was named."""

    def rotate(self) -> None:
        [first, *_] = self.pages(f"{self.apps}/credentials/{self.app()}", "consumers")
        new = self.stage(f"{self.apps}/credentials/{self.app()}/{first['id']}")
        self.delete(new)
        super().rotate()


@fault("ROC-06")
class StagesAgain(Rotation):
    """Where the answer to a staging is lost, it clears the slot and stages another pair."""

    def active(self, staged: list[dict[str, Any]]) -> dict[str, Any] | None:
        return None

    def stage(self, consumer: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **self.api.with_token(None)}
        answer = self.connection.send("POST", f"{consumer}/staged", headers, b"{}")
        if not answer.is_good:
            for one in self.staged(consumer):
                self.delete(one)
            answer = self.api.call("POST", f"{consumer}/staged", {"Content-Type": "application/json"}, b"{}")
        found: dict[str, Any] = answer.json()["stagedCredentials"][0]
        return found


@fault("ROC-06")
class GivesUpWhereNothingIsLeftToDelete(Rotation):
    """It takes 404 on a deletion for a failure."""

    def delete(self, staged: dict[str, Any]) -> None:
        self.api.call("DELETE", staged["url"])


@fault("ROC-06", "ROC-07", "ROC-08")
class BelievesALostAnswer(Rotation):
    """Where the answer to a rotation is lost, it takes it for one that was not done."""

    def make_main(self, consumer: str, new: dict[str, Any]) -> None:
        self.patch(consumer, new)

    def patch(self, consumer: str, new: dict[str, Any]) -> None:
        body = json.dumps({"command": "rotate"}).encode()
        headers = {"Content-Type": "application/json", **self.api.with_token(None)}
        answer = self.connection.send("PATCH", f"{consumer}/staged/{new['id']}", headers, body)
        if not answer.is_good:
            raise CallFailed("PATCH", "staged", answer.status)

    def main_pair(self, consumer: str) -> Pair:
        return self.store.read()


@fault("ROC-02", "ROC-07", "ROC-08")
class EmptiesTheStoreFirst(Rotation):
    """It empties the store while it rotates."""

    def make_main(self, consumer: str, new: dict[str, Any]) -> None:
        kept = self.store.read()
        FileStore(setting("STORE_FILE")).write({})
        try:
            super().make_main(consumer, new)
        finally:
            self.store.write(kept)


@fault("ROC-08")
class ForgetsWhatItBegan(Rotation):
    """It does not look at what an interrupted run has left."""

    def main_pair(self, consumer: str) -> Pair:
        try:
            return self.began(consumer)
        finally:
            self.has_begun = True

    has_begun = False

    def began(self, consumer: str) -> Pair:
        """The pair of the store, until it rotates itself."""
        return super().main_pair(consumer) if self.has_begun else self.store.read()


@fault("ROC-09")
class LogsWhatItStages(Rotation):
    """It prints the answer to a staging."""

    def stage(self, consumer: str) -> dict[str, Any]:
        new = super().stage(consumer)
        self.say(f"staged {new}")
        return new


@fault("ROC-10")
class TokenInTheAddressOfTheApps(Rotation):
    """It asks for the apps with its token in the header, and then in the query."""

    def app(self) -> str:
        found = super().app()
        self.connection.send("GET", f"{self.apps}/usage?access_token={quote(self.api.tokens.value)}")
        return found


@fault("ROC-09")
class StagesByAHelper(Rotation):
    """It hands the new secret to a helper, among its arguments."""

    def stage(self, consumer: str) -> dict[str, Any]:
        new = super().stage(consumer)
        start_a_helper(str(new))
        return new


@fault("ROC-11")
class RotatesWithAnybody(Rotation):
    """It does not verify certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.api.tokens.connection = self.api.connection = self.connection = Trusting()


@fault("ROC-11")
class RotatesWithAnotherHost(Rotation):
    """It takes any certificate of its authority, for whichever host it is."""

    def __init__(self) -> None:
        super().__init__()
        self.api.tokens.connection = self.api.connection = self.connection = Careless()
