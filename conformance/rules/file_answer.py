"""Judgements of what a file service answers (RFC 9110)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jsonpointer import resolve_pointer

from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw

if TYPE_CHECKING:
    from conformance.http.exchange import Response
    from conformance.http.streamed_body import Received

UNKNOWN = "application/octet-stream"
"""The media type of what says none."""

_READABLE = re.compile(r"text/.*|application/(?:[a-z0-9.-]+\+)?(?:json|xml)|application/xhtml\+xml")
_CHARSET = re.compile(r"""charset\s*=\s*"?([^";\s]+)""", re.IGNORECASE)
_PAGES = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)


def is_not_successful(response: Response) -> Flaw | None:
    """None if the answer says that something was done."""
    return None if 200 <= response.status < 300 else f"the answer has status {response.status}"


def is_not_a_file(response: Response) -> Flaw | None:
    """None if the answer brings a file."""
    return None if response.status in (200, 206) else f"GET is answered {response.status}"


def is_not_of_type(response: Response, media_type: str) -> Flaw | None:
    """None if the download has the media type of the file. Without one it may be any (RFC 9110, section 8.3)."""
    found = response.media_type
    return None if (found or UNKNOWN) == media_type else f"the download is called {found or 'nothing'}"


def is_not_of_charset(response: Response, charset: str) -> Flaw | None:
    """None if the text is declared in this charset (RFC 9110, section 8.3.2)."""
    found = _CHARSET.search(response.header("content-type") or "")
    if found is None:
        return "the download names no charset"
    return None if found[1].lower() == charset.lower() else f"the download is said to be in {VAULT.shown(found[1], 40)}"


def may_be_run(response: Response) -> Flaw | None:
    """None if no browser runs the file as a page, or it was uploaded as one."""
    if (response.header("x-content-type-options") or "").strip().lower() == "nosniff":
        return None
    if (response.header("content-disposition") or "").strip().lower().startswith("attachment"):
        return None
    kind = response.media_type
    if kind in _PAGES:
        return f"the download is called {kind}"
    return None if kind else "the download has no Content-Type, so a browser guesses what it is"


def has_a_wrong_length(response: Response, problem: str, size: int, received: int) -> Flaw | None:
    """None if the length of a download is right: by its own account, and by the bytes that came.

    Args:
        response: the answer to the GET.
        problem: why it is not whole; empty where it is.
        size: the bytes that the file has.
        received: the bytes that came.
    """
    if (flaw := is_not_a_file(response)) is not None:
        return flaw
    announced = response.header("content-length")
    encoded = (response.header("content-encoding") or "identity").lower() != "identity"
    if announced is not None and not encoded and announced != str(size):
        return f"Content-Length is {announced} for a file of {size} bytes"
    if problem:
        return problem
    return None if received == size else f"{received} bytes came for a file of {size}"


def is_not_an_honest_error(response: Response) -> Flaw | None:
    """None if nobody can take an answer about a missing file for a file."""
    if not 400 <= response.status < 500:
        return f"the answer has status {response.status}"
    kind = response.media_type
    if response.body and _READABLE.fullmatch(kind) is None:
        return f"the error has a body that is called {kind or 'nothing'}"
    return None


def says_nothing(response: Response) -> Flaw | None:
    """None if a refusal says in a readable text what is wrong."""
    if not response.body.strip():
        return "the refusal has no body"
    kind = response.media_type
    return None if _READABLE.fullmatch(kind) else f"the refusal has a body that is called {kind or 'nothing'}"


def differ(head: Response, get: Response, size: int) -> Flaw | None:
    """None if HEAD and GET are answered alike: status, and media type, length and entity tag where both name them.

    Args:
        head: the answer to HEAD.
        get: the answer to GET.
        size: the bytes that GET brought, with their content encoding undone.
    """
    if head.status != get.status:
        return f"HEAD is answered {head.status}, GET {get.status}"
    for name in ("content-type", "content-length", "etag"):
        one, other = head.header(name), get.header(name)
        if one is not None and other is not None and one.strip() != other.strip():
            return f"HEAD names another {name} than GET"
    said = head.header("content-length")
    encoded = any(answer.header("content-encoding") for answer in (head, get))
    return f"HEAD says {said} bytes, and GET brings {size}" if said not in (None, str(size)) and not encoded else None


def is_a_mixture(received: Received, heads: Sequence[bytes]) -> str:
    """What a download is that is none of the versions.

    Args:
        received: what came.
        heads: the first bytes of each version.
    """
    begins = [number for number, head in enumerate(heads) if head and received.head[:64] == head[:64]]
    start = f", which begin as version {begins[0] + 1} does" if begins else ""
    return f"a download during an upload brought {received.size} bytes that are not a version of the file{start}"


def is_not_the_part(response: Response, came: bytes, wanted: bytes, start: int, size: int) -> Flaw | None:
    """None if the answer to a request for a range is that range (RFC 9110, section 15.3.7).

    Args:
        response: the answer.
        came: the bytes of its body.
        wanted: the bytes of the range.
        start: the first of them, counted from 0.
        size: the bytes that the whole file has.
    """
    if response.status != 206:
        return f"the answer has status {response.status}"
    found = _RANGE.fullmatch((response.header("content-range") or "").strip())
    if found is None:
        return "206 without a Content-Range that can be read"
    said = (int(found[1]), int(found[2]) + 1)
    if said != (start, start + len(wanted)):
        return f"Content-Range says {said[0]} to {said[1] - 1}"
    if found[3] not in (str(size), "*"):
        return f"Content-Range says that the file has {found[3]} bytes"
    return None if came == wanted else f"other bytes came: {len(came)} in all"


def id_in(response: Response | None, pointer: str) -> str | None:
    """The text or number at a JSON Pointer (RFC 6901) in a good answer; None where there is none."""
    if response is None or not 200 <= response.status < 300:
        return None
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    found = resolve_pointer(found, pointer, None)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        return None
    return str(found)
