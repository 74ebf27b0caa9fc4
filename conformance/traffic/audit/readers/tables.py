"""Tables whose first line names their columns, such as Salesforce event log files. A value may go over several lines.

The prefilter runs over whole blocks; around each line that it lets through, quotation marks are counted to find the
record.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.formats import columns
from conformance.traffic.audit.readers.lines import MAX_LINE, Block, blocks, places
from conformance.traffic.audit.readers.observed import observed, with_others
from conformance.traffic.audit.readers.texts import judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.readers.texts import Requests
    from conformance.traffic.audit.sources import Source


def table(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of a table; the line of a finding is the one on which its record begins."""
    yield from judged(_rows(source, detector), detector)


def _rows(source: Source, detector: Detector) -> Iterator[Requests | Damage]:
    names, mark = columns(source.head.removeprefix(b"\xef\xbb\xbf"))
    for block in _records(source):
        if isinstance(block, Damage):
            yield block
            continue
        first, text = block
        counted = end = 0
        for at in places(Block(first, text, 0, len(text)), detector.scan_lines):
            if at < end:
                continue
            start, end = _around(text, at, end)
            first += text.count(b"\n", counted, start)
            counted = start
            record = text[start:end]
            position = Position(source.name, line=first)
            if first == 1:  # the names, and all that follows them where no line ends
                yield position, with_others([], record)
                continue
            values = _values(record, mark)
            if len(values) != len(names):
                yield Damage(position, "has other columns than its first line names; judged as a text", len(record))
                values = []
            yield position, with_others(observed(zip(names, values, strict=False)), record)


def _records(source: Source) -> Iterator[tuple[int, bytes] | Damage]:
    """Blocks of whole records with the numbers of their first lines."""
    rest, first = b"", 1
    for block in blocks(source):
        if isinstance(block, Damage):
            yield block
            continue
        number, text = block.first, block.text[block.start : block.stop]
        if rest:
            text, number = rest + text, first
        cut = _last_end(text)
        if cut == 0 and len(text) > 4 * MAX_LINE:
            yield Damage(Position(source.name, number), "opens a quotation that does not end; judged line by line")
            cut = len(text)
        if cut:
            yield number, text[:cut]
        first, rest = number + text.count(b"\n", 0, cut), text[cut:]
    if rest:
        yield first, rest


def _last_end(text: bytes) -> int:
    """Where the last record of a block ends; 0 if none does."""
    if text.count(b'"') % 2 == 0:
        return len(text)
    cut, marks = len(text), 0
    while cut > 0 and len(text) - cut < MAX_LINE:
        before = text.rfind(b"\n", 0, cut - 1) + 1
        marks += text.count(b'"', before, cut)
        cut = before
        if marks % 2:
            return cut
    return 0


def _around(text: bytes, at: int, after: int) -> tuple[int, int]:
    """Where the record begins and ends that has a line at this place; `after` is where an earlier record ended."""
    start = at
    if text.count(b'"', after, at) % 2:  # the line begins inside a quotation
        marks = 0
        while start > after and marks % 2 == 0:
            before = text.rfind(b"\n", after, start - 1) + 1 or after
            marks += text.count(b'"', before, start)
            start = before
    end = counted = start
    marks = 0
    while end < len(text):
        end = (text.find(b"\n", end) + 1) or len(text)
        marks += text.count(b'"', counted, end)
        counted = end
        if marks % 2 == 0 and end > at:
            break
        if end - start > MAX_LINE:
            break
    return start, end


def _values(record: bytes, mark: str) -> list[bytes]:
    text = record.decode("utf-8", "replace").replace("\x00", "")
    try:
        return [value.encode() for value in next(csv.reader(io.StringIO(text), delimiter=mark), [])]
    except csv.Error:
        return []
