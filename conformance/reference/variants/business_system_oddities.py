"""Business systems that are unusual and correct, each with the target file that says what it is like."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from conformance.reference.business_system import PREFIX, BusinessSystem
from conformance.reference.business_system_pages import Page, Refused, Window, decoded, encoded
from conformance.reference.org import Org
from conformance.reference.record_fields import written
from conformance.reference.records import Change, Record
from conformance.reference.variants import oddity, oddity_without

if TYPE_CHECKING:
    from starlette.requests import Request


def declared(described: dict[str, object], **differently: Any) -> dict[str, object]:
    """A role's part of the target file with some fields different; None leaves one out."""
    for name, value in differently.items():
        known = described.get(name)
        if value is None:
            described.pop(name, None)
        elif isinstance(known, dict) and isinstance(value, dict):
            described[name] = {k: v for k, v in {**known, **value}.items() if v is not None}
        else:
            described[name] = value
    return described


# ------------------------------------------------------------------------ marks


@oddity_without("POL-04")
class ExclusiveBoundary(BusinessSystem):
    """Leaves out what changed exactly at the mark, says so, and gives every change a time of its own."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.latest = 0

    def stamp(self, change: Change, now: int) -> int:
        self.latest = max(now, self.latest + 1)
        return self.latest

    def after_the_mark(self, window: Window) -> str:
        return "modified > ?"

    def conditions(self, window: Window) -> tuple[list[str], list[object]]:
        conditions, values = super().conditions(window)
        return [condition.replace("modified < ?", "modified <= ?") for condition in conditions], values

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        described = super().describe(base_url)
        return declared(
            described, poll={"boundary": "exclusive", "paging": {"token": "$.next", "token_parameter": "token"}}
        )


@oddity_without("POL-04")
class NextPageByTime(ExclusiveBoundary):
    """Asks for the next page by the time of the last record, and gives every change a time of its own."""

    def page(self, window: Window) -> Page:
        return Page(super().page(window).records)

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), poll={"paging": {"by_mark": True}})


@oddity
class MarksInUTCAlone(BusinessSystem):
    """Refuses a mark that is not written in UTC."""

    def mark(self, text: str) -> int:
        if not text.endswith("Z"):
            raise Refused(HTTPStatus.BAD_REQUEST, "the mark is a date-time in UTC")
        return super().mark(text)


@oddity_without("POL-01", "POL-02", "POL-06", "POL-07", "POL-08", "POL-09", "POL-14", "POL-15")
class CursorsInPlaceOfTimes(BusinessSystem):
    """Gives out opaque cursors as marks, and shows no times."""

    def mark(self, text: str) -> int:
        found = decoded(text)
        if len(found) != 1:
            raise Refused(HTTPStatus.BAD_REQUEST, "the cursor is unknown")
        return int(str(found[0]))

    def after_the_mark(self, window: Window) -> str:
        return "version > ?"

    order = "version"

    async def poll(self, request: Request) -> Response:
        window = self.window_of(request)
        page = self.page(window)
        last = page.records[-1].version if page.records else window.since or 0
        items = [self.shown(record) for record in page.records]
        return self.answer({"items": items, "cursor": encoded([last])})

    def shown(self, record: Record) -> dict[str, object]:
        return {name: value for name, value in super().shown(record).items() if name != "modified"}

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        poll = {"mark": "$.cursor", "start": encoded([0]), "boundary": "exclusive", "paging": {"by_mark": True}}
        poll["query"] = {"since": "{since}", "size": "{size}"}
        return declared(super().describe(base_url), modified=None, poll=poll)


@oddity
class TimesInAnotherZone(BusinessSystem):
    """Writes its times with an offset of its own."""

    def shown_time(self, moment: int) -> str:
        return written(moment + 19_800_000).replace("Z", "+05:30")


@oddity_without("POL-09")
class TimesAreNumbers(BusinessSystem):
    """Writes its times as milliseconds since 1970."""

    def mark(self, text: str) -> int:
        if not text.isdecimal():
            raise Refused(HTTPStatus.BAD_REQUEST, "the mark is a number of milliseconds")
        return int(text)

    def shown(self, record: Record) -> dict[str, object]:
        return super().shown(record) | {"modified": record.modified}


@oddity_without("POL-04")
class NoVersionButTimesOfTheirOwn(BusinessSystem):
    """Has no versions, and gives every change a time of its own."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.latest = 0

    def stamp(self, change: Change, now: int) -> int:
        self.latest = max(now, self.latest + 1)
        return self.latest

    def shown(self, record: Record) -> dict[str, object]:
        return {name: value for name, value in super().shown(record).items() if name != "version"}

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), version=None)


# ------------------------------------------------------------- order and pages


@oddity
class PagesOfOne(BusinessSystem):
    """Lists one record a page, whatever was asked for."""

    def size_of(self, text: str) -> int:
        return 1


@oddity
class LatestFirst(BusinessSystem):
    """Lists the latest change first, with a stable tie-breaker."""

    order = "modified DESC, version DESC"

    def behind(self, token: str) -> tuple[str, list[object]]:
        return "(modified, version) < (?, ?)", decoded(token)


@oddity
class NextPageByLink(BusinessSystem):
    """Names the next page in a Link header, beside other links."""

    async def poll(self, request: Request) -> Response:
        window = self.window_of(request)
        page = self.page(window)
        response = self.answer({"items": [self.shown(record) for record in page.records]})
        links = [f'<{request.url.include_query_params(token="")}>; rel="first"']
        if page.token:
            links.append(f'<{request.url.include_query_params(token=page.token)}>; title="more"; rel="next last"')
        response.headers["Link"] = ", ".join(links)
        return response

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), poll={"paging": {"link_header": True}})


@oddity
class NextPageByAddress(BusinessSystem):
    """Names the next page by its path in the answer."""

    async def poll(self, request: Request) -> Response:
        window = self.window_of(request)
        page = self.page(window)
        found: dict[str, object] = {"items": [self.shown(record) for record in page.records]}
        if page.token:
            url = request.url.include_query_params(token=page.token)
            found["@odata.nextLink"] = f"{url.path}?{url.query}"
        return self.answer(found)

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), poll={"paging": {"next_url": "$['@odata.nextLink']"}})


@oddity
class HeaderOnEveryPage(NextPageByAddress):
    """Asks for a header of its own on every page of a poll."""

    async def poll(self, request: Request) -> Response:
        if request.headers.get("x-tenant") != "one":
            raise Refused(HTTPStatus.BAD_REQUEST, "X-Tenant is missing")
        return await super().poll(request)

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), poll={"headers": {"X-Tenant": "one"}})


@oddity
class OverloadedNowAndThen(BusinessSystem):
    """Answers every ninth poll with 429, and says by a date to come again at once."""

    def refuse(self, refused: Refused) -> Response:
        again = {"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"}
        return super().refuse(
            Refused(refused.status, refused.text, again if refused.status == 429 else refused.headers)
        )

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.polls = 0

    async def poll(self, request: Request) -> Response:
        self.polls += 1
        if self.polls % 9 == 0:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "come again")
        return await super().poll(request)


@oddity_without("POL-06")
class OneWriterAtATime(BusinessSystem):
    """Refuses a creation with 409 while it is busy with another one, and has no transactions."""

    busy = HTTPStatus.CONFLICT

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.is_busy = False

    async def create(self, request: Request) -> Response:
        if self.is_busy:
            raise Refused(self.busy, "another account is being written")
        self.is_busy = True
        try:
            await asyncio.sleep(0.003)
            return await super().create(request)
        finally:
            self.is_busy = False

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), transactions=None)


# --------------------------------------------------------------------- records


@oddity_without("POL-06")
class LockedDatabase(OneWriterAtATime):
    """Answers 500 in its place."""

    busy = HTTPStatus.INTERNAL_SERVER_ERROR


@oddity
class IdsAreCounted(BusinessSystem):
    """Counts its ids, from 9."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.latest = 8

    def new_id(self) -> str:
        self.latest += 1
        return str(self.latest)


@oddity_without("POL-12")
class DeletionsAreNotShown(BusinessSystem):
    """Lists no tombstones, and declares none."""

    def conditions(self, window: Window) -> tuple[list[str], list[object]]:
        conditions, values = super().conditions(window)
        return [*conditions, "NOT deleted"], values

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), deleted=None, poll={"deletes": "hidden"})


@oddity
class ExtraFields(BusinessSystem):
    """Shows more fields than are declared, with names of the declared ones inside."""

    def shown(self, record: Record) -> dict[str, object]:
        links = {"self": f"{PREFIX}/accounts/{record.id}", "id": "none"}
        return {
            "_links": links,
            "_embedded": {"items": [{"id": "0", "modified": "2199-01-01T00:00:00Z"}]},
        } | super().shown(record)

    def described(self, name: str, about: dict[str, Any]) -> dict[str, object]:
        return super().described(name, about) | {"label": name.title(), "createable": True}


@oddity_without("ACT-04", "ACT-11")
class WholeRecordsAlone(BusinessSystem):
    """Takes whole records alone in its updates."""

    def routes(self) -> list[Route]:
        path = PREFIX + "/accounts/{id}"
        return [*super().routes(), Route(path, self.guarded(self.update), methods=["PUT"])]

    def change(self, identifier: str, fields: dict[str, object] | None) -> Change:
        return Change(identifier, fields, self.time.now(), replaces=True)

    def read_json(self, body: bytes) -> dict[str, object]:
        about = {"id", "modified", "version", "deleted"}
        return {name: value for name, value in super().read_json(body).items() if name not in about}

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return declared(super().describe(base_url), update={"method": "PUT", "whole": True})


@oddity_without("ACT-16", "POL-18")
class RecordsInsideEnvelopes(BusinessSystem):
    """Wraps its records as JSON:API does, and takes them so."""

    def shown(self, record: Record) -> dict[str, object]:
        shown = super().shown(record)
        return {"type": "accounts", "id": shown.pop("id"), "attributes": shown}

    def read_json(self, body: bytes) -> dict[str, object]:
        data = super().read_json(body).get("data")
        found = data.get("attributes") if isinstance(data, dict) else None
        if not isinstance(found, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body has no data with attributes")
        return found

    async def read(self, request: Request) -> Response:
        record = self.existing(request)
        return self.answer({"data": self.shown(record)}, headers={"ETag": f'"{record.version}"'})

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        body = {"data": {"type": "accounts", "attributes": "{record}"}}
        return declared(
            super().describe(base_url),
            create={"body": body},
            create_many=None,
            update={"body": body},
            upsert={"body": body},
            read={"item": "$.data"},
            record="$.attributes",
            modified="$.attributes.modified",
            version="$.attributes.version",
            deleted="$.attributes.deleted",
        )
