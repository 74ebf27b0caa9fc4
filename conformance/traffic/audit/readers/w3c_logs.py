"""W3C logs (https://www.w3.org/TR/WD-logfile): IIS and CloudFront. Directives name the columns of what follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.readers.lines import Block, blocks, marked
from conformance.traffic.audit.readers.observed import Observed, observed, with_others
from conformance.traffic.audit.readers.texts import judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.readers.texts import Requests
    from conformance.traffic.audit.sources import Source

_DIRECTIVE = re.compile(rb"#Fields:[ \t]*([^\r\n]*)", re.IGNORECASE)


def w3c_log(source: Source, detector: Detector) -> Iterator[Seen]:
    """The findings of a log, by the names of its columns; the names may change within the log."""
    yield from judged(_lines(source, detector), detector)


def _lines(source: Source, detector: Detector) -> Iterator[Requests | Damage]:
    names: list[str] = []
    for block in blocks(source):
        if isinstance(block, Damage):
            yield block
            continue
        for part in _by_directive(block):
            if directive := _DIRECTIVE.match(part.text, part.start):
                names = directive[1].decode("latin-1").split()
            for number, line, *_ in marked(part, detector.scan_lines):
                at = Position(source.name, line=number)
                if (columns := _columns(line, len(names))) is None:
                    yield Damage(at, "has other columns than its log names; judged as a text", len(line))
                yield at, _requests(names, columns or [], line)


def _by_directive(block: Block) -> Iterator[Block]:
    """The parts of a block, each with its directive at its beginning."""
    first, text, start, stop = block
    at = start
    while (at := text.find(b"\n#", at, stop) + 1) > 0:
        if _DIRECTIVE.match(text, at, stop):
            yield Block(first, text, start, at)
            first += text.count(b"\n", start, at)
            start = at
    yield Block(first, text, start, stop)


def _columns(line: bytes, count: int) -> list[bytes] | None:
    """The columns of a line, none of a directive or a remark; None if they are not as many as there should be."""
    if line.startswith(b"#"):
        return []
    line = line.rstrip(b"\r")
    columns = line.split(b"\t") if b"\t" in line else line.split(b" ")
    return columns if len(columns) == count else None


def _requests(names: list[str], columns: list[bytes], line: bytes) -> list[Observed]:
    return with_others(observed(zip(names, columns, strict=False)), line)
