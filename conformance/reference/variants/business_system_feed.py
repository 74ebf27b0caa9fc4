"""Defects of a business system in what it says about changes: it loses some, hides some, or shows them wrongly."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.documents import exact_json
from conformance.reference.business_system import LARGEST_PAGE, BusinessSystem
from conformance.reference.business_system_pages import Page, Window, decoded, encoded
from conformance.reference.records import Change, Record
from conformance.reference.variants import fault
from conformance.reference.variants.business_system_oddities import CursorsInPlaceOfTimes, LatestFirst

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.reference.org import Org

# ------------------------------------------------------------- order and pages


@fault(kills={"POL-04", "POL-17", "POL-18"})
class FurtherPagesHaveAnotherOrder(BusinessSystem):
    """Orders by time alone, and begins its further pages at the other end of a moment."""

    def page(self, window: Window) -> Page:
        self.order = "modified, version DESC" if window.token else "modified, version"
        return super().page(window)


@fault(kills={"POL-03", "POL-17"})
class OrderChangesFromPollToPoll(BusinessSystem):
    """Lists the records of an answer the other way round each time that it is asked for."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.asked: Counter[tuple[object, ...]] = Counter()

    def page(self, window: Window) -> Page:
        page = super().page(window)
        poll = (window.since, window.size, window.token)
        self.asked[poll] += 1
        return page if self.asked[poll] % 2 else Page(page.records[::-1], page.token)


@fault(kills={"POL-04", "POL-17", "POL-18", "POL-20"})
class PagesContinueBehindTheTime(BusinessSystem):
    """Begins a page behind the time of the last record, and so loses the others of that time."""

    def behind(self, token: str) -> tuple[str, list[object]]:
        return "modified > ?", decoded(token)[:1]


@fault(kills={"POL-05", "POL-17", "POL-19"})
class PagesByOffset(BusinessSystem):
    """Pages by counting records, which shifts when one of them changes."""

    def page(self, window: Window) -> Page:
        skip = int(str(decoded(window.token)[0])) if window.token else 0
        window.token = ""
        conditions, values = self.conditions(window)
        found = list(self.records.select(" AND ".join(conditions or ["1"]), values, self.order, window.size + 1, skip))
        more = len(found) > window.size
        return Page(found[: window.size], encoded([skip + window.size]) if more else None)


@fault(kills={"POL-18", "POL-20"})
class BulkWritesFillOnePage(BusinessSystem):
    """Begins a page behind the time of the last record, where a bulk write gave it to more than 16."""

    def behind(self, token: str) -> tuple[str, list[object]]:
        condition, values = super().behind(token)
        ties = self.records.select("modified = ?", values[:1], self.order)
        return ("modified > ?", values[:1]) if sum(1 for _ in ties) > 16 else (condition, values)


@fault(kills={"POL-17", "POL-19"})
class DeletionsShiftPages(BusinessSystem):
    """Begins a page too late by as many records as were deleted since the page before."""

    def deletions(self) -> int:
        """How many records are deleted."""
        return sum(1 for _ in self.records.select("deleted", (), self.order))

    def token_after(self, record: Record) -> str:
        return encoded([record.modified, record.version, self.deletions()])

    def behind(self, token: str) -> tuple[str, list[object]]:
        return "(modified, version) > (?, ?)", decoded(token)[:2]

    def page(self, window: Window) -> Page:
        page = super().page(window)
        shift = self.deletions() - int(str(decoded(window.token)[2])) if window.token else 0
        return Page(page.records[shift:], page.token)


@fault(kills={"POL-20"})
class SilentCapOfAHundred(BusinessSystem):
    """Lists a hundred records at most, and says nothing of the others."""

    def page(self, window: Window) -> Page:
        page = super().page(window)
        return Page(page.records) if len(page.records) == LARGEST_PAGE else page


@fault(kills={"POL-16", "POL-17", "POL-18", "POL-20"})
class SilentCap(BusinessSystem):
    """Lists at most five records, and says nothing of the others."""

    def page(self, window: Window) -> Page:
        page = super().page(window)
        if len(page.records) <= 5:
            return page
        return Page(page.records[:5])


@fault(kills={"POL-04", "POL-17", "POL-18", "POL-20"})
class TokenOfThePageIsLost(BusinessSystem):
    """Never says that there is another page where a page is full of one time."""

    def token_after(self, record: Record) -> str:
        ties = self.records.select("modified = ?", (record.modified,), self.order)
        return "" if sum(1 for _ in ties) > 3 else super().token_after(record)


# --------------------------------------------------------------------- changes


@fault(kills={"POL-06", "POL-17"})
class StampedBeforeTheCommit(BusinessSystem):
    """Gives a change the time at which its transaction wrote it, which may be long before its commit."""

    def stamp(self, change: Change, now: int) -> int:
        return change.begun


@fault(kills={"POL-10", "POL-17"})
class SecondChangesAreInvisible(BusinessSystem):
    """Has neither another time nor another version for a second change in one moment."""

    def shown(self, record: Record) -> dict[str, object]:
        return super().shown(record) | {"version": record.modified}


@fault(kills={"POL-11", "POL-17", "POL-24"})
class UpdatesKeepTheTime(BusinessSystem):
    """Sets the time when a record is created, and never again."""

    def stamp(self, change: Change, now: int) -> int:
        before = self.records.find(change.id)
        return now if before is None or change.fields is None else before.modified


@fault(kills={"POL-12", "POL-17"})
class DeletionsAreHidden(BusinessSystem):
    """Shows no tombstones, although they are declared."""

    def conditions(self, window: Window) -> tuple[list[str], list[object]]:
        conditions, values = super().conditions(window)
        return [*conditions, "NOT deleted"], values


@fault(kills={"POL-11", "POL-17"})
class ThirdChangeIsForgotten(BusinessSystem):
    """Does not show a record again that has changed twice since it was created."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.changes: dict[str, int] = {}

    async def write(self, request: Request, identifier: str, fields: dict[str, object] | None) -> None:
        await super().write(request, identifier, fields)
        self.changes[identifier] = self.changes.get(identifier, 0) + 1

    def page(self, window: Window) -> Page:
        page = super().page(window)
        page.records = [record for record in page.records if self.changes.get(record.id, 0) < 3 or record.deleted]
        return page


@fault(kills={"POL-11"})
class SomeFieldsKeepTheTime(BusinessSystem):
    """Does not take the update of an amount for a change."""

    def stamp(self, change: Change, now: int) -> int:
        before = self.records.find(change.id)
        is_minor = change.fields is not None and bool(change.fields) and change.fields.keys() <= {"amount", "share"}
        return before.modified if before is not None and is_minor else now


@fault(kills={"POL-11": "listed"})
class NullsAreNotListed(BusinessSystem):
    """Leaves out records whose code is null, as a comparison in SQL does."""

    def conditions(self, window: Window) -> tuple[list[str], list[object]]:
        conditions, values = super().conditions(window)
        return [*conditions, "json_type(fields, '$.code') IS NOT 'null'"], values


@fault(kills={"POL-11": "shown-as-it-is"})
class NotesAreListedFromAnIndex(BusinessSystem):
    """Lists each note as it was when it was first listed."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.notes: dict[str, object] = {}

    def page(self, window: Window) -> Page:
        page = super().page(window)
        for record in page.records:
            if "note" in record.fields:
                record.fields["note"] = self.notes.setdefault(record.id, record.fields["note"])
        return page


@fault(kills={"POL-22"})
class EmptyAnswersAreCached(BusinessSystem):
    """Gives an empty answer again whenever it is asked with the same mark."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.empty: set[int] = set()

    def page(self, window: Window) -> Page:
        if window.since in self.empty:
            return Page([])
        page = super().page(window)
        if window.since is not None and window.until is None and not page.records:
            self.empty.add(window.since)
        return page


@fault(kills={"POL-23"})
class ReadingIsAChange(BusinessSystem):
    """Notes in a record that it was read the third time, and takes that for a change."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.readings: Counter[str] = Counter()

    def existing(self, request: Request) -> Record:
        record = super().existing(request)
        self.readings[record.id] += request.method == "GET"
        if self.readings[record.id] != 3:
            return record
        self.records.commit([Change(record.id, {}, self.time.now())])
        return super().existing(request)


@fault(kills={"POL-17", "POL-24"})
class UndeletionsKeepTheTime(BusinessSystem):
    """Brings a record back with the time that it had at its deletion."""

    def stamp(self, change: Change, now: int) -> int:
        before = self.records.find(change.id)
        return before.modified if before is not None and before.deleted else now


@fault(kills={"POL-17"})
class PagesByIdentity(BusinessSystem):
    """Lists changes in the order of their ids, and a page goes on behind the id of the one before."""

    order = "id"

    def token_after(self, record: Record) -> str:
        return record.id

    def behind(self, token: str) -> tuple[str, list[object]]:
        return "id > ?", [token]


@fault(
    kills={"POL-17"},
    untested={"POL-01", "POL-02", "POL-06", "POL-07", "POL-08", "POL-09", "POL-14", "POL-15"},
)
class EmptyPagesMoveTheCursor(CursorsInPlaceOfTimes):
    """Gives a cursor behind what is not committed yet, where it has nothing to list."""

    async def poll(self, request: Request) -> Response:
        answer = await super().poll(request)
        found: dict[str, Any] = exact_json.read(bytes(answer.body))  # type: ignore[assignment] # this class writes it
        pending = sum(len(changes) for changes in self.transactions.values())
        if found["items"] or not pending:
            return answer
        return self.answer(found | {"cursor": encoded([int(str(decoded(found["cursor"])[0])) + pending])})


@fault(kills={"POL-25": "fits"})
class LongNotesInEveryForm(BusinessSystem):
    """Shows a long note with forty of its former versions, so that a full page is very large."""

    def shown(self, record: Record) -> dict[str, object]:
        found = super().shown(record)
        note = found.get("note")
        return found | {"note_history": [note] * 40} if isinstance(note, str) and len(note) > 1900 else found


@fault(kills={"POL-26": "page-size"}, blinds=True)
class PagesAreRoundedUp(BusinessSystem):
    """Lists pages of full fifties."""

    def size_of(self, text: str) -> int:
        return min(-(-super().size_of(text) // 50) * 50, LARGEST_PAGE)


@fault(kills={"POL-27": "keeps-the-mark"}, blinds=True)
class FurtherPagesForgetTheMark(LatestFirst):
    """Goes on behind the first page as if no mark had been given."""

    def window_of(self, request: Request) -> Window:
        window = super().window_of(request)
        if window.token:
            window.since = None
        return window


@fault(kills={"POL-20": "json"})
class LongAnswersAreCut(BusinessSystem):
    """Ends an answer after so many bytes, in the middle of a record, with a length that fits."""

    def answer(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        found = super().answer(body, status, headers)
        return Response(bytes(found.body)[:6_000], status, headers, found.media_type)
