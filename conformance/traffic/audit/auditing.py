"""The audit itself: every place is opened, recognised, read and judged, and what is found is counted by place."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens import Detector, Level
from conformance.rules.url_tokens.masking import redacted_url
from conformance.traffic.audit.archives import members
from conformance.traffic.audit.findings import Damage, LocatedFinding, Position
from conformance.traffic.audit.formats import Kind, kind_of, unread_kind
from conformance.traffic.audit.readers import READERS
from conformance.traffic.audit.sources import opened, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.rules.url_tokens import Finding
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Place, Source

MAX_PLACES = 5_000
"""How many places with findings are told apart; further ones are counted."""

MAX_CREDENTIALS = 100
"""How many credentials at one place are told apart."""

ONE_RUN = b"compares within one run"
"""The salt of fingerprints that nobody keeps."""

MAX_DEPTH = 3
"""How many archives are opened one in the other."""

MAX_DAMAGE = 1_000
"""How much damage is named; more is counted."""

CAPTURES: Final = frozenset({Kind.HAR, Kind.FLOWS})
"""The kinds that show whole exchanges."""


@dataclass(slots=True)
class Found:
    """What was found at one place: one rule, one parameter of one path template on one host, in one file.

    Attributes:
        finding: the first finding.
        first: where that is.
        count: how often it was seen.
        credentials: fingerprints, as many as are told apart.
        has_more: whether there are credentials beyond these.
        accepted: the reason why it is accepted; None where it is not.
    """

    finding: Finding
    first: Position
    count: int = 0
    credentials: set[str] = field(default_factory=set)
    has_more: bool = False
    accepted: str | None = None

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What a baseline knows it by: rule, host, path template, parameter."""
        one = self.finding
        return one.rule, one.host, one.path_template, one.parameter


@dataclass(slots=True)
class Read:
    """A file that was read.

    Attributes:
        name: the file.
        kind: what it is.
        units: how many lines, entries, flows, requests or documents it has.
        size: how many bytes, unpacked.
    """

    name: str
    kind: Kind
    units: int = 0
    size: int = 0


@dataclass(slots=True)
class Audit:
    """What an audit found, and what it did not judge.

    Attributes:
        found: by place, in the order of the first findings.
        read: what was read.
        unknown: what is in no format that is read, and what it is instead.
        skipped: the same, where somebody accepts that.
        damage: what could not be read, up to `MAX_DAMAGE`.
        damaged: how much could not be read.
        broken: files on which seasonproof itself failed.
        unjudged: the names of the files that were not judged as a whole.
        unjudged_bytes: how many bytes of them were not judged, as far as that is known.
        beyond: findings at places after the first `MAX_PLACES`, by level.
        salt: of the fingerprints.
        told_apart: how many credentials at one place are told apart.
        accept: why a finding is accepted; None if it is not.
    """

    found: dict[tuple[object, ...], Found] = field(default_factory=dict)
    read: list[Read] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    damaged: int = 0
    broken: list[Damage] = field(default_factory=list)
    unjudged: set[str] = field(default_factory=set)
    unjudged_bytes: int = 0
    beyond: dict[Level, int] = field(default_factory=dict)
    salt: bytes = ONE_RUN
    told_apart: int = MAX_CREDENTIALS
    accept: Callable[[LocatedFinding], str | None] = lambda _: None

    @property
    def is_complete(self) -> bool:
        """Whether there was something, and all of it was judged but what somebody accepts to be skipped."""
        return not self.unjudged and any(one.size for one in self.read)

    def add(self, seen: Seen) -> None:
        """Count a finding, or damage."""
        if isinstance(seen, Damage):
            self.damaged += 1
            if len(self.damage) < MAX_DAMAGE:
                self.damage.append(seen)
            self._not_judged(seen.at.file, seen.size)
            return
        one = seen.finding
        at = seen.at
        why = self.accept(seen)
        key = (at.file, at.pointer, one.rule, one.host, one.path_template, one.place, one.parameter, one.level, why)
        found = self.found.get(key)
        if found is None:
            if len(self.found) >= MAX_PLACES:
                self.beyond[one.level] = self.beyond.get(one.level, 0) + 1
                return
            found = self.found[key] = Found(one, _shown(seen.at), accepted=why)
        found.count += 1
        if len(found.credentials) < self.told_apart:
            found.credentials.add(one.fingerprint)
        elif one.fingerprint not in found.credentials:
            found.has_more = True

    def add_unknown(self, name: str, kind: str, size: int) -> None:
        """Count a file that is in no format that is read."""
        self.unknown[name] = kind
        self._not_judged(name, size)

    def add_broken(self, name: str, error: Exception, size: int) -> None:
        """Count a file on which seasonproof failed. The error's message is left out: it may quote what was read."""
        self.broken.append(Damage(Position(name), f"{mistake(error)}; the file is not judged as a whole", size))
        self._not_judged(name, size)

    def _not_judged(self, name: str, size: int) -> None:
        self.unjudged.add(name)
        self.unjudged_bytes += size

    def open(self, level: Level) -> list[Found]:
        """The places with findings of a level that nobody has accepted."""
        return [one for one in self.found.values() if one.finding.level is level and one.accepted is None]


def _shown(at: Position) -> Position:
    """A position whose pointer, which is made of the document's own keys, shows no credential."""
    pointer = at.pointer
    if pointer and (masked := redacted_url(pointer.encode()).decode("utf-8", "replace")) != pointer:
        return Position(at.file, at.line, at.entry, masked)
    return at


def mistake(error: Exception) -> str:
    """What to say of a mistake of ours; without its message, which may quote what was read."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {PurePath(frame.filename).name}:{frame.lineno}"
    return f"{where}; this is a mistake of seasonproof, please report it with this line"


def _nothing(*_: str) -> bool:
    return False


def audited(
    places: Iterable[Place],
    progress: Callable[[int], None] | None = None,
    skip: Callable[[str, str], bool] = _nothing,
    audit: Audit | None = None,
) -> Audit:
    """Judge what is at these places. What cannot be judged costs the others nothing.

    Args:
        places: see `sources.places`.
        progress: told how many bytes were read, as they are.
        skip: whether a file of this name and of this kind of content, which is not read, may be skipped.
        audit: an empty one that knows what is accepted; None accepts nothing.
    """
    audit = audit or Audit()
    for place in places:
        with _isolated(place.name, place.size, audit):
            if place.problem:
                audit.add(Damage(Position(place.name), place.problem, place.size))
            elif place.is_left_out:
                _not_known(place.name, "folder", place.size, audit, skip)
            else:
                with opened(place, progress) as source:
                    _judge(source, place.path, audit, skip)
    return audit


@contextmanager
def _isolated(name: str, size: int, audit: Audit) -> Iterator[None]:
    """Let what happens to one file cost the others nothing."""
    try:
        yield
    except OSError as error:
        audit.add(Damage(Position(name), f"cannot be read: {why(error)}", size))
    except Exception as error:  # whatever it is
        audit.add_broken(name, error, size)


def _judge(source: Source, path: Path | None, audit: Audit, skip: Callable[[str, str], bool], depth: int = 0) -> None:
    inside = members(source, path) if depth < MAX_DEPTH else None
    if inside is not None:
        for one in inside:
            if isinstance(one, Damage):
                audit.add(one)
                continue
            with _isolated(one.name, one.size, audit):
                _judge(one, None, audit, skip, depth + 1)
    elif (kind := kind_of(source.head)) is not None:
        _read(Read(source.name, kind), source, audit)
    elif source.damage is None:
        _not_known(source.name, unread_kind(source.head), source.size, audit, skip)
    if source.damage is not None:
        audit.add(source.damage)


def _read(read: Read, source: Source, audit: Audit) -> None:
    audit.read.append(read)
    try:
        for seen in judged(source, read.kind, audit.salt):
            audit.add(seen)
        if left := source.left():
            audit.add(Damage(Position(read.name), "what follows was not read", left))
    finally:
        read.units, read.size = source.units, source.given


def judged(source: Source, kind: Kind, salt: bytes = ONE_RUN) -> Iterator[Seen]:
    """Everything that is seen in one content; each has its own memory of credentials."""
    detector = Detector(salt=salt, correlate=kind in CAPTURES)
    yield from READERS[kind](source, detector)


def _not_known(name: str, kind: str, size: int, audit: Audit, skip: Callable[[str, str], bool]) -> None:
    if skip(name, kind):
        audit.skipped.append(name)
    else:
        audit.add_unknown(name, kind, size)


__all__ = ["Audit", "Found", "LocatedFinding", "Read", "audited", "judged", "mistake"]
