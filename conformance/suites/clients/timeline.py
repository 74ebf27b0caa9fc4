"""What a client did, told in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

LONGEST = 8
"""How many lines a time line has at most."""


def told(exchanges: Sequence[Exchange], around: Exchange | None = None) -> str:
    """A time line: when each call began, what it was, and how it was answered.

    Args:
        exchanges: the calls, in the order of their beginnings.
        around: the call that decided; where there are more lines than fit, those before it are told.
    """
    if not exchanges:
        return "the client made no call"
    first = exchanges[0].started
    lines = _grouped([(one.started - first).total_seconds() for one in exchanges], [line_of(one) for one in exchanges])
    if len(lines) <= LONGEST:
        return "\n".join(lines)
    head = 2
    tail = LONGEST - head - 1
    return "\n".join([*lines[:head], f"… {len(lines) - head - tail} more …", *lines[-tail:]])


def _grouped(moments: Sequence[float], lines: Sequence[str]) -> list[str]:
    """Equal lines in a row become one, with their number."""
    found: list[str] = []
    at = 0
    while at < len(lines):
        end = at
        while end + 1 < len(lines) and lines[end + 1] == lines[at]:
            end += 1
        often = f" ({end - at + 1} times)" if end > at else ""
        found.append(f"{moments[at]:6.2f} s  {lines[at]}{often}")
        at = end + 1
    return found


def line_of(exchange: Exchange) -> str:
    """What a call was, and how it was answered."""
    parts = urlsplit(exchange.request.url)
    return f"{exchange.request.method} {parts.path}{'?…' if parts.query else ''} → {exchange.status or 'no answer'}"
