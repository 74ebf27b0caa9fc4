"""Defects of a file service in what it makes of conditions (RFC 9110, section 13)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.file_service import FileService
from conformance.reference.stored_files import StoredFile
from conformance.reference.variants import fault


@fault(kills={"BIN-15", "BIN-16", "BIN-17", "BIN-36", "BIN-39", "BIN-47", "BIN-50"})
class EtagsAreNames(FileService):
    """Gives each file one entity tag for ever."""

    def headers_of(self, name: str, found: StoredFile) -> dict[str, str]:
        return super().headers_of(name, found) | {"ETag": '"file"'}

    def check_preconditions(self, request: Request, found: StoredFile | None) -> None:
        pass

    def is_unchanged(self, request: Request, found: StoredFile) -> bool:
        return request.headers.get("if-none-match") == '"file"'


@fault(kills={"BIN-16"})
class WhoeverKnowsATagKnowsTheFile(FileService):
    """Answers 304 to each request with a condition."""

    def is_unchanged(self, request: Request, found: StoredFile) -> bool:
        return "if-none-match" in request.headers


@fault(kills={"BIN-17", "BIN-36", "BIN-39", "BIN-50"})
class ConditionsAreIgnored(FileService):
    """Overwrites a file whatever version was meant."""

    def check_preconditions(self, request: Request, found: StoredFile | None) -> None:
        pass


@fault(kills={"BIN-47"})
class IfNoneMatchIsOneTag(FileService):
    """Compares If-None-Match with the tag as it is written, and knows no list."""

    def is_unchanged(self, request: Request, found: StoredFile) -> bool:
        return request.headers.get("if-none-match") == found.etag


@fault(kills={"BIN-48"})
class DownloadsAreOfAnyVersion(FileService):
    """Sends the file that is there, whatever version was meant."""

    def check_meant(self, request: Request, found: StoredFile | None) -> None:
        if request.method not in ("GET", "HEAD"):
            super().check_meant(request, found)


@fault(kills={"BIN-49"})
class IfMatchIsOneTag(FileService):
    """Compares If-Match with the tag as it is written, and knows no list."""

    def check_meant(self, request: Request, found: StoredFile | None) -> None:
        one = request.headers.get("if-match", "*")
        super().check_meant(request, found if found is None or one in ("*", found.etag) else None)


@fault(kills={"BIN-50"})
class DatesAreNoConditions(FileService):
    """Overwrites a file whenever it was modified."""

    def check_meant(self, request: Request, found: StoredFile | None) -> None:
        if "if-unmodified-since" not in request.headers:
            super().check_meant(request, found)


@fault(kills={"BIN-41"})
class TagsAreMissingFrom304(FileService):
    """Answers 304 without a header."""

    def get(self, request: Request, name: str) -> Response:
        answer = super().get(request, name)
        return Response(status_code=304) if answer.status_code == 304 else answer


@fault(kills={"BIN-36"})
class CreationsOverwrite(FileService):
    """Overwrites a file though the upload may only create one."""

    def check_preconditions(self, request: Request, found: StoredFile | None) -> None:
        if request.headers.get("if-none-match") != "*":
            super().check_preconditions(request, found)


@fault(kills={"BIN-39"})
class DeletionsAreUnconditional(FileService):
    """Deletes a file whatever version was meant."""

    def check_preconditions(self, request: Request, found: StoredFile | None) -> None:
        if request.method != "DELETE":
            super().check_preconditions(request, found)


@fault(kills={"BIN-37"})
class RangesAreOfAnyVersion(FileService):
    """Sends a part of the file whatever version the caller has the rest of."""

    def range_of(self, request: Request, found: StoredFile) -> tuple[int, int]:
        kept = [(name, value) for name, value in request.scope["headers"] if name != b"if-range"]
        return super().range_of(Request({**request.scope, "headers": kept}), found)
