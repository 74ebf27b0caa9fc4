"""Defects of a file service in how a file changes."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from conformance.reference.file_service import BINARY, FileService, Refusal
from conformance.reference.org import Org
from conformance.reference.stored_files import StoredFile
from conformance.reference.variants import fault

if TYPE_CHECKING:
    from starlette.requests import Request

OVERWRITES = {"BIN-01", "BIN-03", "BIN-22", "BIN-27"}
"""What puts one file several times."""


def _ends(path: Path) -> tuple[int, bytes, bytes]:
    data = path.read_bytes()
    return len(data), data[:64], data[-64:]


@fault(kills={*OVERWRITES, "BIN-07", "BIN-16", "BIN-18", "BIN-24", "BIN-44"})
class PutAppends(FileService):
    """Opens the file of an upload to append to it."""

    def kept(self, name: str, path: Path) -> None:
        old = self.store.files.get(name)
        if old is not None:
            path.write_bytes(old.path.read_bytes() + path.read_bytes())


@fault(kills={"BIN-01", "BIN-22", "BIN-24", "BIN-27", "BIN-44"})
class OverwritesKeepTheTail(FileService):
    """Writes over the old bytes, and leaves those behind the new end."""

    def kept(self, name: str, path: Path) -> None:
        old = self.store.files.get(name)
        if old is not None:
            data = path.read_bytes()
            path.write_bytes(data + old.path.read_bytes()[len(data) :])


@fault(kills={"BIN-22"})
class FilesAreKnownByTheirEnds(FileService):
    """Keeps the old bytes where the new ones are as many, and begin and end alike."""

    def kept(self, name: str, path: Path) -> None:
        old = self.store.files.get(name)
        if old is not None and _ends(old.path) == _ends(path):
            path.write_bytes(old.path.read_bytes())


@fault(kills={"BIN-22"})
class AnEmptyFileReplacesNothing(FileService):
    """Takes an upload without bytes for one without a body, and leaves the file as it was."""

    def kept(self, name: str, path: Path) -> None:
        old = self.store.files.get(name)
        if old is not None and path.stat().st_size == 0:
            path.write_bytes(old.path.read_bytes())


@fault(kills={"BIN-25"})
class ADeletionTakesWhatBeginsAlike(FileService):
    """Deletes all files whose names begin with the given one."""

    def delete(self, request: Request, name: str) -> Response:
        answer = super().delete(request, name)
        for other in [other for other in self.store.files if other.startswith(name)]:
            self.store.remove(other)
        return answer


@fault(kills={*OVERWRITES, "BIN-15", "BIN-16", "BIN-18", "BIN-41", "BIN-48"})
class CacheServesOldBytes(FileService):
    """Keeps what was downloaded once, until it is deleted."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.cache: dict[str, tuple[bytes, StoredFile]] = {}

    def get(self, request: Request, name: str) -> Response:
        if name not in self.cache and request.method == "GET":
            stored = self.found(request, name)
            self.cache[name] = stored.path.read_bytes(), stored
        if name not in self.cache or "range" in request.headers:
            return super().get(request, name)
        data, stored = self.cache[name]
        if self.is_unchanged(request, stored):
            return Response(status_code=304)
        return Response(data, headers=self.headers_of(name, stored))

    def delete(self, request: Request, name: str) -> Response:
        self.cache.pop(name, None)
        return super().delete(request, name)


@fault(kills={"BIN-23", "BIN-27", "BIN-43"})
class InterruptedUploadsAreKept(FileService):
    """Takes what came before a connection was closed for the whole file."""

    async def write(self, request: Request, name: str, file: object) -> None:
        try:
            await super().write(request, name, file)  # type: ignore[arg-type] # a file
        except ClientDisconnect:
            return


@fault(kills={"BIN-23"})
class HalfFilesAppearLate(FileService):
    """Shows half of an upload that broke off, a while after it said that there is nothing."""

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return {**super().describe(base_url), "late_seconds": 0.3}

    async def write(self, request: Request, name: str, file: BinaryIO) -> None:
        try:
            await super().write(request, name, file)
        except ClientDisconnect:
            if file.tell() >= 90_000:  # shorter ones are the subject of another requirement
                file.flush()
                half = self.store.new_path()
                half.write_bytes(Path(file.name).read_bytes())
                asyncio.get_running_loop().call_later(0.15, self.store.keep, name, half, BINARY)
            raise


@fault(kills={"BIN-42"})
class OverwritesGet201(FileService):
    """Answers 201 to an overwrite too."""

    def stored(self, request: Request, name: str, *, is_new: bool) -> Response:
        return super().stored(request, name, is_new=True)


@fault(kills={"BIN-42"})
class NewFilesGet204(FileService):
    """Answers 204 to a new file too."""

    def stored(self, request: Request, name: str, *, is_new: bool) -> Response:
        return super().stored(request, name, is_new=False)


@fault(kills={"BIN-38"})
class PartsReplaceTheFile(FileService):
    """Takes a part of a file for the whole."""

    def check_whole(self, request: Request) -> None:
        pass


@fault(kills={"BIN-24"})
class UploadsAreSeenWhileTheyCome(FileService):
    """Shows the first bytes of an upload under its name, before the rest is there."""

    async def receive(self, request: Request, name: str) -> bool:
        length = int(request.headers.get("content-length", "100000"))
        old = self.store.files.get(name)
        if length > 65_536:
            path = self.store.new_path()
            path.write_bytes(b"the first bytes")
            digest = hashlib.sha256(b"").hexdigest()
            self.store.files[name] = StoredFile(path, 15, digest, "application/octet-stream", 0.0)
        try:
            return await super().receive(request, name)
        except (ClientDisconnect, Refusal):
            if old is not None:
                self.store.files[name] = old
            else:
                self.store.files.pop(name, None)
            raise


@fault(kills={"BIN-24"})
class OverwritesAreMixed(FileService):
    """Copies an upload over the old file in two steps."""

    async def put(self, request: Request, name: str) -> Response:
        old = self.store.files.get(name)
        before = old.path.read_bytes() if old is not None else b""
        answer = await super().put(request, name)
        if len(before) > 50_000:
            path = self.store.files[name].path
            after = path.read_bytes()
            path.write_bytes(after[: len(after) // 2] + before[len(after) // 2 : len(after)].ljust(1))
            self.store.files[name] = self.measured(name)
            await asyncio.sleep(0.02)
            path.write_bytes(after)
            self.store.files[name] = self.measured(name)
        return answer

    def measured(self, name: str) -> StoredFile:
        """What is there now."""
        found = self.store.files[name]
        data = found.path.read_bytes()
        return StoredFile(found.path, len(data), hashlib.sha256(data).hexdigest(), found.media_type, found.stored)


@fault(kills={"BIN-08", "BIN-25", "BIN-27"})
class DeletedFilesStay(FileService):
    """Says that a file is deleted, and keeps it."""

    def delete(self, request: Request, name: str) -> Response:
        self.check_preconditions(request, self.found(request, name))
        return Response(status_code=204)


@fault(kills={"BIN-06"})
class UnfitUploadsAreRefusedAndStored(FileService):
    """Looks at the media type when the file is stored already."""

    async def receive(self, request: Request, name: str) -> bool:
        try:
            self.check_upload(request)
        except Refusal as refusal:
            if refusal.status == 415 and "content-encoding" not in request.headers:
                path = self.store.new_path()
                with path.open("wb") as file:
                    await self.write(request, name, file)
                self.store.keep(name, path, "application/octet-stream")
            raise
        return await super().receive(request, name)


@fault(kills={"BIN-06"})
class UnfitUploadsAreTaken(FileService):
    """Takes the media type that it says it refuses."""

    def check_upload(self, request: Request) -> None:
        self.check_whole(request)
        if request.headers.get("content-encoding") is not None:
            super().check_upload(request)
