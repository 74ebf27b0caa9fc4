"""Judgements of polled changes: marks and times, order, and what was never delivered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from conformance.rules.flaw import Flaw

_COUNT = re.compile(r"-?\d{1,19}(\.\d{1,9})?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """A record as a poll or a read shows it.

    Attributes:
        id: its id.
        modified: the time of its last change as it was written; None where it has none.
        version: what is new after each change; None where it has none.
        deleted: whether it is a tombstone.
        fields: its fields by name.
        whole: the record as it came, which an update of whole records sends back.
    """

    id: str
    modified: str | None = None
    version: str | None = None
    deleted: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    whole: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> tuple[str, str | None, str | None]:
        """What a poller knows it by, so that it takes no change twice."""
        return self.id, self.modified, self.version


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time.

    Attributes:
        nanoseconds: since 1970, in UTC.
        has_offset: whether its text says how far from UTC it was written.
        fraction_digits: how many digits of a second its text has.
    """

    nanoseconds: int
    has_offset: bool = True
    fraction_digits: int = 0


def is_a_number(text: str) -> bool:
    """Whether a time is a count, such as the seconds since 1970: it has no zone, so nobody can mistake its zone."""
    return _COUNT.fullmatch(text) is not None


def moment(text: str) -> Moment | None:
    """The point in time that a text names: of RFC 3339 or ISO 8601, of HTTP, or a count since 1970; None if none."""
    if is_a_number(text):
        return Moment(int(Decimal(text) * 1_000_000_000))
    if _HTTP_DATE.fullmatch(text):
        return _of_http(text)
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    day, clock, fraction, offset = found.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{(offset or 'Z').upper()}")
        seconds = (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None
    digits = fraction or ""
    return Moment(seconds * 1_000_000_000 + int(digits.ljust(9, "0")), offset is not None, len(digits))


def counts_whole_seconds(text: str) -> bool:
    """Whether a time has no parts of a second: a date-time without a fraction, or a count of seconds since 1970."""
    point = moment(text)
    if point is None:
        return False
    return len(text) <= 10 and text.isdecimal() if is_a_number(text) else point.fraction_digits == 0


def _of_http(text: str) -> Moment | None:
    try:
        return Moment(round(parsedate_to_datetime(text).timestamp()) * 1_000_000_000)
    except (ValueError, OverflowError):
        return None


def in_zone(text: str, hours: int) -> str | None:
    """The same instant as a zone so many hours ahead of UTC writes it, with all its digits; None for no date-time."""
    found, point = _DATE_TIME.fullmatch(text), moment(text)
    if found is None or point is None:
        return None
    zone = timezone(timedelta(hours=hours))
    whole = datetime.fromtimestamp(point.nanoseconds // 1_000_000_000, zone)
    fraction = f".{found[3]}" if found[3] else ""
    return f"{whole:%Y-%m-%dT%H:%M:%S}{fraction}{hours:+03d}:00"


def moved(text: str, *, seconds: int) -> str | None:
    """A time so many seconds later in its own format: a date-time, a date of HTTP, or a count since 1970.

    Returns:
        The later time; None where the text is no time.
    """
    if text.isascii() and text.isdecimal():
        unit = 10 ** max(0, (len(text) - 10) // 3 * 3)
        return str(int(text) + seconds * unit)
    found, point = _DATE_TIME.fullmatch(text), moment(text)
    if point is not None and _HTTP_DATE.fullmatch(text):
        return formatdate(point.nanoseconds // 1_000_000_000 + seconds, usegmt=True)
    if found is None or point is None:
        return None
    later = datetime.fromisoformat(f"{found[1]}T{found[2]}") + timedelta(seconds=seconds)
    return f"{later:%Y-%m-%d}{text[10]}{later:%H:%M:%S}{text[found.end(2) :]}"


def latest(items: Iterable[Item]) -> str | None:
    """The latest time of records, as it was written: the mark of the next poll. None where no record has a time."""
    timed = [(point.nanoseconds, item.modified) for item in items if item.modified and (point := moment(item.modified))]
    return max(timed)[1] if timed else None


def has_no_offset(item: Item) -> Flaw | None:
    """None if the time of a record says how far it is from UTC."""
    point = moment(item.modified or "")
    if point is None:
        return f"the time {item.modified or 'of the record'} is not a date-time that a poller can compare"
    return (
        None if point.has_offset else f"the time {item.modified} has no offset, so it means another instant elsewhere"
    )


def order_differs(first: Sequence[Item], second: Sequence[Item]) -> Flaw | None:
    """None if the same poll lists the same records in the same order."""
    known = {item.state for item in first} & {item.state for item in second}
    orders = [[item.state for item in items if item.state in known] for items in (first, second)]
    for place, (one, other) in enumerate(zip(*orders, strict=False), 1):
        if one != other:
            return f"the same poll has another record at place {place} of {len(orders[0])}"
    return None


def repeats(items: Sequence[Item]) -> Flaw | None:
    """None if one poll lists no record in the same state twice."""
    seen: set[object] = set()
    for item in items:
        if item.state in seen:
            return "one poll lists the same state of a record twice"
        seen.add(item.state)
    return None


def missing_ids(items: Iterable[Item], wanted: Iterable[str]) -> list[str]:
    """The ids that a poll does not list, in the order in which they were wanted."""
    listed = {item.id for item in items}
    return [identifier for identifier in wanted if identifier not in listed]


def as_old_as(old: Sequence[Item], items: Iterable[Item], *, beside: Iterable[Item]) -> list[Item]:
    """The records that are old, or changed no later than the last old one, and are not among those beside them."""
    known, olds = {item.id for item in beside}, {item.id for item in old}
    then = moment(old[-1].modified or "")
    return [item for item in items if item.id not in known and (item.id in olds or _is_by(then, item))]


def _is_by(then: Moment | None, item: Item) -> bool:
    point = moment(item.modified or "")
    return then is not None and point is not None and point.nanoseconds <= then.nanoseconds
