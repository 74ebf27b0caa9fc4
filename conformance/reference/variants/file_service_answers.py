"""Defects of a file service in what it says about files, and to whom."""

from __future__ import annotations

import gzip
from copy import deepcopy
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from conformance.reference.file_service import BINARY, KEY_HEADER, FileService, Refusal
from conformance.reference.org import Org
from conformance.reference.stored_files import StoredFile
from conformance.reference.variants import fault, oddity

# -------------------------------------------------------------------- downloads


@fault(kills={"BIN-11", "BIN-34", "BIN-51"})
class EverythingIsText(FileService):
    """Calls each file text."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        return super().headers_of(name, found) | {"Content-Type": "text/plain; charset=utf-8"}


@fault(kills={"BIN-11", "BIN-51"})
class MediaTypesAreForgotten(FileService):
    """Calls each file bytes, whatever the upload called it."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        return super().headers_of(name, found) | {"Content-Type": BINARY}


@fault(kills={"BIN-13"})
class HeadHasNoLength(FileService):
    """Says in the answer to HEAD that the file is empty."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        if request.method == "HEAD":
            return Response(headers={**headers, "Content-Length": "0"})
        return super().answer(request, found, headers, status, start, end)


@fault(kills={"BIN-13"})
class HeadHasNoRoute(FileService):
    """Answers HEAD with 405, as frameworks do that make a route for GET alone."""

    def authorize(self, request: Request) -> None:
        super().authorize(request)
        if request.method == "HEAD":
            raise Refusal(405, "HEAD is not allowed", {"Allow": "GET, PUT, DELETE"})


@fault(kills={"BIN-14"})
class RangesLackTheirLastByte(FileService):
    """Takes the last byte of a range for the one behind it."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        return super().answer(request, found, headers, status, start, end - 1 if status == 206 else end)


@fault(kills={"BIN-14"})
class RangesAreTheWholeFile(FileService):
    """Says that it sends a range, and sends everything."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        return super().answer(request, found, headers, status, 0, found.size)


@fault(kills={"BIN-46"})
class RangesAreCountedInAnyUnit(FileService):
    """Takes every unit for bytes."""

    def range_header(self, request: Request) -> str:
        return request.headers.get("range", "") if request.method == "GET" else ""


@fault(kills={"BIN-46"})
class RangesApplyToHead(FileService):
    """Answers HEAD as if it were sent for a part."""

    def range_header(self, request: Request) -> str:
        return request.headers.get("range", "") if request.method == "HEAD" else super().range_header(request)


@fault(kills={"BIN-13"})
class HeadCountsTheDisk(FileService):
    """Says in the answer to HEAD what the file takes on the disk, and sends chunks."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        if request.method == "HEAD":
            return Response(headers={**headers, "Content-Length": str(-(-found.size // 4096) * 4096)})
        answer = super().answer(request, found, headers, status, start, end)
        del answer.headers["content-length"]
        return answer


@fault(kills={"BIN-51"})
class CharsetsAreForgotten(FileService):
    """Keeps the media type without its parameters."""

    def media_type_of(self, request: Request) -> str:
        return super().media_type_of(request).partition(";")[0].strip()


@fault(kills={"BIN-21", "BIN-52"})
class PagesAreKnownByTheirNames(FileService):
    """Takes the media type of pages from the end of their names, and shows them."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        if name.endswith(".html"):
            headers |= {"Content-Type": "text/html", "Content-Disposition": "inline"}
            del headers["X-Content-Type-Options"]
        return headers


@fault(kills={"BIN-40"})
class RangesBehindTheEndHaveNoLength(FileService):
    """Refuses a range behind the end of a file, and does not say where it ends."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return super().refuse(request, Refusal(416, refusal.says) if refusal.status == 416 else refusal)


@fault(kills={"BIN-18"})
class CompressesWithoutSayingSo(FileService):
    """Compresses for whoever takes gzip, and does not mention it."""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return super().answer(request, found, headers, status, start, end)
        return Response(self.compressed(found), status, headers | self.named())

    def compressed(self, found: StoredFile) -> bytes:
        """The body."""
        return gzip.compress(found.path.read_bytes(), mtime=0)

    def named(self) -> dict[str, str]:
        """The headers that name what was done."""
        return {}


@fault(kills={"BIN-18"})
class CompressesTwice(CompressesWithoutSayingSo):
    """Compresses what a layer below has compressed already, and mentions one of the two."""

    def compressed(self, found: StoredFile) -> bytes:
        return gzip.compress(super().compressed(found), mtime=0)

    def named(self) -> dict[str, str]:
        return {"Content-Encoding": "gzip"}


@fault(kills={"BIN-18"})
class CompressedDownloadsAreKept(CompressesWithoutSayingSo):
    """Compresses each file once, and sends that after an overwrite too."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.once: dict[str, bytes] = {}

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return super().answer(request, found, headers, status, start, end)
        body = self.once.setdefault(request.url.path, self.compressed(found))
        return Response(body, status, headers | {"Content-Encoding": "gzip"})


@fault(kills={"BIN-18"})
class SaysGzipAndSendsPlain(CompressesWithoutSayingSo):
    """Mentions a compression that a layer above has undone."""

    def compressed(self, found: StoredFile) -> bytes:
        return found.path.read_bytes()

    def named(self) -> dict[str, str]:
        return {"Content-Encoding": "gzip"}


@fault(kills={"BIN-20"}, blinds=True)
class NamesStandWithoutQuotes(FileService):
    """Writes the name of a file as it is."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        plain = name.encode("ascii", "replace").decode()
        return super().headers_of(name, found) | {"Content-Disposition": f"attachment; filename={plain}"}


@fault(kills={"BIN-20"})
class ExtendedNamesAreNotEncoded(FileService):
    """Writes an extended name without its percent signs."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        raw = name.encode().decode("latin-1").replace('"', "'")
        return super().headers_of(name, found) | {"Content-Disposition": f"attachment; filename*=\"UTF-8''{raw}\""}


@fault(kills={"BIN-21"})
class BrowsersMayGuess(FileService):
    """Leaves out the header that keeps browsers from guessing."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        headers = super().headers_of(name, found)
        del headers["X-Content-Type-Options"]
        return headers


@fault(kills={"BIN-35"})
class AcceptIsAnOrder(FileService):
    """Wraps files into JSON for whoever asks for JSON."""

    def check_accepted(self, request: Request, found: StoredFile) -> None:
        pass

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        if "json" in request.headers.get("accept", ""):
            return JSONResponse({"file": found.path.read_bytes().decode("latin-1")})
        return super().answer(request, found, headers, status, start, end)


# -------------------------------------------------------------------- errors


MISSING = {"BIN-08", "BIN-19", "BIN-23", "BIN-24", "BIN-25", "BIN-27", "BIN-29", "BIN-31", "BIN-34"}
"""What asks for a file that is not there."""


@fault(kills=MISSING)
class MissingFilesAreAPage(FileService):
    """Answers 200 with a page that says that there is nothing."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 404 and request.method in ("GET", "HEAD"):
            return HTMLResponse("<!doctype html><title>Not found</title>")
        return super().refuse(request, refusal)


@fault(kills={"BIN-08", "BIN-34"})
class ErrorsLookLikeFiles(FileService):
    """Answers 404 with a body that is called bytes."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 404:
            return Response(b"not found", 404, media_type=BINARY)
        return super().refuse(request, refusal)


# -------------------------------------------------------------------- strangers


@fault(kills={"BIN-31"})
class StrangersMayWrite(FileService):
    """Asks those who read for a key, and nobody else."""

    def authorize(self, request: Request) -> None:
        if request.method in ("GET", "HEAD"):
            super().authorize(request)


@fault(kills={"BIN-32"})
class StrangersMayRead(FileService):
    """Asks those who write for a key, and nobody else."""

    def authorize(self, request: Request) -> None:
        if request.method not in ("GET", "HEAD"):
            super().authorize(request)


@fault(kills={"BIN-32"})
class StrangersMayAskByHead(FileService):
    """Asks for a key with each method but HEAD."""

    def authorize(self, request: Request) -> None:
        if request.method != "HEAD":
            super().authorize(request)


@fault(kills={"BIN-31"})
class StrangersMayPostFiles(FileService):
    """Asks for a key with each method but POST."""

    def authorize(self, request: Request) -> None:
        if request.method != "POST":
            super().authorize(request)


@fault(kills={"BIN-31", "BIN-32"})
class AnyKeyWillDo(FileService):
    """Asks for a key, and does not look at it."""

    def authorize(self, request: Request) -> None:
        if KEY_HEADER not in request.headers:
            super().authorize(request)


@fault(kills={"BIN-31"})
class StrangersAreRefusedTooLate(FileService):
    """Stores first, and looks at the key afterwards."""

    async def file(self, request: Request) -> Response:
        if request.method == "PUT" and KEY_HEADER not in request.headers:
            await self.receive(request, self.name_of(request))
        return await super().file(request)


# -------------------------------------------------------------------- documents


class ChangedDocument(FileService):
    """A service with another document."""

    def openapi(self) -> dict[str, Any]:
        document = deepcopy(super().openapi())
        self.change(document, document["paths"]["/files/{name}"])
        return document

    def change(self, document: dict[str, Any], file: dict[str, Any]) -> None:
        """Change the document, or the operations on one file."""


@fault(kills={"BIN-05", "BIN-10"}, blinds=True)
class DocumentIsTooNew(ChangedDocument):
    """Describes itself in OpenAPI 4.0."""

    def change(self, document: dict[str, Any], file: dict[str, Any]) -> None:
        document["openapi"] = "4.0.0"


@oddity
class DocumentIsOpenApi31(ChangedDocument):
    """Describes itself in OpenAPI 3.1, which its org has registered."""

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return {**super().describe(base_url), "openapi_3_1": True}

    def change(self, document: dict[str, Any], file: dict[str, Any]) -> None:
        document["openapi"] = "3.1.0"


@fault(kills={"BIN-05"})
class GetHasAnEmptyBody(ChangedDocument):
    """Declares an empty body for GET."""

    def change(self, document: dict[str, Any], file: dict[str, Any]) -> None:
        file["get"]["requestBody"] = {"content": {}}


@fault(kills={"BIN-10"})
class DownloadsAreDeclaredAsText(ChangedDocument):
    """Declares the answer of GET as a plain string."""

    def change(self, document: dict[str, Any], file: dict[str, Any]) -> None:
        file["get"]["responses"]["200"]["content"][BINARY]["schema"] = {"type": "string"}


@fault(kills={"BIN-34"})
class AnswersWithAnUndeclaredStatus(FileService):
    """Answers 202 to an upload, which its document does not know."""

    def stored(self, request: Request, name: str, *, is_new: bool) -> Response:
        return Response(status_code=202)


@fault(kills={"BIN-33"})
class IdStandsInLocationAlone(FileService):
    """Answers to POST with the address of the file, and no body."""

    def created(self, name: str) -> Response:
        return Response(status_code=201, headers={"Location": f"/files/{name}"})
