"""The staged credentials of an org's external client apps, from section 2 of the facts."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.cleanroom.org import ADMIN, APP_ID, APP_SECRET, FOREIGN, READER, WEB, Org, allow, error
from tests.cleanroom.wire import Answer, Asked, Server

FAULTS = {
    # Thought up from the facts.
    "secret-in-the-list": "The list of an app's consumers shows their secrets.",
    "same-key": "A staged pair has a new secret under the old key.",
    "staged-is-dead": "A staged pair authenticates only after the rotation.",
    "third-pair": "The rotation makes a new pair, in place of the staged one.",
    "former-ends": "The former main pair ends with the rotation.",
    "deleted-lives": "DELETE removes the record; its pair goes on working.",
    "stage-overwrites": "A second POST replaces the staged pair without a word.",
    "only-logged-in": "Everybody with a valid token may read and stage.",
    # From a list of what implementers get wrong.
    "pairs-mixed": "Key and secret are looked up one by one: the main key works with the staged secret.",
    "stage-ends-rotated": "POST over a rotated pair answers 201 and ends the former pair.",
    "refused-command-renews": "An unknown command is refused, and the staged secret is a new one.",
    "any-part-shows-all": "Every `part` but `key` shows the secret: `all`, `Secret` and an empty one too.",
    "page-size-lost": "`nextPageUrl` does not repeat `pageSize`.",
}

ENVIRON = {"CLEANROOM_ADMIN": WEB, "CLEANROOM_VIEWER": READER, "CLEANROOM_FOREIGN": FOREIGN}
THIRTY_DAYS = 30 * 86400.0


@dataclass
class Pair:
    key: str = field(default_factory=lambda: "3MVG9" + secrets.token_hex(40))
    secret: str = field(default_factory=lambda: secrets.token_hex(32).upper())


@dataclass
class Staged:
    id: str
    pair: Pair
    state: str
    since: float


@dataclass
class Consumer:
    id: str
    app: str
    name: str
    main: Pair = field(default_factory=Pair)
    staged: Staged | None = None


class StagedCredentials:
    def __init__(self, fault: str = "", *, switched_on: bool = True) -> None:
        self.fault, self.switched_on = fault, switched_on
        self.org = Org(self._authenticates)
        names = ("Rotation_Test", "Nightly", "Reports", *(f"App_{number}" for number in range(4, 121)))
        self.apps = {f"0xI{number:012}": name for number, name in enumerate(names, start=1)}
        named = zip(range(1, 4), self.apps, strict=False)
        self.consumers = [Consumer(f"88800000000000{number}", app, f"consumer {number}") for number, app in named]
        self.consumers[0].main = Pair(APP_ID, APP_SECRET)
        self.deleted: list[Pair] = []
        self.server = Server(self.answer)

    def answer(self, asked: Asked) -> Answer:
        with self.org.lock:
            shared = self.org.common(asked)
            if shared is not None:
                return shared
            caller = self.org.bearer(asked)
            version = re.fullmatch(r"/services/data/v(\d+)\.0/apps/oauth/(.+)", asked.path)
            if version is None or not 59 <= int(version[1]) <= 66:
                raise error(404, "NOT_FOUND")
            if caller.user != ADMIN and self.fault != "only-logged-in":
                raise error(403, "INSUFFICIENT_ACCESS")
            if not self.switched_on:
                raise error(403, "FUNCTIONALITY_NOT_ENABLED")
            return self._resource(asked, asked.path.removesuffix(version[2]), version[2].split("/"), int(version[1]))

    def _resource(self, asked: Asked, base: str, names: list[str], version: int) -> Answer:
        match names:
            case ["usage"]:
                allow(asked, "GET")
                return self._usage(asked)
            case ["credentials", app] if app in self.apps and version >= 60:
                allow(asked, "GET")
                shown = [self._consumer(each, base, "") for each in self.consumers if each.app == app]
                return Answer.json(200, {"consumers": shown, "currentPageUrl": asked.path, "nextPageUrl": None})
            case ["credentials", app, consumer, *rest] if version >= 60:
                found = next((each for each in self.consumers if (each.app, each.id) == (app, consumer)), None)
                if found is None:
                    raise error(404, "NOT_FOUND")
                if not rest:
                    allow(asked, "GET")
                    return self._primary(asked, found, base)
                if rest[0] == "staged" and version >= 65 and len(rest) <= 2:
                    return self._staged(asked, found, base, *rest[1:])
        raise error(404, "NOT_FOUND")

    def _usage(self, asked: Asked) -> Answer:
        query = dict(asked.query)
        page, size = query.get("page", "0"), query.get("pageSize", "100")
        if not re.fullmatch(r"\d{1,6}", page) or not re.fullmatch(r"[1-9]\d{0,3}", size):
            raise error(400, "INVALID_PAGE")
        start, end = int(page) * int(size), (int(page) + 1) * int(size)
        apps = [{"identifier": each, "developerName": name, "label": name} for each, name in self.apps.items()]
        kept = "" if self.fault == "page-size-lost" else f"&pageSize={size}"
        following = f"{asked.path}?page={int(page) + 1}{kept}" if end < len(apps) else None
        return Answer.json(200, {"apps": apps[start:end], "currentPageUrl": asked.path, "nextPageUrl": following})

    def _consumer(self, consumer: Consumer, base: str, part: str) -> dict[str, str]:
        url = f"{base}credentials/{consumer.app}/{consumer.id}"
        shown = {"id": consumer.id, "name": consumer.name, "url": url, "stagedCredentialsUrl": f"{url}/staged"}
        if part != "secret":
            shown["key"] = consumer.main.key
        if part in {"secret", "keyandsecret"} or self.fault == "secret-in-the-list":
            shown["secret"] = consumer.main.secret
        return shown

    def _primary(self, asked: Asked, consumer: Consumer, base: str) -> Answer:
        parts = [value for name, value in asked.query if name == "part"] or ["key"]
        part = parts[0]
        if self.fault == "any-part-shows-all" and part not in {"key", "secret"}:
            part = "keyandsecret"
        if part not in {"key", "secret", "keyandsecret"} or len(parts) > 1:
            raise error(400, "INVALID_PART")
        return Answer.json(200, self._consumer(consumer, base, part))

    def _staged(self, asked: Asked, consumer: Consumer, base: str, wanted: str = "") -> Answer:
        url = f"{base}credentials/{consumer.app}/{consumer.id}/staged"
        staged = consumer.staged
        if staged is not None and staged.since + THIRTY_DAYS <= self.org.now():
            staged.state = "Expired"
        if not wanted:
            allow(asked, "GET", "POST")
            if asked.method == "POST":
                staged = consumer.staged = self._stage(consumer, staged)
            shown = [self._view(staged, url)] if staged is not None else []
            return Answer.json(201 if asked.method == "POST" else 200, {"stagedCredentials": shown, "url": url})
        allow(asked, "GET", "PATCH", "DELETE")
        if staged is None or staged.id != wanted:
            raise error(404, "NOT_FOUND")
        if asked.method == "DELETE":
            consumer.staged = None
            self.deleted.append(staged.pair)
            return Answer(204)
        if asked.method == "PATCH":
            self._rotate(asked.json(), consumer, staged)
        return Answer.json(200, self._view(staged, url))

    def _stage(self, consumer: Consumer, staged: Staged | None) -> Staged:
        replaced = {"stage-overwrites": {"Active", "Rotated"}, "stage-ends-rotated": {"Rotated"}}.get(self.fault, set())
        if staged is not None and staged.state not in {"Expired", *replaced}:
            raise error(409, "STAGED_CREDENTIALS_EXIST")
        pair = Pair(key=consumer.main.key) if self.fault == "same-key" else Pair()
        return Staged("0Xs" + secrets.token_hex(6), pair, "Active", self.org.now())

    def _rotate(self, order: object, consumer: Consumer, staged: Staged) -> None:
        if not isinstance(order, dict) or order.get("command") != "rotate":
            if self.fault == "refused-command-renews":
                staged.pair = Pair(key=staged.pair.key)
            raise error(400, "INVALID_COMMAND")
        if staged.state != "Active":
            raise error(409, "NOT_ACTIVE")
        consumer.main, staged.pair = Pair() if self.fault == "third-pair" else staged.pair, consumer.main
        staged.state, staged.since = "Rotated", self.org.now()

    def _view(self, staged: Staged, url: str) -> dict[str, str]:
        created, ends = (datetime.fromtimestamp(at, UTC) for at in (staged.since, staged.since + THIRTY_DAYS))
        return {
            "id": staged.id,
            "key": staged.pair.key,
            "secret": staged.pair.secret,
            "state": staged.state,
            "createdBy": "005000000000001",
            "createdDate": created.isoformat(timespec="milliseconds"),
            "expirationDate": ends.isoformat(timespec="milliseconds"),
            "stagedCredentialsUrl": f"{url}/{staged.id}",
            "url": f"{url}/{staged.id}",
        }

    def _authenticates(self, key: str, secret: str) -> bool:
        live = [each.main for each in self.consumers]
        for staged in (each.staged for each in self.consumers if each.staged is not None):
            dead = {"staged-is-dead": "Active", "former-ends": "Rotated"}.get(self.fault)
            if staged.since + THIRTY_DAYS > self.org.now() and staged.state != dead:
                live.append(staged.pair)
        if self.fault == "deleted-lives":
            live += self.deleted
        if self.fault == "pairs-mixed":
            return key in {each.key for each in live} and secret in {each.secret for each in live}
        return Pair(key, secret) in live
