"""Where bearer tokens go: to the origins that they are meant for, and after a redirect to no other.

Without a list of origins only a redirect can be judged: an answer to a request with a token leads to another origin,
and the client arrives there with the same token, or without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

type Origin = tuple[bytes, bytes, int]
"""Scheme, host and port, such as `(b"https", b"acme.example.com", 443)`."""

_MOST = 64  # redirects and strays kept
_PORTS = {"http": 80, "https": 443}
_CARRIES_A_TOKEN = re.compile(rb"(?i)(?:bearer +|oauth +[^\s,=]+=*\s*\Z)")
"""Salesforce takes a token with the scheme OAuth too, which has parameters in OAuth 1.0 and no token."""

SESSION = b"x-sfdc-session"
"""The header of Bulk API 1.0 for a token, in lower case: the token stands there without a scheme."""


def shown_by(name: bytes, value: bytes) -> bytes:
    """What a header, its name in lower case, says as an Authorization header does; empty for any other header."""
    if name == SESSION and value:
        return b"Bearer " + value
    return value if name == b"authorization" else b""


def origin_of(url: str) -> Origin:
    """The origin of an absolute http or https address.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is not an origin, such as https://acme.my.salesforce.com")
    return parts.scheme.encode(), parts.hostname.encode("idna"), parts.port or _PORTS[parts.scheme]


class BearerOrigins:
    """Follows bearer tokens from origin to origin.

    Args:
        origins: the origins that tokens are meant for; none if not known.

    Attributes:
        meant_for: the origins that tokens are meant for; without them only redirects can be judged.
        tried: how many requests could be judged.
        strays: where tokens went that were not meant for it, in the order of their first sight.
        leads: the redirects to another origin that nobody has followed yet, with the header of the request before.
    """

    def __init__(self, origins: Sequence[str] = ()) -> None:
        self.meant_for = frozenset(origin_of(url) for url in origins)
        self.tried = 0
        self.strays: dict[str, None] = {}
        self.leads: dict[tuple[Origin, bytes], bytes] = {}

    def sent(self, authorization: bytes, target: bytes, origin: Origin) -> bool:
        """Hear that an Authorization header was sent, or what says the same; whether its token went astray."""
        if not _CARRIES_A_TOKEN.match(authorization):
            return False
        scheme, host, port = origin
        led = self.leads.get((origin, target)) == authorization if self.leads else False
        if self.meant_for:
            self.tried += 1
        if not led and not (self.meant_for and origin not in self.meant_for):
            return False
        if len(self.strays) < _MOST:
            how = ", where an answer of another origin led" if led else ""
            self.strays[f"{scheme.decode()}://{host.decode('utf-8', 'replace')}:{port}{how}"] = None
        return True

    def redirected(
        self, location: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]], origin: Origin
    ) -> None:
        """Hear where an answer leads; remembered if the request had a bearer token and it leads to another origin."""
        shown = (shown_by(name.lower(), value) for name, value in headers)
        sent = next(filter(None, shown), b"")
        if not _CARRIES_A_TOKEN.match(sent):
            return
        scheme, host, port = (origin[0].decode(), origin[1].decode("latin-1"), origin[2])
        here = f"{scheme}://{host}:{port}{target.decode('latin-1')}"
        try:
            url = urljoin(here, location.decode("latin-1"))
            other = origin_of(url)
        except ValueError:
            return
        if other != origin and len(self.leads) < _MOST:
            parts = urlsplit(url)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            self.leads[other, path.encode("latin-1")] = sent

    def asked(self, target: bytes, origin: Origin) -> None:
        """Hear that an address was asked for: if a redirect led there, it has been followed."""
        if self.leads.pop((origin, target), None) is not None and not self.meant_for:
            self.tried += 1
