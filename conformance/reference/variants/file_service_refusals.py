"""File services that refuse in unusual and correct ways."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conformance.reference.file_service import KEY_HEADER, FileService, Refusal
from conformance.reference.variants import oddity


@oddity
class DeletedFilesAreGone(FileService):
    """Answers 410 where another would answer 404."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return super().refuse(request, Refusal(410, refusal.says) if refusal.status == 404 else refusal)


@oddity
class StrangersSeeNothing(FileService):
    """Answers 404 to strangers, as if there were nothing, and 400 to a key that cannot be one."""

    def authorize(self, request: Request) -> None:
        try:
            super().authorize(request)
        except Refusal:
            status = 400 if KEY_HEADER in request.headers else 404
            raise Refusal(status, "no file has this name, or the key is not known") from None


@oddity
class StrangersAreSentToALogin(FileService):
    """Redirects strangers to a page where they can log in."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return RedirectResponse("/login", 302) if refusal.status == 401 else super().refuse(request, refusal)


@oddity
class MissingFilesAreForbidden(FileService):
    """Answers 403 where another would answer 404, as Amazon S3 does to callers who may not list what there is."""

    def refuse(self, request: Request, refusal: Refusal) -> Response:
        return super().refuse(request, Refusal(403, refusal.says) if refusal.status == 404 else refusal)
