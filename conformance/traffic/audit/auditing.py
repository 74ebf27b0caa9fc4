"""The audit itself: what is judged, in one process or in several, is counted by place, in the order of the places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.masking import redacted_url
from conformance.traffic.audit.findings import Broken, Damage, LocatedFinding, Position, Read, Unknown
from conformance.traffic.audit.judging import ONE_RUN, Part, judge, judged_piece
from conformance.traffic.audit.pieces import Piece, pieces
from conformance.traffic.audit.workers import Lost, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.rules.url_tokens import Finding, Level
    from conformance.traffic.audit.findings import Event
    from conformance.traffic.audit.journals import Joined, Journal
    from conformance.traffic.audit.sources import Place

type Engine = Callable[[Callable[[Piece], Part], Iterable[Piece], int], Iterator[tuple[Piece, Part | Lost]]]
"""Does work on pieces somewhere, and gives the results in the order of the pieces."""

MAX_PLACES = 5_000
"""How many places with findings are told apart; further ones are counted."""

MAX_CREDENTIALS = 100
"""How many credentials at one place are told apart."""

MAX_DAMAGE = 1_000
"""How much damage is named; more is counted."""


@dataclass(slots=True)
class Found:
    """What was found at one place: one rule, one parameter of one path template on one host, in one file.

    Attributes:
        finding: the first finding.
        first: where that is.
        count: how often it was seen; in the versions of a file, each credential once.
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
        skip: whether a file of a name and of a kind of content that is not read may be skipped.
        left_out: how many places were not wanted, by their time or size.
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
    skip: Callable[[str, str], bool] = lambda *_: False
    left_out: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether there was something, and all of it was judged but what somebody accepts to be skipped."""
        return not self.unjudged and any(one.size for one in self.read)

    def add(self, event: Event) -> None:
        """Count a finding, or note what else is to be said of a file."""
        match event:
            case LocatedFinding():
                self._count(event)
            case Damage():
                self.damaged += 1
                if len(self.damage) < MAX_DAMAGE:
                    self.damage.append(event)
                self._not_judged(event.at.file, event.size)
            case Unknown() if self.skip(event.name, event.kind):
                self.skipped.append(event.name)
            case Unknown():
                self.unknown[event.name] = event.kind
                self._not_judged(event.name, event.size)
            case Broken():
                self.broken.append(Damage(Position(event.name), event.reason, event.size))
                self._not_judged(event.name, event.size)
            case Read():
                self.read.append(event)

    def extend(self, part: Part, *, continues: bool = False) -> None:
        """Add what was noted of what comes next.

        Args:
            part: of other files, or of the next lines of the last file.
            continues: whether it is the latter; its lines are counted from its own beginning.
        """
        read = self.read[-1] if continues and self.read else None
        before = read.units if read else 0
        for event in part.events:
            if read and isinstance(event, Read):
                read.units += event.units
                read.size += event.size
            elif before and isinstance(event, LocatedFinding | Damage):
                self.add(replace(event, at=event.at.below(before)))
            else:
                self.add(event)

    def _count(self, seen: LocatedFinding) -> None:
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
        if at.commit and one.fingerprint in found.credentials:
            return  # another version of the file has it still
        found.count += 1
        if len(found.credentials) < self.told_apart:
            found.credentials.add(one.fingerprint)
        elif one.fingerprint not in found.credentials:
            found.has_more = True

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
        return replace(at, pointer=masked)
    return at


def audited(
    places: Iterable[Place],
    progress: Callable[[int], None] | None = None,
    audit: Audit | None = None,
    *,
    jobs: int = 1,
    engine: Engine = in_order,
) -> Audit:
    """Judge what is at these places. What cannot be judged costs the others nothing.

    Args:
        places: see `sources.places`.
        progress: told how many bytes were read, as they are.
        audit: an empty one that knows what is accepted and skipped; None accepts and skips nothing.
        jobs: how many processes judge; the result is the same for any number.
        engine: does the work in them.
    """
    audit = audit or Audit()
    if jobs == 1 and engine is in_order:
        for place in places:
            judge(Piece(place), audit, audit.salt, progress)
        return audit
    for piece, part in engine(partial(judged_piece, salt=audit.salt), pieces(places), jobs):
        if isinstance(part, Lost):
            audit.add(_lost(piece, part))
        elif part.is_full:
            judge(piece, audit, audit.salt)
        else:
            audit.extend(part, continues=piece.start > 0)
        if progress is not None:
            progress(piece.size)
    return audit


def noted(
    places: Iterable[Place],
    journal: Journal,
    salt: bytes,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
    engine: Engine = in_order,
) -> None:
    """Judge what is at these places and not in the journal yet, and note it there.

    Args:
        places: see `sources.places`.
        journal: gets what is noted.
        salt: of the fingerprints.
        progress: told how many bytes were judged.
        jobs: how many processes judge.
        engine: does the work in them.
    """
    do = partial(judged_piece, salt=salt)
    todo = (piece for piece in pieces(places) if not journal.has(piece))
    done = engine(do, todo, jobs) if jobs > 1 or engine is not in_order else ((piece, do(piece)) for piece in todo)
    for piece, part in done:
        if isinstance(part, Lost):
            part = Part([_lost(piece, part)])
        elif part.is_full:
            part = Part()
            judge(piece, part, salt)
        journal.write(piece, part)
        if progress is not None:
            progress(piece.size)


def joined(journals: Joined, audit: Audit) -> Audit:
    """What all shards have noted, counted as if they were one audit."""
    audit.left_out = journals.left_out
    for problem in journals.problems:
        audit.add(problem)
    for part, continues in journals.parts():
        audit.extend(part, continues=continues)
    return audit


def _lost(piece: Piece, lost: Lost) -> Broken:
    return Broken(piece.place.name, f"{lost}; the file is not judged as a whole", piece.size)
