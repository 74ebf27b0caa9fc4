"""What is to be audited, before it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from conformance.traffic.audit.streams import Pieces


class Origin(Protocol):
    """Bytes that are no file of this machine."""

    def opened(self) -> AbstractContextManager[tuple[Pieces, int]]:
        """The bytes, and how many there are; 0 if nobody knows.

        Raises:
            OSError: they cannot be had.
        """


@dataclass(frozen=True, slots=True)
class Place:
    """Something to audit that is not opened yet.

    Attributes:
        name: what messages call it.
        path: the file; None for standard input, and for what has another origin.
        size: its bytes on disk; 0 where nobody knows.
        left_out: what it is, if it is not entered: a folder unless it is named, a submodule.
        problem: why it cannot be read, if that is known already.
        origin: where its bytes are, if it is no file.
        commit: the commit that brought it, if it is a version of a file.
        modified: when it was written, in seconds since 1970; 0 where nobody knows.
        version: what changes when its content does; empty where nobody knows.
        number: where it is among all places.
    """

    name: str
    path: Path | None
    size: int = 0
    left_out: str = ""
    problem: str = ""
    origin: Origin | None = None
    commit: str = ""
    modified: float = 0
    version: str = ""
    number: int = 0
