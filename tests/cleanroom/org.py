"""What both halves of an org share: its clock, its tokens, and the endpoints that give and revoke them.

Written from the facts of sections 1 and 3, RFC 6749, 6750 and 7009.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.cleanroom.wire import Answer, Asked, Refused

ADMIN, VIEWER = "admin", "viewer"
LIFE_OF_A_TOKEN = 7200.0
FOR_EVER = float("inf")

REFRESH_TOKEN = "5Aep861CleanRoomRefresh" + "r" * 70
APP_ID, APP_SECRET = "3MVG9CleanRoom" + "k" * 72, "5EC7" * 16
WEB, API_ONLY, FOREIGN, READER = (
    f"00D{number:012d}!AQ" + letter * 94 for number, letter in ((1, "w"), (1, "a"), (2, "f"), (1, "v"))
)
"""Tokens that last: of an administrator, without `web`, of another org, of somebody without permissions."""


@dataclass
class Token:
    scopes: frozenset[str]
    user: str = ADMIN
    org: int = 1
    ends: float = FOR_EVER
    revoked: bool = False


class Org:
    """`pairs` says whether a client id and secret are good now; an org without staged pairs has one."""

    def __init__(
        self, pairs: Callable[[str, str], bool] = lambda key, secret: (key, secret) == (APP_ID, APP_SECRET)
    ) -> None:
        self.lock = threading.RLock()
        self.pairs = pairs
        self.shift = 0.0
        self.tokens = {
            WEB: Token(frozenset({"api", "web"})),
            API_ONLY: Token(frozenset({"api"})),
            FOREIGN: Token(frozenset({"api", "web"}), org=2),
            READER: Token(frozenset({"api", "web"}), user=VIEWER),
        }

    def now(self) -> float:
        return time.time() + self.shift

    def common(self, asked: Asked) -> Answer | None:
        """The answer of an endpoint that is not about single access or staged credentials."""
        match asked.method, asked.path:
            case "POST", "/services/oauth2/token":
                return self._token(asked)
            case "POST", "/services/oauth2/revoke":
                return self._revoke(asked)
            case "POST", "/test/clock":
                self.shift += float(asked.json()["advance_seconds"])
                return Answer(204)
            case _, "/services/oauth2/token" | "/services/oauth2/revoke" | "/test/clock":
                return Answer.json(405, {"error": "invalid_request"}, Allow="POST")
        return None

    def live(self, value: str) -> Token | None:
        """The token of this org that is valid now."""
        token = self.tokens.get(value)
        if token is None or token.org != 1 or token.revoked or token.ends <= self.now():
            return None
        return token

    def bearer(self, asked: Asked) -> Token:
        """The caller of a protected resource (RFC 6750, 3)."""
        value = asked.credentials("bearer")
        if value is None:
            raise Refused(401, [{"errorCode": "INVALID_AUTH_HEADER"}], WWW_Authenticate='Bearer realm="org"')
        token = self.live(value)
        if token is None:
            challenge = 'Bearer realm="org", error="invalid_token"'
            raise Refused(401, [{"errorCode": "INVALID_SESSION_ID"}], WWW_Authenticate=challenge)
        return token

    def _token(self, asked: Asked) -> Answer:
        form = dict(asked.form)
        if len(form) != len(asked.form) or not form.get("grant_type"):
            return Answer.json(400, {"error": "invalid_request"})
        if not self.pairs(form.get("client_id", ""), form.get("client_secret", "")):
            return Answer.json(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        match form["grant_type"]:
            case "client_credentials":
                scopes = frozenset({"api"})
            case "refresh_token" if form.get("refresh_token") == REFRESH_TOKEN:
                scopes = frozenset({"api", "web", "refresh_token"})
            case "refresh_token":
                return Answer.json(400, {"error": "invalid_grant"})
            case _:
                return Answer.json(400, {"error": "unsupported_grant_type"})
        value = "00D000000000001!AQ" + secrets.token_hex(47)
        self.tokens[value] = Token(scopes, ends=self.now() + LIFE_OF_A_TOKEN)
        issued = str(int(self.now() * 1000))
        answer = {"access_token": value, "token_type": "Bearer", "issued_at": issued, "scope": " ".join(sorted(scopes))}
        return Answer.json(200, answer, Pragma="no-cache")

    def _revoke(self, asked: Asked) -> Answer:
        value = dict(asked.form).get("token")
        if not value:
            return Answer.json(400, {"error": "invalid_request"})
        if value in self.tokens:
            self.tokens[value].revoked = True
        return Answer(200, headers={"Cache-Control": "no-store"})


def error(status: int, code: str) -> Refused:
    """A refusal in the form of the REST API."""
    return Refused(status, [{"errorCode": code, "message": code.replace("_", " ").lower()}])


def allow(asked: Asked, *methods: str) -> None:
    """Refuse a method that a resource does not have."""
    if asked.method not in methods:
        raise Refused(405, [{"errorCode": "METHOD_NOT_ALLOWED"}], Allow=", ".join(methods))
