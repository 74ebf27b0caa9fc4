"""The lines of a log that deserve a look.

A log is read in large blocks and the detector's gate runs over each as a whole; only the lines that it lets through are
parsed. Everything else is counted, and nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.traffic.audit.findings import Damage, Position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens.prefilter import Scan
    from conformance.traffic.audit.sources import Source

BLOCK = 256 << 10
"""How many bytes the gate looks through at once: what fits into the cache of a core."""

MAX_LINE = 1 << 20
"""A line that is longer is judged in pieces of about this many bytes."""


class Block(NamedTuple):
    """Whole lines: those between two places of a text, which is not cut out, because that would copy it.

    Attributes:
        first: the number of the first line.
        text: holds the lines.
        start: where they begin.
        stop: where they end.
    """

    first: int
    text: bytes
    start: int
    stop: int


def blocks(source: Source) -> Iterator[Block | Damage]:
    """The lines of a source in blocks; counts them. A line that is too long is cut, and named once."""
    rest, first, is_cut = b"", 1, False
    while text := source.read(BLOCK):
        start, stop = text.find(b"\n") + 1, text.rfind(b"\n") + 1
        if not stop:
            rest += text
            if len(rest) >= MAX_LINE:
                if not is_cut:
                    yield Damage(Position(source.name, first), "is longer than 1 MiB; judged in pieces")
                yield Block(first, rest, 0, len(rest))
                rest, is_cut = b"", True
            continue
        if rest or is_cut:
            rest += text[:start]
            yield Block(first, rest, 0, len(rest))
            first, is_cut = first + 1, False
        else:
            start = 0
        if start < stop:
            yield Block(first, text, start, stop)
            first += text.count(b"\n", start, stop)
        source.units = first - 1
        rest = text[stop:]
    if rest:
        yield Block(first, rest, 0, len(rest))
    if rest or is_cut:
        source.units += 1


def marked(source: Source, scan: Scan) -> Iterator[tuple[int, bytes] | Damage]:
    """The lines in which the rules could find something, with their numbers.

    Args:
        source: what is read.
        scan: finds the lines, such as `Detector.scan_lines`.
    """
    for block in blocks(source):
        if isinstance(block, Damage):
            yield block
            continue
        number, text, counted, stop = block
        for start, line in scan(text, counted, stop):
            number += text.count(b"\n", counted, start)
            counted = start
            yield number, line
