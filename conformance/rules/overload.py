"""Judgements of an overloaded system: does it say when to come again?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from conformance.rules.flaw import Flaw, FlawOfKind


def names_no_time(retry_after: str | None) -> Flaw | None:
    """The flaw that Retry-After is missing, or neither a number of seconds nor a date (RFC 9110, section 10.2.3)."""
    if retry_after is None:
        return FlawOfKind("missing", "the 429 has no Retry-After")
    text = retry_after.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) or date_of(text) is not None:
        return None
    return FlawOfKind("unreadable", "the Retry-After of the 429 is neither a number of seconds nor a date")


def date_of(text: str) -> datetime | None:
    """A date in any of the forms of HTTP (RFC 9110, section 5.6.7), None for what is none. All of them are of UTC."""
    try:
        found = parsedate_to_datetime(text) if len(text) <= 64 else None
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
