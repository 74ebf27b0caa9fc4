"""Journals of audits: what was noted of each piece, so that nothing is judged twice, and shards become one audit.

A journal is only ever appended to, a line for each piece once it is judged. A line that was cut off, because the audit
was killed while it wrote, is taken away. It shows no credential: findings have fingerprints, keyed by a salt that it
does not hold.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Final, Self

import msgspec

from conformance.documents import UsageProblem
from conformance.traffic.audit.findings import (
    Broken,
    Damage,
    Learned,
    LocatedFindings,
    Position,
    Read,
    Unknown,
    may_pass,
)
from conformance.traffic.audit.judging import Part
from conformance.traffic.audit.learned_credentials import LearnedCredentials, own_marks
from conformance.traffic.audit.sources import why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from conformance.traffic.audit.findings import Kept
    from conformance.traffic.audit.pieces import Piece
    from conformance.traffic.audit.selecting import Shard

_FORMAT: Final = 4
_BEGIN: Final = b'{"head":'


class _Head(msgspec.Struct):
    """The first line: what all pieces have in common."""

    audit_journal: int
    salt: str
    shard: str


class _Noted(msgspec.Struct, omit_defaults=True):
    """One event, or findings one after the other."""

    found: LocatedFindings | None = None
    damage: Damage | None = None
    read: Read | None = None
    unknown: Unknown | None = None
    broken: Broken | None = None
    learned: Learned | None = None


class _Record(msgspec.Struct, omit_defaults=True):
    """A piece: where it is in the order of all, what it is, what was noted of it, and with which lessons."""

    number: int
    name: str
    version: str = ""
    start: int = 0
    events: list[_Noted] = []
    lessons: str = ""


class _End(msgspec.Struct):
    """The last line of an audit that came to its end, with what could not be read and may be read another time."""

    failed: list[_Record]
    left_out: int = 0


class _Line(msgspec.Struct, omit_defaults=True):
    head: _Head | None = None
    piece: _Record | None = None
    end: _End | None = None


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Line).decode


def _record(piece: Piece, part: Part, lessons: LearnedCredentials) -> _Record:
    place = piece.place
    events = [_noted(event) for event in part.events]
    return _Record(place.number, place.name, place.version, piece.start, events, lessons.digest)


def _noted(event: Kept) -> _Noted:
    match event:
        case LocatedFindings():
            return _Noted(found=event)
        case Damage():
            return _Noted(damage=event)
        case Read():
            return _Noted(read=event)
        case Unknown():
            return _Noted(unknown=event)
        case Broken():
            return _Noted(broken=event)
        case Learned():
            return _Noted(learned=event)


def _event(one: _Noted) -> Kept:
    event = one.found or one.damage or one.read or one.unknown or one.broken or one.learned
    assert event is not None, "it was one"  # noqa: S101
    return event


class Journal:
    """A journal that is written, with what is in it already.

    Raises:
        UsageProblem: it cannot be written, somebody else writes it, or it is of another audit.
    """

    def __init__(self, path: Path, salt: bytes, shard: Shard) -> None:
        self._head = _Head(_FORMAT, digest_of(salt), str(shard))
        self._path = path
        self._known: dict[tuple[str, str, int], tuple[frozenset[bytes] | None, str]] = {}
        self._versions: dict[str, tuple[int, str]] = {}
        self._failed: list[_Record] = []
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise UsageProblem([f"{path}: cannot be written: {error.strerror}"]) from None
        try:
            _lock(self._file, path)
            self._resume()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _resume(self) -> None:
        """Take what is there, and take away a line that was cut off."""
        end = 0
        for offset, line in _lines(self._file, self._path):
            end = offset + len(line)
            self._take(_decoded(line, self._path))
        self._file.truncate(end)
        self._file.seek(0, os.SEEK_END)
        if not end:
            self._append(_Line(head=self._head))

    def _take(self, line: _Line) -> None:
        if line.head is not None and line.head != self._head:
            was = f"shard {line.head.shard} of the salt {line.head.salt}"
            raise UsageProblem([f"{self._path}: is the journal of another audit ({was}); name another file"])
        if line.piece is not None:
            self._know(line.piece)

    def _know(self, record: _Record) -> None:
        own = own_marks(_told(record))
        self._known[record.name, record.version, record.start] = own, record.lessons
        self._versions.setdefault(record.name, (record.number, record.version))

    def has(self, piece: Piece, lessons: LearnedCredentials) -> bool:
        """Whether a piece was judged with these lessons, in the version that is there now."""
        known = self._known.get((piece.place.name, piece.place.version, piece.start))
        return known is not None and not lessons.are_new_to(*known)

    def write(self, piece: Piece, part: Part, lessons: LearnedCredentials) -> None:
        """Note what a piece has, judged with these lessons; what may be read another time is told at the end.

        What was read before and fails now stays as it was.
        """
        record = _record(piece, part, lessons)
        number, version = self._versions.get(record.name, (record.number, record.version))
        if version == record.version:
            record.number = number  # so that the parts of a file stay together
        if any(map(may_pass, part.events)):
            if (record.name, record.version, record.start) not in self._known:
                self._failed.append(record)
            return
        self._append(_Line(piece=record))
        self._know(record)

    def end(self, left_out: int) -> None:
        """Say that everything was tried, and how many places were not wanted."""
        self._append(_Line(end=_End(self._failed, left_out)))

    def _append(self, line: _Line) -> None:
        self._file.write(_encode(line) + b"\n")
        self._file.flush()


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece of which a journal has what was noted.

    Attributes:
        number: where its place is among all.
        name: of the place.
        start: where the piece begins.
        version: of the place.
        own: see `own_marks`.
        lessons: the digest of those that it was judged with.
        learned: what it shows as credentials.
        size: how many bytes were read of it.
        where: its line in a journal, or what was noted of it.
    """

    number: int
    name: str
    start: int
    version: str
    own: frozenset[bytes] | None
    lessons: str
    learned: tuple[Learned, ...]
    size: int
    where: tuple[Path, int] | _Record


class Joined:
    """The journals of all shards of one audit, in the order of one audit.

    Args:
        paths: the journals.
        is_all: whether they should be of all shards.

    Attributes:
        pieces: what was judged.
        lessons: what any of it shows as credentials.
        problems: what is missing.
        left_out: how many places were not wanted.
        salt: what the salt is known by.

    Raises:
        UsageProblem: one is no journal, or they are not of one audit.
    """

    def __init__(self, paths: Sequence[Path], *, is_all: bool = True) -> None:
        self.pieces: list[Judged] = []
        self._heads: dict[str, Path] = {}
        self.problems: list[Damage] = []
        self.lessons = LearnedCredentials()
        self.left_out = 0
        self.salt = ""
        for path in paths:
            self._read(path)
        if is_all:
            self._check_shards(paths[0])
        self.pieces.sort(key=lambda one: (one.number, one.name, one.start))
        for one in self.pieces:
            self.lessons.extend(one.learned)

    def _read(self, path: Path) -> None:
        end: _End | None = None
        versions: dict[str, str] = {}
        pieces: dict[tuple[str, int], Judged] = {}
        try:
            with path.open("rb") as file:
                for offset, text in _lines(file, path):
                    line = _decoded(text, path)
                    if line.head is not None:
                        self._head(line.head, path)
                    end = line.end
                    if (one := line.piece) is not None:
                        versions[one.name] = one.version
                        pieces[one.name, one.start] = _judged(one, (path, offset))  # the latest one counts
        except OSError as error:
            raise UsageProblem([f"{path}: {why(error)}"]) from None
        self.pieces += [one for one in pieces.values() if versions[one.name] == one.version]
        if end is not None:
            self.pieces += [_judged(one, one) for one in end.failed]
            self.left_out = max(self.left_out, end.left_out)
        else:
            self.problems.append(Damage(Position(str(path)), "the audit that writes this journal has not ended"))

    def _head(self, head: _Head, path: Path) -> None:
        if head.audit_journal != _FORMAT:
            raise UsageProblem([f"{path}: is a journal of another version of seasonproof; audit again"])
        if self._heads and head.salt != self.salt:
            raise UsageProblem([f"{path}: has another salt than {next(iter(self._heads.values()))}"])
        if head.shard in self._heads:
            raise UsageProblem([f"{path}: is of shard {head.shard}, as is {self._heads[head.shard]}"])
        self.salt = head.salt
        self._heads[head.shard] = path

    def _check_shards(self, first: Path) -> None:
        if not self._heads:
            raise UsageProblem([f"{first}: is empty"])
        of = {head.partition("/")[2] for head in self._heads}
        if len(of) > 1:
            raise UsageProblem([f"{first}: the journals are of different numbers of shards: {', '.join(sorted(of))}"])
        for number in range(1, int(of.pop()) + 1):
            if not any(head.startswith(f"{number}/") for head in self._heads):
                self.problems.append(Damage(Position(f"shard {number}"), "has no journal here"))

    def lacks(self, one: Judged) -> bool:
        """Whether a piece was judged without some of the lessons."""
        return self.lessons.are_new_to(one.own, one.lessons)

    def parts(self) -> Iterator[tuple[Judged, Part]]:
        """What was noted of each piece."""
        files = {path: path.open("rb") for path in self._heads.values()}
        try:
            for one in self.pieces:
                record = one.where if isinstance(one.where, _Record) else _at(files[one.where[0]], *one.where)
                yield one, Part(_told(record))
        finally:
            for file in files.values():
                file.close()


def _judged(record: _Record, where: tuple[Path, int] | _Record) -> Judged:
    events = _told(record)
    learned = tuple(one for one in events if isinstance(one, Learned))
    about = record.number, record.name, record.start, record.version
    size = sum(one.size for one in events if isinstance(one, Read))
    return Judged(*about, own_marks(events), record.lessons, learned, size, where)


def _told(record: _Record) -> list[Kept]:
    return [_event(one) for one in record.events]


def _at(file: IO[bytes], path: Path, offset: int) -> _Record:
    file.seek(offset)
    record = _decoded(file.readline(), path).piece
    assert record is not None  # noqa: S101 it was one before
    return record


def digest_of(salt: bytes) -> str:
    """What a salt is known by."""
    return blake2b(salt, digest_size=8, person=b"audit-salt").hexdigest()


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """Each whole line and where it begins."""
    file.seek(0)
    offset = 0
    for line in file:
        if not line.endswith(b"\n"):  # the audit was killed while it wrote this
            if not offset and not line.startswith(_BEGIN[: len(line)]):
                raise UsageProblem([f"{path}: is not a journal of an audit"])
            return
        yield offset, line
        offset += len(line)


def _decoded(line: bytes, path: Path) -> _Line:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UsageProblem([f"{path}: is not a journal of an audit, or is damaged"]) from None


if sys.platform == "win32":

    def _lock(file: IO[bytes], path: Path) -> None:
        """Windows has no locks of this kind."""

else:
    import fcntl

    _ORPHANS_SECONDS = 2.0  # the processes of a killed audit hold the lock too, until they see that it is gone

    def _lock(file: IO[bytes], path: Path) -> None:
        until = time.monotonic() + _ORPHANS_SECONDS
        while True:
            try:
                return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise UsageProblem([f"{path}: another audit writes this journal now"]) from None
                time.sleep(0.02)
