"""What a client of a file service sends, and where its token goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.rules.bearer_origins import origin_of
from conformance.rules.clients.calls import after, path_of, query_of, redirected_to, token_of
from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

FILES = "/files/"
_TOKENS = frozenset({"access_token", "token", "oauth_token", "sid"})


def uploads(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The uploads, whatever came of them."""
    return [one for one in exchanges if FILES in path_of(one.request) and one.request.method in ("PUT", "POST")]


def downloads(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The downloads, whatever came of them."""
    return [one for one in exchanges if FILES in path_of(one.request) and one.request.method == "GET"]


def sends_other_bytes(exchanges: Sequence[Exchange], content: bytes) -> Flaw | None:
    """None if each upload is the file, byte for byte, and has a media type."""
    for one in uploads(exchanges):
        sent = one.request.body
        if sent != content:
            at = next((at for at, (a, b) in enumerate(zip(sent, content, strict=False)) if a != b), None)
            where = f"the first other byte is at {at}" if at is not None else "all up to the shorter end is the same"
            return FlawOfKind("bytes", f"{len(sent)} bytes were sent of a file of {len(content)}; {where}")
        if not one.request.header("content-type"):
            return FlawOfKind("media-type", "an upload has no Content-Type")
    return None


def has_a_token_in_a_file_url(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if no address of a file has a token in it."""
    for one in (*uploads(exchanges), *downloads(exchanges)):
        if named := [name for name, _ in query_of(one.request) if name in _TOKENS]:
            return FlawOfKind("in-url", f"{one.request.method} {path_of(one.request)} has {named[0]} in its query")
    return None


def followed(exchanges: Sequence[Exchange]) -> list[tuple[Exchange, Exchange]]:
    """The redirects to another origin of requests with a token, each with the request that followed it."""
    found = []
    for one in exchanges:
        url = redirected_to(one)
        if url and token_of(one.request) and origin_of(url) != origin_of(one.request.url):
            found += [(one, later) for later in after(exchanges, one) if later.request.url == url][:1]
    return found


def carries_its_token_elsewhere(elsewhere: Sequence[Exchange]) -> Flaw | None:
    """None if no request to another origin carries a token."""
    led = next((one for one in elsewhere if token_of(one.request)), None)
    return (
        FlawOfKind("followed", f"the token went with a redirect to {path_of(led.request)}") if led is not None else None
    )
