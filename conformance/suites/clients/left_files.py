"""What a client leaves in files that others than its user can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MOST_FILES = 200
MOST_BYTES = 8_388_608
MOST_LOOKED_AT = 20_000
DEEPEST = 3
"""So many folders below the client's own are looked into."""

_OF_PACKAGES = frozenset({"node_modules", "venv", "__pycache__"})
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH


@dataclass
class LeftFiles:
    """The files of one run of a client, and what of them was not read.

    Attributes:
        found: their names and their bytes.
        unread: why more files were not read, one phrase each.
    """

    found: list[tuple[str, bytes]] = field(default_factory=list)
    unread: dict[str, None] = field(default_factory=dict)
    _room: int = MOST_BYTES

    def add(self, folder: Path, since: float, deepest: int | None = None) -> None:
        """Read what is new in a folder.

        Args:
            folder: the folder.
            since: the time from which on a file is new, in seconds since 1970.
            deepest: how many folders below it are looked into, but hidden ones and those of packages; None for all.
        """
        for number, path in enumerate(_files(str(folder), deepest)):
            if number >= MOST_LOOKED_AT:
                self.unread[f"all but {MOST_LOOKED_AT} files of {folder.name}"] = None
                return
            with suppress(OSError):
                if _is_for_others(os.lstat(path), since):
                    self._read(path)

    def _read(self, path: str) -> None:
        if len(self.found) >= MOST_FILES:
            self.unread[f"all but {MOST_FILES} of its files"] = None
            return
        with open(path, "rb") as file:
            content = file.read(self._room + 1)
        if len(content) > self._room:
            self.unread[f"all but {MOST_BYTES >> 20} MB of its files"] = None
        self.found.append((os.path.basename(path), content[: self._room]))
        self._room -= len(self.found[-1][1])


def _files(folder: str, deepest: int | None) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        if deepest is not None:
            depth = os.path.relpath(here, folder).count(os.sep) + (here != folder)
            is_left_out = depth >= deepest
            folders[:] = [] if is_left_out else [one for one in folders if one[0] != "." and one not in _OF_PACKAGES]
        yield from (os.path.join(here, name) for name in files)


def _is_for_others(found: os.stat_result, since: float) -> bool:
    is_readable = os.name != "posix" or bool(found.st_mode & _OTHERS_READ)
    return stat.S_ISREG(found.st_mode) and found.st_mtime >= since and is_readable
