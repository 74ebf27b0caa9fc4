"""The bytes of what is audited: files, folders and standard input, plain or compressed, in bounded pieces.

Nothing is unpacked to disk and nothing is held as a whole. Compressed content that never ends, and content that ends
too early, is damage with a name: what was read until then is judged.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.documents import UsageProblem
from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.place import Place
from conformance.traffic.audit.unpacking import damages, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.traffic.audit.streams import Pieces

STDIN = "-"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
BLOCK = 4 << 20
"""How many bytes are read at once."""

HEAD = 64 << 10
"""How many bytes decide what kind of content this is."""

_LAYERS = 3  # of compression, one in the other
_RATIO = 1_000  # gzip reaches 1,032 on zeros, zstd far more; no log or capture comes near
_FREE = 1 << 30  # content below this size may have any ratio: it is read in seconds
_CUT_OFF = "the compressed data is cut off or damaged; what came before was read"
_FEW_ZEROS = 64
_MOST_ZEROS = 1 << 30  # at the beginning of a log that was cut while it was written to
_LEFT_OUT = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__"})


def places(arguments: Sequence[str]) -> list[Place]:
    """What the arguments mean: files, those in folders, objects of stores, and standard input for `-`.

    They come in the order of the arguments, and of the names in each.

    Raises:
        UsageProblem: a path does not exist, or is a folder with nothing in it; all of them.
    """
    problems: list[str] = []
    found: list[Place] = []
    for argument in arguments:
        if argument == STDIN:
            found.append(Place("<stdin>", None))
            continue
        try:
            inside = _objects(argument) if _ADDRESS.match(argument) else list(_under(Path(argument)))
        except OSError as error:
            problems.append(f"{argument}: {why(error)}")
            continue
        except UsageProblem as problem:
            problems += problem.problems
            continue
        if not inside:
            problems.append(f"{argument}: the folder holds no file")
        found += inside
    if problems:
        raise UsageProblem(problems)
    return found


def _objects(address: str) -> list[Place]:
    from conformance.traffic.audit.lakes import objects

    return objects(address)


def _under(path: Path) -> Iterator[Place]:
    about = path.stat()
    if not stat.S_ISDIR(about.st_mode):
        yield _file(path, about) if stat.S_ISREG(about.st_mode) else Place(str(path), path)
        return
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=unreadable.append):
        inside = [_member(Path(folder, name), path) for name in sorted({*names, *folders})]
        folders[:] = sorted(set(folders) - _LEFT_OUT)
        yield from (one for one in inside if one is not None)
    for error in unreadable:
        yield Place(str(error.filename), Path(error.filename), problem=f"the folder cannot be read: {why(error)}")


def _file(path: Path, about: os.stat_result) -> Place:
    version = f"{about.st_mtime_ns} {about.st_size}"
    return Place(str(path), path, about.st_size, modified=about.st_mtime, version=version)


def _member(path: Path, root: Path) -> Place | None:
    """What is to be said of a member of a folder; None for a folder that is read, and for what holds nothing."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None  # it has gone, or is a link to nothing
    except OSError as error:
        return Place(str(path), path, problem=f"cannot be read: {why(error)}")
    if stat.S_ISREG(about.st_mode):
        return _file(path, about)
    if not stat.S_ISDIR(about.st_mode):
        return None  # a socket, a pipe or a device
    if path.is_symlink():
        if _is_read(path.resolve(), root.resolve()):
            return None
        return Place(str(path), path, problem="is a link to a folder; name the folder to have it read")
    return Place(str(path), path, _size(path), left_out="folder") if path.name in _LEFT_OUT else None


def _is_read(folder: Path, root: Path) -> bool:
    """Whether a folder is read where it lies: `root` is, with the folders in it that are not left out."""
    return folder.is_relative_to(root) and _LEFT_OUT.isdisjoint(folder.relative_to(root).parts)


def _size(path: Path) -> int:
    """How many bytes the files in a folder have."""
    return sum(Path(folder, name).lstat().st_size for folder, _, names in os.walk(path) for name in names)


def why(error: OSError) -> str:
    """What is wrong with a file, in words that show no content."""
    return "no such file or folder" if isinstance(error, FileNotFoundError) else (error.strerror or "it cannot be read")


class Source:
    """One stream of content, unpacked.

    Attributes:
        name: what messages call it.
        head: the first bytes, up to `HEAD`; reading begins with them all the same.
        damage: why it ended early, once it did.
        size: how many bytes there are on disk; 0 if nobody knows.
        is_plain: whether nothing had to be unpacked.
        is_part: whether it is taken out of a text, so that what stands around it is not known.
        skipped: how many zeros at its beginning were left out.
        units: how many lines, entries, flows or documents its reader has counted so far.
        given: how many bytes its reader has taken so far.
    """

    def __init__(
        self,
        name: str,
        stream: Pieces,
        progress: Callable[[int], None] | None = None,
        *,
        size: int = 0,
        packed: int | None = None,
        is_part: bool = False,
    ) -> None:
        """Look into a stream.

        Args:
            name: what messages call it.
            stream: the bytes.
            progress: told how many bytes were read, as they are.
            size: how many bytes there are, if somebody knows.
            packed: how many they were before the stream unpacked them, if it did.
            is_part: whether it is taken out of a text, so that its beginning says nothing.
        """
        self.name = name
        self.size = size
        self.damage: Damage | None = None
        self.is_plain = True
        self.is_part = is_part
        self.skipped = 0
        self.units = 0
        self.given = 0
        self._raw = _Counted(stream, progress)
        self._packed = packed
        self._pieces: Pieces = self._raw
        self._at = 0
        self._ahead = self._gather(HEAD)
        for _ in range(0 if is_part else _LAYERS):
            inner = unpacked(self._ahead, self._pieces)
            if inner is None:
                break
            self.is_plain = False
            self._pieces = inner
            self._ahead = self._gather(HEAD)
        if not is_part and self._ahead.startswith(bytes(_FEW_ZEROS)):
            self._skip_zeros()
        self.head = self._ahead

    def _skip_zeros(self) -> None:
        """Go to the first byte of a file that begins with a hole."""
        while self._ahead and self.skipped < _MOST_ZEROS and not (rest := self._ahead.lstrip(b"\x00")):
            self.skipped += len(self._ahead)
            self._ahead = self._gather(HEAD)
        if self._ahead and rest:
            self.skipped += len(self._ahead) - len(rest)
            self._ahead = rest + self._gather(HEAD - len(rest))

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes: `size` of them, or fewer at the end, and none after it."""
        found = self._ahead[self._at : self._at + size]
        self._at += len(found)
        if self._at >= len(self._ahead):
            self._ahead, self._at = b"", 0
        if len(found) < size:
            more = self._gather(size - len(found))
            found = found + more if found else more
        self.given += len(found)
        packed = self._raw.bytes if self._packed is None else self._packed
        if self.given > _FREE and self.given > _RATIO * packed:
            self._fail(f"unpacks to more than {_RATIO:,} times its size; the rest was not read")
        return found

    def ahead(self, limit: int) -> bytes | None:
        """All that is left, which reading gives all the same; None if that is more than `limit` bytes."""
        self._ahead = self._ahead[self._at :] + self._gather(limit + 1 + self._at - len(self._ahead))
        self._at = 0
        return self._ahead if len(self._ahead) <= limit else None

    def left(self) -> int:
        """Read what is left, if anything is, and count it."""
        return sum(map(len, iter(self.read, b"")))

    def _gather(self, size: int) -> bytes:
        parts: list[bytes] = []
        try:
            while self.damage is None and size > 0 and (piece := self._pieces.read1(size)):
                parts.append(piece)
                size -= len(piece)
        except damages():
            self._fail(_CUT_OFF)
        except OSError as error:
            if error.errno:
                self._fail(f"cannot be read further: {why(error)}", may_pass=True)
            else:
                self._fail(_CUT_OFF)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _fail(self, reason: str, *, may_pass: bool = False) -> None:
        if self.damage is None:
            left = max(0, self.size - self._raw.bytes)
            self.damage = Damage(Position(self.name), reason, left, may_pass=may_pass)


@contextmanager
def opened(place: Place, progress: Callable[[int], None] | None = None) -> Iterator[Source]:
    """Open what is to be audited, until the context ends.

    Raises:
        OSError: it cannot be opened.
    """
    if place.origin is not None:
        with place.origin.opened() as (stream, size):
            yield Source(place.name, stream, progress, size=size)
        return
    if place.path is None:
        yield Source(place.name, cast(io.BufferedReader, sys.stdin.buffer), progress)
        return
    with place.path.open("rb", buffering=1 << 16) as file:
        yield Source(place.name, cast(io.BufferedReader, file), progress, size=place.size)


class _Counted:
    """Counts what is read from disk."""

    def __init__(self, stream: Pieces, progress: Callable[[int], None] | None) -> None:
        self.bytes = 0
        self._stream = stream
        self._progress = progress

    def read1(self, size: int = -1, /) -> bytes:
        found = self._stream.read1(size)
        self.bytes += len(found)
        if self._progress is not None:
            self._progress(len(found))
        return found
