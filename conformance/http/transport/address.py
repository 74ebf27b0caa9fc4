"""Addresses, taken apart without being changed, and where a redirect leads."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote, urljoin

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.http.exchange import Exchange, Request

_ADDRESS = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^\[\]@:/?#\\\x00-\x20\x7f]+)(?::([0-9]{1,5}))?([/?][^#]*)?(?:#.*)?", re.IGNORECASE
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding", "transfer-encoding"})
_OF_THE_CLIENT = frozenset({"host", "user-agent", "accept-encoding", "cookie", "content-length"})


class Address(NamedTuple):
    """A parsed address: scheme and host in lower case, the port, and what stands in the request line."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What two addresses share if they are of the same origin (RFC 6454)."""
        return self[:3]

    @property
    def is_default_port(self) -> bool:
        """Whether the port is the scheme's own."""
        return self.port == _port(self.scheme)

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port."""
        return self.host if self.is_default_port else f"{self.host}:{self.port}"


@functools.lru_cache(maxsize=1024)
def parse_address(url: str) -> Address:
    """Take an absolute http(s) address apart; path and query stay as they are.

    Raises:
        ValueError: it is no such address, or names a user.
    """
    match = _ADDRESS.fullmatch(url)
    if match is None:
        raise ValueError("not an http(s) address with a host, and without a user name")
    scheme, host, port, target = match[1].lower(), match[2].lower(), match[3], match[4] or "/"
    host = host if host.isascii() else host.encode("idna").decode("ascii")
    number = int(port) if port else _port(scheme)
    if not 0 < number < 65536:
        raise ValueError("not a port number")
    return Address(scheme, host, number, target if target.startswith("/") else f"/{target}")


def is_below(url: str, base: str) -> bool:
    """Whether an address is of the origin of a base address, and its path is that of the base or begins with it.

    An address that leads upwards, in whatever encoding, is below nothing.
    """
    try:
        ours, theirs = parse_address(base), parse_address(url)
    except ValueError:
        return False
    folder = ours.target.partition("?")[0].rstrip("/")
    path = theirs.target.partition("?")[0]
    return ours.origin == theirs.origin and f"{path}/".startswith(f"{folder}/") and not _leads_upwards(path)


def _leads_upwards(path: str) -> bool:
    while (decoded := unquote(path)) != path:
        path = decoded
    return ".." in re.split(r"[/\\;]", path)


def redirected(exchange: Exchange, hosts: Collection[str] = ()) -> Request | None:
    """The request with which a redirect of the same origin is followed; None for anything else.

    As in browsers, 301 and 302 turn POST into GET, 303 turns everything but HEAD into GET, and 307 and 308 send the
    same again. Cookies are left to the jar. A request of exact bytes is not sent again.

    Args:
        exchange: the request that was redirected, and the answer to it.
        hosts: names of further hosts to which it may lead by the same scheme; none gets the Authorization header.
    """
    response, request = exchange.response, exchange.request
    location = response.header("location") if response and response.status in _REDIRECTS else None
    if response is None or request.exact or location is None:
        return None
    if "\\" in location:  # browsers read a backslash as a slash
        return None
    try:
        url = urljoin(request.url, quote(location, safe="%!#$&'()*+,/:;=?@[]~"))
        here, there = parse_address(request.url), parse_address(url)
    except ValueError:
        return None
    is_same = there.origin == here.origin
    if not is_same and (there.host not in hosts or there.scheme != here.scheme):
        return None
    drop = _OF_THE_CLIENT if is_same else _OF_THE_CLIENT | {"authorization"}
    method, body, content = request.method, request.body, request.content
    if (response.status == 303 and method != "HEAD") or (response.status in (301, 302) and method == "POST"):
        method, body, content, drop = "GET", b"", None, drop | _OF_THE_BODY
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in drop)
    return replace(request, method=method, url=url.partition("#")[0], headers=headers, body=body, content=content)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
