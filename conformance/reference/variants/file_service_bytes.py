"""Defects of a file service in what it makes of bytes and of sizes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
import shutil
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from conformance.reference.file_service import MAX_BYTES, FileService, Refusal
from conformance.reference.stored_files import StoredFile
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from pathlib import Path

WRAPPED = {"BIN-01", "BIN-02", "BIN-03", "BIN-33"}
"""What sees that something else is around the bytes, without a plain file that comes back first."""


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change a whole upload."""
    path.write_bytes(change(path.read_bytes()))


# -------------------------------------------------------------------- as if it were text


@fault(kills={"BIN-01"})
class UploadsAreReadAsUtf8(FileService):
    """Decodes uploads as UTF-8, with a replacement for what is none, and encodes them again."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.decode("utf-8", "replace").encode())


@fault(kills={"BIN-01"})
class UploadsAreReadAsLatin1(FileService):
    """Reads uploads as Latin-1 and writes them as UTF-8."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.decode("latin-1").encode())


@fault(kills={"BIN-01"})
class TextsLoseTheirLastLineEnd(FileService):
    """Strips what ends a text, where the name says that it is one."""

    def kept(self, name: str, path: Path) -> None:
        if name.endswith(".txt"):
            rewrite(path, lambda data: data.rstrip(b"\r\n"))


@fault(kills={"BIN-01"})
class CrlfBecomesLf(FileService):
    """Writes uploads in a text mode that knows one line end."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.replace(b"\r\n", b"\n"))


@fault(kills={"BIN-01"})
class LfBecomesCrlf(FileService):
    """Writes uploads in the text mode of another system."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.replace(b"\n", b"\r\n"))


@fault(kills={"BIN-01"})
class WhiteSpaceIsTrimmed(FileService):
    """Trims uploads, as form fields are trimmed."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, bytes.strip)


@fault(kills={"BIN-01"})
class ByteOrderMarkIsLost(FileService):
    """Drops the byte order mark of UTF-8."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.removeprefix(b"\xef\xbb\xbf"))


@fault(kills={"BIN-01"})
class NulEndsTheFile(FileService):
    """Takes uploads for strings of C."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.partition(b"\0")[0])


@fault(kills={"BIN-01", "BIN-03", "BIN-33"}, blinds=True)
class LineEndIsAdded(FileService):
    """Ends each file with a line end."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data + b"\n")


# -------------------------------------------------------------------- encoded and wrapped


@fault(kills={"BIN-01"})
class Base64IsDecoded(FileService):
    """Takes what looks like Base64 for Base64."""

    def kept(self, name: str, path: Path) -> None:
        def decoded(data: bytes) -> bytes:
            try:
                return base64.b64decode(data, validate=True) if len(data) > 10 else data
            except binascii.Error:
                return data

        rewrite(path, decoded)


@fault(kills=WRAPPED, blinds=True)
class Base64IsStored(FileService):
    """Stores Base64 text, and sends it as it is stored."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, base64.b64encode)


@fault(kills=WRAPPED, blinds=True)
class Base64IsAppliedTwice(FileService):
    """Encodes what a gateway has encoded already, and decodes nothing."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: base64.b64encode(base64.b64encode(data)))


@fault(kills={*WRAPPED, "BIN-11"}, blinds=True)
class DownloadsAreJson(FileService):
    """Wraps each file into a JSON document."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        data = base64.b64encode(found.path.read_bytes()).decode()
        return JSONResponse({"fileName": found.path.name, "contentType": found.media_type, "data": data})


@fault(kills=WRAPPED, blinds=True)
class MultipartIsStored(FileService):
    """Stores the multipart body in which a form sends a file."""

    def kept(self, name: str, path: Path) -> None:
        before = b'--boundary\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
        rewrite(path, lambda data: before + data + b"\r\n--boundary--\r\n")


@fault(kills={"BIN-01"})
class HolesAreLost(FileService):
    """Writes no page of zeros, and closes the gap."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data.replace(bytes(4096), b""))


@fault(kills={"BIN-01"})
class ZlibIsUnpacked(FileService):
    """Decompresses uploads that look like those of zlib."""

    def kept(self, name: str, path: Path) -> None:
        def unpacked(data: bytes) -> bytes:
            try:
                return zlib.decompress(data)
            except zlib.error:
                return data

        rewrite(path, unpacked)


@fault(kills={"BIN-01"})
class GzipIsUnpacked(FileService):
    """Decompresses uploads that look compressed."""

    def kept(self, name: str, path: Path) -> None:
        def unpacked(data: bytes) -> bytes:
            try:
                return gzip.decompress(data)
            except (OSError, EOFError, zlib.error):
                return data

        rewrite(path, unpacked)


@fault(kills={"BIN-19"})
class EncodedUploadsAreStoredAsTheyCome(FileService):
    """Stores compressed uploads without a note that they are."""

    def check_upload(self, request: Request) -> None:
        if request.headers.get("content-encoding", "identity") == "identity":
            super().check_upload(request)


# -------------------------------------------------------------------- sizes


@fault(kills={"BIN-01"})
class UploadsEndAtOneMebibyte(FileService):
    """Keeps the first mebibyte of each upload, and says nothing."""

    def kept(self, name: str, path: Path) -> None:
        rewrite(path, lambda data: data[:1_048_576])


@fault(kills={"BIN-01", "BIN-03", "BIN-22", "BIN-23", "BIN-24", "BIN-26", "BIN-27", "BIN-28"})
class DownloadsEndAt64Kib(FileService):
    """Sends one buffer of each file, and announces as much."""

    def range_of(self, request: Request, found: StoredFile) -> tuple[int, int]:
        start, end = super().range_of(request, found)
        return start, min(end, start + 65_536)

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        asked = "range" in request.headers
        if not asked:
            headers.pop("Content-Range", None)
        return super().answer(request, found, headers, status if asked else 200, start, end)


@fault(kills={"BIN-28", "BIN-44"})
class ShortBodiesInChunksAreLost(FileService):
    """Looks at the length alone to see whether there is a body, and takes what fits into one buffer for none."""

    async def write(self, request: Request, name: str, file: BinaryIO) -> None:
        await super().write(request, name, file)
        if "content-length" not in request.headers and file.tell() < 4096:
            file.truncate(0)


@fault(kills={"BIN-04"})
class EmptyFilesAreRefused(FileService):
    """Takes an empty body for a missing one."""

    def kept(self, name: str, path: Path) -> None:
        if path.stat().st_size == 0:
            raise Refusal(400, "the body is missing")


@fault(kills={"BIN-29"})
class LargeFilesAreCut(FileService):
    """Keeps as much of a large file as it takes, and calls it done."""

    def check_size(self, size: int) -> None:
        pass


@fault(kills={"BIN-29"})
class LargeFilesBreakIt(FileService):
    """Answers 500 to a file that is too large."""

    def check_size(self, size: int) -> None:
        if size > MAX_BYTES:
            raise Refusal(500, "out of space")


@fault(kills={"BIN-29"})
class LargeFilesAreRefusedWithoutAWord(FileService):
    """Answers 413 without a body."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return Response(status_code=413) if refusal.status == 413 else super().refuse(request, refusal)


@fault(kills={"BIN-28", "BIN-44"})
class ChunksAreLost(FileService):
    """Reads as many bytes as Content-Length says, and none where it says nothing."""

    async def write(self, request: Request, name: str, file: BinaryIO) -> None:
        await super().write(request, name, file)
        if "content-length" not in request.headers:
            file.truncate(0)


@fault(kills={"BIN-26"})
class UploadsShareATemporaryFile(FileService):
    """Writes large uploads into one temporary file, which parallel ones write into too."""

    async def write(self, request: Request, name: str, file: BinaryIO) -> None:
        await super().write(request, name, file)
        if file.tell() < 65_536:
            return
        shared = self.store.folder / "upload.tmp"
        file.flush()
        shutil.copyfile(str(file.name), shared)
        await asyncio.sleep(0.01)
        file.seek(0)
        file.write(shared.read_bytes())
        file.truncate()
