"""What may be skipped because it is in no format that is read: what its owner names."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Skipping:
    """Tells what may be skipped.

    Args:
        named: kinds (`png`, by the content or by the end of the name), names of files and folders (`.git`), and
            patterns of names (`*.bin`); several may be joined by commas.
    """

    def __init__(self, named: Iterable[str]) -> None:
        self._named = [name for one in named for part in one.split(",") if (name := part.strip())]
        self._needed: set[str] = set()

    def __call__(self, name: str, kind: str) -> bool:
        """Whether a file of this name and of this kind of content may be skipped."""
        path = PurePath(name)
        known = {kind, path.suffix.lower().removeprefix("."), path.name, name}
        needed = {
            one
            for one in self._named
            if one in known or one.lower() in known or fnmatchcase(path.name, one) or fnmatchcase(name, one)
        }
        self._needed |= needed
        return bool(needed)

    @property
    def unneeded(self) -> list[str]:
        """What was named and is not there."""
        return [one for one in self._named if one not in self._needed]
