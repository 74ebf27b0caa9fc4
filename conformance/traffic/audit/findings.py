"""What an audit finds, and where it stands in its file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.rules.url_tokens import Finding


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a file something stands.

    Attributes:
        file: the name as the user gave it; a member of a folder with the folder before it.
        line: the line, from 1; 0 where lines mean nothing.
        entry: the number of the HAR entry or of the flow, from 1; 0 where there are none.
        pointer: the JSON pointer (RFC 6901) of a value in a document.
    """

    file: str
    line: int = 0
    entry: int = 0
    pointer: str = ""

    def below(self, lines: int) -> Position:
        """The same place in a file that has so many lines before it."""
        return replace(self, line=self.line + lines) if self.line and lines else self

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where, f"entry {self.entry}" if self.entry else "", self.pointer]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """One finding at one position."""

    at: Position
    finding: Finding


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a file that could not be read, and was not judged as a whole.

    Attributes:
        at: where it begins.
        reason: what is wrong with it; shows nothing of its content.
        size: how many bytes were not judged; 0 if nobody knows.
    """

    at: Position
    reason: str
    size: int = 0

    def __str__(self) -> str:
        return f"{self.at}: {self.reason}"


type Seen = LocatedFinding | Damage
