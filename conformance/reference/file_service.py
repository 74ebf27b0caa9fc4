"""The file service of the reference: files by name, streamed to disk and back (RFC 9110, sections 9.3 and 13 to 15).

Variants replace one small step.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar
from urllib.parse import quote, unquote_to_bytes
from uuid import uuid4

import yaml
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from conformance.documents.package_data import data_dir
from conformance.reference.preconditions import is_meant_for_another, names
from conformance.reference.role import Role
from conformance.reference.stored_files import Store, StoredFile

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from conformance.reference.org import Org

FILES_PATH = "/files"
DOCUMENT_PATH = "/files-openapi.json"
KEY_HEADER = "X-Api-Key"
KEY = "reference-file-service-key-made-up"
MAX_BYTES = 2_000_000
MAX_NAME = 255  # bytes
BINARY = "application/octet-stream"
TAKEN = ("application/octet-stream", "application/pdf", "application/zip", "image/", "text/plain", "application/vnd.")
PIECE = 262_144


class Refusal(Exception):
    """What a request is refused with.

    Attributes:
        status: the status code.
        says: why, for people.
        headers: further headers.
    """

    def __init__(self, status: int, says: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(says)
        self.status = status
        self.says = says
        self.headers = headers or {}


class FileService(Role):
    """Stores files by name, and gives them back as they are."""

    role: ClassVar[str] = "file_service"

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.store = Store()

    def routes(self) -> list[Route]:
        """Files by name, the collection that makes ids, and the OpenAPI document."""
        return [
            Route(FILES_PATH, self.collection, methods=["POST"]),
            Route(FILES_PATH + "/{name:path}", self.file, methods=["PUT", "GET", "HEAD", "DELETE"]),
            Route(DOCUMENT_PATH, self.document, methods=["GET"]),
        ]

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        """The role's part of the target file."""
        return {
            "spec": base_url + DOCUMENT_PATH,
            "base_url": base_url,
            "operations": {
                "upload": "uploadFile",
                "download": "downloadFile",
                "delete": "deleteFile",
                "create": "createFile",
            },
            "access": {"api_key": {"header": KEY_HEADER, "value": KEY}},
            "media_types": ["application/pdf", "application/zip", "image/png", "image/jpeg", "text/plain"],
            "refused_media_type": "application/x-www-form-urlencoded",
            "max_bytes": MAX_BYTES,
            "refused_bytes": MAX_BYTES + 1,
        }

    # -------------------------------------------------------------- requests

    async def document(self, request: Request) -> Response:
        """The OpenAPI document."""
        return JSONResponse(self.openapi())

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, as data."""
        return contract()

    async def file(self, request: Request) -> Response:
        """One file: put, get, head, delete."""
        try:
            self.authorize(request)
            name = self.name_of(request)
            match request.method:
                case "PUT":
                    return await self.put(request, name)
                case "DELETE":
                    return self.delete(request, name)
                case _:
                    return self.get(request, name)
        except Refusal as refusal:
            return self.refuse(request, refusal)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    async def collection(self, request: Request) -> Response:
        """Store a file under a new id."""
        try:
            self.authorize(request)
            name = uuid4().hex
            await self.receive(request, name)
        except Refusal as refusal:
            return self.refuse(request, refusal)
        except ClientDisconnect:
            return Response(status_code=400)
        return self.created(name)

    def created(self, name: str) -> Response:
        """The answer to a file that was stored under a new id."""
        return JSONResponse({"id": name}, 201, {"Location": f"{FILES_PATH}/{name}"})

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        """An error, as JSON that people can read."""
        return JSONResponse({"error": refusal.says}, refusal.status, refusal.headers)

    def authorize(self, request: Request) -> None:
        """Refuse whoever does not show the key."""
        if request.headers.get(KEY_HEADER) != KEY:
            raise Refusal(401, "the key is missing or wrong", {"WWW-Authenticate": f'ApiKey header="{KEY_HEADER}"'})

    def name_of(self, request: Request) -> str:
        """The name of the file: one segment of the path, percent-decoded once."""
        raw = bytes(request.scope["raw_path"]).partition(b"?")[0].removeprefix(f"{FILES_PATH}/".encode())
        if re.search(rb"/|%2f|%5c|\\", raw, re.IGNORECASE):
            raise Refusal(400, "a name has no slashes")
        try:
            name = unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            raise Refusal(400, "a name is UTF-8") from None
        if not 0 < len(name.encode()) <= MAX_NAME or name in (".", "..") or not name.isprintable():
            raise Refusal(400, f"a name has 1 to {MAX_NAME} bytes, of characters that can be printed")
        return name

    # --------------------------------------------------------------- uploads

    async def put(self, request: Request, name: str) -> Response:
        """Store a file in place of what stands there."""
        self.check_preconditions(request, self.store.files.get(name))
        is_new = await self.receive(request, name)
        return self.stored(request, name, is_new=is_new)

    def stored(self, request: Request, name: str, *, is_new: bool) -> Response:
        """The answer to an upload."""
        return Response(status_code=201 if is_new else 204, headers={"ETag": self.store.files[name].etag})

    def check_preconditions(self, request: Request, found: StoredFile | None) -> None:
        """Refuse a change that is meant for another state (RFC 9110, section 13.1)."""
        self.check_meant(request, found)
        if_none_match = request.headers.get("if-none-match")
        if if_none_match is not None and found and names(if_none_match, found.etag):
            raise Refusal(412, "there is a file of this name")

    def check_meant(self, request: Request, found: StoredFile | None) -> None:
        """Refuse what is meant for another version."""
        if is_meant_for_another(request.headers, found):
            raise Refusal(412, "the file is not the one that is meant")

    async def receive(self, request: Request, name: str) -> bool:
        """Receive the body, and keep it once it is whole; whether the name is new."""
        self.check_upload(request)
        path = self.store.new_path()
        try:
            with path.open("wb") as file:
                await self.write(request, name, file)
            self.kept(name, path)
            return self.store.keep(name, path, self.media_type_of(request))
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    async def write(self, request: Request, name: str, file: BinaryIO) -> None:
        """Write the body to the disk as it comes."""
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size <= MAX_BYTES:
                file.write(piece)
        self.check_size(size)  # after the last byte: whoever is still sending does not read the answer

    def kept(self, name: str, path: Path) -> None:
        """What is done to a whole upload before it takes its place: nothing."""

    def check_size(self, size: int) -> None:
        """Refuse what is too large."""
        if size > MAX_BYTES:
            raise Refusal(413, f"a file has at most {MAX_BYTES} bytes")

    def check_upload(self, request: Request) -> None:
        """Refuse parts of files, and media types and content encodings that are not taken."""
        self.check_whole(request)
        if not self.media_type_of(request).partition(";")[0].strip().lower().startswith(TAKEN):
            raise Refusal(415, "this media type is not taken", {"Accept": BINARY})
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Refusal(415, "encoded bodies are not taken", {"Accept-Encoding": "identity"})

    def check_whole(self, request: Request) -> None:
        """Refuse what is a part of a file (RFC 9110, section 14.5)."""
        if "content-range" in request.headers:
            raise Refusal(400, "a file is put as a whole")

    def media_type_of(self, request: Request) -> str:
        """What the upload says that it is."""
        return request.headers.get("content-type", BINARY)

    # ------------------------------------------------------------- downloads

    def get(self, request: Request, name: str) -> Response:
        """A file, a part of it, or the news that it is still the same."""
        found = self.found(request, name)
        headers = self.headers_of(name, found)
        self.check_accepted(request, found)
        self.check_meant(request, found)
        if self.is_unchanged(request, found):
            return Response(status_code=304, headers={"ETag": headers.get("ETag", "")})
        start, end = self.range_of(request, found)
        if (start, end) == (0, found.size):
            return self.answer(request, found, headers, 200, start, end)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
        return self.answer(request, found, headers, 206, start, end)

    def found(self, request: Request, name: str) -> StoredFile:
        """The file of this name."""
        if name not in self.store.files:
            raise Refusal(404, "there is no file of this name")
        return self.store.files[name]

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        """What a download says about the file."""
        return {
            "Content-Type": found.media_type,
            "ETag": found.etag,
            "Last-Modified": formatdate(found.stored, usegmt=True),
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-cache",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        }

    def check_accepted(self, request: Request, found: StoredFile) -> None:
        """Refuse to send what the caller does not take (RFC 9110, section 12.5.1)."""
        kind = found.media_type.partition(";")[0].strip().lower()
        ranges = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")]
        if not {"*/*", kind, f"{kind.partition('/')[0]}/*"} & set(ranges):
            raise Refusal(406, f"the file is {kind}")

    def is_unchanged(self, request: Request, found: StoredFile) -> bool:
        """Whether the caller has this version already."""
        known = request.headers.get("if-none-match")
        return known is not None and names(known, found.etag)

    def range_of(self, request: Request, found: StoredFile) -> tuple[int, int]:
        """The first byte to send, and the one behind the last (RFC 9110, section 14.2)."""
        asked = re.fullmatch(r"\w+=(\d*)-(\d*)", self.range_header(request).replace(" ", ""))
        if_range = request.headers.get("if-range", found.etag)
        if asked is None or not (asked[1] or asked[2]) or if_range != found.etag:
            return 0, found.size
        if not asked[1]:
            start, end = max(0, found.size - int(asked[2])), found.size
        else:
            start, end = int(asked[1]), min(found.size, int(asked[2] or found.size) + 1)
            if asked[2] and int(asked[2]) < start:
                return 0, found.size
        if start >= found.size:
            raise Refusal(416, "the file ends before", {"Content-Range": f"bytes */{found.size}"})
        return start, end

    def range_header(self, request: Request) -> str:
        """The range that is asked for; empty with HEAD, and in a unit that is not known."""
        asked = request.headers.get("range", "")
        return asked if request.method == "GET" and asked.startswith("bytes=") else ""

    def answer(
        self, request: Request, found: StoredFile, headers: dict[str, str], status: int, start: int, end: int
    ) -> Response:
        """Send the bytes from `start` to before `end`, with their number."""
        headers = {"Content-Length": str(end - start), **headers}
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        return StreamingResponse(self.pieces(found, start, end), status, headers)

    def pieces(self, found: StoredFile, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from the disk. The file is opened at once: an overwrite may remove it before they are sent."""
        file = found.path.open("rb")
        file.seek(start)

        async def read() -> AsyncIterator[bytes]:
            left = end - start
            with file:
                while left > 0 and (piece := file.read(min(PIECE, left))):
                    left -= len(piece)
                    yield piece

        return read()

    def delete(self, request: Request, name: str) -> Response:
        """Remove a file."""
        self.check_preconditions(request, self.found(request, name))
        self.store.remove(name)
        return Response(status_code=204)


@cache
def contract() -> dict[str, Any]:
    """The OpenAPI document of a file service, as data."""
    found: dict[str, Any] = yaml.safe_load((data_dir("profiles") / "openapi" / "file-service.yaml").read_text("utf-8"))
    return found
