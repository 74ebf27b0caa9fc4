"""The fields of an account, and which values each of them takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any


def _is_text(length: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= length


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_moment(value: Any) -> bool:
    """RFC 3339 with an offset and at most three digits of a second."""
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)"
    return isinstance(value, str) and re.fullmatch(form, value, re.ASCII) is not None and moment(value) is not None


def moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


FIELDS: dict[str, Callable[[Any], bool]] = {
    "name": _is_text(80),
    "note": _is_text(32000),
    "quantity": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "paid": lambda value: isinstance(value, bool),
    "day": _is_day,
    "due": _is_moment,
    "stage": lambda value: value in ("new", "open", "won"),
}


def written(moment: datetime | None, precision: str = "microseconds") -> str:
    return moment.isoformat(timespec=precision).replace("+00:00", "Z") if moment is not None else ""
