"""One place, opened, recognised, read and judged; and what is noted of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, Protocol

from conformance.rules.url_tokens import Detector, Marks, key_of
from conformance.traffic.audit.findings import (
    Broken,
    Damage,
    Learned,
    LocatedFinding,
    LocatedFindings,
    Position,
    Read,
    Unknown,
    group_of,
)
from conformance.traffic.audit.formats import Kind, is_archive, kind_of, unread_kind
from conformance.traffic.audit.readers import READERS
from conformance.traffic.audit.sources import opened, why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.traffic.audit.findings import Event, Kept, Seen
    from conformance.traffic.audit.pieces import Piece
    from conformance.traffic.audit.sources import Source

ONE_RUN = b"compares within one run"
"""The salt of fingerprints that nobody keeps."""

MAX_DEPTH = 3
"""How many archives are opened one in the other."""

MAX_KEPT = 32 << 20
"""How many bytes are kept of what is to be said of a piece, about, before it is judged again where none has to be."""

_EVENT: Final = 1 << 10  # the bytes of one event, or of what findings have in common, about

CAPTURES: Final = frozenset({Kind.HAR, Kind.FLOWS})
"""The kinds that show whole exchanges."""


class Notes(Protocol):
    """Takes what is to be said, in the order of the place."""

    def add(self, event: Event, /) -> None: ...


@dataclass(slots=True)
class Part:
    """What is to be said of a piece, to be counted elsewhere.

    Attributes:
        events: in the order of the piece; without findings if there was more than is kept.
        most: how many bytes are kept; None for all.
        is_full: whether there was more.
    """

    events: list[Kept] = field(default_factory=list)
    most: int | None = None
    is_full: bool = False
    _groups: dict[tuple[object, ...], int] = field(default_factory=dict, repr=False, compare=False)
    _size: int = field(default=0, repr=False, compare=False)

    @property
    def count(self) -> int:
        """How many events there are."""
        return sum(len(one) if isinstance(one, LocatedFindings) else 1 for one in self.events)

    def add(self, event: Event) -> None:
        """Note something; what findings have in common is kept once, so that it is sent once."""
        if self.is_full and not isinstance(event, Learned):
            return
        if isinstance(event, LocatedFinding):
            self._find(event)
        else:
            self._size += _EVENT
            self.events.append(event)
        if self.most is not None and self._size > self.most:
            self.is_full = True
            self.events = [one for one in self.events if not isinstance(one, LocatedFindings)]

    def _find(self, event: LocatedFinding) -> None:
        together = self.events[-1] if self.events else None
        if not isinstance(together, LocatedFindings):
            together = LocatedFindings()
            self._groups.clear()
            self.events.append(together)
        if (number := self._groups.get(group := group_of(event))) is None:
            number = self._groups[group] = len(together.groups)
            together.groups.append(event)
            self._size += _EVENT
        together.append(number, event)
        self._size += LocatedFindings.ROW


@dataclass(frozen=True, slots=True)
class _Version:
    """Notes of a version of a file: each position names the commit."""

    notes: Notes
    commit: str

    def add(self, event: Event) -> None:
        if isinstance(event, LocatedFinding | Damage):
            at = event.at._replace(commit=self.commit)
            event = replace(event, at=at) if isinstance(event, Damage) else event._replace(at=at)
        self.notes.add(event)


@dataclass(frozen=True, slots=True)
class Key:
    """What findings hang on beside the content.

    Attributes:
        salt: of the fingerprints.
        marks: the credentials that any content shows, see `Marks`; none when a content is read for the first time.
    """

    salt: bytes = ONE_RUN
    marks: bytes = b""

    def detector(self, kind: Kind) -> Detector:
        """What judges a content of a kind. Captures show what is a credential, and logs do not."""
        is_capture = kind in CAPTURES
        return Detector(salt=self.salt, correlate=is_capture, keeps=is_capture, others=_others(self))


@lru_cache(1)
def _others(key: Key) -> Marks | None:
    return Marks(key.marks, key_of(key.salt)) if key.marks else None


def judged_piece(piece: Piece, key: Key) -> Part:
    """What is to be said of a piece, to be sent."""
    part = Part(most=MAX_KEPT)
    judge(piece, part, key)
    return Part(part.events, is_full=part.is_full)


def judge(piece: Piece, notes: Notes, key: Key, progress: Callable[[int], None] | None = None) -> None:
    """Judge a piece. What cannot be judged is noted.

    Args:
        piece: a place, or a part of a text.
        notes: takes what is to be said of it.
        key: what findings hang on beside the content.
        progress: told how many bytes were read, as they are.
    """
    place = piece.place
    notes = _Version(notes, place.commit) if place.commit else notes
    with _isolated(place.name, piece.size, notes):
        if place.problem:
            notes.add(Damage(Position(place.name), place.problem, place.size, may_pass=True))
        elif place.left_out:
            notes.add(Unknown(place.name, place.left_out, place.size))
        elif piece.kind is not None:
            with piece.opened() as source:
                _read(source, piece.kind, notes, key)
                if source.damage is not None:
                    notes.add(source.damage)
        else:
            with opened(place, progress) as source:
                _judge(source, place.path, notes, key)


@contextmanager
def _isolated(name: str, size: int, notes: Notes) -> Iterator[None]:
    """Let what happens to one file cost the others nothing."""
    try:
        yield
    except OSError as error:
        notes.add(Damage(Position(name), f"cannot be read: {why(error)}", size, may_pass=True))
    except Exception as error:  # whatever it is; its message may quote what was read
        notes.add(Broken(name, f"{mistake(error)}; the file is not judged as a whole", size))


def _judge(source: Source, path: Path | None, notes: Notes, key: Key, depth: int = 0) -> None:
    if depth < MAX_DEPTH and is_archive(source.head):
        from conformance.traffic.audit.archives import members

        for one in members(source, path):
            if isinstance(one, Damage):
                notes.add(one)
                continue
            with _isolated(one.name, one.size, notes):
                _judge(one, None, notes, key, depth + 1)
    elif (kind := kind_of(source.head)) is not None:
        is_called_har = kind is Kind.JSON and source.name.lower().endswith(".har")  # cut off before it says so itself
        _read(source, Kind.HAR if is_called_har else kind, notes, key)
    elif source.damage is None:
        notes.add(Unknown(source.name, unread_kind(source.head), source.size))
    if source.damage is not None:
        notes.add(source.damage)


def _read(source: Source, kind: Kind, notes: Notes, key: Key) -> None:
    read, detector = Read(source.name, kind), key.detector(kind)
    notes.add(read)
    try:
        for seen in READERS[kind](source, detector):
            notes.add(seen)
        if left := source.left():
            notes.add(Damage(Position(read.name), "what follows was not read", left))
    finally:
        read.units, read.size = source.units, source.given
        if detector.marks:
            notes.add(Learned(read.name, detector.marks, detector.is_late))


def judged(source: Source, kind: Kind) -> Iterator[Seen | Unknown]:
    """Everything that is seen in one content; each has its own memory of credentials."""
    yield from READERS[kind](source, Key().detector(kind))


def mistake(error: Exception) -> str:
    """What to say of a mistake of ours; without its message, which may quote what was read."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {PurePath(frame.filename).name}:{frame.lineno}"
    return f"{where}; this is a mistake of seasonproof, please report it with this line"
