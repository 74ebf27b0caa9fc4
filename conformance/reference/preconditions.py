"""What a request is meant for (RFC 9110, section 13.1): a version of a file, or that there is none."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from conformance.reference.stored_files import StoredFile


def is_meant_for_another(headers: Headers, found: StoredFile | None) -> bool:
    """Whether If-Match or If-Unmodified-Since names another version than the one that is there."""
    if (tags := headers.get("if-match")) is not None:
        return found is None or not names(tags, found.etag, weakly=False)
    since = _date(headers.get("if-unmodified-since"))
    return since is not None and found is not None and int(found.stored) > since


def names(condition: str, etag: str, *, weakly: bool = True) -> bool:
    """Whether a list of entity tags, or `*`, names this one; a weak tag counts only where that is enough."""
    tags = [tag.strip() for tag in condition.split(",")]
    return tags == ["*"] or etag in [tag.removeprefix("W/") if weakly else tag for tag in tags]


def _date(text: str | None) -> float | None:
    """Seconds since 1970; None for what is no date, which is ignored."""
    try:
        return parsedate_to_datetime(text).timestamp() if text is not None else None
    except ValueError:
        return None
