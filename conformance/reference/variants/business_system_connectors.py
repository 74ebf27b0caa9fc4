"""Defects of a business system in what connectors count on: metadata, tokens, keys, upserts and batches."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.reference.business_system import BusinessSystem
from conformance.reference.business_system_pages import Refused
from conformance.reference.org import AccessToken
from conformance.reference.record_fields import Invalid
from conformance.reference.records import Change
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request


@fault(kills={"CON-12"})
class MetadataSaysOtherLengths(BusinessSystem):
    """Describes its texts as longer than they may be."""

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        return super().described(name, about) | {"length": about["max_length"] + 1 if "max_length" in about else None}


@fault(kills={"CON-12"})
class MetadataSaysOtherTypes(BusinessSystem):
    """Describes its dates as booleans."""

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        return super().described(name, about) | ({"type": "boolean"} if about["type"] == "date" else {})


@fault(kills={"CON-12"})
class MetadataListsFewerValues(BusinessSystem):
    """Describes its enumeration without the last value."""

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        return super().described(name, about) | {"values": list(about.get("values", []))[:-1]}


@fault(kills={"CON-12"})
class MetadataSaysReadOnly(BusinessSystem):
    """Describes its fields as read-only, and lets everybody write them."""

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        return super().described(name, about) | {"read_only": True}


@fault(kills={"CON-13"})
class ConnectionTestShowsTheToken(BusinessSystem):
    """Gives the token back that the connection was tested with."""

    async def check(self, request: Request) -> Response:
        return self.answer({"connected": True, "token": request.headers["authorization"].partition(" ")[2]})


@fault(kills={"CON-14"})
class EverybodyMayRead(BusinessSystem):
    """Looks at what somebody may do where they write alone."""

    def may(self, request: Request, token: AccessToken) -> bool:
        return request.method == "GET" or super().may(request, token)


@fault(kills={"CON-17"})
class OutsidersSeeNoChanges(BusinessSystem):
    """Lists nothing to a caller without access, as if nothing had changed."""

    def may(self, request: Request, token: AccessToken) -> bool:
        return self.sees_nothing(request, token) or super().may(request, token)

    def sees_nothing(self, request: Request, token: AccessToken | None) -> bool:
        """Whether somebody polls who may not."""
        polls = request.method == "GET" and request.url.path.endswith("/accounts")
        return polls and token is not None and not token.scopes & {"api", "accounts.read"}

    async def poll(self, request: Request) -> Response:
        nothing = self.answer({"items": []})
        return nothing if self.sees_nothing(request, self.token_of(request)) else await super().poll(request)


@fault(kills={"CON-15"}, blinds=True)
class NewTokensEndFormerOnes(BusinessSystem):
    """Knows the newest token of each kind alone."""

    def token_of(self, request: Request) -> AccessToken | None:
        token = super().token_of(request)
        alike = [known for known in self.org.tokens.values() if token is not None and known.scopes == token.scopes]
        return token if alike[-1:] in ([], [token]) else None


@fault(kills={"ACT-13"})
class KeysAreNotedTooLate(BusinessSystem):
    """Looks for a key, takes its time, and notes it once the record is there."""

    async def write(self, request: Request, identifier: str, fields: dict[str, object] | None) -> None:
        if self.key_of(request):
            await asyncio.sleep(0.05)
        await super().write(request, identifier, fields)


@fault(kills={"ACT-14"})
class KeysHideAnotherRecord(BusinessSystem):
    """Answers a key that it knows as before, whatever the record is."""

    async def create(self, request: Request) -> Response:
        known = self.answered.get(self.key_of(request))
        return known[1] if known is not None else await super().create(request)


@fault(kills={"ACT-15"})
class UpsertsInsert(BusinessSystem):
    """Makes a record for each upsert."""

    async def with_code(self, code: str) -> str | None:
        return None


@fault(kills={"ACT-15"})
class UpsertsRace(BusinessSystem):
    """Looks for the record of an upsert, and takes its time before it makes one."""

    async def with_code(self, code: str) -> str | None:
        found = await super().with_code(code)
        await asyncio.sleep(0.05)
        return found


@fault(kills={"ACT-16"})
class BatchesDropInvalidRecords(BusinessSystem):
    """Writes the valid records of a batch, and says which, but not of which the ids are."""

    def batch(self, given: list[dict[str, object]]) -> list[Change]:
        changes = []
        for fields in given:
            with suppress(Invalid):
                changes += super().batch([fields])
        return changes


@fault(kills={"ACT-16"})
class RefusedBatchesAreHalfDone(BusinessSystem):
    """Refuses a batch with an invalid record, and keeps those in front of it."""

    def batch(self, given: list[dict[str, object]]) -> list[Change]:
        changes = []
        for fields in given:
            changes += super().batch([fields])
            self.records.commit(changes[-1:])
        return changes


@fault(kills={"CON-16": "retry-after:missing"})
class OverloadNamesNoTime(BusinessSystem):
    """Refuses what is too much without a word on when to come again."""

    def refuse(self, refused: Refused) -> Response:
        is_overload = refused.status is HTTPStatus.TOO_MANY_REQUESTS
        return super().refuse(Refused(refused.status, refused.text) if is_overload else refused)


@fault(kills={"CON-16": "retry-after:unreadable"})
class OverloadNamesATimeNobodyReads(BusinessSystem):
    """Says in words when to come again."""

    def refuse(self, refused: Refused) -> Response:
        answer = super().refuse(refused)
        if "retry-after" in answer.headers:
            answer.headers["Retry-After"] = "in an hour"
        return answer


@fault(kills={"ACT-17": "not-carried-out"})
class OverloadIsSeenTooLate(BusinessSystem):
    """Creates the record, and counts after that."""

    async def create(self, request: Request) -> Response:
        try:
            return await super().create(request)
        except Refused as refused:
            if refused.status is HTTPStatus.TOO_MANY_REQUESTS:
                fields = self.valid(self.read_json(await request.body()), is_new=True)
                await self.write(request, self.new_id(), fields)
            raise
