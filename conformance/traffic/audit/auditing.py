"""The audit itself: what is judged, in one process or in several, is counted by place, in the order of the places."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import tee
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.masking import redacted_url
from conformance.traffic.audit.findings import (
    Broken,
    Damage,
    Learned,
    LocatedFinding,
    LocatedFindings,
    Position,
    Read,
    Unknown,
    may_pass,
)
from conformance.traffic.audit.judging import MAX_KEPT, ONE_RUN, Key, Part, judge, judged_piece
from conformance.traffic.audit.learned_credentials import LearnedCredentials, is_there_again, own_marks, unsearched
from conformance.traffic.audit.pieces import Piece, pieces
from conformance.traffic.audit.place_result import PlaceResult
from conformance.traffic.audit.workers import Lost, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.rules.url_tokens import Level
    from conformance.traffic.audit.findings import Event
    from conformance.traffic.audit.judging import Notes
    from conformance.traffic.audit.place import Place

type Engine = Callable[[Callable[[Piece], Part], Iterable[Piece], int], Iterator[tuple[Piece, Part | Lost]]]
"""Does work on pieces somewhere, and gives the results in the order of the pieces."""

MAX_PLACES = 5_000
"""How many places with findings are told apart; further ones are counted."""

MAX_CREDENTIALS = 100
"""How many credentials at one place are told apart."""

MAX_DAMAGE = 1_000
"""How much damage is named; more is counted."""

MAX_HELD = 200_000
"""How much that was noted is held for a second reading of the other places; what is beyond is read again."""


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
        apart: how many credentials that files show were looked for in these files alone, because others have the rest.
    """

    found: dict[tuple[object, ...], PlaceResult] = field(default_factory=dict)
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
    apart: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether there was something, and all of it was judged but what somebody accepts to be skipped."""
        return not self.unjudged and any(one.size and one.units for one in self.read)

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
            case Learned():
                pass  # it is about the other files

    def fresh(self) -> Audit:
        """An empty one that knows the same."""
        return Audit(salt=self.salt, told_apart=self.told_apart, accept=self.accept, skip=self.skip)

    def keep(self, earlier: Audit, name: str) -> None:
        """Take what an earlier reading noted of a file, or of its members, and this one did not."""

        def is_of_it(one: str) -> bool:
            return one == name or one.startswith(f"{name}/")

        for key, found in earlier.found.items():
            if is_of_it(found.first.file):
                self.found.setdefault(key, found)
        for level, count in earlier.beyond.items():
            self.beyond[level] = max(count, self.beyond.get(level, 0))
        here = {one.name for one in self.read}
        self.read += [one for one in earlier.read if is_of_it(one.name) and one.name not in here]
        for damage in earlier.damage:
            if is_of_it(damage.at.file) and damage not in self.damage:
                self.add(damage)

    def extend(self, part: Part, *, continues: bool = False) -> None:
        """Add what was noted of what comes next.

        Args:
            part: of other files, or of the next lines of the last file.
            continues: whether it is the latter; its lines are counted from its own beginning.
        """
        before = self.read[-1].units if continues and self.read else 0
        with self.continued(continues) as notes:
            for event in part.events:
                if isinstance(event, LocatedFindings):
                    for one in event.below(before):
                        self.add(one)
                else:
                    notes.add(event)

    @contextmanager
    def continued(self, continues: bool) -> Iterator[Notes]:
        """What takes notes of what comes next, see `extend`, until the context ends."""
        if not continues or not self.read:
            yield self
            return
        notes = _Continued(self, self.read[-1].units)
        yield notes
        for more in notes.read:
            self.read[-1].units += more.units
            self.read[-1].size += more.size

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
            found = self.found[key] = PlaceResult(one, _shown(seen.at), accepted=why)
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

    def open(self, level: Level) -> list[PlaceResult]:
        """The places with findings of a level that nobody has accepted."""
        return [one for one in self.found.values() if one.finding.level is level and one.accepted is None]


@dataclass(frozen=True, slots=True)
class _Continued:
    """Counts what was noted of the next lines of a file.

    Attributes:
        audit: counts.
        before: how many lines the file has before these.
        read: how much of the file these lines are, to be added to what was read before.
    """

    audit: Audit
    before: int
    read: list[Read] = field(default_factory=list)

    def add(self, event: Event) -> None:
        if isinstance(event, Read):
            self.read.append(event)
        elif isinstance(event, LocatedFinding):
            self.audit.add(event._replace(at=event.at.below(self.before)))
        elif isinstance(event, Damage):
            self.audit.add(replace(event, at=event.at.below(self.before)))
        else:
            self.audit.add(event)


def _shown(at: Position) -> Position:
    """A position whose pointer, which is made of the document's own keys, shows no credential."""
    pointer = at.pointer
    if pointer and (masked := redacted_url(pointer.encode()).decode("utf-8", "replace")) != pointer:
        return at._replace(pointer=masked)
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

    If one shows credentials that were not looked for in another, the other is read once more.

    Args:
        places: see `sources.places`; gone over twice then.
        progress: told how many bytes were read, as they are.
        audit: an empty one that knows what is accepted and skipped; None accepts and skips nothing.
        jobs: how many processes judge; the result is the same for any number.
        engine: does the work in them.

    Returns:
        The audit given, or another one that knows the same.
    """
    first = _Reading(audit or Audit(), jobs, engine, progress)
    lessons, held = LearnedCredentials(), _Held()
    for piece, part in first.of(first.cut(places)):
        lessons.extend(part.events)
        held.add(piece, part)
    audit = first.audit
    if len(lessons) and not held.are_whole(lessons):
        if progress is not None:
            progress(-held.left)
        audit = _again(first, places, lessons, held)
    audit.apart = len(lessons)
    if unsaid := lessons.unsaid():
        audit.add(unsaid)
    return audit


class _Held:
    """What a first reading noted of what may need no second one: captures that show themselves what all show.

    Attributes:
        left: how many bytes are read again in any case: texts, in which any credential may stand.
    """

    def __init__(self) -> None:
        self.left = 0
        self._parts: dict[tuple[str, str, int], Part] = {}
        self._count = 0
        self._has_more = False

    def add(self, piece: Piece, part: Part) -> None:
        """Hold what was noted of a piece, if that is worth it."""
        own = own_marks(part.events)
        if own is not None and (not own or part.is_full or self._count + part.count > MAX_HELD):
            self._has_more = True
            self.left += piece.size
        else:
            self._count += part.count
            self._parts[_name(piece)] = part

    def are_whole(self, lessons: LearnedCredentials) -> bool:
        """Whether all pieces were judged with these lessons."""
        return not self._has_more and all(_is_whole(part, lessons) for part in self._parts.values())

    def of(self, piece: Piece, lessons: LearnedCredentials) -> Part | None:
        """What was noted of a piece that was judged with these lessons."""
        part = self._parts.get(_name(piece))
        return part if part is not None and _is_whole(part, lessons) else None


def _is_whole(part: Part, lessons: LearnedCredentials) -> bool:
    return not lessons.are_new_to(own_marks(part.events))


def _name(piece: Piece) -> tuple[str, str, int]:
    return piece.place.name, piece.place.version, piece.start


@dataclass(slots=True)
class _Reading:
    """How an audit reads: in which processes, and what counts what they note."""

    audit: Audit
    jobs: int
    engine: Engine
    progress: Callable[[int], None] | None

    @property
    def _is_alone(self) -> bool:
        return self.jobs == 1 and self.engine is in_order

    def cut(self, places: Iterable[Place]) -> Iterator[Piece]:
        """The places, in parts if there are several processes."""
        return (Piece(place) for place in places) if self._is_alone else pieces(places)

    def of(self, work: Iterable[Piece], marks: bytes = b"") -> Iterator[tuple[Piece, Part]]:
        """Judge pieces, count what is noted of them, and give it, as far as it is kept."""
        key = Key(self.audit.salt, marks)
        if self._is_alone:
            for piece in work:
                noted = Part(most=MAX_KEPT)
                judge(piece, _Both(self.audit, noted), key, self.progress)
                yield piece, noted
            return
        for piece, part in self.engine(partial(judged_piece, key=key), work, self.jobs):
            noted = Part([lost(piece)]) if isinstance(part, Lost) else part
            if noted.is_full:
                with self.audit.continued(piece.start > 0) as notes:
                    judge(piece, notes, key)
            else:
                self.audit.extend(noted, continues=piece.start > 0)
            if self.progress is not None:
                self.progress(piece.size)
            yield piece, noted


@dataclass(frozen=True, slots=True)
class _Both:
    """Counts, and keeps."""

    audit: Notes
    part: Notes

    def add(self, event: Event) -> None:
        self.audit.add(event)
        self.part.add(event)


def _again(first: _Reading, places: Iterable[Place], lessons: LearnedCredentials, held: _Held) -> Audit:
    """Read once more what was judged without some lessons, and count it with what was noted of the others."""
    again = replace(first, audit=first.audit.fresh())
    every, ahead = tee(again.cut(places))
    todo = (one for one in ahead if held.of(one, lessons) is None and is_there_again(one.place))
    judged, failed = again.of(todo, lessons.marks), list[str]()
    for piece in every:
        name = piece.place.name
        if (part := held.of(piece, lessons)) is not None:
            again.audit.extend(part)
        elif not is_there_again(piece.place):
            again.audit.keep(first.audit, name)
            again.audit.add(unsearched(name, "it can be read only once; save it as a file"))
        else:
            _, part = next(judged)
            failed += [name] if any(map(may_pass, part.events)) else []
            if changed := lessons.changed(part.events):
                again.audit.add(changed)
    for name in failed:
        again.audit.keep(first.audit, name)
    return again.audit


def lost(piece: Piece) -> Broken:
    """What is to be said of a piece that nobody could judge."""
    return Broken(piece.place.name, f"{Lost()}; the file is not judged as a whole", piece.size)
