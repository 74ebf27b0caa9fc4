"""HTTP archives: of each entry only what can hold a URL or a credential is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import msgspec

from conformance.rules.url_tokens import Detector, Level
from conformance.rules.url_tokens.correlation import may_teach
from conformance.rules.url_tokens.headers import REQUEST_URLS, of_request, of_response
from conformance.rules.url_tokens.places import split
from conformance.traffic.audit.findings import Damage, Position, Sighting
from conformance.traffic.audit.readers.har_entries import HarEntries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.rules.url_tokens import Finding
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Source


class _Header(msgspec.Struct, gc=False):
    name: str = ""
    value: str = ""


class _Pair(msgspec.Struct, gc=False):
    name: str = ""
    value: str = ""


class _Request(msgspec.Struct, gc=False):
    method: str = "GET"
    url: str = ""
    headers: list[_Header] = []
    queryString: list[_Pair] = []  # noqa: N815 - the format's own name


class _Content(msgspec.Struct, gc=False):
    mimeType: str = ""  # noqa: N815
    text: msgspec.Raw = msgspec.Raw(b"")


class _Response(msgspec.Struct, gc=False):
    status: float = 0
    headers: list[_Header] = []
    redirectURL: str = ""  # noqa: N815
    content: _Content = msgspec.field(default_factory=_Content)


class _Entry(msgspec.Struct, gc=False):
    request: _Request = msgspec.field(default_factory=_Request)
    response: _Response = msgspec.field(default_factory=_Response)


class _Watched(dict[str, bytes]):
    """The watched name that a spelling stands for; empty where it is another name."""

    def __init__(self, is_watched: Callable[[bytes], bool]) -> None:
        self._is_watched = is_watched

    def __missing__(self, spelling: str) -> bytes:
        name = spelling.lower().encode("utf-8", "replace")
        known = name if self._is_watched(name) else b""
        if len(self) < _MOST_SPELLINGS:
            self[spelling] = known
        return known


_MOST_SPELLINGS = 10_000
_ASKED: Final = _Watched(of_request)
_ANSWERED: Final = _Watched(of_response)


def har(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of an archive; a finding that only a later entry explains is given without its entry."""
    entries = HarEntries(source, msgspec.json.Decoder(list[_Entry], strict=False).decode)
    for block in entries:
        if isinstance(block, Damage):
            yield block
            continue
        before = source.units - len(block) + 1
        for number, finding in _judged(block, detector):
            yield Sighting(Position(source.name, entry=before + number), finding)
        for finding in detector.late():
            yield Sighting(Position(source.name), finding)


def leaks(entry: bytes) -> bool:
    """Whether the URLs of an entry, given as JSON, hold a credential.

    Raises:
        msgspec.MsgspecError: it is no entry.
    """
    found = _judged([msgspec.json.decode(entry, type=_Entry, strict=False)], Detector(correlate=False))
    return any(one.level is Level.LEAK for _, one in found)


def _judged(entries: list[_Entry], detector: Detector) -> list[tuple[int, Finding]]:
    """The findings of entries, by the number of the entry from 0; the answers are heard first, for what they teach."""
    answers = [(number, one) for number, entry in enumerate(entries) for one in _of_the_answer(entry, detector)]
    found = [*detector.requests([_request(entry.request) for entry in entries]), *answers]
    return sorted(found, key=lambda one: one[0])


def _request(asked: _Request) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], bytes]:
    url = asked.url.encode("utf-8", "surrogatepass")
    if asked.queryString and "?" not in asked.url:  # some writers keep the query in its table alone
        pairs = "&".join(f"{one.name}={quote(one.value, safe='')}" for one in asked.queryString)
        url = b"%b?%b" % (url, pairs.encode("utf-8", "replace"))
    headers = _headers(asked.headers, _ASKED)
    is_relative = any(name in REQUEST_URLS and value[:1] == b"/" for name, value in headers)
    return asked.method.encode(), url, headers, split(url).host if is_relative else b""


def _of_the_answer(entry: _Entry, detector: Detector) -> Iterator[Finding]:
    came = entry.response
    text = bytes(came.content.text)
    if may_teach(text) and came.content.mimeType:
        body = msgspec.json.decode(text)
        if isinstance(body, str):
            detector.body(came.content.mimeType.encode("utf-8", "replace"), body.encode("utf-8", "replace"))
    headers = _headers(came.headers, _ANSWERED)
    if came.redirectURL and all(name != b"location" for name, _ in headers):
        headers.append((b"location", came.redirectURL.encode("utf-8", "surrogatepass")))
    if headers:
        yield from detector.response(int(came.status), headers, host=_host(entry.request.url))


def _headers(headers: list[_Header], watched: _Watched) -> list[tuple[bytes, bytes]]:
    return [(name, one.value.encode("utf-8", "surrogatepass")) for one in headers if (name := watched[one.name])]


def _host(url: str) -> bytes:
    try:
        return (urlsplit(url).hostname or "").encode("utf-8", "replace")
    except ValueError:
        return b""
