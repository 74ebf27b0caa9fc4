"""The output of a client with its secrets rejoined, where a tool has broken them into pieces.

Only what a tool does to all that it prints is undone. A secret that somebody reversed, packed or cut is not looked for:
the head and the tail of one, with something else between them, are what a log may show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_COLOURS = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
"""What tells a terminal another colour (ECMA-48, 5.4)."""

_FRAMES = re.compile(rb"\xe2[\x94\x95][\x80-\xbf]")
"""The lines of a box, U+2500 to U+257F, in UTF-8."""

_BETWEEN = b" \t\r'\"+,\\|#"
"""What stands at the ends of lines among which a text was divided: quotes and operators, and what marks a comment."""

_OFFSET = re.compile(rb"\s{0,8}(?:0x)?[0-9a-fA-F]{4,16}:?[ \t](.*)")
_PAIRS = re.compile(rb"[ \t]{0,4}(?:[0-9a-fA-F]{2}){1,4}(?=[ \t]|\Z)")
_MOST_PAIRS = 32  # of a line
_NUMBERS = re.compile(rb"\d{1,3}(?:,\s{0,8}\d{1,3}){7,}")


def rejoined(content: bytes) -> Iterator[bytes]:
    """Each way to undo what tools do, where there is anything to undo."""
    if b"\x1b[" in content:
        content = _COLOURS.sub(b"", content)
        yield content
    lines = _FRAMES.sub(b" ", content).split(b"\n")
    if len(lines) > 1:
        yield b"".join(line.strip(_BETWEEN) for line in lines)
    dumped = [found[1] for line in lines if (found := _OFFSET.match(line))]
    if dumped:
        yield b"".join(line.rstrip(b"\r") for line in dumped)
        yield b"".join(map(_bytes_of, dumped))
    yield from (bytes(min(int(number), 255) for number in found[0].split(b",")) for found in _NUMBERS.finditer(content))


def _bytes_of(line: bytes) -> bytes:
    """The bytes of a line of a dump, which stand there as hexadecimal digits before they stand there as letters."""
    found, at = bytearray(), 0
    while len(found) < _MOST_PAIRS and (pair := _PAIRS.match(line, at)):
        found += bytes.fromhex(pair[0].decode())
        at = pair.end()
    return bytes(found)
