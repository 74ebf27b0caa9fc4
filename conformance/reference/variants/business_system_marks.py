"""Defects of a business system in how it takes the mark of a poll: too early, too late, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.documents import exact_json
from conformance.reference.business_system import BusinessSystem
from conformance.reference.business_system_pages import Page, Refused, Window
from conformance.reference.record_fields import Invalid, written
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request


@fault(kills={"POL-01", "POL-02", "POL-17", "POL-21"})
class StrictFilter(BusinessSystem):
    """Leaves out what changed exactly at the mark, although the boundary is declared inclusive."""

    def after_the_mark(self, window: Window) -> str:
        return "modified > ?"


@fault(kills={"POL-02"})
class WindowsWithAGap(BusinessSystem):
    """Leaves out the last seconds of a window that has an end."""

    def conditions(self, window: Window) -> tuple[list[str], list[object]]:
        conditions, values = super().conditions(window)
        if window.until is not None:
            return [*conditions, "modified < ? - 5000"], [*values, window.until]
        return conditions, values


@fault(kills={"POL-01", "POL-07", "POL-17", "POL-21"})
class FilterRoundsUp(BusinessSystem):
    """Rounds the mark up to a whole second."""

    def mark(self, text: str) -> int:
        return -(-super().mark(text) // 1000) * 1000


@fault(kills={"POL-01", "POL-07", "POL-17", "POL-21"})
class TimesAreRoundedUp(BusinessSystem):
    """Shows times rounded up to a whole second, and filters by what is stored."""

    def shown_time(self, moment: int) -> str:
        return written(-(-moment // 1000) * 1000)


@fault(kills={"POL-08"})
class TimesWithoutOffset(BusinessSystem):
    """Writes its times without an offset, and takes marks without one too."""

    def shown_time(self, moment: int) -> str:
        return super().shown_time(moment).removesuffix("Z")

    def mark(self, text: str) -> int:
        try:
            return super().mark(text)
        except Invalid:
            return super().mark(text + "Z")


@fault(kills={"POL-09"})
class OffsetOfAMarkIsIgnored(BusinessSystem):
    """Takes the clock of a mark and leaves its offset alone."""

    def mark(self, text: str) -> int:
        super().mark(text)
        local = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return round(local.timestamp() * 1000)


@fault(kills={"POL-15"})
class UnknownMarksAreIgnored(BusinessSystem):
    """Lists everything where it cannot read the mark."""

    def mark(self, text: str) -> int:
        try:
            return super().mark(text)
        except Invalid:
            return 0


@fault(kills={"POL-15"})
class UnknownMarksCrash(BusinessSystem):
    """Answers 500 where it cannot read the mark."""

    def mark(self, text: str) -> int:
        try:
            return super().mark(text)
        except Invalid:
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error") from None


@fault(kills={"POL-14"})
class FutureMarksAreIgnored(BusinessSystem):
    """Lists everything where the mark lies ahead."""

    def mark(self, text: str) -> int:
        found = super().mark(text)
        return found if found <= self.time.now() + 60_000 else 0


@fault(kills={"POL-13"}, blinds=True)
class EmptyWindowsAreNotFound(BusinessSystem):
    """Answers 404 where nothing has changed."""

    def page(self, window: Window) -> Page:
        page = super().page(window)
        if not page.records and not window.token:
            raise Refused(HTTPStatus.NOT_FOUND, "no account has changed")
        return page


@fault(kills={"POL-13": "nothing-old"}, blinds=True)
class MarksAreDays(BusinessSystem):
    """Lists all that has changed on the day of the mark."""

    def mark(self, text: str) -> int:
        return super().mark(text) // 86_400_000 * 86_400_000


def _lists_something(answer: Response) -> bool:
    found: dict[str, Any] = exact_json.read(bytes(answer.body))  # type: ignore[assignment] # the reference writes it
    return bool(found["items"])


@fault(kills={"POL-13": "no-error"})
class EmptyWindowsAreErrors(BusinessSystem):
    """Answers 200 with an error where nothing has changed."""

    async def poll(self, request: Request) -> Response:
        answer = await super().poll(request)
        return answer if _lists_something(answer) else self.answer({"error": "no account has changed"})


@fault(kills={"POL-13": "json"}, blinds=True)
class EmptyWindowsAreAPage(BusinessSystem):
    """Answers 200 with a page for people where nothing has changed."""

    async def poll(self, request: Request) -> Response:
        answer = await super().poll(request)
        return (
            answer if _lists_something(answer) else Response("<p>No account has changed.</p>", media_type="text/html")
        )
