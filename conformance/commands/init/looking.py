"""Looks at an address: safe requests without credentials, a few of them, each of which is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from conformance.config.field_types import web_address
from conformance.config.limits import Limits
from conformance.config.target import Target
from conformance.documents import UsageProblem
from conformance.http.client import Client
from conformance.http.exchange import Request
from conformance.http.preflight import why_unreachable
from conformance.redaction import VAULT
from conformance.rules.outcome import Throttled

if TYPE_CHECKING:
    from conformance.http.exchange import Response

MOST = 20
"""How many requests are sent at most."""

_SILENT = 3
"""So many requests in a row without an answer, and nothing more is asked."""

_SAME_PAGE = 3
"""So many redirects in a row to one page, such as that of a login, and nothing more is asked."""

_BODY_BYTES = 8_000_000
_HOPS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Seen:
    """An answer.

    Attributes:
        url: the address that gave it, behind a redirect.
        response: what came; None where nothing did, or the requests were used up.
    """

    url: str
    response: Response | None

    @property
    def status(self) -> int:
        """The status; 0 where nothing came."""
        return 0 if self.response is None else self.response.status

    @property
    def is_good(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        """A header; empty where there is none."""
        return (self.response.header(name) if self.response is not None else None) or ""

    @cached_property
    def text(self) -> str:
        """The body of a good answer as text; empty where it is none."""
        body = self.response.body if self.is_good and self.response is not None else b""
        return bytes(body).decode("utf-8-sig", "replace")

    @cached_property
    def json(self) -> Any:
        """The body of a good answer as JSON; None where it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


def address(text: str) -> str:
    """What was typed as an address, with https where nothing else is said, without its query and its fragment.

    Raises:
        UsageProblem: it is not one. What was typed is not repeated: it may hold a password or a token.
    """
    url = (text if "://" in text else f"https://{text}").partition("#")[0].partition("?")[0]
    try:
        return web_address(url).rstrip("/")
    except ValueError as wrong:
        raise UsageProblem([f"URL: {wrong}"]) from None


class Look:
    """A look at one address.

    Args:
        url: where to begin.
        say: tells each request, and what came.

    Attributes:
        page: the page to which the address leads like others, such as that of a login; empty where none shows.

    Raises:
        UsageProblem: it is not an address, or nothing answers there.
    """

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self.url = address(url)
        parts = urlsplit(self.url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        if reason := why_unreachable(self.origin):
            raise UsageProblem([f"{self.origin} can't be reached ({reason}); check the address and the network"])
        limits = Limits(body_bytes=_BODY_BYTES, total_seconds=20)
        self._client = Client(Target(name="init", limits=limits))
        self._say = say
        self._known: dict[tuple[object, ...], Seen] = {}
        self._unanswered = 0
        self._led: list[str] = []
        self._own_page = ""
        self.page = ""
        self.sent = 0

    def get(self, where: str = "", accept: str = "*/*") -> Seen:
        """GET an address of the same origin, given whole, from the root, or as the end of the one that was given."""
        return self._ask("GET", self._address(where), (("Accept", accept),))

    def options(self) -> Seen:
        """OPTIONS on the address that was given."""
        return self._ask("OPTIONS", self.url, ())

    def _address(self, where: str) -> str:
        if "://" in where:
            return where
        return self.origin + where if where.startswith("/") else f"{self.url}/{where}" if where else self.url

    def _ask(self, method: str, url: str, headers: tuple[tuple[str, str], ...]) -> Seen:
        if (method, url, headers) in self._known:
            return self._known[method, url, headers]
        seen = self._sent(method, url, headers)
        to = urljoin(url, seen.header("location"))
        if seen.status in _HOPS and to != url:
            self._leads_to(to, is_own=url == self.url)
            if to.startswith(f"{self.origin}/") and not self.page:
                seen = self._sent(method, to, headers)
        elif seen.status:
            self._led.clear()
        self._known[method, url, headers] = seen
        return seen

    def _leads_to(self, address: str, *, is_own: bool) -> None:
        page = address.partition("#")[0].partition("?")[0]
        self._own_page = page if is_own else self._own_page
        self._led = [*(one for one in self._led if one == page), page]
        if len(self._led) == _SAME_PAGE and page == self._own_page:
            self.page = VAULT.shown(page, 200)
            self._say(f"{_SAME_PAGE} addresses in a row lead to {self.page}, so nothing more is asked")

    def _sent(self, method: str, url: str, headers: tuple[tuple[str, str], ...]) -> Seen:
        if self.sent >= MOST or self._unanswered >= _SILENT or self.page:
            return Seen(url, None)
        self.sent += 1
        try:
            exchange = self._client.send(Request(method, url, headers), retry=False)
            seen, problem = Seen(url, exchange.response), exchange.problem
        except Throttled as overloaded:
            seen, problem = Seen(url, None), str(overloaded)
        is_whole = seen.response is not None and seen.response.complete
        self._unanswered = 0 if is_whole else self._unanswered + 1
        kind = seen.header("content-type").partition(";")[0]
        self._say(VAULT.shown(f"{method} {url}  {seen.status or problem} {kind}".rstrip()))
        if self._unanswered == _SILENT:
            self._say(f"{_SILENT} requests in a row had no whole answer, so nothing more is asked")
        return seen
