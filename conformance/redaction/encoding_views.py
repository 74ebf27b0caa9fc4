"""Views of a text with encodings undone, each able to say which bytes of the text a place in it came from.

Decoding is local and lenient: what does not decode stays as it is (percent-encoding, escapes, references) or is left
out (Base64, hexadecimal digits). A view that would equal its parent is not made.
"""

from __future__ import annotations

import binascii
import functools
import html
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LITERAL, _PERCENT, _HEX, _BASE64, _WHOLE = (1, 1), (3, 1), (2, 1), (4, 3), (0, 1)  # encoded bytes for decoded bytes

_PERCENT_RUN = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_ESCAPE = re.compile(
    rb"""\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|U[0-9A-Fa-f]{8}|["'\\/abfnrtv])"""
)
_BYTE_ESCAPE = re.compile(rb"\\x[89a-fA-F]")
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});?")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SINGLE = dict(zip(b"\"'\\/abfnrtv", b"\"'\\/\a\b\f\n\r\t\v", strict=True))


class View:
    """A decoded text.

    Attributes:
        data: the decoded bytes.
        parent: the view it was decoded from; None for the text itself.
    """

    __slots__ = ("_segments", "_size", "_starts", "data", "parent")

    def __init__(self, parent: View | None = None, data: bytes = b"") -> None:
        self.parent = parent
        self.data = data
        self._size = 0
        self._starts: list[int] = []  # where each segment starts in data
        self._segments: list[tuple[int, int, int, int]] = []  # where it starts and ends in the parent, and its scale

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The bytes of the undecoded text from which the decoded bytes `start` to `end` came."""
        if self.parent is None:
            return start, end
        at = bisect_right(self._starts, start) - 1
        first, _, many, few = self._segments[at]
        begin = first + (start - self._starts[at]) * many // few
        at = bisect_right(self._starts, end - 1) - 1
        first, last, many, few = self._segments[at]
        stop = (
            first - (self._starts[at] - end) * many // few if many else last
        )  # a negative quotient: rounded up in all
        return self.parent.origin(begin, min(stop, last))

    def add(self, parts: list[bytes], piece: bytes, first: int, last: int, scale: tuple[int, int]) -> None:
        """Note a decoded piece that came from `first` to `last` of the parent; the caller joins the parts."""
        if piece:
            self._starts.append(self._size)
            self._segments.append((first, last, *scale))
            self._size += len(piece)
            parts.append(piece)


def views(data: bytes, depth: int, shortest: int) -> Iterator[View]:
    """The data itself, and every view of it with up to `depth` layers of encoding undone.

    Args:
        data: the text to decode.
        depth: how many layers to undo.
        shortest: how many bytes of plain text matter: runs of digits that cannot hold as many are not decoded.
    """
    level = [View(data=data)]
    yield level[0]
    base64_run, hex_run = _runs(shortest)
    for _ in range(depth):
        level = [child for view in level for child in _children(view, base64_run, hex_run)]
        yield from level


@functools.cache
def _runs(shortest: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """What finds Base64 and hexadecimal runs that can hold so many bytes."""
    base64_run = rb"[A-Za-z0-9+/_-]{%d,}" % -(-shortest * 4 // 3)
    return re.compile(base64_run), re.compile(rb"[0-9A-Fa-f]{%d,}" % (shortest * 2))


def _children(view: View, base64_run: re.Pattern[bytes], hex_run: re.Pattern[bytes]) -> Iterator[View]:
    data = view.data
    if b"%" in data:
        yield from _substituted(view, _PERCENT_RUN, _unpercent, _PERCENT)
    if b"\\" in data:
        yield from _substituted(view, _ESCAPE, _unescape, _WHOLE)
        if _BYTE_ESCAPE.search(data):  # \xe9 is a character in the repr of a str and a byte in the repr of bytes
            yield from _substituted(view, _ESCAPE, _unescape_bytes, _WHOLE)
    if b"&" in data:
        yield from _substituted(view, _REFERENCE, _unreference, _WHOLE)
    if runs := [match.span() for match in base64_run.finditer(data)]:
        yield _collected(view, runs, data.translate(_URL_SAFE), _unbase64, _BASE64)
    if runs := [match.span() for match in hex_run.finditer(data)]:
        yield _collected(view, runs, data, _unhex, _HEX)


def _substituted(
    view: View, pattern: re.Pattern[bytes], decode: Callable[[bytes], bytes], scale: tuple[int, int]
) -> Iterator[View]:
    """A view in which every match is decoded and everything else stays; none where nothing matches."""
    data, child, parts, at = view.data, View(view), list[bytes](), 0
    for match in pattern.finditer(data):
        first, last = match.span()
        child.add(parts, data[at:first], at, first, _LITERAL)
        child.add(parts, decode(match[0]), first, last, scale)
        at = last
    if at:
        child.add(parts, data[at:], at, len(data), _LITERAL)
        child.data = b"".join(parts)
        yield child


def _collected(
    view: View, runs: list[tuple[int, int]], data: bytes, decode: Callable[[bytes], bytes], scale: tuple[int, int]
) -> View:
    """A view of nothing but the decoded runs, each read at every alignment, with a NUL after each."""
    child, parts = View(view), list[bytes]()
    for first, last in runs:
        for start in range(first, first + scale[0]):
            child.add(parts, decode(data[start:last]), start, last, scale)
            child.add(parts, b"\0", last, last, _WHOLE)
    child.data = b"".join(parts)
    return child


def _unpercent(run: bytes) -> bytes:
    return binascii.unhexlify(run.replace(b"%", b""))


def _unescape(escape: bytes) -> bytes:
    """One backslash escape as UTF-8."""
    if len(escape) == 2:
        return bytes((_SINGLE[escape[1]],))
    text = escape.decode("ascii").encode().decode("unicode_escape")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass").encode("utf-8", "surrogatepass")


def _unescape_bytes(escape: bytes) -> bytes:
    """One backslash escape, where two hexadecimal digits are a byte."""
    return bytes((int(escape[2:], 16),)) if escape[1:2] == b"x" else _unescape(escape)


def _unreference(reference: bytes) -> bytes:
    return html.unescape(reference.decode("ascii")).encode("utf-8", "surrogatepass")


def _unhex(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) & ~1])


def _unbase64(run: bytes) -> bytes:
    if len(run) % 4 == 1:
        run = run[:-1]
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))
