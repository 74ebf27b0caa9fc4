"""Connections with a defect or a peculiarity each, which clients of several roles have."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping

from conformance.reference.clients.http import FIRST_WAIT, Connection, Response


class Following(Connection):
    """Follows redirects of an API to any host, with all headers."""

    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        if answer.status == 302 and "/services/data/" in answer.headers.get("location", ""):
            return super().send(method, answer.headers["location"], headers, body)
        return answer


class Trusting(Connection):
    """Verifies no certificate."""

    def connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return super().connect(scheme, host)
        anybody = ssl._create_unverified_context()  # noqa: S323 - the defect
        return http.client.HTTPSConnection(host, timeout=20, context=anybody)


class TrustingItsOwn(Connection):
    """Trusts an authority of its own alone, and cannot be told of another one."""

    def connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return super().connect(scheme, host)
        return http.client.HTTPSConnection(host, timeout=20, context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


class Careless(Connection):
    """Verifies who vouches for a certificate, and not for whom."""

    def connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return super().connect(scheme, host)
        anyone = ssl.create_default_context()
        anyone.check_hostname = False
        return http.client.HTTPSConnection(host, timeout=20, context=anyone)


class Hasty(Connection):
    """Does not look at Retry-After."""

    def pause(self, answer: Response, otherwise: float) -> float:
        return 0.05


class HeedingTheFirst(Connection):
    """Looks at the first Retry-After of a call alone, and after that waits as it likes."""

    def pause(self, answer: Response, otherwise: float) -> float:
        is_first = otherwise == FIRST_WAIT
        return super().pause(answer, otherwise) if is_first else FIRST_WAIT


class CountingSeconds(Connection):
    """Knows Retry-After with seconds alone."""

    def pause(self, answer: Response, otherwise: float) -> float:
        is_known = answer.headers.get("retry-after", "").isdecimal()
        return super().pause(answer, otherwise) if is_known else otherwise


class Endless(Connection):
    """Repeats a call that fails until it succeeds, or somebody stops it."""

    def send_again(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        answer = super().send_again(method, url, headers, body)
        for _ in range(50):
            if answer.status < 500:
                break
            answer = self.send(method, url, headers, body)
        return answer


class Led(Connection):
    """Follows redirects of a token endpoint to any host, with all that it sent."""

    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        there = answer.headers.get("location", "")
        return self.follow(answer.status, there, dict(headers or {}), body) or answer if there else answer

    def follow(self, status: int, url: str, headers: dict[str, str], body: bytes) -> Response | None:
        """Ask there, if at all."""
        return super().send("POST", url, headers, body)


class LedWithTheForm(Led):
    """Follows them without its header, and repeats the form."""

    def follow(self, status: int, url: str, headers: dict[str, str], body: bytes) -> Response | None:
        rest = {name: value for name, value in headers.items() if name != "Authorization"}
        return super().follow(status, url, rest, body) if status in (307, 308) else None


class LedWithTheHeader(Led):
    """Follows them by GET, and leaves its header on."""

    def follow(self, status: int, url: str, headers: dict[str, str], body: bytes) -> Response | None:
        return self.send("GET", url, headers) if status == 302 else None
