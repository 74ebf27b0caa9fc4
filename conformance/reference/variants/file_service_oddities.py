"""File services that are unusual and correct."""

from __future__ import annotations

import gzip
import re
from copy import deepcopy
from mimetypes import guess_type
from time import monotonic
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from conformance.reference.file_service import BINARY, FILES_PATH, FileService, Refusal
from conformance.reference.org import Org
from conformance.reference.stored_files import StoredFile
from conformance.reference.variants import oddity, oddity_without

if TYPE_CHECKING:
    from pathlib import Path


class Declaring(FileService):
    """Answers to uploads with statuses of its own, which its document declares."""

    def openapi(self) -> dict[str, Any]:
        document = deepcopy(super().openapi())
        document["paths"]["/files/{name}"]["put"]["responses"] |= {
            "200": {"description": "Stored.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "202": {"description": "Will be stored."},
        }
        return document


@oddity
class UploadsAreAccepted(Declaring):
    """Answers 202 to each upload, as if it would be stored later."""

    def stored(self, request: Request, name: str, *, is_new: bool) -> Response:
        return Response(status_code=202)


@oddity
class OverwritesGet200(Declaring):
    """Answers an overwrite with 200 and JSON."""

    def stored(self, request: Request, name: str, *, is_new: bool) -> Response:
        if is_new:
            return super().stored(request, name, is_new=True)
        return Response(b'{"stored": true}', 200, media_type="application/json")


@oddity
class TagsOf304AreWeak(FileService):
    """Weakens the tag of a 304, as a gateway that compresses does."""

    def get(self, request: Request, name: str) -> Response:
        answer = super().get(request, name)
        if answer.status_code == 304:
            answer.headers["ETag"] = f"W/{answer.headers['ETag'].removeprefix('W/')}"
        return answer


@oddity
class DownloadsAreChunked(FileService):
    """Sends files in chunks, without their length."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        answer = super().answer(request, found, headers, status, start, end)
        del answer.headers["content-length"]
        return answer


@oddity_without("BIN-15", "BIN-16", "BIN-41", "BIN-47")
class NoEtags(FileService):
    """Gives files no entity tags."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        del headers["ETag"]
        return headers


@oddity
class WeakEtags(FileService):
    """Gives files weak entity tags."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        return super().headers_of(name, found) | {"ETag": f"W/{found.etag}"}


@oddity
class TypesAreSniffed(FileService):
    """Finds out by itself what a file is, and is right."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        with found.path.open("rb") as file:
            head = file.read(8)
        known = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
        kind = next((kind for magic, kind in known.items() if head.startswith(magic)), None)
        return super().headers_of(name, found) | ({"Content-Type": kind} if kind else {})


@oddity
class NamesSayWhatFilesAre(FileService):
    """Refuses files whose names say that they are something else."""

    def check_upload(self, request: Request) -> None:
        super().check_upload(request)
        said = guess_type(self.name_of(request))[0] if request.method == "PUT" else None
        if said not in (None, self.media_type_of(request).partition(";")[0].strip().lower()):
            raise Refusal(415, f"its name says that the file is {said}")


@oddity_without("BIN-05", "BIN-10", "BIN-33", "BIN-34")
class PlainBytesHaveNoType(FileService):
    """Leaves out the media type of files that are any bytes, and has no document that would promise it."""

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        described = super().describe(base_url)
        for field in ("spec", "base_url", "operations"):
            del described[field]
        return {**described, "url": f"{base_url}{FILES_PATH}/{{name}}"}

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        if found.media_type == BINARY:
            del headers["Content-Type"]
        return headers


@oddity
class PartsArePutWhereTheyBelong(FileService):
    """Takes a part of a file, and writes it over these bytes of the file that is there."""

    def check_whole(self, request: Request) -> None:
        pass

    async def receive(self, request: Request, name: str) -> bool:
        old = self.store.files.get(name)
        whole = old.path.read_bytes() if old is not None else b""
        is_new = await super().receive(request, name)
        if (said := request.headers.get("content-range")) is not None:
            start = int(said.removeprefix("bytes ").partition("-")[0])
            part = self.store.files[name].path.read_bytes()
            path = self.store.new_path()
            path.write_bytes(whole[:start] + part + whole[start + len(part) :])
            self.store.keep(name, path, self.media_type_of(request))
        return is_new


@oddity
class MediaTypesHaveParameters(FileService):
    """Adds a parameter to the media type."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        return headers | {"Content-Type": f"{headers['Content-Type'].title()}; q=1"}


@oddity
class DownloadsAreElsewhere(FileService):
    """Sends whoever downloads to another path of the same host."""

    def routes(self) -> list[Route]:
        elsewhere = Route("/blobs/{name:path}", self.blob, methods=["GET", "HEAD"])
        return [*super().routes(), elsewhere]

    async def blob(self, request: Request) -> Response:
        """The file itself."""
        return await super().file(request)

    async def file(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD") and self.knows(request):
            path = bytes(request.scope["raw_path"]).decode().replace(FILES_PATH, "/blobs", 1)
            return RedirectResponse(path, 307)
        return await super().file(request)

    def knows(self, request: Request) -> bool:
        """Whether the caller may know that there is a file."""
        try:
            self.authorize(request)
            self.found(request, self.name_of(request))
        except Refusal:
            return False
        return True

    def name_of(self, request: Request) -> str:
        path = bytes(request.scope["raw_path"])
        request.scope["raw_path"] = path.replace(b"/blobs", FILES_PATH.encode(), 1)
        return super().name_of(request)


@oddity
class ChangesAreSeenLater(FileService):
    """Shows a change a few milliseconds after it, as its target file says."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.before: dict[str, tuple[float, StoredFile | None, bytes]] = {}

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return {**super().describe(base_url), "consistency_seconds": 0.005}

    def kept(self, name: str, path: Path) -> None:
        self.remember(name)

    def delete(self, request: Request, name: str) -> Response:
        self.remember(name)
        return super().delete(request, name)

    def remember(self, name: str) -> None:
        """Keep what is there, for those who ask too early."""
        old = self.store.files.get(name)
        self.before[name] = (monotonic() + 0.002, old, old.path.read_bytes() if old else b"")

    def get(self, request: Request, name: str) -> Response:
        until, old, data = self.before.get(name, (0.0, None, b""))
        if monotonic() > until:
            return super().get(request, name)
        if old is None:
            raise Refusal(404, "there is no file of this name")
        return Response(data, headers=self.headers_of(name, old))


@oddity
class LengthsAreRequired(FileService):
    """Takes no upload without a length."""

    def check_upload(self, request: Request) -> None:
        if "content-length" not in request.headers:
            raise Refusal(411, "a length is required")
        super().check_upload(request)


@oddity
class RangesAreIgnored(FileService):
    """Sends the whole file to whoever asks for a part."""

    def range_of(self, request: Request, found: StoredFile) -> tuple[int, int]:
        return 0, found.size


@oddity
class AcceptIsDisregarded(FileService):
    """Sends a file as it is, whatever the caller accepts."""

    def check_accepted(self, request: Request, found: StoredFile) -> None:
        pass


@oddity_without("BIN-50")
class NoModificationDates(FileService):
    """Does not say when a file was modified."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        del headers["Last-Modified"]
        return headers


@oddity
class CharsetsAreRefused(FileService):
    """Takes text in UTF-8 alone."""

    def check_upload(self, request: Request) -> None:
        super().check_upload(request)
        if "charset=" in self.media_type_of(request).lower().replace("charset=utf-8", ""):
            raise Refusal(415, "a text is in UTF-8")


@oddity
class PagesAreNotGuessed(FileService):
    """Calls a file what its name says, and has browsers neither guess nor show it."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        pages = {"Content-Type": "text/html"} if name.endswith(".html") else {}
        return super().headers_of(name, found) | pages


@oddity
class BackslashesAreLetters(FileService):
    """Takes names with backslashes, and keeps them as they are."""

    def name_of(self, request: Request) -> str:
        path = bytes(request.scope["raw_path"])
        if b"\\" not in path and b"%5c" not in path.lower():
            return super().name_of(request)
        plain = super().name_of(Request({**request.scope, "raw_path": re.sub(rb"(?i)%5c|\\", b"\xee\x80\x80", path)}))
        return plain.replace("\ue000", "\\")


@oddity_without("BIN-20")
class NoDisposition(FileService):
    """Does not name the file."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        del headers["Content-Disposition"]
        return headers


@oddity
class PlainAndExtendedNames(FileService):
    """Names the file in both ways, for old and for new clients."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        plain = name.encode("ascii", "replace").decode().replace("\\", "_").replace('"', '\\"').replace("/", "_")
        extended = headers["Content-Disposition"].partition(";")[2]
        return headers | {"Content-Disposition": f'attachment; filename="{plain}";{extended}'}


@oddity
class ErrorsAreText(FileService):
    """Writes its errors as plain text, and says so in its document."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return PlainTextResponse(refusal.says, refusal.status, refusal.headers)

    def openapi(self) -> dict[str, Any]:
        document = deepcopy(super().openapi())
        document["components"]["responses"]["Refused"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
        return document


@oddity
class CompressesOnRequest(FileService):
    """Compresses downloads for whoever takes gzip, and says so."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        if "gzip" not in request.headers.get("accept-encoding", "") or status != 200:
            return super().answer(request, found, headers, status, start, end)
        more = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "ETag": f"W/{found.etag}"}
        return Response(gzip.compress(found.path.read_bytes(), mtime=0), status, headers | more)


@oddity
class CompressedUploadsAreUnderstood(FileService):
    """Decompresses an upload that is declared as compressed."""

    def check_upload(self, request: Request) -> None:
        if request.headers.get("content-encoding") != "gzip":
            super().check_upload(request)

    async def receive(self, request: Request, name: str) -> bool:
        is_new = await super().receive(request, name)
        if request.headers.get("content-encoding") == "gzip":
            stored = self.store.files[name]
            path = self.store.new_path()
            path.write_bytes(gzip.decompress(stored.path.read_bytes()))
            self.store.keep(name, path, stored.media_type)
        return is_new


@oddity_without("BIN-12")
class NamesAreUuids(FileService):
    """Takes UUIDs for names, and says so."""

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return {**super().describe(base_url), "names": "uuid"}
