"""What the refusal of a token endpoint has to look like (RFC 6749, section 5.2).

A rule returns None where the answer is as claimed, else a sentence that says what is wrong with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw
from conformance.rules.token_answer import members, token_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.http.exchange import Response

_ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
_BASIC = re.compile(r"(?:^|,)\s*basic(?=[\s,]|$)", re.IGNORECASE)


def is_not_refused(response: Response, errors: Sequence[str] = (), statuses: Sequence[int] = ()) -> str | None:
    """None if the answer is a refusal: a 4xx without a token.

    Args:
        response: the answer to the forbidden request.
        errors: the allowed values of `error`, where a source names them.
        statuses: the allowed status codes, where a source names them.
    """
    if token_in(response) is not None:
        return Flaw("token", f"the answer has status {response.status} and hands out a token")
    if response.status >= 500:
        told = f"the answer has status {response.status}: the server failed on the request and did not refuse it"
        return Flaw("server-error", told)
    if not 400 <= response.status < 500:
        return Flaw("no-refusal", f"the answer has status {response.status}, which is no refusal")
    if errors and (found := error_of(response)) not in errors:
        code = f"the error {found}" if found else "no error code"
        return Flaw("error-code", f"the refusal has status {response.status} and {code}")
    if statuses and response.status not in statuses:
        return Flaw("status", f"the refusal has status {response.status}")
    return None


LONGEST_ERROR = 60
"""How many characters of an error code are shown."""


def error_of(response: Response) -> str:
    """The error code of a refusal; empty where there is none that can be shown."""
    error = members(response).get("error")
    if not isinstance(error, str) or not error.isprintable():
        return ""
    return error if len(error) <= LONGEST_ERROR else VAULT.shown(error, LONGEST_ERROR)


def has_no_basic_challenge(response: Response) -> str | None:
    """None if the answer is 401 with a challenge of the Basic scheme."""
    if response.status != 401:
        return f"the refusal has status {response.status}"
    lines = response.headers_named("www-authenticate")
    if not any(_BASIC.search(line) for line in lines):
        return f"the refusal has {'another challenge than Basic' if lines else 'no WWW-Authenticate header'}"
    return None


def is_no_error_answer(response: Response) -> str | None:
    """None if the refusal is JSON with an `error`, and its texts have the allowed characters alone."""
    if response.media_type != "application/json" and not response.media_type.endswith("+json"):
        return Flaw("media-type", f"the refusal is declared as {response.media_type or 'nothing'}, not as JSON")
    texts = {name: value for name, value in members(response).items() if name in ("error", "error_description")}
    flaws = [flaw for name, value in ({"error": None} | texts).items() if (flaw := _is_no_error_text(name, value))]
    return Flaw(flaws[0].kind, "; ".join(flaws)) if flaws else None


def _is_no_error_text(name: str, value: object) -> Flaw | None:
    if value is None and name != "error":
        return None
    if not isinstance(value, str) or not value:
        return Flaw("no-text", f"the refusal has no {name} that is text")
    if not _ERROR_TEXT.fullmatch(value):
        return Flaw("characters", f"{name} has characters outside of printable ASCII, or a quote or a backslash")
    return None


def shape_of(response: Response) -> tuple[int, str, tuple[str, ...], bool]:
    """What tells two refusals apart: status, error code, the names of the members, whether there is a challenge."""
    names = tuple(sorted(members(response)))
    return response.status, error_of(response), names, response.header("www-authenticate") is not None


def differs(first: Response, second: Response) -> str | None:
    """None if two refusals have the same status, the same code and the same shape."""
    names = ("status", "error code", "members", "challenge")
    pairs = zip(names, shape_of(first), shape_of(second), strict=True)
    found = [f"{name} {one} and {other}" for name, one, other in pairs if one != other]
    return f"the two refusals differ: {'; '.join(found)}" if found else None


def lets_foreign_pages_read(response: Response, origin: str) -> str | None:
    """None unless the answer lets the pages of a foreign origin read it with the user's credentials."""
    allowed = response.header("access-control-allow-origin")
    with_credentials = (response.header("access-control-allow-credentials") or "").lower() == "true"
    if allowed == origin and with_credentials:
        return f"the answer lets pages of {origin} read it with credentials"
    return None
