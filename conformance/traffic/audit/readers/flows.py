"""Flow dumps of mitmproxy: typed netstrings (https://tnetstrings.info/ with mitmproxy's types), walked and not parsed.

Every value says its length, so everything but the request's target and the headers that matter is skipped.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens.correlation import LONGEST_ANSWER, TAUGHT, TOKEN_TYPE, may_teach
from conformance.rules.url_tokens.engines import engine, matching
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
_BATCH, _BATCH_BYTES = 64, 256 << 10  # flows that are judged together, and their bytes
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
    return re.compile(rb":\d{1,2}+:(%b),(\d{1,7}):([^\]]*)" % name)


_SHOWING: Final = frozenset((b"authorization", *REQUEST_URLS, *OTHERS))
_SHOWN_BY_ENDING: Final = [ending.encode() for ending in ENDINGS]
_ASKED_FIRST: Final = _named(_SHOWING, _SHOWN_BY_ENDING)
_ASKED: Final = _named({*_SHOWING, *STAYS_OPEN}, _SHOWN_BY_ENDING)
_OF_ANSWERS: Final = (*RESPONSE_URLS, b"set-cookie")
_ANSWERED: Final = _named(_OF_ANSWERS)
_DESCRIBED: Final = _named({b"content-type", b"content-encoding"})
_TELLING: Final = (*TAUGHT, f":(?i:{'|'.join(name.decode() for name in _OF_ANSWERS)}),[0-9]")
_MAGIC: Final = 32  # bytes at the beginning of a content by which it is told whether it is packed
_NOWHERE: Final = 0, 0


def flows(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of a dump; a finding that only a later flow explains may be given without its flow."""
    batch: list[_Exchange] = []
    entries: list[int] = []
    held = 0
    for found in _flows(source):
        exchange = damage = None
        if isinstance(found, Damage):
            damage = found
        else:
            text, start, end = found
            try:
                exchange = _usual(text, start, end) or _unusual(text, start, end)
            except _Malformed:
                damage = Damage(Position(source.name, entry=source.units), "is damaged; skipped", end - start)
        if exchange is not None:
            batch.append(exchange)
            entries.append(source.units)
            held += end - start
        if damage is not None or len(batch) >= _BATCH or held >= _BATCH_BYTES:
            yield from _together(batch, entries, detector, source.name)
            batch, entries, held = [], [], 0
        if damage is not None:
            yield damage
    yield from _together(batch, entries, detector, source.name)


def _together(batch: list[_Exchange], entries: list[int], detector: Detector, name: str) -> Iterator[Seen]:
    """Judge exchanges, given with the numbers of their entries: first what their answers teach, then their requests."""
    answered = list(_answers(batch, detector))

    def request(number: int, named: re.Pattern[bytes] = _ASKED) -> Request:
        method, target, host, block, _, _ = batch[number]
        return method, host if method == b"CONNECT" else target, _headers(block, named), host

    asked = detector.requests([request(number, _ASKED_FIRST) for number in range(len(batch))], request)
    for number, finding in sorted([*asked, *answered], key=itemgetter(0)):
        yield LocatedFinding(Position(name, entry=entries[number]), finding)
    for finding in detector.late():
        yield LocatedFinding(Position(name), finding)


def _answers(batch: list[_Exchange], detector: Detector) -> Iterator[tuple[int, Finding]]:
    """The findings in answers, each with the number of its exchange; the detector learns from them."""
    parts = [part for *_, content, block in batch for part in (content, block)]
    telling = set(matching(engine(_TELLING), parts))
    telling.update([2 * number for number, one in enumerate(batch) if not one[4][:_MAGIC].isascii()])
    for number in sorted({one // 2 for one in telling}):
        *_, host, _, content, block = batch[number]
        if 2 * number in telling:
            _learn(content, block, detector)
        if 2 * number + 1 in telling and (headers := _headers(block, _ANSWERED)):
            for finding in detector.response(0, headers, host=host):
                yield number, finding


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


type _Exchange = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""Method, target, host and headers of a request; content and headers of its answer. The headers are as packed, with
what is around them; no content is longer than what can teach."""


def _learn(content: bytes, block: bytes, detector: Detector) -> None:
    """Let the detector hear the content of an answer, which may be packed, if it may hand out a token."""
    headers = {name.lower(): value for name, value in _headers(block, _DESCRIBED)}
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
_ASK = re.compile(
    rb"\}7:request;(\d{1,12}):4:path;(\d{1,12}):([^;]*),9:authority;\d{1,3}:[^;]{0,300},6:scheme;\d{1,2}:[^:;]{0,10},"
    rb"6:method;\d{1,2}:([^:;]{0,30}),4:port;\d:\d{1,5}#4:host;\d{1,3}:([^:;]{0,300});"
    + _PLAIN_MEMBERS
    + rb"7:content;(\d{1,12}):"
)


def _usual(text: bytes, start: int, end: int) -> _Exchange | None:
    """A flow with request and answer, as most are; None if it is another."""
    if not (answer := _ANSWER.match(text, start, end)):
        return None
    answer_size, size = answer.groups()
    content = answer.end()
    after = content + int(size)
    if not (ask := _ASK.match(text, answer.end(1) + 1 + int(answer_size), end)) or after > ask.start():
        return None
    ask_size, size, target, method, host, content_size = ask.groups()
    # What follows the content are the headers, and the version.
    headers, over = ask.end() + int(content_size), ask.end(1) + 1 + int(ask_size)
    if len(target) != int(size) or headers > over or over >= end or text[over] != _CLOSING:
        return None
    answered = text[content:after] if after - content <= LONGEST_ANSWER else b""
    return method, target, host, text[headers:over], answered, text[after : ask.start()]


def _unusual(text: bytes, start: int, end: int) -> _Exchange | None:
    """Any flow, member by member; None for a TCP, UDP or DNS flow."""
    spans = _members(text, start, end, _EXCHANGE)
    if b"request" not in spans:
        return None
    asked = _members(text, *spans[b"request"], _REQUEST)
    came = _members(text, *spans.get(b"response", _NOWHERE), _RESPONSE)
    method, target, host, headers = (
        text[slice(*asked.get(name, _NOWHERE))] for name in (b"method", b"path", b"host", b"headers")
    )
    at, stop = came.get(b"content", _NOWHERE)
    content = text[at:stop] if stop - at <= LONGEST_ANSWER else b""
    return method, target, host, headers, content, text[slice(*came.get(b"headers", _NOWHERE))]


def _headers(block: bytes, named: re.Pattern[bytes]) -> list[tuple[bytes, bytes]]:
    """The headers of these names in a list of pairs; what is spelled inside a value lacks the lengths of a pair."""
    found: list[tuple[bytes, bytes]] = []
    for name, size, value in named.findall(block):
        if len(value) != int(size) + 1:  # a comma follows it
            return _bracketed(block, named)
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
