"""A store of accounts that does no more than it has to, in three dialects, and with one mistake at a time.

It is written from what connectors need (a filter by time, a stable order, pages) and has no code of the reference.
"""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from tests.cleanroom.clock import Clock
from tests.cleanroom.wire import Answer, Asked, Refused, Server

KEY = "made-up-key-of-a-small-store-0123456789"
PASSWORD = "made-up-password-of-a-small-store"
ENVIRON = {"SMALL_KEY": KEY, "SMALL_PASSWORD": PASSWORD}

FIELDS: dict[str, dict[str, Any]] = {
    "name": {"type": "string", "required": True, "max_length": 80},
    "code": {"type": "string", "nullable": True},
    "note": {"type": "text", "max_length": 2000},
    "amount": {"type": "decimal", "digits": 12, "scale": 2},
    "quantity": {"type": "integer"},
    "mail": {"type": "email"},
}

ABSENT = (
    *("renewed_credentials", "permissions", "access_control", "metadata", "locks", "idempotency_keys", "transactions"),
    *("bulk_creation", "undeletion", "upserts", "windows", "deleted_records", "rate_limits", "booleans", "dates"),
    *("datetimes", "times_of_day", "enumerations", "multi_enumerations", "lookups", "structures"),
)

MISTAKES = {
    "seconds": "times are whole seconds, and nothing else tells two changes apart",
    "after": "the filter is > in place of >=",
    "by-id": "records are listed by id, and a page goes on behind the id of the one before",
    "first-only": "a poll lists the first record alone",
    "silent-cap": "an answer has 20 records at most, and names no next page",
    "counted-pages": "a page goes on behind so many records",
    "ties-lost": "a page goes on behind the time of the one before",
    "two-pages": "the second page is always the last one",
    "quiet-updates": "an update leaves the time as it was",
    "cached": "an empty answer is given again for the same mark",
    "rounded-mark": "the mark is rounded up to a second",
    "one-a-moment": "of several records of one moment the last one is listed",
    "reads-touch": "reading a record gives it another time",
    "reused-ids": "the id after the highest one is given, also where that one was deleted",
    "crlf": "line feeds get a carriage return",
    "trims": "blanks at both ends are cut off",
    "cuts-integers": "what is behind the point is cut off",
    "no-negatives": "an amount below 0 is refused, which no field says",
    "poison": "an amount of more digits than it has is stored, and its record can't be read then",
    "soft-amounts": "a text becomes the amount 0",
    "no-deletion": "a deletion is answered with 204 and does nothing",
    "one-writer": "a creation is refused with 503 while another one goes on; nothing is wrong with that",
    "throttled": "every seventh request is answered 429; nothing is wrong with that",
}


@dataclass
class Account:
    id: str
    fields: dict[str, Any]
    time: int
    place: int


class Store:
    """The plain dialect: GET with a query, tokens in the answer, and a key."""

    credentials: ClassVar[set[tuple[str, str]]] = {("authorization", f"Bearer {KEY}")}

    def __init__(self, mistake: str = "") -> None:
        self.mistake = mistake
        self.accounts: dict[str, Account] = {}
        self.places = itertools.count(1)
        self.asked = itertools.count(1)
        self.ids = itertools.count(1)
        self.empty_answers: set[str] = set()
        self.clock = Clock()
        self.lock = threading.Lock()

    @cached_property
    def server(self) -> Server:
        """The store on loopback, once it is entered."""
        return Server(self.answer)

    def role(self, url: str) -> dict[str, Any]:
        """What a target file says of it."""
        one = {"path": "/accounts/{id}"}
        return {
            "base_url": url,
            "clock": f"{url}/clock",
            "access": {"bearer": "${SMALL_KEY}"},
            "create": {"path": "/accounts"},
            "read": one,
            "update": one,
            "delete": one,
            "poll": {
                "path": "/accounts",
                "query": {"since": "{since}", "size": "{size}"},
                "items": "$.items[*]",
                "paging": {"token": "$.next", "token_parameter": "page"},
            },
            "modified": "$.modified",
            "version": None if self.mistake == "seconds" else "$.place",
            "label": "name",
            "fields": FIELDS,
            "absent": [*ABSENT],
        }

    # ----------------------------------------------------------------- requests

    def answer(self, asked: Asked) -> Answer:
        if not self.credentials <= {(name.lower(), value) for name, value in asked.headers.items()}:
            raise Refused(401, {"error": "who are you?"}, WWW_Authenticate="Bearer")
        if self.mistake == "throttled" and next(self.asked) % 7 == 0:
            raise Refused(429, {"error": "come again"}, Retry_After="0")
        if self.mistake == "one-writer" and asked.method == "POST" and asked.path == "/accounts":
            if not self.lock.acquire(blocking=False):
                raise Refused(503, {"error": "busy"})
            try:
                time.sleep(0.003)
                return self.handled(asked)
            finally:
                self.lock.release()
        with self.lock:
            return self.handled(asked)

    def handled(self, asked: Asked) -> Answer:
        match asked.method, asked.path.strip("/").split("/"):
            case "POST", ["clock"]:
                return self.clock.answer(asked)
            case "GET", ["accounts"]:
                query = dict(asked.query)
                items, token = self.poll(query.get("since"), query.get("size", "100"), query.get("page"))
                return Answer.json(200, {"items": items, "next": token})
            case "POST", ["accounts"]:
                return Answer.json(201, self.create(asked.json()))
            case method, ["accounts", identifier] if identifier in self.accounts:
                return self.one(method, asked, self.accounts[identifier])
        raise Refused(404, {"error": "no such account"})

    def one(self, method: str, asked: Asked, account: Account) -> Answer:
        if method == "GET":
            if self.mistake == "poison" and abs(account.fields["amount"] or 0) >= 10**10:
                raise Refused(500, {"error": "decimal overflow"})
            if self.mistake == "reads-touch":
                self.stamp(account)
            return Answer.json(200, self.shown(account))
        if method == "PATCH":
            return self.update(account, asked.json())
        if method == "DELETE":
            if self.mistake != "no-deletion":
                del self.accounts[account.id]
            return Answer(204)
        raise Refused(405, {"error": "method not allowed"})

    # ------------------------------------------------------------------ records

    def create(self, sent: Any) -> dict[str, Any]:
        fields = self.checked(sent)
        if fields.get("name") is None:
            raise Refused(422, {"error": "name is required"})
        highest = max([int(each) for each in self.accounts], default=0)
        identifier = str(highest + 1 if self.mistake == "reused-ids" else next(self.ids))
        account = Account(identifier, dict.fromkeys(FIELDS) | fields, 0, 0)
        self.accounts[identifier] = account
        self.stamp(account)
        return self.shown(account)

    def update(self, account: Account, sent: Any) -> Answer:
        fields = self.checked(sent)
        if "name" in fields and fields["name"] is None:
            raise Refused(422, {"error": "name is required"})
        account.fields |= fields
        if self.mistake != "quiet-updates":
            self.stamp(account)
        return Answer.json(200, self.shown(account))

    def stamp(self, account: Account) -> None:
        moment = round(self.clock.now() * 1000)
        account.time = moment // 1000 * 1000 if self.mistake == "seconds" else moment
        account.place = next(self.places)

    def checked(self, sent: Any) -> dict[str, Any]:
        if not isinstance(sent, dict) or not sent.keys() <= FIELDS.keys():
            raise Refused(422, {"error": "these are not the fields of an account"})
        return {name: None if value is None else self.kept(name, value) for name, value in sent.items()}

    def kept(self, name: str, value: Any) -> Any:
        match FIELDS[name]["type"], value:
            case "string" | "text", str() if len(value) <= FIELDS[name].get("max_length", len(value)):
                value = value.replace("\r\n", "\n").replace("\n", "\r\n") if self.mistake == "crlf" else value
                return value.strip() if self.mistake == "trims" else value
            case "email", str() if "@" in value:
                return value
            case "integer", float() if self.mistake == "cuts-integers":
                return int(value)
            case "decimal", str() if self.mistake == "soft-amounts":
                return 0
            case "decimal", int() | float() if self.mistake == "no-negatives" and value < 0:
                raise Refused(422, {"error": "the amount is below 0"})
            case ("decimal", int() | float()) | ("integer", int()) if not isinstance(value, bool):
                return value
        raise Refused(422, {"error": f"not a value of {name}"})

    def shown(self, account: Account) -> dict[str, Any]:
        return {**account.fields, "id": account.id, "modified": written(account.time), "place": account.place}

    # -------------------------------------------------------------------- polls

    def poll(self, since: str | None, size: str, page: str | None) -> tuple[list[dict[str, Any]], str | None]:
        if not size.isdecimal():
            raise Refused(400, {"error": "the size is not a number"})
        found = self.behind_the_page(self.since(moment(since) if since else 0), page)
        if since and self.mistake == "cached" and not page:
            found = [] if since in self.empty_answers else found
            self.empty_answers |= {since} if not found else set()
        most = min(int(size), 20 if self.mistake == "silent-cap" else 100, 1 if self.mistake == "first-only" else 100)
        items = found[:most]
        says_more = len(found) > most and self.mistake not in ("silent-cap", "first-only")
        says_more = says_more and not (self.mistake == "two-pages" and page)
        return [self.shown(account) for account in items], self.token(items, page) if says_more else None

    def since(self, mark: int) -> list[Account]:
        mark = -(-mark // 1000) * 1000 if self.mistake == "rounded-mark" else mark
        mark += self.mistake == "after"
        known = list(self.accounts.values())
        if self.mistake == "one-a-moment":
            known = list({account.time: account for account in sorted(known, key=place_of)}.values())
        return sorted((account for account in known if account.time >= mark), key=self.order)

    def order(self, account: Account) -> tuple[int, ...]:
        return (int(account.id),) if self.mistake == "by-id" else (account.time, account.place)

    def token(self, items: list[Account], page: str | None) -> str:
        behind = [*self.order(items[-1])]
        if self.mistake == "counted-pages":
            behind = [len(items) + (decoded(page)[0] if page else 0)]
        return base64.urlsafe_b64encode(json.dumps(behind).encode()).decode()

    def behind_the_page(self, found: list[Account], page: str | None) -> list[Account]:
        if not page:
            return found
        behind = decoded(page)
        if self.mistake == "counted-pages":
            return found[behind[0] :]
        if self.mistake == "ties-lost":
            return [account for account in found if account.time > behind[0]]
        return [account for account in found if self.order(account) > tuple(behind)]


def place_of(account: Account) -> int:
    return account.place


def written(milliseconds: int) -> str:
    text = datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{milliseconds % 1000:03}Z"


def moment(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused(400, {"error": "the mark is not a time with an offset"})
    return round(found.timestamp() * 1000)


def decoded(page: str) -> list[int]:
    try:
        return list(json.loads(base64.urlsafe_b64decode(page)))
    except (ValueError, TypeError):
        raise Refused(400, {"error": "the page is not known"}) from None
