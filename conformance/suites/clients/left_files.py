"""What a client leaves in files that others than its user can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
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
    _known: set[str] = field(default_factory=set)

    def add(self, folder: Path, since: float, deepest: int | None = None) -> None:
        """Read what is new in a folder.

        Args:
            folder: the folder.
            since: the time from which on a file is new, in seconds since 1970.
            deepest: how many folders below it are looked into, but hidden ones and those of packages; None for all.
        """
        for number, path in enumerate(_files(str(folder), deepest, self._is_closed)):
            if number >= MOST_LOOKED_AT:
                self.unread[f"all but {MOST_LOOKED_AT} files of {folder.name}"] = None
                return
            self.add_file(path, since)

    def add_file(self, path: str, since: float) -> None:
        """Read a file, if it is new and others can read it; once, however often it is added."""
        if path in self._known:
            return
        self._known.add(path)
        try:
            if _is_for_others(os.lstat(path), since):
                self._read(path)
        except (FileNotFoundError, NotADirectoryError):  # it is gone
            return
        except OSError:
            self.unread[f"the file {os.path.basename(path)}, which others than its owner can read"] = None

    def add_opened(self, paths: Iterable[str], since: float) -> None:
        """Read files that the client had open, wherever they are, if others can get there."""
        for path in sorted(paths):
            if all(_is_open_to_others(folder) for folder in Path(path).parents):
                self.add_file(path, since)

    def _read(self, path: str) -> None:
        if len(self.found) >= MOST_FILES:
            self.unread[f"all but {MOST_FILES} of its files"] = None
            return
        with open(path, "rb") as file:
            content = file.read(self._room + 1)
        self._keep(os.path.basename(path), content)
        self._unpack(os.path.basename(path), content)

    def _keep(self, name: str, content: bytes) -> None:
        if len(content) > self._room:
            self.unread[f"all but {MOST_BYTES >> 20} MB of its files"] = None
        self.found.append((name, content[: self._room]))
        self._room -= len(self.found[-1][1])

    def _unpack(self, name: str, content: bytes) -> None:
        """Read what is packed in a file: a log that was rotated, an archive. Of one that is cut off, what is there."""
        from conformance.traffic.audit.archives import members
        from conformance.traffic.audit.formats import is_archive
        from conformance.traffic.audit.sources import Source

        source = Source(name, BytesIO(content))
        if is_archive(source.head):
            for member in members(source, None):
                if isinstance(member, Source):
                    self._keep(member.name, member.read(self._room + 1))
                elif "encrypted" not in member.reason:  # nobody reads that without its password
                    self.unread[f"the archive {name}"] = None
        elif not source.is_plain:
            self._keep(name, source.read(self._room + 1))

    def _is_closed(self, error: OSError) -> None:
        """Note a folder that cannot be looked into, unless nobody else can either."""
        try:
            mode = os.lstat(error.filename).st_mode
        except OSError:
            return
        if mode & _OTHERS_READ:
            self.unread[f"the folder {os.path.basename(error.filename)}, which others can read"] = None


def _files(folder: str, deepest: int | None, closed: Callable[[OSError], None]) -> Iterator[str]:
    for here, folders, files in os.walk(folder, onerror=closed):
        if deepest is not None:
            depth = os.path.relpath(here, folder).count(os.sep) + (here != folder)
            is_left_out = depth >= deepest
            folders[:] = [] if is_left_out else [one for one in folders if one[0] != "." and one not in _OF_PACKAGES]
        yield from (os.path.join(here, name) for name in files)


def _is_open_to_others(folder: Path) -> bool:
    try:
        return os.name != "posix" or bool(folder.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH))
    except OSError:
        return False


def _is_for_others(found: os.stat_result, since: float) -> bool:
    is_readable = os.name != "posix" or bool(found.st_mode & _OTHERS_READ)
    return stat.S_ISREG(found.st_mode) and found.st_mtime >= since and is_readable
