"""Pages of the reference business system: what a poll asks for, what it gets, and what is refused."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.records import Record


class Refused(Exception):
    """A request that is refused."""

    def __init__(self, status: HTTPStatus, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


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
