"""The times in a capture: in the form of the HAR format, or in one that some writers use in its place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.http.exchange import Exchange

_BY_JAVASCRIPT = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC)([+-]\d{4})\b.*")
_FRACTION = re.compile(r"\d[.,]\d")
_LEAST_MILLISECONDS = 100_000_000_000  # in 1973; as seconds, in the year 5138


def started(value: object) -> datetime:
    """When an entry began: by ISO 8601, which the format has, or as a date of JavaScript, of HTTP, or a number.

    Raises:
        ValueError: it is no time.
        TypeError: it is no time either.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if value >= _LEAST_MILLISECONDS else value, UTC)
    if not isinstance(value, str):
        raise TypeError("no time")
    text = value.strip()
    if text.isdecimal() and len(text) < 16:
        return started(int(text))
    if found := _BY_JAVASCRIPT.fullmatch(text):
        month, day, year, time, offset = found.groups()
        text = f"{day} {month} {year} {time} {offset}"
    elif text[:1].isdecimal():
        return datetime.fromisoformat(text)
    return parsedate_to_datetime(text)


def is_of_whole_seconds(value: object) -> bool:
    """Whether a time says nothing of the parts of its second."""
    return isinstance(value, str) and not value.strip().isdecimal() and not _FRACTION.search(value)


def spread(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Exchanges in the order of their beginnings, of which the times of whole seconds are known.

    Those of one second come in the order of the file, each when the one before it was over: else none of them would
    be after another one.
    """
    placed: list[Exchange] = []
    for one in sorted(exchanges, key=lambda one: one.started.replace(microsecond=0)):
        second = one.started.replace(microsecond=0)
        end = placed[-1].started + timedelta(seconds=placed[-1].seconds) if placed else second
        placed.append(replace(one, started=max(second, min(end, second.replace(microsecond=999_999)))))
    return placed
