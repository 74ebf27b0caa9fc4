"""The challenge of a refused request: the WWW-Authenticate header (RFC 9110, section 11.6.1; RFC 6750, section 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw

if TYPE_CHECKING:
    from conformance.http.exchange import Response

_BEARER = re.compile(r"(?:^|,)\s*bearer(?=[\s,]|$)", re.IGNORECASE)
_ERROR = re.compile(r"(?:^|[\s,])(error(?:_description|_uri)?)\s*=", re.IGNORECASE)

_NEXT = re.compile(
    r"""\s*,?\s*(?:(?P<name>[\w!#$%&'*+.^`|~-]+)\s*=\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s,"]*)"""
    r"""|(?P<scheme>[\w!#$%&'*+.^`|~-]+))"""
)


def challenges(response: Response) -> list[tuple[str, dict[str, str]]]:
    """The challenges of a refusal: the scheme and its parameters, names in lower case."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in response.headers_named("www-authenticate"):
        parameters: dict[str, str] = {}
        for part in _NEXT.finditer(line):
            if part["scheme"]:
                parameters = {}
                found.append((part["scheme"].lower(), parameters))
            else:
                parameters[part["name"].lower()] = part["value"].strip('"')
    return found


def has_no_challenge(response: Response) -> Flaw | None:
    """None if the answer has a challenge, or another status than 401 (RFC 9110, section 15.5.2)."""
    if response.status != 401 or challenges(response):
        return None
    if response.header("www-authenticate") is not None:
        return "the refusal has status 401 and a WWW-Authenticate header that names no scheme"
    return "the refusal has status 401 and no WWW-Authenticate header"


def has_no_realm(response: Response) -> Flaw | None:
    """None if each Basic challenge names its realm (RFC 7617, section 2)."""
    lacks = any(scheme == "basic" and "realm" not in named for scheme, named in challenges(response))
    return "the Basic challenge names no realm" if lacks else None


def says_no_invalid_token(response: Response) -> Flaw | None:
    """None if a Bearer challenge says that the token is invalid (RFC 6750, section 3.1)."""
    errors = [named.get("error") for scheme, named in challenges(response) if scheme == "bearer"]
    if not errors:
        return f"the answer has status {response.status} and no Bearer challenge"
    if "invalid_token" in errors:
        return None
    named = next((error for error in errors if error), None)
    return f"the challenge names the error {VAULT.shown(named, 60)}" if named else "the challenge names no error"


def has_no_bearer_challenge(response: Response) -> Flaw | None:
    """None if one of the challenges has the Bearer scheme, in any case of letters."""
    lines = response.headers_named("www-authenticate")
    if not lines:
        return f"the refusal with status {response.status} has no WWW-Authenticate header"
    if not any(_BEARER.search(line) for line in lines):
        return f"WWW-Authenticate names no Bearer scheme: {', '.join(lines)}"
    return None


def names_an_error(response: Response) -> Flaw | None:
    """None if no challenge has an error attribute."""
    for line in response.headers_named("www-authenticate"):
        if found := _ERROR.search(line):
            return f"the challenge names {found.group(1)} although no credentials were sent"
    return None
