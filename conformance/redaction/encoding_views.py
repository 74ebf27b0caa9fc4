"""Views of a text with encodings undone, each able to say which bytes of the text a place in it came from.

Decoding is local and lenient: what does not decode stays as it is (percent-encoding, escapes, references,
quoted-printable) or is left out (Base64, hexadecimal digits). Most views hold nothing that is looked for, so where
their bytes came from is worked out only when somebody asks.
"""

from __future__ import annotations

import binascii
import functools
import html
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type Piece = tuple[int, int, int, int, int]
"""Where a piece starts in a view, where it starts and ends in the parent, and encoded bytes for decoded bytes."""

MOST = 64
"""How many views as long as the text are made of it: encodings that nest in every order at once are no accident."""

_LEAST = 1 / 4  # of such a view: what a short one counts for

_SHORTEST = 8  # bytes of plain text that matter
_CUT = b"_"  # between parts of a text: a letter, so that no word that is cut off beside it seems to stand alone
_BASE64_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_HEX_DIGITS = b"0123456789ABCDEFabcdef"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _all_but(kept: bytes) -> bytes:
    return bytes(byte for byte in range(256) if byte not in kept)


_GAPS = b" \t\r\n\0"  # what wraps lines, and every second byte of UTF-16
_BETWEEN_GAPS = re.compile(rb"([^ \t\r\n\0]+)")
_NO_BASE64, _BASE64 = _all_but(_BASE64_DIGITS), re.compile(rb"([A-Za-z0-9+/_-]+)")
_NO_HEX, _HEX = _all_but(_HEX_DIGITS), re.compile(rb"(?:0[xX])?((?:(?!0[xX])[0-9A-Fa-f])+)")

# What may be encoded once more. Decoded Base64 is mostly noise, in which every encoding seems to begin somewhere.
_ASCII = b"\t\r\n" + bytes(range(32, 127))
_LEGIBLE = re.compile(b"a" * _SHORTEST + b"+"), re.compile(b"ab" * _SHORTEST + b"(?:ab)*")  # the second in UTF-16


@functools.lru_cache(16)
def _to_legible(letters: bytes) -> bytes:
    return bytes(97 if byte in _ASCII or byte in letters else 98 if byte == 0 else 0 for byte in range(256))


@dataclass(slots=True, eq=False, repr=False)
class View:
    """A decoded text.

    Attributes:
        data: the decoded bytes.
        parent: the view it was decoded from; None for the text itself.
        pieces: the pieces of it, in order; None where it is the parent's data.
        joined: whether the gaps of the parent are left out, so that no word in it is known to stand alone.
        noise: whether most of it is not text.
    """

    data: bytes
    parent: View | None = None
    pieces: Callable[[], Iterator[Piece]] | None = None
    joined: bool = False
    noise: bool = False
    _known: list[Piece] = field(default_factory=list)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The bytes of the undecoded text from which the decoded bytes `start` to `end` came."""
        if self.parent is None or self.pieces is None:
            return start, end
        if not self._known:
            self._known.extend(self.pieces())
        at, first, _, many, few = self._piece(start)
        begin = first + (start - at) * many // few
        at, first, last, many, few = self._piece(end - 1)
        # A negative quotient is rounded up in all.
        stop = min(first - (at - end) * many // few, last) if many else last
        return self.parent.origin(begin, stop)

    def _piece(self, place: int) -> Piece:
        return self._known[bisect_right(self._known, place, key=lambda piece: piece[0]) - 1]


def views(data: bytes, depth: int, letters: bytes = b"", reach: int | None = None) -> Iterator[View]:
    """The data itself, and views of it with up to `depth` layers of encoding undone, in all as many as `MOST` says.

    Percent-encoding of percent-encoding, escapes of escapes and references of references are one layer.

    Args:
        data: the text to decode.
        depth: how many layers to undo.
        letters: the bytes beyond ASCII that what is looked for may hold.
        reach: how many bytes before and after an encoded character may belong to the same value. What is further from
            each of them is in no view of a replaced encoding: a view without it stands before it. None for no limit.
    """
    level = [View(data)]
    seen, made = {data}, 1.0
    yield level[0]
    for _ in range(depth):
        below: list[View] = []
        for view in level:
            for child in _children(view, letters, len(data) if reach is None else reach):
                if child.data in seen or made >= MOST:
                    continue
                seen.add(child.data)
                made += max(_LEAST, min(1.0, len(child.data) / len(data)))
                yield child
                if not child.joined:
                    below.append(child)
        level = below


def _children(view: View, letters: bytes, reach: int) -> Iterator[View]:
    if view.noise:
        text = view.data.translate(_to_legible(letters))
        runs = sorted(match.span() for pattern in _LEGIBLE for match in pattern.finditer(text))
        if not runs:
            return
        view = _collected(view, view.data, runs, bytes, (1, 1))
    for code in _CODES:
        yield from code.undone(view, reach)
    yield _kept(view, view.data.translate(None, _GAPS), _BETWEEN_GAPS)
    digits = _kept(view, view.data.translate(None, _NO_BASE64), _BASE64)
    if len(digits.data) * 3 >= _SHORTEST * 4:
        yield _collected(digits, digits.data.translate(_URL_SAFE), _every_start(digits, 4), _unbase64, (4, 3))
    pairs = _kept(view, _hex_digits_of(view.data), _HEX)
    if len(pairs.data) >= _SHORTEST * 2:
        yield _collected(pairs, pairs.data, _every_start(pairs, 2), _unhex, (2, 1))


# ------------------------------------------------------------------ substitution


@dataclass(frozen=True, slots=True)
class _Code:
    """An encoding that replaces characters where they stand.

    Attributes:
        sign: what every encoded text holds.
        code: what stands for one character or more.
        decode: turns that into bytes.
        signs: what the sign becomes when it is encoded again, as often as that may have been.
        only_with: what a text must hold to be decoded in this way.
    """

    sign: bytes
    code: re.Pattern[bytes]
    decode: Callable[[bytes], bytes]
    signs: re.Pattern[bytes] | None = None
    only_with: re.Pattern[bytes] | None = None

    def undone(self, view: View, reach: int) -> Iterator[View]:
        """Views in which one layer is undone, and all but one, and all; none where nothing is encoded."""
        if self.sign not in view.data or (self.only_with or self.code).search(view.data) is None:
            return
        yield _substituted(view, self.code, self.decode, reach)
        if self.signs is not None and self.signs.search(view.data):
            once = _substituted(view, self.signs, lambda signs: self.sign, reach)
            yield once
            yield _substituted(once, self.code, self.decode, reach)


def _substituted(view: View, pattern: re.Pattern[bytes], decode: Callable[[bytes], bytes], reach: int) -> View:
    """A view in which everything that a pattern finds is decoded, with what is in reach of that around it."""
    data = view.data
    parts = _parts_around(data, pattern, reach)

    def pieces() -> Iterator[Piece]:
        done = 0
        for start, end in parts:
            at = start
            for match in pattern.finditer(data, start, end):
                first, last = match.span()
                if at < first:
                    yield done, at, first, 1, 1
                    done += first - at
                if size := len(decode(match[0])):
                    # Either each decoded byte takes as many encoded ones, or they belong together.
                    yield done, first, last, *((last - first) // size if (last - first) % size == 0 else 0, 1)
                done, at = done + size, last
            if at < end:
                yield done, at, end, 1, 1
            done += end - at + len(_CUT)

    undone = (pattern.sub(lambda match: decode(match[0]), data[start:end]) for start, end in parts)
    return View(_CUT.join(undone), view, pieces)


def _parts_around(data: bytes, pattern: re.Pattern[bytes], reach: int) -> list[tuple[int, int]]:
    """Where the parts start and end that hold all that a pattern finds, and what is in reach of it."""
    if len(data) <= reach:
        return [(0, len(data))]
    parts: list[tuple[int, int]] = []
    for match in pattern.finditer(data):
        start, end = max(0, match.start() - reach), min(len(data), match.end() + reach)
        if parts and start <= parts[-1][1]:
            start = parts.pop()[0]
        parts.append((start, end))
    return parts


def _utf_8(*units: bytes) -> bytes:
    """Units of UTF-16, as hexadecimal digits, as UTF-8."""
    raw = b"".join(int(unit, 16).to_bytes(2) for unit in units)
    return raw.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _character(digits: bytes, base: int) -> bytes:
    return chr(min(int(digits, base), 0x10FFFF)).encode("utf-8", "surrogatepass")


def _unpercent(code: bytes) -> bytes:
    if b"u" in code:
        return _utf_8(*code.split(b"%u")[1:])
    return binascii.unhexlify(code.replace(b"%", b""))


_SIMPLE = dict(zip(b"\"'\\/abfnrtv0", b"\"'\\/\a\b\f\n\r\t\v\0", strict=True))
_UNIT = rb"[0-9A-Fa-f]{4}"
_HIGH, _LOW = rb"[dD][89abAB][0-9A-Fa-f]{2}", rb"[dD][c-fC-F][0-9A-Fa-f]{2}"


@functools.lru_cache(4096)
def _unescape(escape: bytes) -> bytes:
    """One backslash escape as UTF-8."""
    kind, digits = escape[1:2], escape[2:]
    if kind == b"u":
        return _character(digits[1:-1], 16) if digits[:1] == b"{" else _utf_8(*escape.split(rb"\u")[1:])
    if kind in b"xU":
        return _character(digits, 16)
    return _character(escape[1:], 8) if digits else bytes((_SIMPLE[kind[0]],))


@functools.lru_cache(4096)
def _unescape_bytes(escape: bytes) -> bytes:
    """One backslash escape, where two hexadecimal or three octal digits are a byte."""
    if escape[1:2] == b"x":
        return bytes((int(escape[2:], 16),))
    return bytes((int(escape[1:], 8),)) if escape[1:].isdigit() and len(escape) == 4 else _unescape(escape)


@functools.lru_cache(4096)
def _unreference(reference: bytes) -> bytes:
    return html.unescape(reference.decode("ascii")).encode("utf-8", "surrogatepass")


def _unquote_printable(code: bytes) -> bytes:
    return b"" if code[-1:] == b"\n" else binascii.unhexlify(code.replace(b"=", b""))


_ESCAPE = re.compile(
    rb"\\(?:u%b\\u%b|u%b|u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|U[0-9A-Fa-f]{8}|[0-3][0-7]{2}|[\"'\\/abfnrtv0])"
    % (_HIGH, _LOW, _UNIT)
)
_REFERENCE = re.compile(rb"&(?:#0{0,9}[0-9]{1,8}|#[xX]0{0,9}[0-9A-Fa-f]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});?")
_BACKSLASHES = re.compile(rb"\\\\+")

# Each begins with one letter and no choice: so re skips to it many times faster.
_CODES = (
    _Code(
        b"%",
        re.compile(rb"%%(?:[0-9A-Fa-f]{2}(?:%%[0-9A-Fa-f]{2})*|u%b%%u%b|u%b)" % (_HIGH, _LOW, _UNIT)),
        _unpercent,
        re.compile(rb"%(?:25)+"),
    ),
    _Code(b"\\", _ESCAPE, _unescape, _BACKSLASHES),
    # \xe9 is a character in the repr of a str and a byte in the repr of bytes.
    _Code(b"\\", _ESCAPE, _unescape_bytes, _BACKSLASHES, re.compile(rb"\\(?:x[89a-fA-F]|[23][0-7]{2})")),
    _Code(b"&", _REFERENCE, _unreference, re.compile(rb"&(?:amp;)+")),
    _Code(b"=", re.compile(rb"=(?:[0-9A-F]{2}(?:=[0-9A-F]{2})*|\r?\n)"), _unquote_printable),
    # In sid=00D…=3D=3D the first sign is none of quoted-printable.
    _Code(b"=", re.compile(rb"=(?:3D|\r?\n)"), _unquote_printable),
)


def without_escapes(data: bytes) -> bytes:
    """The text with one layer of backslash escapes undone."""
    return _ESCAPE.sub(lambda match: _unescape(match[0]), data)


def without_references(data: bytes) -> bytes:
    """The text with one layer of HTML references undone."""
    return _REFERENCE.sub(lambda match: _unreference(match[0]), data)


# ------------------------------------------------------------------ selection


def _kept(view: View, data: bytes, pattern: re.Pattern[bytes]) -> View:
    """A view of nothing but what a pattern finds, next to each other: `data` is that."""

    def pieces() -> Iterator[Piece]:
        done = 0
        for match in pattern.finditer(view.data):
            yield done, *match.span(1), 1, 1
            done += len(match[1])

    return View(data, view, pieces, joined=True)


def _hex_digits_of(data: bytes) -> bytes:
    return data.replace(b"0x", b".").replace(b"0X", b".").translate(None, _NO_HEX)


def _every_start(view: View, unit: int) -> list[tuple[int, int]]:
    return [(start, len(view.data)) for start in range(unit)]


def _collected(
    view: View, data: bytes, runs: list[tuple[int, int]], decode: Callable[[bytes], bytes], scale: tuple[int, int]
) -> View:
    """A view of nothing but decoded runs, with a line break between them."""

    def pieces() -> Iterator[Piece]:
        done = 0
        for first, last in runs:
            yield done, first, last, *scale
            done += len(decode(data[first:last])) + 1

    decoded = b"\n".join([decode(data[first:last]) for first, last in runs])
    return View(decoded, view, pieces, noise=scale != (1, 1))


def _unhex(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) & ~1])


def _unbase64(run: bytes) -> bytes:
    if len(run) % 4 == 1:
        run = run[:-1]
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))
