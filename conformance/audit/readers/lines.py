"""The lines of a log that deserve a look.

A log is read in large blocks and the detector's gate runs over each as a whole; only the lines that it lets through are
parsed. Everything else is counted, and nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.audit.sightings import Damage, Position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.audit.sources import Source
    from conformance.rules.url_tokens import Detector

BLOCK = 1 << 20
"""How many bytes the gate looks through at once."""

MAX_LINE = 1 << 20
"""A line that is longer is judged in pieces of about this many bytes."""


def blocks(source: Source) -> Iterator[tuple[int, bytes] | Damage]:
    """The number of its first line and the text, for each block of whole lines; counts the lines.

    A line that is too long is cut, and named once.
    """
    rest, first, is_cut = b"", 1, False
    while block := source.read(BLOCK):
        cut = block.rfind(b"\n") + 1
        text, rest = (rest + block[:cut], block[cut:]) if cut else (b"", rest + block)
        if not text and len(rest) >= MAX_LINE:
            if not is_cut:
                yield Damage(Position(source.name, first), "is longer than 1 MiB; judged in pieces")
            text, rest, is_cut = rest, b"", True
        elif text:
            is_cut = False
        if text:
            yield first, text
            lines = text.count(b"\n")
            first += lines
            source.units += lines
    if rest:
        yield first, rest
    if rest or is_cut:
        source.units += 1


def marked(source: Source, detector: Detector) -> Iterator[tuple[int, bytes] | Damage]:
    """The lines in which the rules could find something, with their numbers."""
    for block in blocks(source):
        if isinstance(block, Damage):
            yield block
            continue
        number, text = block
        counted = 0
        for start, line in detector.scan_lines(text):
            number += text.count(b"\n", counted, start)
            counted = start
            yield number, line
