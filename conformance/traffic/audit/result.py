"""What an audit found and what it did not judge, counted by place; and how the results of its parts become one."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.masking import redacted_url
from conformance.traffic.audit.findings import Damage, Position

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.rules.url_tokens import Finding, Level
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.formats import Kind

type Key = tuple[object, ...]
"""What findings are counted together by: file, pointer, rule, host, path template, place, parameter and level."""

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
        size: how many bytes, unpacked.
    """

    name: str
    kind: Kind
    units: int = 0
    size: int = 0


@dataclass(slots=True)
class Audit:
    """What an audit found, and what it did not judge: of everything, or of a part of it.

    Attributes:
        found: by place, in the order of the first findings.
        read: what was read.
        unknown: what is in no format that is read, and what it is instead.
        skipped: the same, where somebody accepts that.
        damage: what could not be read, up to `MAX_DAMAGE`.
        damaged: how much could not be read.
        broken: files on which seasonproof itself failed.
        unjudged: how many bytes were not judged, as far as that is known, of each file that was not judged as a whole.
        beyond: findings at places after the first `MAX_PLACES`, by level.
        is_part: whether it is of a part of a file; then no place is beyond, so that the parts add up to the file.
    """

    found: dict[Key, Found] = field(default_factory=dict)
    read: list[Read] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    damaged: int = 0
    broken: list[Damage] = field(default_factory=list)
    unjudged: dict[str, int] = field(default_factory=dict)
    beyond: dict[Level, int] = field(default_factory=dict)
    is_part: bool = False

    @property
    def unjudged_bytes(self) -> int:
        """How many bytes were not judged, as far as that is known."""
        return sum(self.unjudged.values())

    @property
    def is_complete(self) -> bool:
        """Whether there was something, and all of it was judged but what somebody accepts to be skipped."""
        return not self.unjudged and any(one.size for one in self.read)

    def add(self, seen: Seen) -> None:
        """Count a finding, or damage."""
        if isinstance(seen, Damage):
            self._add_damage(seen)
            return
        one, at = seen.finding, seen.at
        key = (at.file, at.pointer, one.rule, one.host, one.path_template, one.place, one.parameter, one.level)
        if (found := self._place(key, one, at, 1)) is not None:
            found.count += 1
            if len(found.credentials) < MAX_CREDENTIALS:
                found.credentials.add(one.fingerprint)

    def _place(self, key: Key, finding: Finding, at: Position, times: int) -> Found | None:
        """Where findings of a key are counted; None beyond the first places, where so many are counted by level."""
        found = self.found.get(key)
        if found is None:
            if len(self.found) >= MAX_PLACES and not self.is_part:
                self.beyond[finding.level] = self.beyond.get(finding.level, 0) + times
                return None
            found = self.found[key] = Found(finding, _shown(at))
        return found

    def _add_damage(self, damage: Damage) -> None:
        self.damaged += 1
        if len(self.damage) < MAX_DAMAGE:
            self.damage.append(damage)
        self._not_judged(damage.at.file, damage.size)

    def add_unknown(self, name: str, kind: str, size: int) -> None:
        """Count a file that is in no format that is read."""
        self.unknown[name] = kind
        self._not_judged(name, size)

    def add_broken(self, name: str, why: str, size: int) -> None:
        """Count a file on which seasonproof failed."""
        self.broken.append(Damage(Position(name), f"{why}; the file is not judged as a whole", size))
        self._not_judged(name, size)

    def _not_judged(self, name: str, size: int) -> None:
        self.unjudged[name] = self.unjudged.get(name, 0) + size

    def append(self, part: Audit, *, continues: bool = False) -> None:
        """Add what a part found that comes after everything so far.

        Args:
            part: of other files, or of the next lines of the last file.
            continues: whether it is the latter; its lines are counted from its own beginning.
        """
        before = self.read[-1].units if continues and self.read else 0
        for key, one in part.found.items():
            found = self._place(key, one.finding, one.first.below(before), one.count)
            if found is not None:
                found.count += one.count
                found.credentials.update(islice(one.credentials, MAX_CREDENTIALS - len(found.credentials)))
        for damage in part.damage[: MAX_DAMAGE - len(self.damage)]:
            self.damage.append(replace(damage, at=damage.at.below(before)))
        self.damaged += part.damaged
        self.broken += part.broken
        self.unknown |= part.unknown
        for name, size in part.unjudged.items():
            self._not_judged(name, size)
        for level, count in part.beyond.items():
            self.beyond[level] = self.beyond.get(level, 0) + count
        if continues and self.read and part.read:
            self.read[-1].units += part.read[0].units
            self.read[-1].size += part.read[0].size
        else:
            self.read += part.read

    def skip(self, may: Callable[[str, str], bool]) -> None:
        """Accept what is in no format that is read, by name and kind."""
        for name in [name for name, kind in self.unknown.items() if may(name, kind)]:
            del self.unknown[name], self.unjudged[name]
            self.skipped.append(name)

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
