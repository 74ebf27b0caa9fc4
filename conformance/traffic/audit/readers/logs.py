"""Logs with one request a line: access logs of any layout, W3C logs, JSON lines.

Only lines that the gate lets through come here, so what matters is to find every URL in a line, not to name every
column.
"""

from __future__ import annotations

import re
from itertools import batched, chain
from typing import TYPE_CHECKING, Final

import msgspec

from conformance.traffic.audit.findings import Damage, Position, Sighting
from conformance.traffic.audit.readers.lines import marked
from conformance.traffic.audit.readers.observed import NOTHING, Observed, is_query, observed, urls_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.rules.url_tokens.prefilter import Scan
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Source

_REQUEST = re.compile(rb'"([A-Z]{3,12}) ((?:[^"\\]|\\.)*?)(?: HTTP/[\d.]+)?"')
_REFERER = re.compile(rb' \d{3} (?:\d+|-) "((?:[^"\\]++|\\.)*+)"')  # combined: status, bytes, Referer
_COMMON = re.compile(
    rb'[^"]*\] "(?:[^"\\]++|\\.)*+" (?:\d{3}|-) (?:\d+|-)(?: "(?:[^"\\]++|\\.)*+" "(?:[^"\\]++|\\.)*+")?'
    rb'(?: "(?:(?:https?:)?/(?:[^"\\]++|\\.)*+|[^"?=]*+)"| [^" /=]*+)*+\r?'  # what follows the name of the browser
)
_VIRTUAL_HOST = re.compile(rb"([A-Za-z0-9.-]+)(?::\d{1,5})? \d{1,3}(?:\.\d{1,3}){3} ")
_MAY_HOLD_URL = re.compile(rb"[?;#]|://|(?i:%3a)")
_ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_DIRECTIVE = re.compile(rb"#Fields:[ \t]*(.*)", re.IGNORECASE)
_DEPTH: Final = 32
_TOGETHER: Final = 32


def access_log(source: Source, detector: Detector) -> Iterator[Seen]:
    """Common, combined, nginx, Apache, ELB, ALB, Squid, and whatever else names URLs in lines."""
    scan = detector.scan_log if _is_common(source.head) else detector.scan_lines
    yield from _judged(source, detector, _of_a_line, scan)


def _is_common(head: bytes) -> bool:
    """Whether the first lines have the common or combined layout, where URLs stand in quotation marks alone."""
    lines = head.split(b"\n")[:-1]
    return bool(lines) and all(_COMMON.fullmatch(line) for line in lines)


def w3c_log(source: Source, detector: Detector) -> Iterator[Seen]:
    """IIS and CloudFront: columns, named by a directive. A column name that appears in the head counts throughout."""
    directive = _DIRECTIVE.search(source.head)
    names = directive[1].decode("latin-1").split() if directive else []

    def read(line: bytes) -> list[Observed]:
        if line.startswith(b"#"):
            found = _DIRECTIVE.match(line)
            names[:] = found[1].decode("latin-1").split() if found else names
            return []
        columns = line.split(b"\t") if b"\t" in line else line.split(b" ")
        if len(columns) != len(names):
            return [Observed(url) for url in urls_in(line)]
        return observed(zip(names, columns, strict=True))

    yield from _judged(source, detector, read, detector.scan_lines)


def json_lines(source: Source, detector: Detector) -> Iterator[Seen]:
    """A JSON object a line, whatever its members are called."""
    yield from _judged(source, detector, _of_an_object, detector.scan_lines)


def _judged(
    source: Source,
    detector: Detector,
    read: Callable[[bytes], list[Observed]],
    scan: Scan,
) -> Iterator[Seen]:
    # Judged one by one, each would find the caches full of the log.
    for line in chain.from_iterable(batched(marked(source, scan), _TOGETHER)):
        if isinstance(line, Damage):
            yield line
            continue
        number, text = line
        at = Position(source.name, line=number)
        try:
            requests = read(text.rstrip(b"\r"))
        except _Unreadable as problem:
            yield Damage(at, str(problem))
            requests = [Observed(url) for url in urls_in(text)]
        for request in requests:
            for finding in request.judged(detector):
                yield Sighting(at, finding)


class _Unreadable(Exception):
    """A line is not what its log consists of."""


def _of_a_line(line: bytes) -> list[Observed]:
    found = _REQUEST.search(line)
    if found is None:
        return [Observed(url) for url in urls_in(line)]
    vhost = _VIRTUAL_HOST.match(line)
    request = Observed(_plain(found[2]), found[1], vhost[1] if vhost else b"")
    rest = line[found.end() :]
    referer = _REFERER.match(rest)
    if referer is not None:
        rest = rest[referer.end() :]
        if referer[1] not in NOTHING:
            request.headers.append((b"referer", _plain(referer[1])))
    others = [
        url for text in (line[: found.start()], _plain(rest)) if _MAY_HOLD_URL.search(text) for url in urls_in(text)
    ]
    return [request, *(Observed(url) for url in others)]


def _plain(text: bytes) -> bytes:
    """A logged text without the escapes that Apache and nginx write for quotes and bytes above ASCII."""
    if b"\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), text).replace(b'\\"', b'"')


def _of_an_object(line: bytes) -> list[Observed]:
    if not line.strip():
        return []
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Unreadable("is no JSON; only URLs that stand in it plainly were judged") from None
    return observed(_fields(record, "", _DEPTH))


def _fields(value: object, name: str, depth: int) -> Iterator[tuple[str, bytes]]:
    if isinstance(value, str):
        yield name, value.encode("utf-8", "replace")
    elif not depth:
        return
    elif isinstance(value, dict):
        if is_query(name):
            pairs = "&".join(f"{key}={_text(inner)}" for key, inner in value.items())
            yield name, pairs.encode("utf-8", "replace")
            return
        for key, inner in value.items():
            yield from _fields(inner, f"{name}.{key}" if name else key, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, name, depth - 1)


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return value.replace("&", "%26").replace("#", "%23") if isinstance(value, str) else ""
