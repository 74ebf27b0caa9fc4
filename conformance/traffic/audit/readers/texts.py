"""Texts of any kind: logs of any layout, JSON lines, pages, scripts. Their URLs stand in their lines.

Only lines that the prefilter lets through come here. What a layout or the names of a record say is read where it is
there; and whatever URL stands in the line besides is judged as well, so that no layout hides one.
"""

from __future__ import annotations

import re
from itertools import batched, chain
from typing import TYPE_CHECKING, Final

from conformance.traffic.audit.field_names import tell_apart
from conformance.traffic.audit.findings import Damage, LocatedFinding, Position
from conformance.traffic.audit.readers.commands import urls_of_options
from conformance.traffic.audit.readers.json_objects import objects
from conformance.traffic.audit.readers.lines import blocks, marked
from conformance.traffic.audit.readers.observed import NOTHING, Observed, observed, with_others
from conformance.traffic.audit.readers.programs import LARGEST, Program
from conformance.traffic.audit.readers.records import NoJson, decoded, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.readers.lines import Line
    from conformance.traffic.audit.readers.programs import Joined
    from conformance.traffic.audit.sources import Source

type Requests = tuple[Position, list[Observed]]
"""What a part of a file says about requests, and where it stands."""

_REQUEST = re.compile(rb'"([A-Z]{3,12}) ((?:[^"\\]|\\.)*?)( HTTP/[\d.]+)?"')
_IS_TARGET = re.compile(rb"(?:[/*]|[A-Za-z][A-Za-z0-9+.-]*://)\S*")
_REFERER = re.compile(rb' \d{3} (?:\d+|-) "((?:[^"\\]++|\\.)*+)"')  # combined: status, bytes, Referer
_VIRTUAL_HOST = re.compile(rb"([A-Za-z0-9.-]+)(?::\d{1,5})? \d{1,3}(?:\.\d{1,3}){3} ")
_ESCAPED = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_FIELD = re.compile(
    rb'(?<![\w.-])([A-Za-z][\w.-]{1,40})(?:=|: (?=")| => (?:<<)?(?="))(?:"((?:[^"\\]++|\\.)*+)"|([^\s"\']\S*))'
)
_TOGETHER: Final = 32


def text(source: Source, detector: Detector, *, builds: bool = True) -> Iterator[Seen]:
    """The findings in the lines of a text.

    Args:
        source: the text.
        detector: judges its URLs.
        builds: whether it may be a program, which builds URLs with what the text doesn't show.
    """
    whole = source.ahead(LARGEST) if not source.is_part and not source.given else None
    program = Program(whole) if whole else None
    yield from judged(_lines(source, detector, program), detector)
    if program is not None and builds:
        yield from _of_built(program, source.name)


def _of_built(program: Program, name: str) -> Iterator[Seen]:
    """What the program puts into a query by design."""
    for one in program.built():
        from conformance.rules.url_tokens.spec_credentials import declared  # few texts need it

        finding = declared("L7" if one.is_stored else "W3", one.name, one.url, by="code")
        yield LocatedFinding(Position(name, line=program.line(one.at)), finding)


def _lines(source: Source, detector: Detector, program: Program | None) -> Iterator[Requests | Damage]:
    for block in blocks(source):
        if isinstance(block, Damage):
            yield block
            continue
        for line in marked(block, detector.scan_lines):
            found = requests_of(line)
            if program is not None:
                found += _not_in(found, program.joined(line.number))
            yield Position(source.name, line=line.number), found
    if program is not None:
        for at, url in chain(program.told(), urls_of_options(program.text)):
            yield Position(source.name, line=program.line(at)), [Observed(url)]


def _not_in(found: list[Observed], joined: Iterable[Joined]) -> Iterator[Observed]:
    """The URLs that a line puts together, as far as it does not hold them."""
    told = b"\n".join(one.target for one in found)
    return (Observed(one.url) for one in joined if one.url.partition(b"=")[2] not in told)


def judged(parts: Iterable[Requests | Damage], detector: Detector) -> Iterator[Seen]:
    """The findings in what was read."""
    # Judged one by one, each would find the caches full of what is read in between.
    for part in chain.from_iterable(batched(parts, _TOGETHER)):
        if isinstance(part, Damage):
            yield part
            continue
        at, requests = part
        for request in requests:
            if findings := list(request.judged(detector)):
                where = at.below(request.lines_before())
                yield from (LocatedFinding(where, finding) for finding in findings)


def requests_of(line: Line) -> list[Observed]:
    """What a line says about requests: by its layout, by the records in it, and every other URL."""
    text = line.text.rstrip(b"\r")
    found = _by_layout(text)
    if b"{" in text:
        told = [one for part in objects(text) for one in of_json(part)]
        found = [one for one in found if one.headers or all(one.target != other.target for other in told)] + told
    if not found and b"=" in text:
        found = _by_fields(text)
    return with_others(found, text, line.before, line.after)


def of_json(text: bytes) -> list[Observed]:
    """What the records in a JSON value say about requests; nothing if it is none."""
    try:
        return [one for fields in records(decoded(text)) for one in observed(fields)]
    except NoJson:
        return []


def _by_layout(line: bytes) -> list[Observed]:
    """The request line and the Referer of an access log."""
    found = _REQUEST.search(line)
    if found is None or not (found[3] or found[1] == b"CONNECT" or _IS_TARGET.fullmatch(found[2])):
        return []
    vhost = _VIRTUAL_HOST.match(line)
    request = Observed(_plain(found[2]), found[1], vhost[1] if vhost else b"")
    referer = _REFERER.match(line, found.end())
    if referer is not None and referer[1] not in NOTHING:
        request.headers.append((b"referer", _plain(referer[1])))
    return [request]


def _plain(text: bytes) -> bytes:
    """A logged text without the escapes that Apache and nginx write for quotes and bytes above ASCII."""
    if b"\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), text).replace(b'\\"', b'"')


def _by_fields(line: bytes) -> list[Observed]:
    """A request whose path and query stand apart, as `path=/a query="b=c"` or as attributes of XML."""
    fields = [(name.decode("ascii"), quoted or bare) for name, quoted, bare in _FIELD.findall(line)]
    return observed(fields) if tell_apart(name for name, _ in fields) else []
