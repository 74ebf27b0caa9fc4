"""Defects of a business system in its connections and its actions."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.reference.business_system import TRANSACTION_HEADER, BusinessSystem
from conformance.reference.business_system_pages import Refused
from conformance.reference.org import AccessToken, Org
from conformance.reference.record_fields import FIELDS, Invalid
from conformance.reference.records import Change, Record, new_id
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

# ------------------------------------------------------------------ connections


@fault(kills={"CON-01"}, blinds=True)
class ConnectionTestFails(BusinessSystem):
    """Answers 500 to the test of a connection."""

    async def check(self, request: Request) -> Response:
        raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error")


@fault(kills={"CON-02"})
class ConnectionTestWrites(BusinessSystem):
    """Writes a record for each test of a connection."""

    async def check(self, request: Request) -> Response:
        self.records.commit([Change(new_id(), {"name": "connection test"}, self.time.now())])
        return await super().check(request)


@fault(kills={"CON-03"}, blinds=True)
class EveryTokenIsGood(BusinessSystem):
    """Asks for a token and does not look at it."""

    def token_of(self, request: Request) -> AccessToken | None:
        anybody = AccessToken("", frozenset({"api"}), 0)
        return super().token_of(request) or (anybody if "authorization" in request.headers else None)


@fault(kills={"CON-03", "CON-11"})
class EndedTokensSeeNoChanges(BusinessSystem):
    """Lists nothing to a caller whose token has ended, as if nothing had changed."""

    def let_in(self, request: Request) -> None:
        if not self.is_strange(request):
            super().let_in(request)

    def is_strange(self, request: Request) -> bool:
        """Whether a token that is not valid asks for changes."""
        polls = request.method == "GET" and request.url.path.endswith("/accounts")
        return polls and "authorization" in request.headers and self.token_of(request) is None

    async def poll(self, request: Request) -> Response:
        return self.answer({"items": []}) if self.is_strange(request) else await super().poll(request)


@fault(kills={"CON-04"})
class CredentialsAreOptional(BusinessSystem):
    """Lets whoever shows nothing in."""

    def token_of(self, request: Request) -> AccessToken | None:
        anybody = AccessToken("", frozenset({"api"}), 0)
        return super().token_of(request) if "authorization" in request.headers else anybody


@fault(kills={"CON-03", "CON-04"})
class ChangesAreForEverybody(BusinessSystem):
    """Asks for a token where records are created and read, and not where they are changed or deleted."""

    def token_of(self, request: Request) -> AccessToken | None:
        changes = request.method in ("PATCH", "PUT", "DELETE")
        return super().token_of(request) or (AccessToken("", frozenset({"api"}), 0) if changes else None)


@fault(kills={"CON-05"})
class RefusalNamesNoScheme(BusinessSystem):
    """Answers 401 without WWW-Authenticate."""

    def refuse(self, refused: Refused) -> Response:
        response = super().refuse(refused)
        if refused.headers:
            del response.headers["WWW-Authenticate"]
        return response


@fault(kills={"CON-05"})
class RefusalNamesARealmAlone(BusinessSystem):
    """Answers 401 with a realm of no scheme."""

    def refuse(self, refused: Refused) -> Response:
        response = super().refuse(refused)
        if refused.headers:
            response.headers["WWW-Authenticate"] = 'realm="records"'
        return response


@fault(kills={"CON-06"}, blinds=True)
class TokensWearOut(BusinessSystem):
    """Lets a token in for the test of a connection ten times."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.uses: dict[str, int] = {}

    async def check(self, request: Request) -> Response:
        token = request.headers["authorization"]
        self.uses[token] = self.uses.get(token, 0) + 1
        if self.uses[token] > 10:
            raise Refused(HTTPStatus.UNAUTHORIZED, "log in again", {"WWW-Authenticate": "Bearer"})
        return await super().check(request)


@fault(kills={"CON-07"})
class RecordsBelongToATokenAlone(BusinessSystem):
    """Shows a record to the very token that created it."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.owners: dict[str, str] = {}

    async def write(self, request: Request, identifier: str, fields: dict[str, object] | None) -> None:
        self.owners.setdefault(identifier, request.headers["authorization"])
        await super().write(request, identifier, fields)

    def existing(self, request: Request) -> Record:
        record = super().existing(request)
        if self.owners.get(record.id, request.headers["authorization"]) != request.headers["authorization"]:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such account")
        return record


@fault(kills={"CON-08", "CON-14"})
class EverybodyMayWrite(BusinessSystem):
    """Looks at who somebody is, and not at what they may do."""

    def may(self, request: Request, token: AccessToken) -> bool:
        return True


@fault(kills={"CON-08"})
class DeletionsNeedNoPermission(BusinessSystem):
    """Looks at permissions for each method but DELETE."""

    def may(self, request: Request, token: AccessToken) -> bool:
        return request.method == "DELETE" or super().may(request, token)


@fault(kills={"CON-03", "CON-04"})
class BulkCreationIsForEverybody(BusinessSystem):
    """Asks for a token everywhere but where several records are created at once."""

    def token_of(self, request: Request) -> AccessToken | None:
        is_bulk = request.url.path.endswith("/bulk")
        return super().token_of(request) or (AccessToken("", frozenset({"api"}), 0) if is_bulk else None)


@fault(kills={"CON-08"})
class UpsertsNeedNoPermission(BusinessSystem):
    """Looks at permissions where records are created, and not where they are written by their external id."""

    def may(self, request: Request, token: AccessToken) -> bool:
        return "/by-code/" in request.url.path or super().may(request, token)


@fault(kills={"CON-08"})
class UndeletionNeedsNoPermission(BusinessSystem):
    """Lets any caller who is logged in restore deleted records."""

    def may(self, request: Request, token: AccessToken) -> bool:
        return request.url.path.endswith("/undelete") or super().may(request, token)


@fault(kills={"CON-09"}, blinds=True)
class MetadataLacksAField(BusinessSystem):
    """Does not describe one of its fields."""

    async def metadata(self, request: Request) -> Response:
        known = [self.described(name, about) for name, about in FIELDS.items() if name != "stage"]
        return self.answer({"fields": known})


@fault(kills={"CON-10"})
class MetadataRequiresNothing(BusinessSystem):
    """Describes every field as optional."""

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        return super().described(name, about) | {"required": False}


# ---------------------------------------------------------------------- actions


@fault(kills={"ACT-01"}, blinds=True)
class CreationsAreLost(BusinessSystem):
    """Answers 201 before the record is there, and forgets each record that nobody put into a transaction."""

    async def write(self, request: Request, identifier: str, fields: dict[str, object] | None) -> None:
        if request.method != "POST" or TRANSACTION_HEADER in request.headers:
            await super().write(request, identifier, fields)


@fault(kills={"ACT-18": "one-each"})
class CreationsAreRepeated(BusinessSystem):
    """Writes each new record twice."""

    async def create(self, request: Request) -> Response:
        answer = await super().create(request)
        if answer.status_code == HTTPStatus.CREATED:
            await self.write(request, self.new_id(), self.read_json(await request.body()))
        return answer


@fault(kills={"ACT-02"})
class DeletedRecordsCanBeRead(BusinessSystem):
    """Marks a deleted record in the feed alone, and goes on to show it."""

    async def read(self, request: Request) -> Response:
        record = self.records.find(request.path_params["id"])
        if record is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such account")
        shown = self.shown(record) | {**record.fields, "deleted": False}
        return self.answer(shown, headers={"ETag": f'"{record.version}"'})


@fault(kills={"ACT-03"})
class UnknownRecordsAreEmpty(BusinessSystem):
    """Answers 200 and null where there is no such record."""

    async def read(self, request: Request) -> Response:
        if self.records.find(request.path_params["id"]) is None:
            return self.answer(None)
        return await super().read(request)


@fault(kills={"ACT-04", "ACT-11"})
class UpdatesReplace(BusinessSystem):
    """Drops the fields that an update does not name."""

    def change(self, identifier: str, fields: dict[str, object] | None) -> Change:
        return Change(identifier, fields, self.time.now(), replaces=True)


@fault(kills={"ACT-05"}, blinds=True)
class RequiredFieldsAreOptional(BusinessSystem):
    """Takes records in that lack what is required."""

    def missing_fields(self, fields: dict[str, object]) -> list[str]:
        return []


@fault(kills={"ACT-06"})
class RefusalsSayNothing(BusinessSystem):
    """Refuses without a word."""

    def refuse(self, refused: Refused) -> Response:
        return Response(status_code=refused.status, headers=refused.headers)


@fault(kills={"ACT-07"})
class RefusedUpdatesAreHalfDone(BusinessSystem):
    """Writes the fields of a refused update that are in front of the wrong one."""

    async def update(self, request: Request) -> Response:
        fields = self.read_json(await request.body())
        for name, value in fields.items():
            try:
                self.kept(name, value)
            except Invalid:
                break
            if len(fields) > 1:
                await self.write(request, self.existing(request).id, {name: value})
        return await super().update(request)


@fault(kills={"ACT-08"})
class MalformedBodiesCrash(BusinessSystem):
    """Answers 500 to a body that is not JSON."""

    def read_json(self, body: bytes) -> dict[str, object]:
        try:
            return super().read_json(body)
        except Refused:
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error") from None


@fault(kills={"ACT-09", "ACT-13", "ACT-14"})
class KeysAreIgnored(BusinessSystem):
    """Makes a record for each request, whatever its key."""

    def key_of(self, request: Request) -> str:
        return ""


@fault(kills={"ACT-10"})
class IfMatchIsIgnored(BusinessSystem):
    """Changes a record whatever state the caller knows."""

    def is_current(self, request: Request, record: Record) -> bool:
        return True


@fault(kills={"ACT-11"})
class UpdatesWriteBackWhatWasRead(BusinessSystem):
    """Reads the record, takes its time, and writes all of it back."""

    async def update(self, request: Request) -> Response:
        before = self.existing(request)
        if not self.is_current(request, before):
            raise Refused(HTTPStatus.PRECONDITION_FAILED, "the account has changed since")
        fields = self.valid(self.read_json(await request.body()), is_new=False)
        if "quantity" in fields or before.fields.get("quantity") is not None:
            await asyncio.sleep(0.05)
        await self.write(request, before.id, before.fields | fields)
        return Response(status_code=204)


@fault(kills={"ACT-12"}, blinds=True)
class IdsAreGivenAgain(BusinessSystem):
    """Gives a new record the id of the last one that was deleted."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.free: list[str] = []
        self.again: set[str] = set()

    def new_id(self) -> str:
        if not self.free:
            return super().new_id()
        self.again.add(self.free[-1])
        return self.free.pop()

    def change(self, identifier: str, fields: dict[str, object] | None) -> Change:
        is_another = identifier in self.again
        self.again.discard(identifier)
        return Change(identifier, fields, self.time.now(), replaces=is_another)

    async def delete(self, request: Request) -> Response:
        answer = await super().delete(request)
        self.free.append(request.path_params["id"])
        return answer
