"""Judgements of an overloaded system: does it say when to come again?"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from conformance.rules.flaw import Flaw, FlawOfKind


def names_no_time(retry_after: str | None) -> Flaw | None:
    """The flaw that Retry-After is missing, or neither a number of seconds nor a date (RFC 9110, section 10.2.3)."""
    if retry_after is None:
        return FlawOfKind("missing", "the 429 has no Retry-After")
    text = retry_after.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) or _is_a_date(text):
        return None
    return FlawOfKind("unreadable", "the Retry-After of the 429 is neither a number of seconds nor a date")


def _is_a_date(text: str) -> bool:
    try:
        return len(text) <= 64 and parsedate_to_datetime(text) is not None
    except (ValueError, OverflowError):
        return False
