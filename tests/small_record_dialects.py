"""The small store of accounts in dialects that are rare and correct: each of what a target file can say is in one."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

from tests.cleanroom.wire import Answer, Asked, Refused
from tests.small_record_store import ABSENT, FIELDS, KEY, PASSWORD, Account, Store

_BASIC = base64.b64encode(f"flow:{PASSWORD}".encode()).decode()
_CONSTANTS = {"kind": "account", "origin": {"system": "flow"}}
_JSON_TYPES = {"integer": "integer", "decimal": "number"}


def without(*features: str) -> list[str]:
    """What the plain dialect lacks, but for some features."""
    return [name for name in ABSENT if name not in features]


class ReportsAndMerges(Store):
    """Polls by REPORT with a body, updates by MERGE under a condition, nested fields, two credentials, JSON Schema."""

    credentials: ClassVar = {("authorization", f"Basic {_BASIC}"), ("x-api-key", KEY)}

    def role(self, url: str) -> dict[str, Any]:
        mail = FIELDS["mail"] | {"write": "contact.address", "read": "$.person.mail"}
        return super().role(url) | {
            "access": {
                "basic": {"user": "flow", "password": "${SMALL_PASSWORD}"},
                "api_key": {"header": "X-Api-Key", "value": "${SMALL_KEY}"},
            },
            "constants": _CONSTANTS,
            "update": {"method": "MERGE", "path": "/accounts/{id}"},
            "poll": {
                "method": "REPORT",
                "path": "/accounts",
                "body": {"changed": {"since": "{since}"}, "size": "{size}", "page": "{page}"},
                "items": "$.items[*]",
                "paging": {"token_header": "X-Next"},
            },
            "metadata": {
                "path": "/schema",
                "keyed": True,
                "fields": "$.properties",
                "required_names": "$.required[*]",
                "length": "$.maxLength",
            },
            "lock": "etag",
            "fields": FIELDS | {"mail": mail},
            "absent": without("metadata", "locks"),
        }

    def handled(self, asked: Asked) -> Answer:
        match asked.method, asked.path:
            case "GET", "/schema":
                return Answer.json(200, self.schema())
            case "REPORT", "/accounts":
                wish = asked.json()
                items, token = self.poll(wish["changed"].get("since"), wish["size"], wish.get("page"))
                return Answer.json(200, {"items": items}, **({"X_Next": token} if token else {}))
        return super().handled(asked)

    def schema(self) -> dict[str, Any]:
        """The fields as JSON Schema."""
        found = {}
        for name, about in FIELDS.items():
            length = {"maxLength": about["max_length"]} if "max_length" in about else {}
            found[name] = {"type": _JSON_TYPES.get(about["type"], "string"), **length}
        return {"type": "object", "properties": found, "required": ["name"]}

    def one(self, method: str, asked: Asked, account: Account) -> Answer:
        tag = f'"{account.place}"'
        if method == "MERGE":
            if "If-Match" not in asked.headers:
                raise Refused(428, {"error": "say which state you mean"})
            if asked.headers["If-Match"] != tag:
                raise Refused(412, {"error": "the account is another one by now"})
            return self.update(account, asked.json())
        answer = super().one(method, asked, account)
        answer.headers["ETag"] = tag
        return answer

    def create(self, sent: Any) -> dict[str, Any]:
        constants = {name: sent.pop(name, None) for name in _CONSTANTS} if isinstance(sent, dict) else {}
        if constants != _CONSTANTS:
            raise Refused(422, {"error": "the kind of the record is missing"})
        return super().create(sent)

    def checked(self, sent: Any) -> dict[str, Any]:
        if isinstance(sent, dict) and "mail" in sent:
            raise Refused(422, {"error": "the address is written into contact"})
        nested = {"mail": sent.pop("contact").get("address")} if isinstance(sent, dict) and "contact" in sent else {}
        return super().checked({**sent, **nested} if isinstance(sent, dict) else sent)

    def shown(self, account: Account) -> dict[str, Any]:
        found = super().shown(account)
        return found | {"person": {"mail": found.pop("mail")}}


class PostsByCursor(Store):
    """Polls by POST with a page number in the body, counts, has the mark in a header, and is described by OpenAPI."""

    def role(self, url: str) -> dict[str, Any]:
        return super().role(url) | {
            "poll": {
                "method": "POST",
                "path": "/accounts/search",
                "body": {"behind": "{since}", "size": "{size}", "page": "{page}"},
                "items": "$.items[*]",
                "mark_header": "X-Mark",
                "start": "0",
                "boundary": "exclusive",
                "paging": {"page_parameter": "page", "first": 0, "total": "$.total"},
            },
            "metadata": {
                "path": "/openapi.json",
                "keyed": True,
                "fields": "$.components.schemas.Account.properties",
                "required_names": "$.components.schemas.Account.required[*]",
                "length": "$.maxLength",
            },
            "absent": without("metadata"),
        }

    def handled(self, asked: Asked) -> Answer:
        match asked.method, asked.path:
            case "GET", "/openapi.json":
                return Answer.json(200, {"openapi": "3.0.3", "components": {"schemas": {"Account": self.schema()}}})
            case "POST", "/accounts/search":
                return self.search(asked.json())
        return super().handled(asked)

    schema = ReportsAndMerges.schema

    def search(self, wish: dict[str, str]) -> Answer:
        """A page of a list that stays as it was when its first page was read."""
        if not wish["behind"].isdecimal():
            raise Refused(400, {"error": "the mark is not known"})
        size, number = int(wish["size"]), int(wish.get("page", "0"))
        if number == 0:
            mark = int(wish["behind"])
            behind = (account for account in self.accounts.values() if account.place > mark)
            self.found = [self.shown(account) for account in sorted(behind, key=lambda one: one.place)]
            self.mark = max([mark, *(one["place"] for one in self.found)])
        items = self.found[number * size :][:size]
        return Answer.json(200, {"items": items, "total": self.total()}, X_Mark=str(self.mark))

    def total(self) -> int:
        """How many accounts all pages have."""
        return len(self.found) - (self.mistake == "short-total")

    found: ClassVar[list[dict[str, Any]]] = []
    mark = 0


class DescribesByOptions(Store):
    """Describes its fields by OPTIONS, one by one."""

    def role(self, url: str) -> dict[str, Any]:
        return super().role(url) | {
            "metadata": {
                "method": "OPTIONS",
                "path": "/accounts",
                "fields": "$.actions.POST",
                "keyed": True,
                "required": "$.required",
                "length": "$.max_length",
                "read_only": "$.read_only",
            },
            "absent": without("metadata"),
        }

    def handled(self, asked: Asked) -> Answer:
        if (asked.method, asked.path) != ("OPTIONS", "/accounts"):
            return super().handled(asked)
        described = {
            name: {"type": "string", "required": name == "name", "read_only": False} | about
            for name, about in FIELDS.items()
        }
        return Answer.json(200, {"actions": {"POST": described}})
