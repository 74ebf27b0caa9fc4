"""A store of files with an API key and an OpenAPI document: RFC 9110, and section 4 of the facts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from tests.cleanroom.wire import Answer, Asked, Refused, Server

FAULTS = {
    "read-as-text": "The body is read as UTF-8 text and written as UTF-8 again.",
    "appends": "The file is opened for appending, so a second upload stands behind the first.",
    "keeps-half": "What came of an upload that broke off is kept, over the old file.",
    "cuts-at-the-limit": "What is larger than the limit is stored up to the limit, with 201.",
    "undoes-base64": "What looks like Base64 is decoded before it is stored.",
    "tag-of-size": "The ETag is made of the size.",
    "anybody-deletes": "The key is asked for by GET and PUT; DELETE forgot it.",
    "error-page": "A missing file is answered with 200 and a page that says so.",
}

KEY = "clean-room-files-" + "k" * 30
LIMIT = 200_000
TYPES = ("application/octet-stream", "image/png", "application/pdf")

ENVIRON = {"CLEANROOM_FILES_KEY": KEY}


@dataclass(frozen=True)
class File:
    content: bytes
    media_type: str

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.media_type.encode() + self.content).hexdigest()[:32]}"'


class FileService:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.files: dict[bytes, File] = {}
        self.lock = threading.Lock()
        self.server = Server(self.answer, keeps_cut_bodies=fault == "keeps-half")

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/openapi.json":
            return Answer.json(200, _document(self.server.url))
        path = re.fullmatch(r"/files(?:/([^/]*))?", asked.path)
        if path is None:
            return Answer.json(404, {"error": "no such resource"})
        open_to_all = self.fault == "anybody-deletes" and asked.method == "DELETE"
        if not hmac.compare_digest(str(asked.headers.get("X-Api-Key", "")).encode(), KEY.encode()) and not open_to_all:
            return Answer.json(
                401, {"error": "an API key is missing or wrong"}, WWW_Authenticate='ApiKey realm="files"'
            )
        with self.lock:
            if path[1] is None:
                return self._create(asked)
            if not path[1]:
                return Answer.json(404, {"error": "a file has a name"})
            return self._file(asked, unquote_to_bytes(path[1]))

    def _create(self, asked: Asked) -> Answer:
        if asked.method != "POST":
            return Answer.json(405, {"error": "POST alone"}, Allow="POST")
        name = secrets.token_hex(12)
        self.files[name.encode()] = self._received(asked, None)
        return Answer.json(201, {"id": name}, Location=f"/files/{name}")

    def _file(self, asked: Asked, name: bytes) -> Answer:
        known = self.files.get(name)
        match asked.method:
            case "GET" | "HEAD":
                return self._download(asked, known)
            case "PUT":
                received = self._received(asked, known)
                self._preconditions(asked, known)
                self.files[name] = received
                return Answer(201 if known is None else 204, headers={"ETag": self._tag(received)})
            case "DELETE":
                if known is None:
                    return Answer.json(404, {"error": "no such file"})
                self._preconditions(asked, known)
                del self.files[name]
                return Answer(204)
        return Answer.json(405, {"error": "method not allowed"}, Allow="GET, HEAD, PUT, DELETE")

    def _received(self, asked: Asked, known: File | None) -> File:
        """The file that a request brings, or the refusal of what cannot be kept as it is."""
        media_type = asked.media_type or TYPES[0]
        if media_type not in TYPES:
            raise Refused(415, {"error": "this media type is not taken"}, Accept=", ".join(TYPES))
        if str(asked.headers.get("Content-Encoding", "identity")).lower() != "identity":
            raise Refused(415, {"error": "send the file without a coding"}, Accept_Encoding="identity")
        if "Content-Range" in asked.headers:
            raise Refused(400, {"error": "a file is put as a whole"})
        content = asked.body
        if len(content) > LIMIT:
            if self.fault != "cuts-at-the-limit":
                raise Refused(413, {"error": f"at most {LIMIT} bytes"})
            content = content[:LIMIT]
        if self.fault == "read-as-text":
            content = content.decode("utf-8", "replace").encode()
        if self.fault == "appends" and known is not None:
            content = known.content + content
        if (
            self.fault == "undoes-base64"
            and content
            and re.fullmatch(rb"(?:[A-Za-z0-9+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?", content)
        ):
            content = base64.b64decode(content)
        return File(content, media_type)

    def _preconditions(self, asked: Asked, known: File | None) -> None:
        """RFC 9110, 13.1.1 and 13.1.2: a method that changes is not performed where its condition is false."""
        wanted, unwanted = asked.headers.get("If-Match"), asked.headers.get("If-None-Match")
        tag = self._tag(known) if known is not None else None
        if (wanted is not None and not _lists(str(wanted), tag)) or (
            unwanted is not None and _lists(str(unwanted), tag)
        ):
            raise Refused(412, {"error": "the file is another one by now"})

    def _download(self, asked: Asked, known: File | None) -> Answer:
        if known is None:
            return Answer.json(200 if self.fault == "error-page" else 404, {"error": "no such file"})
        if not _accepts(str(asked.headers.get("Accept", "*/*")), known.media_type):
            return Answer.json(406, {"error": f"the file is {known.media_type}"})
        wanted, unwanted = asked.headers.get("If-Match"), asked.headers.get("If-None-Match")
        tag = self._tag(known)
        if wanted is not None and not _lists(str(wanted), tag):
            return Answer.json(412, {"error": "the file is another one by now"})
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
        if unwanted is not None and _lists(str(unwanted).replace("W/", ""), tag):
            return Answer(304, headers=headers)
        return Answer(200, known.content, {"Content-Type": known.media_type, **headers})

    def _tag(self, file: File) -> str:
        return f'"{len(file.content)}"' if self.fault == "tag-of-size" else file.tag


def _lists(tags: str, tag: str | None) -> bool:
    return tag is not None and (tags.strip() == "*" or tag in [each.strip() for each in tags.split(",")])


def _accepts(accept: str, media_type: str) -> bool:
    """Whether a list of media ranges lets a type through; the most specific range decides (RFC 9110, 12.5.1)."""
    best = (-1, 0.0)
    for each in accept.split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        fits = [name == "*/*", name == media_type.partition("/")[0] + "/*", name == media_type]
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if any(fits):
            best = max(best, (fits.index(True), float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 1.0))
    return best[1] > 0


def _document(url: str) -> dict[str, Any]:
    binary = {each: {"schema": {"type": "string", "format": "binary"}} for each in TYPES}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    made = {"type": "object", "properties": {"id": {"type": "string"}}}
    put = {"content": binary, "required": True}

    def operation(name: str, **rest: object) -> dict[str, object]:
        return {"operationId": name, **rest}

    said_why = {"type": "object", "properties": {"error": {"type": "string"}}}
    refused = {"description": "refused", "content": {"application/json": {"schema": said_why}}}

    def status(**codes: dict[str, Any]) -> dict[str, Any]:
        done = {code[1:]: {"description": "done"} | ({"content": said} if said else {}) for code, said in codes.items()}
        return {**done, "default": refused}

    one = {
        "parameters": [name],
        "put": operation("uploadFile", requestBody=put, responses=status(_201={}, _204={})),
        "get": operation("downloadFile", responses=status(_200=binary)),
        "delete": operation("deleteFile", responses=status(_204={})),
    }
    created = status(_201={"application/json": {"schema": made}})
    several = {"post": operation("createFile", requestBody=put, responses=created)}
    head = {"openapi": "3.0.3", "info": {"title": "files", "version": "1"}, "servers": [{"url": url}]}
    return {**head, "paths": {"/files/{name}": one, "/files": several}}
