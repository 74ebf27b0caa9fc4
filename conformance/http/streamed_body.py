"""Files on the wire: sent and received piece by piece, so that nobody holds the whole of one.

What is kept of a file is its size, its SHA-256 and its head. Where it is known what has to come back, both are compared
while the bytes pass by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

PIECE = 65_536
"""How many bytes a piece has."""

KEPT = 65_536
"""How many bytes of a received file are kept: all of a small one, the head of a large one."""

_MARK = 16  # bytes at the start of each piece of a patterned file
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class CutOff(Exception):
    """The sender stopped in the middle of a file, on purpose."""


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """A file to send.

    Attributes:
        pieces: gives its bytes from the start, in pieces, each time it is called.
        size: how many bytes it has, and how many are announced.
        sha256: the digest in hex.
    """

    pieces: Callable[[], Iterator[bytes]] = field(compare=False)
    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The file of these bytes."""
        return cls(lambda: (data[at : at + PIECE] for at in range(0, len(data), PIECE)), len(data), _digest([data]))

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """A file on disk, which is read while it is sent."""
        return cls(lambda: _read(path), path.stat().st_size, _digest(_read(path)))

    @classmethod
    def patterned(cls, size: int, tag: int = 0) -> Self:
        """A file of any size that takes no memory: letters and digits, no two pieces alike, nor those of two tags."""
        return cls(lambda: _pattern(size, tag), size, _digest(_pattern(size, tag)))

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces()

    @property
    def head(self) -> bytes:
        """The first `KEPT` bytes: all of a small file; of one that is cut off, what is sent of it."""
        found = b""
        with suppress(CutOff):
            for piece in self.pieces():
                found += piece
                if len(found) >= KEPT:
                    break
        return found[:KEPT]

    def first(self, size: int) -> Content:
        """A file of the first bytes of this one."""

        def pieces() -> Iterator[bytes]:
            left = size
            for piece in self.pieces():
                yield piece[:left]
                left -= len(piece)
                if left <= 0:
                    return

        return Content(pieces, min(size, self.size), self.sha256 if size >= self.size else _digest(pieces()))

    def in_two_halves(self, between: Callable[[], None]) -> Content:
        """The same file, with something done once the first half of it is handed over."""

        def pieces() -> Iterator[bytes]:
            half, passed = self.size // 2, 0
            yield from self.first(half)
            between()
            for piece in self.pieces():
                if rest := piece[max(0, half - passed) :]:
                    yield rest
                passed += len(piece)

        return replace(self, pieces=pieces)

    def cut_after(self, sent: int) -> Content:
        """The same file, whose sending ends with `CutOff` after so many bytes."""

        def pieces() -> Iterator[bytes]:
            yield from self.first(sent).pieces()
            raise CutOff(f"cut off on purpose after {sent} of {self.size} bytes")

        return replace(self, pieces=pieces)

    def __repr__(self) -> str:
        return f"<Content {self.size} bytes, sha256 {self.sha256[:12]}>"


class Received:
    """A file while it is received, and what is known of it afterwards.

    Args:
        expected: what has to come; None where that is not known.
        at_most: how many bytes are read; one more is a problem of the exchange.

    Attributes:
        size: how many bytes came.
        head: the first `KEPT` of them.
        same_until: how many bytes from the start are those that were expected.
    """

    def __init__(self, expected: Content | None = None, *, at_most: int) -> None:
        self.at_most = at_most
        self.size = 0
        self.head = b""
        self.same_until = 0
        self._hash = hashlib.sha256()
        self._expected = iter(expected) if expected is not None else iter(())
        self._ahead = b""

    def take(self, piece: bytes) -> None:
        """Count, digest and compare the next bytes."""
        if self.same_until == self.size:
            self._compare(piece)
        self.size += len(piece)
        self._hash.update(piece)
        if len(self.head) < KEPT:
            self.head += piece[: KEPT - len(self.head)]

    @property
    def sha256(self) -> str:
        """The digest of what came, in hex."""
        return self._hash.hexdigest()

    def _compare(self, piece: bytes) -> None:
        while piece:
            self._ahead = self._ahead or next(self._expected, b"")
            length = min(len(piece), len(self._ahead))
            if length == 0 or piece[:length] != self._ahead[:length]:
                self.same_until += _common(piece, self._ahead)
                return
            self.same_until += length
            piece, self._ahead = piece[length:], self._ahead[length:]


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two texts share from the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _digest(pieces: Iterator[bytes] | list[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _pattern(size: int, tag: int) -> Iterator[bytes]:
    base = (_LETTERS * (PIECE // len(_LETTERS)))[_MARK:]
    for number, at in enumerate(range(0, size, PIECE)):
        mark = b"%08x%08x" % (number, tag)
        yield (mark + base)[: size - at]
