"""The state of an org, in memory: tokens, one-time codes, sessions, and a clock that can be moved."""

from __future__ import annotations

import secrets
import string
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

TOKEN_SECONDS = 7200
FRONTDOOR_SECONDS = 300

_LETTERS = string.ascii_letters + string.digits


def authorization_of(request: Request) -> tuple[str, str]:
    """The scheme and the credentials of a request's Authorization header; two empty texts where there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return scheme, value


class Clock:
    """The time in seconds, which only moves forward: with the world, and when somebody moves it."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._ahead += max(0.0, seconds)


@dataclass(slots=True)
class AccessToken:
    """An access token and what it is good for."""

    value: str
    scopes: frozenset[str]
    expires: float
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Frontdoor:
    """What a one-time code opens."""

    landing: str
    expires: float


@dataclass(slots=True)
class Org:
    """One org. Values have the shape of Salesforce's: `00D…!…` for tokens and one-time codes."""

    clock: Clock = field(default_factory=Clock)
    identifier: str = field(default_factory=lambda: "00D" + _random(12))
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    frontdoors: dict[str, Frontdoor] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)

    def issue_token(self, scopes: frozenset[str], value: str = "") -> AccessToken:
        """Issue an access token for two hours: a new opaque one, or this value."""
        token = AccessToken(value or self._value(), scopes, self.clock.now() + TOKEN_SECONDS)
        self.tokens[token.value] = token
        return token

    def is_live(self, token: AccessToken) -> bool:
        """Whether a token is neither expired nor revoked."""
        return not token.revoked and token.expires > self.clock.now()

    def revoke(self, value: str) -> bool:
        """Revoke a token; False if there is none of this value."""
        token = self.tokens.get(value)
        if token is not None:
            token.revoked = True
        return token is not None

    def issue_frontdoor(self, landing: str) -> str:
        """Issue a one-time code that lands on a path."""
        code = self._value()
        self.frontdoors[code] = Frontdoor(landing, self.clock.now() + FRONTDOOR_SECONDS)
        return code

    def redeem(self, code: str) -> Frontdoor | None:
        """Use up a one-time code; None if it is unknown, used or late."""
        found = self.frontdoors.pop(code, None)
        return found if found is not None and found.expires > self.clock.now() else None

    def open_session(self) -> str:
        """Start a web session."""
        session = self._value()
        self.sessions.add(session)
        return session

    def _value(self) -> str:
        return f"{self.identifier}!{_random(96)}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
