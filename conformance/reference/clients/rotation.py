"""A rotation without downtime: stage a pair, prove it, rotate, hand it out, and leave the former pair to its consumers.

Each step can be interrupted and run again: what was begun is found in the org, and finished.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from conformance.reference.clients.http import FORM, Api, CallFailed, Connection, setting
from conformance.reference.clients.program import Program
from conformance.reference.clients.token import ClientCredentials

type Pair = dict[str, str]
"""`client_id` and `client_secret`."""


class Store(ABC):
    """Where consumers find the pair that they use. Derive from it for a vault."""

    @abstractmethod
    def read(self) -> Pair:
        """The pair in use."""

    @abstractmethod
    def write(self, pair: Pair) -> None:
        """Hand out another pair: both halves at once, or nothing."""


class FileStore(Store):
    """A file with the pair as JSON."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def read(self) -> Pair:
        found: Pair = json.loads(self.path.read_text("utf-8"))
        return found

    def write(self, pair: Pair) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(pair), "utf-8")
        os.replace(new, self.path)


class AdminTokens(ClientCredentials):
    """Tokens of the client that may change credentials."""

    def fetch(self) -> str:
        """Ask for a new token, without custom parameters."""
        headers = {"Content-Type": FORM, **self.authentication()}
        answer = self.ask(setting("TOKEN_URL"), headers, self.form())
        if not answer.is_good:
            raise CallFailed("POST", urlsplit(setting("TOKEN_URL")).path, answer.status, self.reason(answer))
        self.value = self.token_in(answer.json())
        return self.value


class Rotation(Program):
    """One run."""

    role: ClassVar[str] = "rotation_client"

    def __init__(self) -> None:
        self.connection = Connection()
        self.api = Api(self.connection, AdminTokens(self.connection), setting("ORG_URL"))
        self.store: Store = FileStore(setting("STORE_FILE"))
        self.apps = f"{setting('API_URL')}/apps/oauth"

    def run(self) -> int:
        """Do all of it. Returns the exit code."""
        try:
            self.rotate()
        except (CallFailed, OSError, LookupError, http.client.HTTPException) as error:
            self.say(f"failed: {error}")
            return 1
        return 0

    # ----------------------------------------------------------------- steps

    def rotate(self) -> None:
        """Rotate, or finish a rotation that was interrupted."""
        consumer = self.consumer()
        main = self.main_pair(consumer)
        if self.store.read() != main:
            self.hand_out(main)
            self.say("an earlier rotation was finished: its pair was handed out")
            return
        staged = self.staged(consumer)
        former = next((one for one in staged if one["state"] == "Rotated"), None)
        if former is not None and not self.may_delete(former):
            self.say("the former pair still works for its consumers, so nothing is rotated; it ends by itself")
            return
        if former is not None:
            self.prove(main)
            self.delete(former)
        new = self.active(staged) or self.stage(consumer)
        try:
            self.prove(pair_of(new))
            self.make_main(consumer, new)
        except (CallFailed, OSError):
            self.delete(new)
            raise
        self.hand_out(pair_of(new))
        self.say("the pair was rotated and handed out; the former one works for 30 days")

    def consumer(self) -> str:
        """The address of the consumer, chosen by its id."""
        app = self.app()
        wanted = setting("CONSUMER_ID")
        for one in self.pages(f"{self.apps}/credentials/{app}", "consumers"):
            if one["id"] == wanted:
                return f"{self.apps}/credentials/{app}/{wanted}"
        raise LookupError("the app has no consumer of this id")

    def app(self) -> str:
        """The identifier of the app, on whichever page it is."""
        for one in self.pages(f"{self.apps}/usage", "apps"):
            if one["developerName"] == setting("APP"):
                return str(one["identifier"])
        raise LookupError("the org has no app of this name")

    def pages(self, url: str, member: str) -> list[dict[str, Any]]:
        """What is on all pages."""
        found: list[dict[str, Any]] = []
        following: str | None = url
        while following:
            page = self.api.call("GET", following).json()
            found += page[member]
            following = page.get("nextPageUrl")
        return found

    def main_pair(self, consumer: str) -> Pair:
        """The main pair of the consumer."""
        return pair_of(self.api.call("GET", f"{consumer}?part=keyandsecret").json())

    def staged(self, consumer: str) -> list[dict[str, Any]]:
        """What is in the staged place."""
        found: list[dict[str, Any]] = self.api.call("GET", f"{consumer}/staged").json()["stagedCredentials"]
        return found

    def active(self, staged: list[dict[str, Any]]) -> dict[str, Any] | None:
        """A pair that was staged and not rotated."""
        return next((one for one in staged if one["state"] == "Active"), None)

    def stage(self, consumer: str) -> dict[str, Any]:
        """Stage a pair. A request whose answer is lost may have been done, so it is not simply repeated."""
        headers = {"Content-Type": "application/json", **self.api.with_token(None)}
        answer = self.connection.send("POST", f"{consumer}/staged", headers, b"{}")
        staged = answer.json()["stagedCredentials"] if answer.is_good else self.staged(consumer)
        new = self.active(staged)
        if new is None:
            raise CallFailed("POST", "staged", answer.status)
        return new

    def prove(self, pair: Pair) -> None:
        """Have the token endpoint accept a pair. Raises CallFailed."""
        form = urlencode({"grant_type": "client_credentials", **pair}).encode()
        answer = self.connection.send_again("POST", setting("TOKEN_URL"), {"Content-Type": FORM}, form)
        if not answer.is_good:
            raise CallFailed("POST", urlsplit(setting("TOKEN_URL")).path, answer.status)

    def make_main(self, consumer: str, new: dict[str, Any]) -> None:
        """Rotate. Where the answer is lost, the org is asked whether it was done."""
        try:
            self.patch(consumer, new)
        except (CallFailed, OSError):
            if self.main_pair(consumer) != pair_of(new):
                raise

    def patch(self, consumer: str, new: dict[str, Any]) -> None:
        """Send the command."""
        body = json.dumps({"command": "rotate"}).encode()
        self.api.call("PATCH", f"{consumer}/staged/{new['id']}", {"Content-Type": "application/json"}, body)

    def hand_out(self, pair: Pair) -> None:
        """Give consumers the new pair."""
        self.store.write(pair)

    def may_delete(self, former: dict[str, Any]) -> bool:
        """Whether somebody said that no consumer uses the former pair any more."""
        return setting("DELETE_FORMER") == "yes"

    def delete(self, staged: dict[str, Any]) -> None:
        """Remove a pair from the staged place; one that is gone is removed."""
        try:
            self.api.call("DELETE", staged["url"])
        except CallFailed as failed:
            if failed.status != 404:
                raise


def pair_of(members: dict[str, Any]) -> Pair:
    """The pair in an answer."""
    return {"client_id": members["key"], "client_secret": members["secret"]}


if __name__ == "__main__":
    sys.exit(Rotation().run())
