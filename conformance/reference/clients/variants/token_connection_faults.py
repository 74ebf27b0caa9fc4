"""Token clients with a defect each in how they go to the token endpoint: whom they trust, and when they come back."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.reference.clients.http import Connection, Response
from conformance.reference.clients.token import TokenClient
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.connections import Careless, CountingSeconds, Hasty, Trusting


class _Led(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        there = answer.headers.get("location", "")
        return self.follow(answer.status, there, dict(headers or {}), body) or answer if there else answer

    def follow(self, status: int, url: str, headers: dict[str, str], body: bytes) -> Response | None:
        """Ask there, if at all."""
        return super().send("POST", url, headers, body)


@fault("CCC-14")
class GoesWhereTheTokenEndpointLeads(TokenClient):
    """It follows a redirect of the token endpoint to any host with all that it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = _Led()


class _LedWithTheForm(_Led):
    def follow(self, status: int, url: str, headers: dict[str, str], body: bytes) -> Response | None:
        rest = {name: value for name, value in headers.items() if name != "Authorization"}
        return super().follow(status, url, rest, body) if status in (307, 308) else None


@fault("CCC-14")
class DropsTheHeaderAndSendsTheForm(TokenClient):
    """It follows a redirect without its header, and repeats the form, whatever is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = _LedWithTheForm()


class _LedWithTheHeader(_Led):
    def follow(self, status: int, url: str, headers: dict[str, str], body: bytes) -> Response | None:
        return self.send("GET", url, headers) if status == 302 else None


@fault("CCC-14")
class KeepsItsHeaderOnTheWay(TokenClient):
    """It follows a redirect by GET, and leaves its header on."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = _LedWithTheHeader()


@fault("CCC-15")
class ShowsAnybodyItsSecret(TokenClient):
    """It does not verify certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Trusting()


@fault("CCC-16")
class AsksForATokenAgainAtOnce(TokenClient):
    """It does not look at Retry-After."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Hasty()


@fault("CCC-16")
class AsksForATokenAgainBeforeADate(TokenClient):
    """It knows Retry-After with seconds alone."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = CountingSeconds()


@fault("CCC-15")
class ShowsAnotherHostItsSecret(TokenClient):
    """It takes any certificate of its authority, for whichever host it is."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = Careless()
