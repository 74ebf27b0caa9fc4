"""Accounts that flows write and poll: a JSON API with entity tags, idempotency keys and keyset pages.

Written from section 5 of the facts, RFC 9110 and the draft on the Idempotency-Key header.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cleanroom.clock import Clock
from tests.cleanroom.fields import FIELDS, moment, written
from tests.cleanroom.wire import Answer, Asked, Refused, Server

FAULTS = {
    "after-the-mark": "The filter says `>` in place of `>=`, against its own documentation.",
    "pages-by-count": "The page token is the number of records so far, so changes between two pages push records away.",
    "mark-rounded-up": "The mark is rounded to whole seconds, upwards.",
    "offset-dropped": "The offset of a mark is dropped: `+02:00` is read as UTC.",
    "key-forgotten": "The idempotency key is read by nobody, so a retry creates a second record.",
    "if-match-ignored": "An update with an old tag overwrites the newer record.",
    "cut-to-length": "Too long a name is cut to what the column holds.",
    "patch-is-put": "An update empties the fields that it does not name.",
}

WRITER, READER = "clean-room-writer-" + "w" * 30, "clean-room-reader-" + "r" * 30
ENVIRON = {"CLEANROOM_WRITER": WRITER, "CLEANROOM_READER": READER}


class BusinessSystem:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.records: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[bytes, Answer]] = {}
        self.last = datetime.fromtimestamp(0, UTC)
        self.clock = Clock()
        self.lock = threading.Lock()
        self.server = Server(self.answer)

    def answer(self, asked: Asked) -> Answer:
        token = asked.credentials("bearer")
        if token not in (WRITER, READER):
            error = "" if token is None else ', error="invalid_token"'
            raise Refused(401, {"error": "who are you?"}, WWW_Authenticate=f'Bearer realm="accounts"{error}')
        if asked.method not in ("GET", "HEAD") and token == READER:
            raise Refused(403, {"error": "read only"}, WWW_Authenticate='Bearer error="insufficient_scope"')
        with self.lock:
            match asked.method, asked.path.split("/")[1:]:
                case "GET" | "HEAD", ["me"]:
                    return Answer.json(200, {"user": "writer" if token == WRITER else "reader"})
                case "POST", ["clock"]:
                    return self.clock.answer(asked)
                case "GET" | "HEAD", ["accounts", "metadata"]:
                    return Answer.json(200, {"fields": [{"name": each, "required": each == "name"} for each in FIELDS]})
                case "GET" | "HEAD", ["accounts"]:
                    return self._poll(asked)
                case "POST", ["accounts"]:
                    return self._create(asked)
                case method, ["accounts", name]:
                    return self._record(method, asked, name)
        raise Refused(404, {"error": "no such resource"})

    def _create(self, asked: Asked) -> Answer:
        key = asked.headers.get("Idempotency-Key") if self.fault != "key-forgotten" else None
        print_of_it = hashlib.sha256(asked.body).digest()
        if key in self.keys:
            known, answer = self.keys[str(key)]
            if known != print_of_it:
                raise Refused(422, {"error": "this key came with another record"})
            return answer
        record = self._checked(asked.json())
        if record.get("name") is None:
            raise Refused(422, {"error": "name is required"})
        record = {each: record.get(each) for each in FIELDS} | {
            "id": secrets.token_hex(8),
            "version": 0,
            "deleted": False,
        }
        self._stamp(record)
        answer = self._shown(201, record)
        answer.headers["Location"] = f"/accounts/{record['id']}"
        if key is not None:
            self.keys[str(key)] = print_of_it, answer
        return answer

    def _record(self, method: str, asked: Asked, name: str) -> Answer:
        record = self.records.get(name)
        if record is None or record["deleted"]:
            raise Refused(404, {"error": "no such account"})
        if method in ("GET", "HEAD"):
            return self._shown(200, record)
        if method not in ("PATCH", "DELETE"):
            raise Refused(405, {"error": "method not allowed"}, Allow="GET, HEAD, PATCH, DELETE")
        change = self._checked(asked.json()) if method == "PATCH" else {"deleted": True}
        if "name" in change and change["name"] is None:
            raise Refused(422, {"error": "name is required"})
        wanted = str(asked.headers.get("If-Match", "*")).strip()
        if wanted != "*" and _tag(record) not in re.split(r"\s*,\s*", wanted) and self.fault != "if-match-ignored":
            raise Refused(412, {"error": "the account is another one by now"})
        if self.fault == "patch-is-put" and method == "PATCH":
            change = {each: None for each in FIELDS if each != "name"} | change
        record = record | change
        self._stamp(record)
        return Answer(204) if method == "DELETE" else self._shown(200, record)

    def _checked(self, record: Any) -> dict[str, Any]:
        if not isinstance(record, dict) or not record.keys() <= FIELDS.keys():
            raise Refused(422, {"error": "an account has the fields that its metadata names"})
        if self.fault == "cut-to-length" and isinstance(record.get("name"), str):
            record["name"] = record["name"][:80]
        wrong = [each for each, value in record.items() if value is not None and not FIELDS[each](value)]
        if wrong:
            raise Refused(422, {"error": "not a value of this field", "fields": wrong})
        if record.get("due") is not None:
            record["due"] = written(moment(record["due"]), "milliseconds")
        return record

    def _stamp(self, record: dict[str, Any]) -> None:
        """Each change has a time of its own, later than all before it, and is seen as soon as it has it."""
        self.last = max(datetime.fromtimestamp(self.clock.now(), UTC), self.last + timedelta(microseconds=1))
        record["modified"] = written(self.last)
        record["version"] += 1
        self.records[record["id"]] = record

    def _shown(self, status: int, record: dict[str, Any]) -> Answer:
        return Answer.json(status, record, ETag=_tag(record))

    def _poll(self, asked: Asked) -> Answer:
        query = dict(asked.query)
        since, until = (self._mark(query[each]) if query.get(each) else None for each in ("since", "until"))
        size = query.get("limit", "100")
        if not re.fullmatch(r"[1-9]\d{0,3}", size, re.ASCII):
            raise Refused(400, {"error": "limit is a number from 1 to 9999"})
        found = sorted(self.records.values(), key=_place)
        if since is not None:
            strict = self.fault == "after-the-mark"
            found = [each for each in found if each["modified"] > since or (not strict and each["modified"] == since)]
        found = [each for each in found if until is None or each["modified"] < until]
        start = 0
        if query.get("page"):
            try:
                place = json.loads(base64.urlsafe_b64decode(query["page"]))
                start = place[0] if self.fault == "pages-by-count" else 0
                found = (
                    found if self.fault == "pages-by-count" else [each for each in found if _place(each) > tuple(place)]
                )
            except (ValueError, TypeError, IndexError):
                raise Refused(400, {"error": "this page token is none of ours"}) from None
        items = found[start : start + int(size)]
        place = [start + int(size)] if self.fault == "pages-by-count" else list(_place(items[-1])) if items else []
        more = len(found) > start + int(size)
        token = base64.urlsafe_b64encode(json.dumps(place).encode()).decode() if more else None
        return Answer.json(200, {"items": items, "next": token})

    def _mark(self, text: str) -> str:
        mark = moment(text)
        if mark is None:
            raise Refused(400, {"error": "a mark is a time with an offset"})
        if self.fault == "offset-dropped":
            mark = datetime.fromisoformat(text).replace(tzinfo=UTC)
        if self.fault == "mark-rounded-up" and mark.microsecond:
            mark = mark.replace(microsecond=0) + timedelta(seconds=1)
        return written(mark)


def _tag(record: dict[str, Any]) -> str:
    return f'"{record["id"]}-{record["version"]}"'


def _place(record: dict[str, Any]) -> tuple[str, str]:
    return record["modified"], record["id"]
