"""What the clients share: calls over HTTP that follow no redirect, and a token that is renewed when it has to be.

A client is started for each of its runs, thousands of times in the proof, so nothing is imported that takes long.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

FORM = "application/x-www-form-urlencoded"
TRIES = 4
LONGEST_WAIT = 30.0
FIRST_WAIT = 0.05


def setting(name: str, default: str = "") -> str:
    """A setting from the environment."""
    return os.environ.get(f"SEASONPROOF_{name}", default)


class Response(NamedTuple):
    """An answer of a server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def is_good(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300


class CallFailed(Exception):
    """A call did not succeed. The message names the call and the status, and no credential."""

    def __init__(self, method: str, path: str, status: int, text: str = "") -> None:
        super().__init__(f"{method} {path} was answered {status}{f': {text}' if text else ''}")
        self.status = status


def origin_of(url: str) -> tuple[str, str]:
    """Scheme and host of an address."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


class Connection:
    """Sends requests, and tries again what may succeed later.

    Attributes:
        wait: waits some seconds.
    """

    wait: Callable[[float], None] = staticmethod(time.sleep)

    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        """Send one request, once. Redirects are not followed: they may lead anywhere."""
        parts = urlsplit(url)
        connection = self.connect(parts.scheme, parts.netloc)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body or None, {"User-Agent": "reference-client", **(headers or {})})
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, read)

    def connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        """A new connection. Certificates are checked against SSL_CERT_FILE, or what the system trusts."""
        if scheme == "https":
            return http.client.HTTPSConnection(host, timeout=20, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, timeout=20)

    def send_again(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """Send a request, and again a few times after 429, 5xx and lost connections."""
        pause = FIRST_WAIT
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                answer = self.send(method, url, headers, body)
            except ssl.SSLError:
                raise  # whoever is at the other end, it is not the one that is meant
            except (OSError, http.client.HTTPException):
                if last:
                    raise
            else:
                if last or not (answer.status == 429 or answer.status >= 500):
                    return answer
                pause = self.pause(answer, pause)
            self.wait(pause)
            pause *= 2
        raise AssertionError

    def pause(self, answer: Response, otherwise: float) -> float:
        """How long to wait before the next try."""
        wish = answer.headers.get("retry-after", "")
        try:
            seconds = float(wish) if wish.isdecimal() else parsedate_to_datetime(wish).timestamp() - time.time()
        except ValueError:  # it says nothing, or nothing that HTTP knows
            return otherwise
        return min(max(seconds, 0.0), LONGEST_WAIT)


class Tokens:
    """Access tokens of one client, by the refresh token of a user or by client credentials.

    Attributes:
        connection: sends the requests.
        value: the token in use; empty for none.
    """

    def __init__(self, connection: Connection, value: str = "") -> None:
        self.connection = connection
        self.value = value

    def fetch(self) -> str:
        """Ask for a new token, and use it from now on. Raises CallFailed."""
        url = setting("TOKEN_URL")
        form = urlencode(self.form()).encode()
        answer = self.connection.send_again("POST", url, {"Content-Type": FORM, **self.authentication()}, form)
        if not answer.is_good:
            raise CallFailed("POST", urlsplit(url).path, answer.status, self.reason(answer))
        self.value = self.token_in(answer.json())
        return self.value

    def form(self) -> dict[str, str]:
        """The fields of the request."""
        return {"grant_type": "refresh_token", "refresh_token": setting("REFRESH_TOKEN")}

    def authentication(self) -> dict[str, str]:
        """HTTP Basic, with the id and the secret form-encoded (RFC 6749, section 2.3.1)."""
        pair = f"{quote_plus(setting('CLIENT_ID'))}:{quote_plus(setting('CLIENT_SECRET'))}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def token_in(self, members: dict[str, Any]) -> str:
        """The token of an answer."""
        return str(members["access_token"])

    def reason(self, answer: Response) -> str:
        """What the server says: its error code, and nothing that was sent."""
        try:
            return str(answer.json().get("error", ""))
        except (ValueError, AttributeError):
            return ""


class Api:
    """Calls of one org, each with the token, and again with a new one where the old one has ended.

    Attributes:
        connection: sends the requests.
        tokens: gives the tokens.
        base: the address of the org, to which alone the token goes.
    """

    def __init__(self, connection: Connection, tokens: Tokens, base: str) -> None:
        self.connection = connection
        self.tokens = tokens
        self.base = base

    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        """Make a call; an address may be relative. Raises CallFailed."""
        absolute = urljoin(self.base, url)
        if origin_of(absolute) != origin_of(self.base):
            raise CallFailed(method, absolute.partition("?")[0], 0, "the address is of another origin")
        if not self.tokens.value:
            self.tokens.fetch()
        answer = self.connection.send_again(method, absolute, self.with_token(headers), body)
        if self.has_ended(answer):
            self.tokens.fetch()
            answer = self.connection.send_again(method, absolute, self.with_token(headers), body)
        if not answer.is_good:
            raise CallFailed(method, urlsplit(absolute).path, answer.status)
        return answer

    def with_token(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        """The headers of a call."""
        return {**(headers or {}), "Authorization": f"Bearer {self.tokens.value}"}

    def has_ended(self, answer: Response) -> bool:
        """Whether the token has ended: single access says so by 403 and a text."""
        return answer.status == 401 or (answer.status == 403 and answer.text.strip() == "Bad_OAuth_Token")
