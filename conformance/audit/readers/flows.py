"""Flow dumps of mitmproxy: typed netstrings (https://tnetstrings.info/ with mitmproxy's types), walked and not parsed.

Every value says its length, so everything but the request's target and the headers that matter is skipped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.audit.sightings import Damage, Position, Sighting
from conformance.rules.url_tokens.correlation import KEY_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.audit.sightings import Seen
    from conformance.audit.sources import Source
    from conformance.rules.url_tokens import Detector, Finding
    from conformance.rules.url_tokens.detector import Request

MAX_FLOW = 32 << 20
"""The bytes of the largest flow that is read."""

_BLOCK = 1 << 20
_BATCH = 256  # requests that are judged together
_LENGTH = re.compile(rb"(\d{1,12}):")
_PLAIN_MEMBERS = (
    rb"(?:\d{1,3}:[a-z_]{1,40}[;,]\d{1,2}:[0-9a-z.+-]{0,40}[#^!~])*+"  # numbers and null have no delimiters
)
_KEY = re.compile(_PLAIN_MEMBERS + rb"\d{1,3}:([a-z_]{1,40})[;,](\d{1,12}):")
_NO_MORE = re.compile(_PLAIN_MEMBERS)
_ASKED: Final = frozenset({
    b"authorization", b"proxy-authorization", b"cookie", b"referer", b"x-original-url", b"x-rewrite-url", b"upgrade",
    b"accept", *KEY_HEADERS,
})  # fmt: skip
_ANSWERED: Final = frozenset({b"location", b"content-location", b"link", b"refresh", b"x-original-url", b"set-cookie"})
_LONGEST_TOKEN_ANSWER = 64 << 10

type _Span = tuple[int, int]


def _tails(names: frozenset[bytes]) -> tuple[bytes, ...]:
    """The last words of names, as a list of pairs has them: few enough to look for each."""
    last = {name.rpartition(b"-")[2] + b"," for name in names}
    return tuple(sorted(one for one in last if not any(one.endswith(other) for other in last - {one})))


_ASKED_TAILS, _ANSWERED_TAILS = _tails(_ASKED), _tails(_ANSWERED)


def flows(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of a dump; a finding that only a later flow explains may be given without its flow."""
    batch: list[tuple[Position, Request]] = []
    for found in _flows(source):
        if isinstance(found, Damage):
            yield from _together(batch, detector)
            yield found
            continue
        at = Position(source.name, entry=source.units)
        try:
            request, answered = _read(*found, detector)
        except _Malformed:
            yield Damage(at, "is damaged; skipped")
            continue
        if answered:
            yield from _together(batch, detector)
        if request is not None:
            batch.append((at, request))
        if answered or len(batch) >= _BATCH:
            yield from _together(batch, detector)
        for finding in answered:
            yield Sighting(at, finding)
        for finding in detector.late():
            yield Sighting(Position(source.name), finding)
    yield from _together(batch, detector)


def _together(batch: list[tuple[Position, Request]], detector: Detector) -> Iterator[Seen]:
    """Judge the requests that wait."""
    for number, finding in detector.requests([request for _, request in batch]):
        yield Sighting(batch[number][0], finding)
    batch.clear()


class _Malformed(Exception):
    """A length does not fit."""


def _flows(source: Source) -> Iterator[tuple[bytes, int, int] | Damage]:
    """Each flow: a text, and where in it the flow's members begin and end."""
    text, at = b"", 0
    while True:
        head = _LENGTH.match(text, at)
        end = head.end() + int(head[1]) + 1 if head else 0
        if head and end <= len(text):
            source.units += 1
            if text[end - 1 : end] == b"}":
                yield text, head.end(), end - 1
            else:
                yield Damage(Position(source.name, entry=source.units), "is no flow; skipped")
            at = end
            continue
        if head is None and len(text) - at > 13:
            yield Damage(
                Position(source.name, entry=source.units + 1), "does not begin as a flow; the rest was skipped"
            )
            return
        if head and end - at > MAX_FLOW:
            source.units += 1
            yield Damage(Position(source.name, entry=source.units), f"is larger than {MAX_FLOW >> 20} MiB; skipped")
            left = end - len(text)
            while left > 0 and (piece := source.read(min(left, _BLOCK))):
                left -= len(piece)
            text, at = b"", 0
            continue
        more = source.read(max(_BLOCK, end - len(text)))
        if not more:
            if text[at:].strip():
                source.units += 1
                yield Damage(Position(source.name, entry=source.units), "is cut off")
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


def _read(text: bytes, start: int, end: int, detector: Detector) -> tuple[Request | None, list[Finding]]:
    """The request of a flow, to be judged, and the findings of its answer; None for a TCP, UDP or DNS flow."""
    spans = _members(text, start, end, _EXCHANGE)
    if b"request" not in spans:
        return None, []
    asked = _members(text, *spans[b"request"], _REQUEST)
    host, target, method = (_value(text, asked, name) for name in (b"host", b"path", b"method"))
    headers = _headers(text, asked.get(b"headers", (0, 0)), _ASKED, _ASKED_TAILS)
    request = (method, host if method == b"CONNECT" else target, headers, host)
    response = spans.get(b"response", (0, 0))
    came = _members(text, *response, _RESPONSE)
    at, stop = came.get(b"content", (0, 0))
    if 0 < stop - at <= _LONGEST_TOKEN_ANSWER and text.find(b'token"', at, stop) >= 0:
        detector.body(b"application/json", text[at:stop])
    answered = _headers(text, came.get(b"headers", (0, 0)), _ANSWERED, _ANSWERED_TAILS)
    return request, list(detector.response(0, answered, host=host)) if answered else []


def _value(text: bytes, spans: dict[bytes, _Span], name: bytes) -> bytes:
    start, end = spans.get(name, (0, 0))
    return text[start:end]


def _headers(
    text: bytes, span: _Span, watched: frozenset[bytes], tails: tuple[bytes, ...]
) -> list[tuple[bytes, bytes]]:
    """The watched headers in a list of pairs; what is spelled inside a value lacks the lengths of a pair."""
    block = text[span[0] : span[1]]
    lower = block.lower()
    found: list[tuple[bytes, bytes]] = []
    for tail in tails:
        at = lower.find(tail)
        while at >= 0:
            after = at + len(tail)
            name = lower[lower.rfind(b":", 0, at) + 1 : after - 1]
            size, colon, _ = block[after : after + 10].partition(b":")
            if (
                name in watched
                and colon
                and size.isdigit()
                and lower.endswith(b":%d:%b" % (len(name), name), 0, after - 1)
            ):
                start = after + len(size) + 1
                stop = start + int(size)
                if block[stop : stop + 2] == b",]":
                    found.append((name, block[start:stop]))
            at = lower.find(tail, after)
    return found
