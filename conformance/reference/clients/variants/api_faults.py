"""API clients with a defect each."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urljoin

from conformance.reference.clients.api import ApiClient
from conformance.reference.clients.http import Api, CallFailed, Response, setting
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.connections import (
    Careless,
    CountingSeconds,
    Endless,
    Following,
    Hasty,
    HeedingTheFirst,
    LedWithTheForm,
    LedWithTheHeader,
    Trusting,
)


@fault("TIU-01")
class TokenInTheQuery(ApiClient):
    """It sends the token of a query in its address, beside the header."""

    def read_accounts(self) -> int:
        count = super().read_accounts()
        self.connection.send("GET", f"{setting('API_URL')}/limits?access_token={quote(self.tokens.value)}")
        return count


@fault("TIU-02")
class TokenInTheReferer(ApiClient):
    """It names a page with the token in its address as the one that led to the frontdoor."""

    def visit(self, frontdoor: str) -> None:
        page = f"{setting('ORG_URL')}/apex/start?access_token={quote(self.tokens.value)}"
        self.connection.send("GET", frontdoor, {"Referer": page})


@fault("TIU-01", "TIU-03")
class FallsBackToASessionId(ApiClient):
    """Where single access refuses, it opens frontdoor.jsp with the token."""

    def open_the_user_interface(self) -> None:
        try:
            super().open_the_user_interface()
        except CallFailed:
            old = f"{setting('ORG_URL')}/secur/frontdoor.jsp?sid={quote(self.tokens.value)}"
            self.connection.send("GET", old)


class _RenewsOn401Alone(Api):
    def has_ended(self, answer: Response) -> bool:
        return answer.status == 401


@fault("TIU-04")
class RenewsOn401Alone(ApiClient):
    """It takes 403 Bad_OAuth_Token for a lack of permission."""

    def __init__(self) -> None:
        super().__init__()
        self.api = _RenewsOn401Alone(self.connection, self.tokens, setting("ORG_URL"))


class _RenewsAgainAndAgain(Api):
    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        for _ in range(12):
            try:
                return super().call(method, url, headers, body)
            except CallFailed as failed:
                if failed.status != 403:
                    raise
        return super().call(method, url, headers, body)


@fault("TIU-11", "TIU-13")
class RenewsAgainAndAgain(ApiClient):
    """Where new tokens do not help, it gets ever newer ones."""

    def __init__(self) -> None:
        super().__init__()
        self.api = _RenewsAgainAndAgain(self.connection, self.tokens, setting("ORG_URL"))


@fault("TIU-05")
class OpensAFrontdoorUrlTwice(ApiClient):
    """It keeps the frontdoor URL for the next page view."""

    def visit(self, frontdoor: str) -> None:
        super().visit(frontdoor)
        super().visit(frontdoor)


@fault("TIU-05")
class PrintsTheFrontdoorUrl(ApiClient):
    """It prints the frontdoor URL."""

    def visit(self, frontdoor: str) -> None:
        self.say(f"opening {frontdoor}")
        super().visit(frontdoor)


@fault("TIU-05")
class StoresTheFrontdoorUrl(ApiClient):
    """It writes the frontdoor URL into a temporary file."""

    def visit(self, frontdoor: str) -> None:
        path = Path(tempfile.gettempdir(), "last-url")
        path.write_text(frontdoor, "utf-8")
        path.chmod(0o644)  # whatever the umask
        super().visit(frontdoor)


@fault("TIU-01", "TIU-06")
class RevokesByGet(ApiClient):
    """It revokes its token by a GET with the token in the query."""

    def revoke(self) -> None:
        self.connection.send("GET", f"{setting('ORG_URL')}/services/oauth2/revoke?token={quote(self.tokens.value)}")


@fault("TIU-01", "TIU-06")
class RevokesByAPostWithAQuery(ApiClient):
    """It revokes its token by a POST, with the token in the query all the same."""

    def revoke(self) -> None:
        url = f"{setting('ORG_URL')}/services/oauth2/revoke?token={quote(self.tokens.value)}"
        if self.connection.send("POST", url).status >= 400:
            raise CallFailed("POST", "/services/oauth2/revoke", 400)


@fault("TIU-01", "TIU-06")
class AsksForTheUserByQuery(ApiClient):
    """It shows user info the token in the query."""

    def look_at_the_user(self) -> None:
        address = f"{setting('ORG_URL')}/services/oauth2/userinfo?oauth_token={quote(self.tokens.value)}"
        self.connection.send("GET", address)


class _FollowsPagesAnywhere(Api):
    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        if urljoin(self.base, url).startswith(self.base):
            return super().call(method, url, headers, body)
        return self.connection.send(method, url, self.with_token(headers), body)


@fault("TIU-07")
class FollowsPagesAnywhere(ApiClient):
    """It sends its token to whatever host the next page is on."""

    def __init__(self) -> None:
        super().__init__()
        self.api = _FollowsPagesAnywhere(self.connection, self.tokens, setting("ORG_URL"))


@fault("TIU-07")
class FollowsRedirectsAnywhere(ApiClient):
    """It follows a redirect to another host with its token on."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Following()


class _NamesTheSchemeOAuth(Api):
    def with_token(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {**(headers or {}), "Authorization": f"OAuth {self.tokens.value}"}

    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        if "/services/data/" in url:
            return super().call(method, url, headers, body)
        return Api(self.connection, self.tokens, self.base).call(method, url, headers, body)


@fault("TIU-07")
class FollowsRedirectsWithAnotherScheme(ApiClient):
    """It names the scheme of its token OAuth in calls of the data API, and follows a redirect to another host."""

    def __init__(self) -> None:
        super().__init__()
        self.api = _NamesTheSchemeOAuth(Following(), self.tokens, setting("ORG_URL"))


@fault("TIU-08")
class PrintsTheToken(ApiClient):
    """It prints the headers of its calls."""

    def read_accounts(self) -> int:
        self.say(f"sending {self.api.with_token(None)}")
        return super().read_accounts()


@fault("TIU-08")
class PrintsTheSecretWhereACallFails(ApiClient):
    """Where a call fails, it prints its settings."""

    def say(self, text: str) -> None:
        super().say(f"{text} with {dict(os.environ)}" if text.startswith("failed") else text)


@fault("TIU-08")
class WritesTheTokenIntoAFile(ApiClient):
    """It leaves the token in a temporary file, in hexadecimal digits."""

    def look_at_the_user(self) -> None:
        path = Path(tempfile.gettempdir(), "debug.log")
        path.write_text(self.tokens.value.encode().hex(), "utf-8")
        path.chmod(0o644)  # whatever the umask
        super().look_at_the_user()


@fault("TIU-08")
class LogsTheTokenInItsState(ApiClient):
    """It keeps a log beside its mark, with the headers of its calls."""

    def look_at_the_user(self) -> None:
        path = Path(setting("STATE_DIR"), "logs", "sync.log")
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"sending {self.api.with_token(None)}\n", "utf-8")
        path.chmod(0o644)  # whatever the umask
        super().look_at_the_user()


def start_a_helper(secret: str) -> None:
    """Start a made-up helper, such as curl, with a secret among its arguments."""
    words = [sys.executable, "-S", "-c", "import time; time.sleep(0.3)", f"Authorization: Bearer {secret}"]
    subprocess.run(words, check=False)  # noqa: S603 - it does nothing


@fault("TIU-09")
class HandsTheTokenToAHelper(ApiClient):
    """It starts a helper with the token among its arguments."""

    def look_at_the_user(self) -> None:
        start_a_helper(self.tokens.value)
        super().look_at_the_user()


@fault("TIU-12")
class TrustsAnybody(ApiClient):
    """It does not verify certificates."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Trusting()


@fault("TIU-10")
class ComesBackAtOnce(ApiClient):
    """It does not look at Retry-After."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Hasty()


@fault("TIU-10")
class HeedsTheFirstWaitAlone(ApiClient):
    """Asked twice to wait, it comes back at once the second time."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = HeedingTheFirst()


@fault("TIU-10")
class TakesADateForNothing(ApiClient):
    """It knows Retry-After with seconds alone."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = CountingSeconds()


@fault("TIU-11")
class TriesWithoutEnd(ApiClient):
    """It repeats a call that fails until it succeeds, or somebody stops it."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Endless()


@fault("TIU-12")
class TakesTheCertificateOfAnotherHost(ApiClient):
    """It takes any certificate of its authority, for whichever host it is."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = Careless()


class _TriesWhatIsForbidden(Api):
    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        for _ in range(12):
            try:
                return super().call(method, url, headers, body)
            except CallFailed as failed:
                if failed.status != 403 or "/data/" not in url:
                    raise
        return super().call(method, url, headers, body)


@fault("TIU-11")
class TriesWhatIsForbidden(ApiClient):
    """It goes on calling although the org says that its limit is exceeded."""

    def __init__(self) -> None:
        super().__init__()
        self.api = _TriesWhatIsForbidden(self.connection, self.tokens, setting("ORG_URL"))


@fault("TIU-14")
class PostsAgain(ApiClient):
    """It repeats whatever failed, also what creates something."""

    def post(self, url: str, body: bytes) -> Response:
        return self.connection.send_again("POST", url, self.api.with_token({"Content-Type": "application/json"}), body)


@fault("TIU-15")
class SendsItsRefreshTokenOn(ApiClient):
    """Where the token endpoint redirects by 307, it repeats its form there, refresh token and all."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = LedWithTheForm()


@fault("TIU-15")
class SendsItsSecretOn(ApiClient):
    """Where the token endpoint redirects by 302, it goes there by GET, with its secret in the header."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = LedWithTheHeader()
