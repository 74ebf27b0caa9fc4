"""What an audit finds, and where it stands in its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from struct import Struct
from typing import ClassVar, Final, NamedTuple

from conformance.rules.url_tokens import Finding
from conformance.traffic.audit.formats import Kind

_ROW: Final = Struct("<IQI8s")


class Position(NamedTuple):
    """Where in a file something stands.

    Attributes:
        file: the name as the user gave it; a member of a folder with the folder before it.
        line: the line, from 1; 0 where lines mean nothing.
        entry: the number of the HAR entry or of the flow, from 1; 0 where there are none.
        pointer: the JSON pointer (RFC 6901) of a value in a document.
        commit: the commit that brought this version of the file; empty where there are none.
    """

    file: str
    line: int = 0
    entry: int = 0
    pointer: str = ""
    commit: str = ""

    def below(self, lines: int) -> Position:
        """The same place in a file that has so many lines before it."""
        return self._replace(line=self.line + lines) if self.line and lines else self

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        commit = f"in commit {self.commit[:12]}" if self.commit else ""
        parts = [where, f"entry {self.entry}" if self.entry else "", self.pointer, commit]
        return " ".join(part for part in parts if part)


class LocatedFinding(NamedTuple):
    """One finding at one position."""

    at: Position
    finding: Finding


@dataclass(slots=True)
class LocatedFindings:
    """Findings in their order, in some bytes each: a log may have the same leak in every line.

    Attributes:
        groups: of findings that differ by no more than line, entry and credential, the first one each.
        rows: for each finding the number of its group, its line, its entry and its fingerprint, in `ROW` bytes.

    Raises:
        ValueError: a file has other rows.
    """

    ROW: ClassVar = _ROW.size

    groups: list[LocatedFinding] = field(default_factory=list)
    rows: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        is_whole = len(self.rows) % _ROW.size == 0
        if not is_whole or any(group >= len(self.groups) for group, *_ in _ROW.iter_unpack(self.rows)):
            raise ValueError("no findings")

    def __len__(self) -> int:
        return len(self.rows) // _ROW.size

    def append(self, group: int, one: LocatedFinding) -> None:
        """Add a finding to the group with a number."""
        self.rows += _ROW.pack(group, one.at.line, one.at.entry, bytes.fromhex(one.finding.fingerprint))

    def below(self, lines: int) -> Iterator[LocatedFinding]:
        """The findings in a file that has so many lines before these."""
        for number, line, entry, fingerprint in _ROW.iter_unpack(self.rows):
            first = self.groups[number]
            at = Position(first.at.file, line and line + lines, entry, first.at.pointer, first.at.commit)
            yield LocatedFinding(at, first.finding._replace(fingerprint=fingerprint.hex()))


group_of: Final = attrgetter(
    *("at.file", "at.pointer", "at.commit"),
    *(f"finding.{name}" for name in Finding._fields if name != "fingerprint"),
)
"""What a located finding has in common with those of its group: all but line, entry and credential, as a tuple."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a file that could not be read, and was not judged as a whole.

    Attributes:
        at: where it begins.
        reason: what is wrong with it; shows nothing of its content.
        size: how many bytes were not judged; 0 if nobody knows.
        may_pass: whether it may be read another time.
    """

    at: Position
    reason: str
    size: int = 0
    may_pass: bool = False

    def __str__(self) -> str:
        return f"{self.at}: {self.reason}"


type Seen = LocatedFinding | Damage


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


@dataclass(frozen=True, slots=True)
class Unknown:
    """A file that is in no format that is read.

    Attributes:
        name: the file.
        kind: what it is instead, in one word.
        size: how many bytes it has.
    """

    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A file on which seasonproof itself failed.

    Attributes:
        name: the file.
        reason: how; shows nothing of its content.
        size: how many bytes were not judged.
    """

    name: str
    reason: str
    size: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What a content that was read shows as credentials, to be looked for in the others.

    Attributes:
        name: the file.
        marks: keyed hashes, see `Marks`; none for a content that shows none.
        is_late: whether one was shown after a URL that may hold it.
    """

    name: str
    marks: tuple[bytes, ...]
    is_late: bool = False


type Event = Seen | Read | Unknown | Broken | Learned
"""Whatever is to be said of a file."""

type Kept = LocatedFindings | Damage | Read | Unknown | Broken | Learned
"""The same, as it is kept and sent."""


def may_pass(event: Kept) -> bool:
    """Whether this is why something was not judged that may be judged another time."""
    return isinstance(event, Broken) or (isinstance(event, Damage) and event.may_pass)
