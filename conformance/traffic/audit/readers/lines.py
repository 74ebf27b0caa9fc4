"""The lines of a text that deserve a look.

A text is read in large blocks and the detector's prefilter runs over each as a whole; only the lines that it lets
through are parsed. Everything else is counted, and nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.readers.commands import (
    CONTINUES,
    LONGEST,
    begin_of_command,
    end_of_command,
    lines_of_command,
)
from conformance.traffic.audit.readers.escapes import respelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens.prefilter import Scan
    from conformance.traffic.audit.sources import Source

BLOCK = 128 << 10
"""How many bytes the prefilter looks through at once: what fits into the cache of a core."""

MAX_LINE = 1 << 20
"""A line that is longer is judged in pieces of at most so many bytes, which hang on nothing but the line."""

_BREAKS = (b" ", b"\t", b'"', b"'", b"<", b"\r")
"""What no URL goes over."""


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
    """The lines of a source in blocks; counts them.

    A line that is too long is cut where no URL is. One that goes on and on without such a place is cut anywhere, and
    named once. The lines of one command are in one block.
    """
    rest, first, is_cut, unbroken = b"", 1, False, 0
    while text := _read(source):
        stop = begin_of_command(text, text.rfind(b"\n") + 1)
        if rest or is_cut or not stop:
            start = end_of_command(text, text.find(b"\n") + 1) if stop else len(text)
            rest += text[:start]
            while len(rest) > MAX_LINE:
                cut = _last_break(rest) or MAX_LINE
                unbroken += cut if cut == MAX_LINE else 0
                yield Block(first, rest, 0, cut)
                first += rest.count(b"\n", 0, cut)
                rest, is_cut = rest[cut:], True
            if not stop:
                continue
            yield Block(first, rest, 0, len(rest))
            if unbroken:
                yield _unbroken(source, first, unbroken)
            first, is_cut, unbroken = first + rest.count(b"\n"), False, 0
        else:
            start = 0
        if start < stop:
            yield Block(first, text, start, stop)
            first += text.count(b"\n", start, stop)
        source.units = first - 1
        rest = text[stop:]
    if rest:
        yield Block(first, rest, 0, len(rest))
    if unbroken:
        yield _unbroken(source, first, unbroken)
    if rest or is_cut:
        source.units = first + rest.count(b"\n", 0, -1)


def _read(source: Source) -> bytes:
    """The next bytes of a source, cut where it can be told whether a line is one with the next one."""
    text = source.read(BLOCK)
    return text + source.read(4) if text.endswith(CONTINUES) else text


def _unbroken(source: Source, line: int, size: int) -> Damage:
    return Damage(Position(source.name, line), "goes on for 1 MiB and more without a blank; judged in pieces", size)


def _last_break(text: bytes) -> int:
    """Where the last URL of the first `MAX_LINE` bytes ends, if there is such a place in their second half; else 0."""
    return max(text.rfind(one, MAX_LINE // 2, MAX_LINE) for one in _BREAKS) + 1


def places(block: Block, scan: Scan) -> Iterator[int]:
    """Where the lines begin in which the rules could find something: as they are, or in another spelling."""
    _, text, start, stop = block
    others = list(respelled(lines := text[start:stop]))
    if not others:
        yield from (place for place, _ in scan(text, start, stop))
        return
    found = {number for spelling in (lines, *others) for number in _numbers(spelling, scan)}
    for number, line in enumerate(lines.split(b"\n")):
        if number in found:
            yield start
        start += len(line) + 1


def _numbers(lines: bytes, scan: Scan) -> Iterator[int]:
    number = counted = 0
    for place, _ in scan(lines, 0, len(lines)):
        number += lines.count(b"\n", counted, place)
        counted = place
        yield number


class Line(NamedTuple):
    """A line in which the rules could find something.

    Attributes:
        number: its number.
        text: without its line feed.
        before: what stands before it and is one command with it; mostly nothing.
        after: the same behind it.
    """

    number: int
    text: bytes
    before: bytes = b""
    after: bytes = b""


def marked(block: Block, scan: Scan) -> Iterator[Line]:
    """The lines in which the rules could find something.

    Args:
        block: whole lines.
        scan: finds the lines, such as `Detector.scan_lines`.
    """
    number, text, counted, stop = block
    first = last = 0  # of the command that a line belongs to: the next line is mostly of the same one
    for start in places(block, scan):
        number += text.count(b"\n", counted, start)
        counted = start
        end = text.find(b"\n", start, stop)
        end = stop if end < 0 else end
        if not first <= start < last:
            first, last = lines_of_command(text, start)
        before = text[first:start] if start - first <= LONGEST else b""
        goes_on = end < stop and end + 1 < last <= end + 1 + LONGEST
        yield Line(number, text[start:end], before, text[end:last] if goes_on else b"")
