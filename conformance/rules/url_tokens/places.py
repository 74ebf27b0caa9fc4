"""The places of a URL that can hold a credential (RFC 3986), and the URLs inside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from conformance.rules.url_tokens.decoding import DEPTH, SHORTEST_BASE64, base64_text, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 20_000
"""How many pieces of one URL are looked at; the rest is left out."""


class Piece(NamedTuple):
    """A part of a URL with a meaning of its own.

    Attributes:
        place: path, matrix, query, fragment or userinfo.
        name: the name as written; empty for a path segment and for a user name.
        value: decoded, up to three layers.
        raw: as written.
        outer: the names of the parameters around it, from the outside.
        url: the URL it is directly in.
    """

    place: str
    name: bytes
    value: bytes
    raw: bytes
    outer: tuple[bytes, ...]
    url: Parts


class Parts(NamedTuple):
    """A URL, split and not yet decoded."""

    scheme: bytes
    userinfo: bytes
    host: bytes
    path: bytes
    query: bytes
    fragment: bytes


_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]{0,20}:)?//([^/?#\\]*)")
_PAIRS = _FIRST_SEPARATOR = re.compile(rb"[&;]")
_JSON_PAIR = re.compile(
    rb"""(?:["']|(?<![\w.-]))([A-Za-z_][\w.\[\]-]{0,80})["']?\s*[:=]\s*(?:"([^"]*)"?|'([^']*)'?|([^\s"'{}\[\],&;]+))"""
)
_GRAPHQL = re.compile(rb"""[({,\s]\s*[A-Za-z_]\w*\s*:\s*["']""")
_JOINED = re.compile(rb"[^?#=]*?[&;][\w.%\[\]-]{1,80}=")
_PLAIN = re.compile(rb"[\w.,+%-]*")
_QUERY = re.compile(rb"\s*[&?]?[\w.%\[\]-]{1,80}=")
_NESTED = re.compile(
    rb"""^\s*(?:[A-Za-z][A-Za-z0-9+.-]{0,20}:)?//|://|^/?[^\s=]*[?#].*=|^[&?]?[\w.\[\]-]{1,80}=[^=]|^\s*[{\[]|["']\s*:|"""
    + _GRAPHQL.pattern
    + rb"|^"
    + _JOINED.pattern,
    re.DOTALL,
)


def split(url: bytes, host: bytes = b"") -> Parts:
    """A request target in any of its forms, or a URL, cut into its parts. Nothing is refused."""
    rest, _, fragment = url.partition(b"#")
    rest, _, query = rest.partition(b"?")
    userinfo = scheme = b""
    if match := _SCHEME.match(rest):
        scheme = match[1] or b""
        userinfo, _, host = match[2].rpartition(b"@")
        rest = rest[match.end() :]
    return Parts(scheme[:-1].lower(), userinfo, host, rest, query, fragment)


def pieces(url: Parts, place: str = "", outer: tuple[bytes, ...] = (), depth: int = DEPTH) -> Iterator[Piece]:
    """Every piece of a URL, and of the URLs, JSON and Base64 inside it.

    Args:
        place: the place of the outermost URL that this one is in; empty for the outermost itself.
        outer: the names of the parameters around this URL.
        depth: how many layers may still be opened.
    """
    if url.userinfo:
        user, colon, password = url.userinfo.partition(b":")
        yield Piece(place or "userinfo", b"", unquoted(password if colon else user), url.userinfo, outer, url)
    for number, segment in enumerate(url.path.split(b"/")):
        words = segment.split(b";")
        if words[0]:
            yield from _opened(place or "path", b"", words[0], outer, url, depth if number else 0)
        for pair in words[0].split(b"&")[1:]:  # somebody wrote no question mark
            yield from _pair(place or "path", pair, outer, url, depth)
        for word in words[1:]:
            yield from _pair(place or "matrix", word, outer, url, depth)
    for part, text in (("query", url.query), ("fragment", url.fragment)):
        if text:
            yield from _pairs(place or part, text, outer, url, depth)


def _pairs(place: str, text: bytes, outer: tuple[bytes, ...], url: Parts, depth: int) -> Iterator[Piece]:
    if place == "fragment" and b"?" in text.partition(b"=")[0]:
        path, _, text = text.partition(b"?")
        yield from _opened(place, b"", path, outer, url, 0)
    for pair in _PAIRS.split(text):
        if pair:
            yield from _pair(place, pair, outer, url, depth)


def _pair(place: str, pair: bytes, outer: tuple[bytes, ...], url: Parts, depth: int) -> Iterator[Piece]:
    name, equals, value = pair.partition(b"=")
    if not equals and b"%" in name:  # the equals sign may be encoded
        name, equals, value = unquoted(pair).partition(b"=")
    if (
        b"%" in name and (cut := max(map(unquoted(name).rfind, (b"&", b";", b"?")))) >= 0
    ):  # so may what parts it from text
        name = unquoted(name)[cut + 1 :]
    if equals:
        yield from _opened(place, name, value, outer, url, depth)
    else:
        yield from _opened(place, b"", pair, outer, url, depth)


def _opened(place: str, name: bytes, raw: bytes, outer: tuple[bytes, ...], url: Parts, depth: int) -> Iterator[Piece]:
    """A piece, and whatever is inside its value."""
    value = unquoted(raw) if b"%" in raw else raw
    yield Piece(place, name, value, raw, outer, url)
    if depth > 0 and len(value) >= 8 and (len(value) >= SHORTEST_BASE64 or not value.isalnum()):
        yield from _inside(place, value, (*outer, name) if name else outer, depth - 1)


def _inside(place: str, value: bytes, outer: tuple[bytes, ...], depth: int) -> Iterator[Piece]:
    if (text := base64_text(value)) is not None:
        url = split(text)
        yield from _opened(place, b"", text, outer, url, depth)
    elif not _PLAIN.fullmatch(value) and _NESTED.search(value):
        if value.lstrip()[:1] in {b"{", b"["} or b'":' in value or _GRAPHQL.search(value):
            url = split(b"")
            for match in _JSON_PAIR.finditer(value):
                inner = next((group for group in match.groups()[1:] if group is not None), b"")
                yield from _opened(place, match[1], inner, outer, url, depth)
        elif _QUERY.match(value):
            yield from pieces(Parts(b"", b"", b"", b"", value.lstrip(b"&? "), b""), place, outer, depth)
        elif _JOINED.match(value):  # text, and behind it parameters whose first separator was encoded
            head, rest = _FIRST_SEPARATOR.split(value, 1)
            yield from pieces(split(head.strip())._replace(query=rest), place, outer, depth)
        else:
            yield from pieces(split(value.strip()), place, outer, depth)
