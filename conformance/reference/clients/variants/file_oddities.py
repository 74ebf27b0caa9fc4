"""File clients that are unusual and correct."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from conformance.reference.clients.files import FileClient
from conformance.reference.clients.http import Connection, Response
from conformance.reference.clients.variants import oddity


@oddity("FIC-01", "FIC-02")
class UploadsAlone(FileClient):
    """It downloads nothing."""

    def download(self, url: str, path: Path) -> None:
        pass


@oddity()
class DownloadsAlone(FileClient):
    """It uploads nothing."""

    def upload(self, url: str, path: Path) -> None:
        pass


class _FollowsWithoutToken(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        there = answer.headers.get("location", "")
        if not there or urlsplit(there).netloc == urlsplit(url).netloc:
            return answer
        return super().send(method, there, {n: v for n, v in (headers or {}).items() if n != "Authorization"})


@oddity()
class FollowsWithoutItsToken(FileClient):
    """It follows a redirect to another origin, and leaves its token behind."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _FollowsWithoutToken()


@oddity()
class NamesAnotherMediaType(FileClient):
    """It uploads as what the file seems to be."""

    def upload(self, url: str, path: Path) -> None:
        self.api.call("PUT", url, {"Content-Type": "application/pdf"}, path.read_bytes())
