"""The audit itself: every place is opened, recognised, read and judged, and what is found is counted by place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens import Detector, Level
from conformance.rules.url_tokens.masking import redacted_url
from conformance.traffic.audit.findings import Damage, Position, Sighting
from conformance.traffic.audit.formats import SPOKEN, Kind, kind_of
from conformance.traffic.audit.readers import READERS
from conformance.traffic.audit.sources import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.rules.url_tokens import Finding
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Place, Source

MAX_PLACES = 5_000
"""How many places with findings are told apart; further ones are counted."""

MAX_CREDENTIALS = 100
"""How many credentials at one place are told apart."""

MAX_DAMAGE = 1_000
"""How much damage is named; more is counted."""

_CAPTURES: Final = frozenset({Kind.HAR, Kind.FLOWS})


@dataclass(slots=True)
class Found:
    """What was found at one place: one rule, one parameter of one path template on one host, in one file.

    Attributes:
        finding: the first finding.
        first: where that is.
        count: how often it was seen.
        credentials: fingerprints, as many as are told apart.
        accepted: the reason why it is accepted; None where it is not.
    """

    finding: Finding
    first: Position
    count: int = 0
    credentials: set[str] = field(default_factory=set)
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
    """

    name: str
    kind: Kind
    units: int = 0


@dataclass(slots=True)
class Audit:
    """What an audit found.

    Attributes:
        found: by place, in the order of the first sightings.
        read: what was read.
        unknown: files in folders whose format is none that is read.
        damage: what could not be read, up to `MAX_DAMAGE`.
        damaged: how much could not be read.
        beyond: findings at places after the first `MAX_PLACES`, by level.
    """

    found: dict[tuple[object, ...], Found] = field(default_factory=dict)
    read: list[Read] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    damaged: int = 0
    beyond: dict[Level, int] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Count a sighting, or damage."""
        if isinstance(seen, Damage):
            self.damaged += 1
            if len(self.damage) < MAX_DAMAGE:
                self.damage.append(seen)
            return
        one = seen.finding
        at = seen.at
        key = (at.file, at.pointer, one.rule, one.host, one.path_template, one.place, one.parameter, one.level)
        found = self.found.get(key)
        if found is None:
            if len(self.found) >= MAX_PLACES:
                self.beyond[one.level] = self.beyond.get(one.level, 0) + 1
                return
            found = self.found[key] = Found(one, _shown(seen.at))
        found.count += 1
        if len(found.credentials) < MAX_CREDENTIALS:
            found.credentials.add(one.fingerprint)

    def open(self, level: Level) -> list[Found]:
        """The places with findings of a level that nobody has accepted."""
        return [one for one in self.found.values() if one.finding.level is level and one.accepted is None]


def _shown(at: Position) -> Position:
    """A position whose pointer, which is made of the document's own keys, shows no credential."""
    pointer = at.pointer
    if pointer and (masked := redacted_url(pointer.encode()).decode("utf-8", "replace")) != pointer:
        return Position(at.file, at.line, at.entry, masked)
    return at


def audited(places: Iterable[Place], progress: Callable[[int], None] | None = None) -> Audit:
    """Judge what is at these places.

    Args:
        places: see `sources.places`.
        progress: told how many bytes were read, as they are.
    """
    audit = Audit()
    for place in places:
        with opened(place, progress) as source:
            _audit(place, source, audit)
    return audit


def _audit(place: Place, source: Source, audit: Audit) -> None:
    kind = kind_of(source.head)
    if kind is None:
        _not_known(place, source, audit)
        return
    read = Read(place.name, kind)
    audit.read.append(read)
    for seen in judged(source, kind):
        audit.add(seen)
    read.units = source.units
    if source.damage is not None:
        audit.add(source.damage)


def judged(source: Source, kind: Kind) -> Iterator[Seen]:
    """Everything that is seen in one content; each has its own memory of credentials."""
    detector = Detector(salt=b"compares within one run", correlate=kind in _CAPTURES)
    yield from READERS[kind](source, detector)


def _not_known(place: Place, source: Source, audit: Audit) -> None:
    at = Position(place.name)
    if source.damage is not None:
        audit.add(source.damage)
    elif not place.named:
        audit.unknown.append(place.name)
    elif not source.head.strip():
        audit.add(Damage(at, "is empty"))
    else:
        known = ", ".join(sorted(SPOKEN.values()))
        audit.add(Damage(at, f"is in no format that is read here; these are: {known}"))


__all__ = ["Audit", "Found", "Read", "Sighting", "audited", "judged"]
