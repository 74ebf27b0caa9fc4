"""What one process judges at a time: a place, or so many lines of a large text that is a file as it stands."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from conformance.traffic.audit.formats import Kind, kind_of
from conformance.traffic.audit.sources import Source, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.traffic.audit.place import Place

PIECE = 8 << 20
"""The fewest bytes of a text that are judged at a time."""

_LARGEST: Final = 8  # the most, in such pieces
_LEFT: Final = 16  # how many pieces of a size the rest of a text has at least, so that no process is last for long

_BY_LINE: Final = frozenset({Kind.LOG, Kind.JSON_LINES})  # what each line says hangs on no other line
_LONGEST: Final = 1 << 20  # the bytes of a line that are held at a time


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to judge.

    Attributes:
        place: where it is.
        kind: what it is, if it is a part of a text; else that is seen when it is opened.
        start: a part has the lines that begin at this byte or after it.
        stop: and before this one; None for all that follow.
    """

    place: Place
    kind: Kind | None = None
    start: int = 0
    stop: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is all that is at the place."""
        return self.kind is None

    @property
    def size(self) -> int:
        """How many bytes it has on disk; 0 where nobody knows."""
        return max(0, (self.place.size if self.stop is None else self.stop) - self.start)

    @property
    def is_bound(self) -> bool:
        """Whether only this process has it: standard input."""
        return self.place.path is None and self.place.origin is None

    @contextmanager
    def opened(self) -> Iterator[Source]:
        """Open the lines of a part, until the context ends.

        Raises:
            OSError: it cannot be opened.
        """
        assert self.place.path is not None, "only files have parts"  # noqa: S101
        with self.place.path.open("rb", buffering=1 << 16) as file:
            yield Source(self.place.name, _Lines(file, self.start, self.stop), size=self.size, is_part=True)


def pieces(places: Iterable[Place]) -> Iterator[Piece]:
    """What is to be judged, in order: each place, or the parts of it."""
    for place in places:
        kind = _kind_in_parts(place)
        if kind is None:
            yield Piece(place)
            continue
        start = 0
        while (stop := start + _step(place.size - start)) < place.size:
            yield Piece(place, kind, start, stop)
            start = stop
        yield Piece(place, kind, start)


def _step(left: int) -> int:
    """How many bytes the next piece has, of those that are left: the same for any number of processes."""
    return PIECE * max(1, min(_LARGEST, left // (_LEFT * PIECE)))


def _kind_in_parts(place: Place) -> Kind | None:
    """What a place is, if it is a text that can be judged in parts, and large enough for that."""
    if place.path is None or place.problem or place.left_out or place.size < 2 * PIECE:
        return None
    try:
        with opened(place) as source:
            kind = kind_of(source.head) if source.is_plain and not source.skipped else None
    except OSError:
        return None  # it is named when its turn comes
    return kind if kind in _BY_LINE else None


class _Lines:
    """The lines of a file that begin in a range of bytes: a stream, as far as a source needs one."""

    def __init__(self, file: BinaryIO, start: int, stop: int | None) -> None:
        self._file = file
        self._stop = stop
        self._at = start
        self._has_ended = False
        if start:
            file.seek(start - 1)
            self._at -= 1
            self._line(_LONGEST, keep=False)
            self._has_ended = stop is not None and self._at >= stop

    def _line(self, size: int, *, keep: bool) -> bytes:
        """The rest of a line, or so many bytes of it; without `keep`, go over all of it."""
        while found := self._file.readline(size):
            self._at += len(found)
            if keep or found.endswith(b"\n"):
                return found
        return b""

    def read1(self, size: int = -1, /) -> bytes:
        if self._has_ended:
            return b""
        if self._stop is None:
            return self._file.read(size)
        if self._at < self._stop:
            found = self._file.read(min(size, self._stop - self._at) if size >= 0 else self._stop - self._at)
            self._at += len(found)
            self._has_ended = not found or (self._at == self._stop and found.endswith(b"\n"))
        else:
            found = self._line(size, keep=True)
            self._has_ended = not found or found.endswith(b"\n")
        return found
