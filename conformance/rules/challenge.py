"""The challenge of a refused request: the WWW-Authenticate header (RFC 9110, section 11.6.1; RFC 6750, section 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.http.exchange import Response

_BEARER = re.compile(r"(?:^|,)\s*bearer(?=[\s,]|$)", re.IGNORECASE)
_ERROR = re.compile(r"(?:^|[\s,])(error(?:_description|_uri)?)\s*=", re.IGNORECASE)


def has_no_bearer_challenge(response: Response) -> str | None:
    """None if one of the challenges has the Bearer scheme, in any case of letters."""
    lines = response.headers_named("www-authenticate")
    if not lines:
        return f"the refusal with status {response.status} has no WWW-Authenticate header"
    if not any(_BEARER.search(line) for line in lines):
        return f"WWW-Authenticate names no Bearer scheme: {', '.join(lines)}"
    return None


def names_an_error(response: Response) -> str | None:
    """None if no challenge has an error attribute."""
    for line in response.headers_named("www-authenticate"):
        if found := _ERROR.search(line):
            return f"the challenge names {found.group(1)} although no credentials were sent"
    return None
