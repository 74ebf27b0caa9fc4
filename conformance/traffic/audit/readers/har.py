"""HTTP archives: of each entry only what can hold a URL or a credential is decoded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_plus, urlsplit

import msgspec

from conformance.rules.url_tokens import Detector, Level
from conformance.rules.url_tokens.correlation import LONGEST_ANSWER, may_teach
from conformance.rules.url_tokens.headers import REQUEST_URLS, of_request, of_response
from conformance.rules.url_tokens.places import split
from conformance.traffic.audit.findings import Damage, LocatedFinding, Position
from conformance.traffic.audit.readers.har_entries import HarEntries
from conformance.traffic.audit.readers.json_objects import Part
from conformance.traffic.audit.readers.json_texts import requests_in
from conformance.traffic.audit.readers.records import NoJson, decoded
from conformance.traffic.audit.readers.texts import judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.rules.url_tokens import Finding
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Source


# What most tools write; every other HAR is decoded without types, and made of these.


class _Pair(msgspec.Struct, gc=False):
    name: str = ""
    value: str = ""


class _Request(msgspec.Struct, gc=False):
    method: str = "GET"
    url: str = ""
    headers: list[_Pair] = []
    queryString: list[_Pair] = []  # noqa: N815 - the format's own name


class _Content(msgspec.Struct, gc=False):
    mimeType: str = ""  # noqa: N815
    text: msgspec.Raw = msgspec.Raw(b"")


class _Response(msgspec.Struct, gc=False):
    headers: list[_Pair] = []
    redirectURL: str | None = ""  # noqa: N815
    content: _Content = msgspec.field(default_factory=_Content)


class _Entry(msgspec.Struct, gc=False):
    request: _Request = msgspec.field(default_factory=_Request)
    response: _Response | None = None


def _entry(value: object) -> _Entry:
    """An entry of any types: what is not as it should be is left out, and the URL is enough."""
    asked, came = _member(value, "request"), _member(value, "response")
    content = _member(came, "content")
    text = content.get("text")
    is_short = isinstance(text, str) and len(text) <= LONGEST_ANSWER
    return _Entry(
        _Request(_text(asked.get("method")) or "GET", _text(asked.get("url")), _pairs(asked, "headers"),
                 _pairs(asked, "queryString")),
        _Response(_pairs(came, "headers"), _text(came.get("redirectURL")),
                  _Content(_text(content.get("mimeType")), msgspec.Raw(json.dumps(text if is_short else "").encode()))),
    )  # fmt: skip


def _has_url(entry: _Entry) -> bool:
    return bool(entry.request.url)


def _member(value: object, name: str) -> dict[str, object]:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _pairs(message: dict[str, object], name: str) -> list[_Pair]:
    listed = message.get(name)
    if isinstance(listed, dict):
        return [_Pair(str(key), _text(value)) for key, value in listed.items()]
    inner = listed if isinstance(listed, list) else []
    return [_Pair(_text(one.get("name")), _text(one.get("value"))) for one in inner if isinstance(one, dict)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


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
_DECODER: Final = msgspec.json.Decoder(list[_Entry], strict=False)


def har(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of an archive; a finding that only a later entry explains is given without its entry."""
    for block in HarEntries(source, _DECODER.decode, _entry, _has_url):
        if isinstance(block, Damage):
            yield block
        elif isinstance(block, Part):  # what is around the entries
            yield from judged(requests_in(block, source.name, detector), detector)
        else:
            before = source.units - len(block) + 1
            for number, finding in _judged(block, detector):
                yield LocatedFinding(Position(source.name, entry=before + number), finding)
            for finding in detector.late():
                yield LocatedFinding(Position(source.name), finding)


def leaks(entry: bytes) -> bool:
    """Whether the URLs of an entry, given as JSON, hold a credential.

    Raises:
        NoJson: it is no JSON.
    """
    found = _judged([_entry(decoded(entry))], Detector(correlate=False))
    return any(one.level is Level.LEAK for _, one in found)


def asked(entry: object) -> tuple[bytes, bytes]:
    """The method and the address of an entry, with the parameters that stand in its table alone."""
    method, url, *_ = _request(_entry(entry).request)
    return method, url


def _judged(entries: list[_Entry], detector: Detector) -> list[tuple[int, Finding]]:
    """The findings of entries, by the number of the entry from 0; the answers are heard first, for what they teach."""
    answers = [(number, one) for number, entry in enumerate(entries) for one in _of_the_answer(entry, detector)]
    found = [*detector.requests([_request(entry.request) for entry in entries]), *answers]
    return sorted(found, key=lambda one: one[0])


def _request(asked: _Request) -> tuple[bytes, bytes, list[tuple[bytes, bytes]], bytes]:
    url = asked.url
    if asked.queryString and (missing := _missing(asked)):
        url, mark, fragment = url.partition("#")
        url += ("&" if "?" in url else "?") + "&".join(missing) + mark + fragment
    target = url.encode("utf-8", "surrogatepass")
    headers = _headers(asked.headers, _ASKED)
    is_relative = any(name in REQUEST_URLS and value[:1] == b"/" for name, value in headers)
    return asked.method.encode("utf-8", "replace"), target, headers, split(target).host if is_relative else b""


def _missing(asked: _Request) -> list[str]:
    """The parameters that stand in the table of the query alone, as some writers and some masks have it."""
    url = asked.url
    pairs = [one for one in asked.queryString if one.value not in url]
    if pairs:
        url = unquote_plus(url)
        pairs = [one for one in pairs if one.value not in url and unquote_plus(one.value) not in url]
    return [f"{one.name}={quote(one.value, safe='', errors='replace')}" for one in pairs]


def _of_the_answer(entry: _Entry, detector: Detector) -> Iterator[Finding]:
    came = entry.response
    if came is None:
        return
    text = bytes(came.content.text)
    if may_teach(text) and came.content.mimeType:
        _learn(came.content.mimeType, text, detector)
    headers = _headers(came.headers, _ANSWERED)
    if came.redirectURL and all(name != b"location" for name, _ in headers):
        headers.append((b"location", came.redirectURL.encode("utf-8", "surrogatepass")))
    if headers:
        yield from detector.response(0, headers, host=_host(entry.request.url))


def _learn(content_type: str, text: bytes, detector: Detector) -> None:
    try:
        body = decoded(text)
    except NoJson:
        return
    if isinstance(body, str):
        detector.body(content_type.encode("utf-8", "replace"), body.encode("utf-8", "replace"))


def _headers(headers: list[_Pair], watched: _Watched) -> list[tuple[bytes, bytes]]:
    return [(name, one.value.encode("utf-8", "surrogatepass")) for one in headers if (name := watched[one.name])]


def _host(url: str) -> bytes:
    try:
        return (urlsplit(url).hostname or "").encode("utf-8", "replace")
    except ValueError:
        return b""
