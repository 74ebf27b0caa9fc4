"""The members of zip and tar archives, each as a content of its own. Nothing is unpacked to disk.

Loaded where there is an archive, as `formats.is_archive` tells.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import IO, TYPE_CHECKING, Any, Final, cast

from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.traffic.audit.streams import Pieces

MAX_INNER: Final = 64 << 20
"""The bytes of the largest zip archive that is read where it is not a file of its own."""

_HEADERS: Final = 4 << 20  # the bytes that may stand between two members of a tar archive


def members(source: Source, path: Path | None) -> Iterator[Source | Damage]:
    """The members of an archive, each to be read before the next is asked for.

    Args:
        source: the archive.
        path: the file that it is as it stands, if it is one.
    """
    return _of_zip(source, path) if source.head.startswith(b"PK") else _of_tar(source)


def _of_zip(source: Source, path: Path | None) -> Iterator[Source | Damage]:
    at = Position(source.name)
    file: Path | io.BytesIO | None = path
    if path is None or not source.is_plain:
        whole = source.ahead(MAX_INNER)
        file = None if whole is None else io.BytesIO(whole)
    if file is None:
        reason = f"is a zip archive of more than {MAX_INNER >> 20} MiB that is not a file of its own; unpack it"
        yield Damage(at, reason, source.left())
        return
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    yield _zipped(archive, member, f"{source.name}/{member.filename}")
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        yield Damage(at, f"is a zip archive that is damaged: {type(error).__name__}", source.left())
    finally:
        source.left()


def _zipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Source | Damage:
    if member.flag_bits & 1:
        return Damage(Position(name), "is encrypted", member.file_size)
    try:
        stream = archive.open(member)
    except (NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return Damage(Position(name), "is damaged, or packed in a way that is not read", member.file_size)
    return Source(name, cast(io.BufferedReader, stream), size=member.file_size, packed=member.compress_size)


class _Bounded:
    """A source of which no more is taken than a tar archive needs: headers that go on and on are held in memory."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.left = _HEADERS

    def read(self, size: int) -> bytes:
        self.left -= size
        if self.left < 0:
            raise tarfile.ReadError("headers that are too long")
        return self._source.read(size)


def _of_tar(source: Source) -> Iterator[Source | Damage]:
    bounded, judged = _Bounded(source), 0
    try:
        with tarfile.open(fileobj=cast(IO[bytes], bounded), mode="r|", ignore_zeros=True) as archive:
            for member in archive:
                cast(Any, archive).members = []  # it remembers each; `stream=True` comes with Python 3.13
                bounded.left = _HEADERS + member.size
                content = archive.extractfile(member) if member.isreg() else None
                if content is not None:
                    yield Source(f"{source.name}/{member.name}", cast("Pieces", content), size=member.size)
                judged = member.offset_data + member.size
    except (tarfile.TarError, EOFError, ValueError) as error:
        source.left()
        reason = f"is a tar archive that is damaged: {type(error).__name__}"
        yield Damage(Position(source.name), reason, max(0, source.given - judged))
