"""The audit itself: every place is opened, recognised, read and judged, and what is found is counted by place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens import Detector
from conformance.traffic.audit.archives import members
from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.formats import Kind, kind_of, unread_kind
from conformance.traffic.audit.pieces import Piece, pieces
from conformance.traffic.audit.readers import READERS
from conformance.traffic.audit.result import Audit, Read, mistake
from conformance.traffic.audit.sources import opened, why
from conformance.traffic.audit.workers import Lost, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Place, Source

MAX_DEPTH = 3
"""How many archives are opened one in the other."""

_CAPTURES: Final = frozenset({Kind.HAR, Kind.FLOWS})


def _nothing(*_: str) -> bool:
    return False


def audited(
    places: Iterable[Place],
    progress: Callable[[int], None] | None = None,
    skip: Callable[[str, str], bool] = _nothing,
    *,
    jobs: int = 1,
) -> Audit:
    """Judge what is at these places. What cannot be judged costs the others nothing.

    Args:
        places: see `sources.places`.
        progress: told how many bytes were read, as they are.
        skip: whether a file of this name and of this kind of content, which is not read, may be skipped.
        jobs: how many processes judge; the result is the same for any number.
    """
    audit = Audit()
    if jobs == 1:
        for place in places:
            audit.append(audited_piece(Piece(place), progress))
    else:
        for piece, part in in_order(audited_piece, pieces(places), jobs):
            audit.append(_lost(piece, part) if isinstance(part, Lost) else part, continues=piece.start > 0)
            if progress is not None:
                progress(piece.size)
    audit.skip(skip)
    return audit


def audited_piece(piece: Piece, progress: Callable[[int], None] | None = None) -> Audit:
    """Judge one place, or a part of a text."""
    place = piece.place
    audit = Audit(is_part=not piece.is_whole)
    with _isolated(place.name, piece.size, audit):
        if place.problem:
            audit.add(Damage(Position(place.name), place.problem, place.size))
        elif place.is_left_out:
            audit.add_unknown(place.name, "folder", place.size)
        elif piece.kind is not None:
            with piece.opened() as source:
                _read(Read(place.name, piece.kind), source, audit)
                if source.damage is not None:
                    audit.add(source.damage)
        else:
            with opened(place, progress) as source:
                _judge(source, place.path, audit)
    return audit


def _lost(piece: Piece, lost: Lost) -> Audit:
    """What is to be said of a piece whose process died each time."""
    audit = Audit()
    audit.add_broken(piece.place.name, str(lost), piece.size)
    return audit


@contextmanager
def _isolated(name: str, size: int, audit: Audit) -> Iterator[None]:
    """Let what happens to one file cost the others nothing."""
    try:
        yield
    except OSError as error:
        audit.add(Damage(Position(name), f"cannot be read: {why(error)}", size))
    except Exception as error:  # whatever it is; its message is left out, because it may quote what was read
        audit.add_broken(name, mistake(error), size)


def _judge(source: Source, path: Path | None, audit: Audit, depth: int = 0) -> None:
    inside = members(source, path) if depth < MAX_DEPTH else None
    if inside is not None:
        for one in inside:
            if isinstance(one, Damage):
                audit.add(one)
                continue
            with _isolated(one.name, one.size, audit):
                _judge(one, None, audit, depth + 1)
    elif (kind := kind_of(source.head)) is not None:
        _read(Read(source.name, kind), source, audit)
    elif source.damage is None:
        audit.add_unknown(source.name, unread_kind(source.head), source.size)
    if source.damage is not None:
        audit.add(source.damage)


def _read(read: Read, source: Source, audit: Audit) -> None:
    audit.read.append(read)
    try:
        for seen in judged(source, read.kind):
            audit.add(seen)
        if left := source.left():
            audit.add(Damage(Position(read.name), "what follows was not read", left))
    finally:
        read.units, read.size = source.units, source.given


def judged(source: Source, kind: Kind) -> Iterator[Seen]:
    """Everything that is seen in one content; each has its own memory of credentials."""
    detector = Detector(salt=b"compares within one run", correlate=kind in _CAPTURES)
    yield from READERS[kind](source, detector)


__all__ = ["Audit", "audited", "judged"]
