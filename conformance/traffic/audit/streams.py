"""What bytes are read from, one piece after the other."""

from __future__ import annotations

from typing import Protocol


class Pieces(Protocol):
    """Gives at most so many bytes, and none at its end."""

    def read1(self, size: int = -1, /) -> bytes: ...


class Chained:
    """What was read ahead, then the rest: a file object as far as the decompressors need one."""

    def __init__(self, first: bytes, rest: Pieces) -> None:
        self._first = first
        self._rest = rest

    def read1(self, size: int = -1, /) -> bytes:
        if self._first:
            found, self._first = self._first[:size], self._first[size:]
            return found
        return self._rest.read1(size)

    read = read1
