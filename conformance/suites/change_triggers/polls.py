"""Polls of a business system: a page at a time, by whatever leads from one page to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from conformance.documents.json_path import first_at, members_at
from conformance.http.exchange import Headers, Request
from conformance.rules.change_feed import Item, latest
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.answers import Page, Reply
from conformance.suites.change_triggers.requests import filled
from conformance.suites.change_triggers.system import text_of
from conformance.suites.change_triggers.writes import Writes

MOST_PAGES = 300
"""How many pages one poll may have."""

_STANDSTILL = 3
"""So many pages in a row that are alike lead nowhere; two are alike where a record was inserted before them."""

_NOT_IN_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f]")
_LINK = re.compile(r"<([^<>]*)>((?:\s*;[^,<]*)*)")
_RELATION = re.compile(r"""rel\s*=\s*"?([^";]+)""", re.IGNORECASE)


class Polls(Writes):
    """A business system that can be asked for its changes."""

    def check(self, credentials: Headers | None = None) -> Reply:
        """Test the connection, or poll where there is no other test.

        Args:
            credentials: whose; those of the connection if left out.
        """
        if self.role.check is not None:
            return self.call(self.role.check, credentials=credentials)
        return self.call(self.polling, self._window(None, None, 1), credentials)

    def ask(
        self,
        since: str | None,
        *,
        until: str | None = None,
        size: int | None = None,
        credentials: Headers | None = None,
    ) -> Reply:
        """Ask for the first page of what has changed since a mark."""
        return self.call(self.polling, self._window(since, until, size), credentials)

    def pages(self, since: str | None, *, until: str | None = None, size: int | None = None) -> Iterator[Page]:
        """The pages of one poll, each asked for when it is wanted.

        Raises:
            Inconclusive: a page is not a success or no JSON, there are too many pages, or they do not advance.
        """
        window = self._window(since, until, size)
        request = self._first_request(window)
        skipped = alike = 0
        latest_items: tuple[Item, ...] = ()
        for number in range(1, MOST_PAGES + 1):
            reply = self.send(request)
            if not reply.succeeded:
                raise Inconclusive(f"page {number} of a poll is answered {reply.status}")
            if flaw := reply.unreadable(f"page {number} of a poll"):
                raise Inconclusive(flaw)
            page = self._page(reply)
            yield page
            alike = alike + 1 if page.items and page.items == latest_items else 1
            if alike == _STANDSTILL:
                raise Inconclusive(
                    f"pages {number - _STANDSTILL + 1} to {number} of a poll are alike, so none leads to the next one",
                    "business_system.poll.paging, as the system's documentation has it",
                )
            latest_items = page.items
            skipped += len(page.items)
            following = self._following(request, reply, page, window, number, skipped)
            if following is None:
                return
            request = following
        raise Inconclusive(f"one poll has more than {MOST_PAGES} pages")

    def polled(self, since: str | None, *, until: str | None = None, size: int | None = None) -> list[Item]:
        """All that one poll lists, page by page."""
        return [item for page in self.pages(since, until=until, size=size) for item in page.items]

    def ids_of(self, label: str) -> list[str]:
        """The ids of the records with a label.

        Raises:
            NotTested: no poll is declared.
            Inconclusive: the polls of the system do not tell.
        """
        found = [item for item in self.polled(None) if not item.deleted]
        if any(self.label not in item.fields for item in found):
            raise Inconclusive(f"polls do not show the {self.label} of each record")
        return list(dict.fromkeys(item.id for item in found if item.fields[self.label] == label))

    def mark(self) -> str:
        """A mark before which nothing is of interest: the time of a new record, or what the feed says at its end.

        Raises:
            Inconclusive: neither is there.
        """
        if not self.polling.has_marks:
            found = self.item(self.created()).modified
            if found is None:
                raise Inconclusive(
                    f"the record has no time at {self.time_path}", "business_system.modified: $.modified"
                )
            return found
        mark = self.polling.start
        for page in self.pages(mark):
            mark = page.mark or mark
        if mark is None:
            where = self.polling.mark or self.polling.mark_header
            raise Inconclusive(f"the feed has no mark at {where}", "business_system.poll: {mark: …}")
        return mark

    def own(self, items: list[Item]) -> list[Item]:
        """Those of some records that this suite wrote: others may write at the same time."""
        return [item for item in items if self.ledger.knows(item.id)]

    @property
    def can_size(self) -> bool:
        """Whether a poll says how large a page may be."""
        return self.polling.has("size")

    def _window(self, since: str | None, until: str | None, size: int | None) -> dict[str, str | None]:
        wanted = size or self.polling.largest_page
        return {"since": since if since is not None else self.polling.start, "until": until, "size": str(wanted)}

    def _page(self, reply: Reply) -> Page:
        content = reply.content
        items = tuple(self.item_of(data) for data in members_at(self.polling.items, content))
        header = self.polling.mark_header
        mark = reply.response.header(header) if header is not None else text_of(first_at(self.polling.mark, content))
        return Page(items, reply.exchange, mark)

    def _following(
        self, request: Request, reply: Reply, page: Page, window: dict[str, str | None], number: int, skipped: int
    ) -> Request | None:
        paging = self.polling.paging
        if paging.next_url or paging.next_url_header or paging.link_header:
            found = self._address_behind(reply)
            return self._at(found, request) if found else None
        if paging.token is not None:
            place = text_of(first_at(paging.token, reply.content))
        elif paging.token_header is not None:
            place = reply.response.header(paging.token_header)
        elif not page.items or self._is_all(reply, skipped):
            return None
        elif paging.offset_parameter is not None:
            place = str((paging.first or 0) + skipped)
        elif paging.page_parameter is not None:
            place = str((1 if paging.first is None else paging.first) + number)
        elif paging.by_mark and (mark := self._mark_behind(page)) and mark != window["since"]:
            window["since"] = mark
            return self._page_request(window, None)
        else:
            return None
        return self._page_request(window, place) if place else None

    def _is_all(self, reply: Reply, skipped: int) -> bool:
        """Whether by the count of an answer nothing is left, so that a poller who trusts it stops."""
        total = first_at(self.polling.paging.total, reply.content)
        return isinstance(total, int) and skipped >= total

    def _address_behind(self, reply: Reply) -> str | None:
        paging = self.polling.paging
        if paging.next_url is not None:
            return text_of(first_at(paging.next_url, reply.content))
        return reply.response.header(paging.next_url_header) if paging.next_url_header else _next_link(reply)

    def _first_request(self, window: dict[str, str | None]) -> Request:
        first = self.polling.paging.first
        return self._page_request(window, None if first is None else str(first))

    def _page_request(self, window: dict[str, str | None], place: str | None) -> Request:
        """The request for a page: its place stands where the template has {page}, or in a parameter of the query."""
        paging = self.polling.paging
        name = paging.offset_parameter or paging.page_parameter or paging.token_parameter
        query = {name: place} if place is not None and not self.polling.has("page") else {}
        places = {**window, "page": place}
        return filled(self.polling, self.role.base_url, places, headers=self.credentials, query=query)

    def _mark_behind(self, page: Page) -> str | None:
        return page.mark if self.polling.has_marks and page.items else latest(page.items)

    def _at(self, address: str, request: Request) -> Request:
        """The same request at another address, with all its headers."""
        url = urljoin(request.url, address)
        if urlsplit(url)[:2] != urlsplit(self.role.base_url)[:2]:
            raise Inconclusive("the next page is on another host, and credentials do not go there")
        if strange := _NOT_IN_AN_ADDRESS.search(url):
            raise Inconclusive(f"the address of the next page has {strange[0]!r} in it, which no URI has (RFC 3986)")
        return replace(request, url=url)


def _next_link(reply: Reply) -> str | None:
    """The address of a Link header with the relation next (RFC 8288)."""
    for header in reply.response.headers_named("link"):
        for address, parameters in _LINK.findall(header):
            relations = _RELATION.search(parameters)
            if relations is not None and "next" in relations[1].lower().split():
                return str(address)
    return None
