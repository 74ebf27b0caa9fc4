"""JSON of any form: arrays of records, records over several lines, one after the other, and texts between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.traffic.audit.findings import Position
from conformance.traffic.audit.readers.escapes import respelled
from conformance.traffic.audit.readers.json_objects import Cutter
from conformance.traffic.audit.readers.lines import BLOCK, Block, marked, places
from conformance.traffic.audit.readers.observed import Lines, with_others
from conformance.traffic.audit.readers.texts import judged, of_json, requests_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Damage, Seen
    from conformance.traffic.audit.readers.json_objects import Part
    from conformance.traffic.audit.readers.texts import Requests
    from conformance.traffic.audit.sources import Source

LARGEST: Final = 1 << 20
"""The bytes of the largest object that is read as one record; of a larger one those in it are."""


def json_text(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings in the objects of a text, and in the lines between them."""
    yield from judged(_parts(source, detector), detector)


def _parts(source: Source, detector: Detector) -> Iterator[Requests | Damage]:
    cutter = Cutter(LARGEST)
    while more := source.read(BLOCK):
        source.units += more.count(b"\n")
        for part in cutter.feed(more):
            yield from requests_in(part, source.name, detector)
    for part in cutter.close():
        yield from requests_in(part, source.name, detector)
    source.units += 1


def requests_in(part: Part, name: str, detector: Detector) -> Iterator[Requests]:
    """What an object, or each line of a text, says about requests."""
    line, text, member, _ = part
    if member is None:
        for one in marked(Block(line, text, 0, len(text)), detector.scan_lines):
            yield Position(name, line=one.number), requests_of(one)
    elif detector.suspicious(text) or any(detector.suspicious(other) for other in respelled(text)):
        requests = with_others(of_json(text), _possible(part, detector))
        if b"\n" in text:
            lines = Lines(text)
            for request in requests:
                request.lines = lines
        yield Position(name, line=line), requests


def _possible(part: Part, detector: Detector) -> bytes:
    """The lines of an object in which the rules could find something: no URL goes over two."""
    text = part.text
    if b"\n" not in text:
        return text
    starts = places(Block(part.line, text, 0, len(text)), detector.scan_lines)
    return b"\n".join(text[start : end if (end := text.find(b"\n", start)) >= 0 else None] for start in starts)
