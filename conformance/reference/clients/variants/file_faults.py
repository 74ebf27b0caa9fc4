"""File clients with a defect each."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from conformance.reference.clients.files import BINARY, FileClient
from conformance.reference.clients.http import Connection, Response
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.api_faults import start_a_helper
from conformance.reference.clients.variants.connections import (
    Careless,
    CountingSeconds,
    Endless,
    Hasty,
    HeedingTheFirst,
    Trusting,
)


@fault("BIN-09")
class SendsText(FileClient):
    """It takes what it uploads for text."""

    def upload(self, url: str, path: Path) -> None:
        text = path.read_bytes().decode("utf-8", "replace")
        self.api.call("PUT", url, {"Content-Type": BINARY}, text.encode())


@fault("BIN-09")
class SendsBase64(FileClient):
    """It uploads the file in Base64."""

    def upload(self, url: str, path: Path) -> None:
        self.api.call("PUT", url, {"Content-Type": BINARY}, base64.b64encode(path.read_bytes()))


@fault("BIN-09", "FIC-07")
class SaysNoMediaType(FileClient):
    """It uploads without a media type, and then with one."""

    def upload(self, url: str, path: Path) -> None:
        self.connection.send("PUT", url, self.api.with_token(None), path.read_bytes())
        super().upload(url, path)


@fault("BIN-09")
class KeepsText(FileClient):
    """It takes what it downloads for text."""

    def fetched(self, url: str) -> bytes:
        return super().fetched(url).decode("latin-1").replace("\r\n", "\n").encode("latin-1")


@fault("BIN-09", "FIC-05")
class TokenInTheFileUrl(FileClient):
    """It puts its token into the address of the download."""

    def fetched(self, url: str) -> bytes:
        return super().fetched(f"{url}?access_token={quote(self.tokens.value)}")


class _TakesWhatComes(Connection):
    def send_again(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        try:
            return super().send(method, url, headers, body)
        except http.client.IncompleteRead as broken:
            return Response(200, {}, broken.partial)


@fault("FIC-01")
class KeepsWhatCame(FileClient):
    """It keeps what came of a file."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _TakesWhatComes()


@fault("FIC-02")
class KeepsAnyAnswer(FileClient):
    """It keeps the body of whatever is answered."""

    def fetched(self, url: str) -> bytes:
        return self.connection.send("GET", url, self.api.with_token(None)).body


class _Follows(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        return super().send(method, answer.headers["location"], headers) if answer.status == 302 else answer


@fault("FIC-03")
class FollowsWithItsToken(FileClient):
    """It follows redirects with its token on."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _Follows()


class _FollowsWithTheFile(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        return super().send(method, answer.headers["location"], headers, body) if answer.status == 307 else answer


@fault("FIC-03")
class TakesTheFileWhereItIsLed(FileClient):
    """It follows the redirect of an upload with its token on."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _FollowsWithTheFile()


@fault("FIC-04")
class LeavesItsTokenBesideTheFile(FileClient):
    """It prints the command by which the file is fetched."""

    def fetched(self, url: str) -> bytes:
        self.say(f"curl -H 'Authorization: Bearer {self.tokens.value}' {url}")
        return super().fetched(url)


@fault("FIC-05")
class TokenInTheFileUrlByAnotherName(FileClient):
    """It puts its token into the address of the download, under a name that says nothing of it."""

    def fetched(self, url: str) -> bytes:
        return super().fetched(f"{url}?x={quote(self.tokens.value)}")


@fault("FIC-04")
class FetchesByAHelper(FileClient):
    """It has a helper fetch the file, with the token among its arguments."""

    def fetched(self, url: str) -> bytes:
        start_a_helper(self.tokens.value)
        return super().fetched(url)


@fault("FIC-06")
class MovesFilesToAnybody(FileClient):
    """It does not verify certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Trusting()


@fault("FIC-07")
class MovesFilesAgainAtOnce(FileClient):
    """It does not look at Retry-After."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Hasty()


@fault("FIC-07")
class HeedsTheFirstWaitOfATransferAlone(FileClient):
    """Asked twice to wait, it comes back at once the second time."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = HeedingTheFirst()


@fault("FIC-07")
class MovesFilesAgainBeforeADate(FileClient):
    """It knows Retry-After with seconds alone."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = CountingSeconds()


@fault("FIC-08")
class MovesFilesWithoutEnd(FileClient):
    """It repeats a transfer that fails until it succeeds, or somebody stops it."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Endless()


@fault("FIC-06")
class MovesFilesToAnotherHost(FileClient):
    """It takes any certificate of its authority, for whichever host it is."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Careless()
