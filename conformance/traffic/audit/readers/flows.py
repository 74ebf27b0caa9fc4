"""Flow dumps of mitmproxy: typed netstrings (https://tnetstrings.info/ with mitmproxy's types), walked and not parsed.

Every value says its length, so everything but the request's target and the headers that matter is skipped.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens.correlation import LONGEST_ANSWER, TOKEN_TYPE, may_teach
from conformance.rules.url_tokens.headers import ENDINGS, OTHERS, REQUEST_URLS, RESPONSE_URLS, STAYS_OPEN
from conformance.traffic.audit.findings import Damage, LocatedFinding, Position
from conformance.traffic.unpacking import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.rules.url_tokens import Detector, Finding
    from conformance.rules.url_tokens.detector import Request
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Source

MAX_FLOW = 32 << 20
"""The bytes of the largest flow that is read."""

_BLOCK = 128 << 10  # what fits into the cache of a core
_BATCH = 64  # requests that are judged together
_CLOSING = ord("}")  # the mark of a dictionary
_LENGTH = re.compile(rb"(\d{1,12}):")
_PLAIN_MEMBERS = (
    rb"(?:\d{1,3}+:[a-z_]{1,40}+[;,]\d{1,2}+:[0-9a-z.+-]{0,40}+[#^!~])*+"  # numbers and null have no delimiters
)
_KEY = re.compile(_PLAIN_MEMBERS + rb"\d{1,3}:([a-z_]{1,40})[;,](\d{1,12}):")
_NO_MORE = re.compile(_PLAIN_MEMBERS)

type _Span = tuple[int, int]


def _named(names: Iterable[bytes], endings: Iterable[bytes] = ()) -> re.Pattern[bytes]:
    """Matches a name, in any case, that is one of these or ends in one of these; the length of the value that follows
    it, and as much of that as has no bracket."""
    whole = b"|".join(
        b"[%b%b](?i:%b)" % (letter, letter.upper(), b"|".join(name[1:] for name in ones))
        for letter, ones in groupby(sorted(names), lambda name: name[:1])
    )
    behind = b"|".join(
        b"(?<=[%b%b])(?:%b)" % (letter, letter.upper(), b"|".join(b"(?<=%b)" % ending for ending in ones))
        for letter, ones in groupby(sorted(endings, key=lambda ending: ending[-1:]), lambda ending: ending[-1:])
    )
    name = rb"(?:%b)(?=,)|[!-+.-9;-~-]++(?i:%b)" % (whole, behind) if behind else whole
    return re.compile(rb":\d{1,2}:(%b),(\d{1,7}):([^\]]*)" % name)


_ASKED: Final = _named({b"authorization", *REQUEST_URLS, *STAYS_OPEN, *OTHERS}, [ending.encode() for ending in ENDINGS])
_ANSWERED: Final = _named({*RESPONSE_URLS, b"set-cookie"})
_DESCRIBED: Final = _named({b"content-type", b"content-encoding"})
_TELLING: Final = 32  # bytes at the beginning of a content by which it is told whether it is packed


def flows(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of a dump; a finding that only a later flow explains may be given without its flow."""
    batch: list[Request] = []
    entries: list[int] = []
    for found in _flows(source):
        if isinstance(found, Damage):
            yield from _together(batch, entries, detector, source.name)
            yield found
            continue
        try:
            request, answered = _read(*found, detector)
        except _Malformed:
            yield Damage(Position(source.name, entry=source.units), "is damaged; skipped", found[2] - found[1])
            continue
        if request is not None:
            batch.append(request)
            entries.append(source.units)
        if answered or len(batch) >= _BATCH:
            yield from _together(batch, entries, detector, source.name)
        for finding in answered:
            yield LocatedFinding(Position(source.name, entry=source.units), finding)
    yield from _together(batch, entries, detector, source.name)


def _together(batch: list[Request], entries: list[int], detector: Detector, name: str) -> Iterator[Seen]:
    """Judge the requests that wait, given with the numbers of their entries."""
    for number, finding in detector.requests(batch):
        yield LocatedFinding(Position(name, entry=entries[number]), finding)
    for finding in detector.late():
        yield LocatedFinding(Position(name), finding)
    batch.clear()
    entries.clear()


class _Malformed(Exception):
    """A length does not fit."""


def _flows(source: Source) -> Iterator[tuple[bytes, int, int] | Damage]:
    """Each flow: a text, and where in it the flow's members begin and end."""
    text, at = b"", 0
    while True:
        start = end = 0
        if head := _LENGTH.match(text, at):
            start = head.end()
            end = start + int(head[1]) + 1
        if 0 < end <= len(text):
            source.units += 1
            if text[end - 1] == _CLOSING:
                yield text, start, end - 1
            else:
                yield Damage(Position(source.name, entry=source.units), "is not a flow; skipped", end - at)
            at = end
            continue
        if head is None and len(text) - at > 13:
            rest = len(text) - at + source.left()
            where = Position(source.name, entry=source.units + 1)
            yield Damage(where, "does not begin as a flow; the rest was skipped", rest)
            return
        if head and end - at > MAX_FLOW:
            source.units += 1
            reason = f"is larger than {MAX_FLOW >> 20} MiB; skipped"
            yield Damage(Position(source.name, entry=source.units), reason, end - at)
            left = end - len(text)
            while left > 0 and (piece := source.read(min(left, _BLOCK))):
                left -= len(piece)
            text, at = b"", 0
            continue
        more = source.read(max(_BLOCK, end - len(text)))
        if not more:
            if text[at:].strip():
                source.units += 1
                yield Damage(Position(source.name, entry=source.units), "is cut off", len(text) - at)
            return
        text, at = text[at:] + more, 0


def _members(text: bytes, at: int, end: int, wanted: frozenset[bytes]) -> dict[bytes, _Span]:
    """Where the values of the wanted members of a dictionary begin and end."""
    found: dict[bytes, _Span] = {}
    left = len(wanted)
    match = _KEY.match
    while at < end and left:
        key = match(text, at, end)
        if key is None:
            if _NO_MORE.fullmatch(text, at, end):
                break
            raise _Malformed
        name, size = key.groups()
        start = key.end()
        at = start + int(size) + 1
        if at > end:
            raise _Malformed
        if name in wanted:
            found[name] = (start, at - 1)
            left -= 1
    return found


_EXCHANGE = frozenset({b"request", b"response"})
_REQUEST = frozenset({b"path", b"method", b"scheme", b"host", b"headers"})
_RESPONSE = frozenset({b"headers", b"content"})


type _Exchange = tuple[bytes, bytes, bytes, _Span, _Span, _Span]
"""Method, target and host of a request; where its headers stand, and the content and the headers of its answer."""


def _read(text: bytes, start: int, end: int, detector: Detector) -> tuple[Request | None, list[Finding]]:
    """The request of a flow, to be judged, and the findings of its answer; None for a TCP, UDP or DNS flow."""
    one = _usual(text, start, end) or _unusual(text, start, end)
    if one is None:
        return None, []
    method, target, host, asked, (at, stop), came = one
    if at < stop <= at + LONGEST_ANSWER:
        content = text[at:stop]
        if may_teach(content) or not content[:_TELLING].isascii():
            _learn(content, text, came, detector)
    request = (method, host if method == b"CONNECT" else target, _headers(text, asked, _ASKED), host)
    answered = _headers(text, came, _ANSWERED)
    return request, list(detector.response(0, answered, host=host)) if answered else []


def _learn(content: bytes, text: bytes, came: _Span, detector: Detector) -> None:
    """Let the detector hear the content of an answer, which may be packed, if it may hand out a token."""
    headers = {name.lower(): value for name, value in _headers(text, came, _DESCRIBED)}
    kind = headers.get(b"content-type", b"")
    if TOKEN_TYPE.search(kind):
        body = unpacked(content, headers.get(b"content-encoding", b""), LONGEST_ANSWER)
        if may_teach(body):
            detector.body(kind, body)


# What mitmproxy writes today, in its order; the names are what its own format has. No text that is passed over may hold
# the delimiters of a member, so none can pretend to be one.
_ANSWER = re.compile(
    rb"9:websocket;0:~8:response;(\d{1,12}):6:reason;\d{1,3}:[^:;]{0,100}," + _PLAIN_MEMBERS + rb"7:content;(\d{1,12}):"
)
_ASK = re.compile(rb"\}7:request;(\d{1,12}):4:path;(\d{1,12}):")
_ASKED_OF = re.compile(
    rb",9:authority;\d{1,3}:[^;]{0,300},6:scheme;\d{1,2}:[^:;]{0,10},6:method;\d{1,2}:([^:;]{0,30}),4:port;\d:\d{1,5}#"
    rb"4:host;\d{1,3}:([^:;]{0,300});" + _PLAIN_MEMBERS + rb"7:content;(\d{1,12}):"
)


def _usual(text: bytes, start: int, end: int) -> _Exchange | None:
    """A flow with request and answer, as most are; None if it is another."""
    if not (answer := _ANSWER.match(text, start, end)):
        return None
    content, after = answer.end(), answer.end() + int(answer[2])
    if not (ask := _ASK.match(text, answer.end(1) + 1 + int(answer[1]), end)) or after > ask.start():
        return None
    target, behind = ask.end(), ask.end() + int(ask[2])
    if not (asked := _ASKED_OF.match(text, behind, end)):
        return None
    # What follows the content are the headers, and the version.
    headers, over = asked.end() + int(asked[3]), ask.end(1) + 1 + int(ask[1])
    if headers > over or over >= end or text[over] != _CLOSING:
        return None
    return asked[1], text[target:behind], asked[2], (headers, over), (content, after), (after, ask.start())


def _unusual(text: bytes, start: int, end: int) -> _Exchange | None:
    """Any flow, member by member; None for a TCP, UDP or DNS flow."""
    spans = _members(text, start, end, _EXCHANGE)
    if b"request" not in spans:
        return None
    asked = _members(text, *spans[b"request"], _REQUEST)
    came = _members(text, *spans.get(b"response", (0, 0)), _RESPONSE)
    host, target, method = (text[slice(*asked.get(name, (0, 0)))] for name in (b"host", b"path", b"method"))
    nothing = 0, 0
    return (
        method,
        target,
        host,
        asked.get(b"headers", nothing),
        came.get(b"content", nothing),
        came.get(b"headers", nothing),
    )


def _headers(text: bytes, span: _Span, named: re.Pattern[bytes]) -> list[tuple[bytes, bytes]]:
    """The headers of these names in a list of pairs; what is spelled inside a value lacks the lengths of a pair."""
    found: list[tuple[bytes, bytes]] = []
    for name, size, value in named.findall(text, *span):
        if len(value) != int(size) + 1:  # a comma follows it
            return _bracketed(text[slice(*span)], named)
        found.append((name, value[:-1]))
    return found


def _bracketed(block: bytes, named: re.Pattern[bytes]) -> list[tuple[bytes, bytes]]:
    """The same where a value holds a bracket: each is cut out by its length."""
    found: list[tuple[bytes, bytes]] = []
    at = 0
    while match := named.search(block, at):
        at = match.start(3) + int(match[2])
        if block[at : at + 2] == b",]":
            found.append((match[1], block[match.start(3) : at]))
        else:
            at = match.end(2)
    return found
