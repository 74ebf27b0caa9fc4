"""The programs that unpack compressed content. Loaded where there is some."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdError, ZstdFile
else:
    from backports.zstd import DecompressionParameter, ZstdError, ZstdFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.traffic.audit.streams import Chained, Pieces

DAMAGED: Final = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError, ZstdError)
"""What is raised where compressed data is cut off or damaged; besides `OSError` without a number."""

_WINDOW_LOG: Final = 27  # the zstd tool's own limit: what was packed with --ultra --long needs 128 MiB to unpack
_MOST_MEMORY: Final = 160 << 20  # xz -9 needs 65 MiB, and --lzma2=dict=128MiB twice that


class _Xz:
    """One stream of xz after the other, each within a bound of memory."""

    def __init__(self, below: Chained) -> None:
        self._below = below
        self._stream = lzma.LZMADecompressor(memlimit=_MOST_MEMORY)

    def read1(self, size: int = -1, /) -> bytes:
        while True:
            if self._stream.eof:
                rest = self._stream.unused_data.lstrip(b"\x00") or self._below.read1(1 << 16).lstrip(b"\x00")
                if not rest:
                    return b""
                self._stream = lzma.LZMADecompressor(memlimit=_MOST_MEMORY)
            elif self._stream.needs_input:
                rest = self._below.read1(1 << 16)
                if not rest:
                    raise EOFError
            else:
                rest = b""
            if found := self._stream.decompress(rest, size):
                return found


class _Zlib:
    """One stream of zlib, as mitmproxy writes `.zhar`."""

    def __init__(self, below: Chained) -> None:
        self._below = below
        self._stream = zlib.decompressobj()

    def read1(self, size: int = -1, /) -> bytes:
        while not self._stream.eof:
            rest = self._stream.unconsumed_tail or self._below.read1(1 << 16)
            if found := self._stream.decompress(rest, size if size > 0 else 1 << 16):
                return found
            if not rest:
                raise EOFError
        return b""


def _gzip(pieces: Chained) -> Pieces:
    return gzip.GzipFile(fileobj=cast(BinaryIO, pieces))


def _zstd(pieces: Chained) -> Pieces:
    return ZstdFile(cast(BinaryIO, pieces), options={DecompressionParameter.window_log_max: _WINDOW_LOG})


def _bzip2(pieces: Chained) -> Pieces:
    return bz2.BZ2File(cast(BinaryIO, pieces))


DECOMPRESSORS: Final[Mapping[str, Callable[[Chained], Pieces]]] = {
    "gzip": _gzip,
    "zstd": _zstd,
    "bzip2": _bzip2,
    "xz": _Xz,
    "zlib": _Zlib,
}
"""By the name of a program: what gives the content of what it has packed."""
