"""What the reference business system works with: windows, pages, refusals and quotas."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.records import Record


QUOTA = 2
"""How many records may be created in an hour by somebody whose writes are counted."""

_HOUR = 3_600_000


class Refused(Exception):
    """A request that is refused."""

    def __init__(self, status: HTTPStatus, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


class Quota:
    """How often somebody has written in the last hour."""

    def __init__(self) -> None:
        self._taken: list[int] = []

    def take(self, now: int) -> None:
        """Count one more write. Raises Refused where there were as many as there may be.

        Args:
            now: in milliseconds.
        """
        self._taken = [moment for moment in self._taken if now - _HOUR < moment <= now]
        if len(self._taken) >= QUOTA:
            wait = {"Retry-After": str((self._taken[0] + _HOUR - now) // 1000 + 1)}
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "there were too many writes in this hour", wait)
        self._taken.append(now)


def basic(caller: tuple[str, str]) -> str:
    """A user and a password as basic authentication sends them."""
    return base64.b64encode(":".join(caller).encode()).decode()


@dataclass(slots=True)
class Window:
    """What a poll asks for.

    Attributes:
        since: the mark, in milliseconds since 1970; None for the beginning.
        until: the end, which belongs to the next window; None for no end.
        size: how many records a page has at most.
        token: where the page before ended; empty for the first page.
    """

    since: int | None
    until: int | None
    size: int
    token: str


@dataclass(slots=True)
class Page:
    """One page of changes, and the token of the next one."""

    records: list[Record]
    token: str | None = field(default=None)


def encoded(parts: list[int]) -> str:
    """Numbers as an opaque token."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def decoded(token: str) -> list[object]:
    """The numbers of a token."""
    try:
        found = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        raise Refused(HTTPStatus.BAD_REQUEST, "the token of the page is unknown") from None
    if not isinstance(found, list):
        raise Refused(HTTPStatus.BAD_REQUEST, "the token of the page is unknown")
    return found
