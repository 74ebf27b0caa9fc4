"""API clients that are unusual and correct."""

from __future__ import annotations

import http.client
import os
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from conformance.reference.clients.api import ApiClient
from conformance.reference.clients.http import FORM, Connection, Response, setting
from conformance.reference.clients.variants import oddity


class _OldConnection(http.client.HTTPConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


class _SpeaksHttp10(Connection):
    def connect(self, scheme: str, host: str) -> http.client.HTTPConnection:
        return _OldConnection(host, timeout=20) if scheme == "http" else super().connect(scheme, host)


@oddity()
class SpeaksHttp10(ApiClient):
    """It speaks HTTP/1.0."""

    def __init__(self) -> None:
        super().__init__()
        self.connection.connect = _SpeaksHttp10().connect  # type: ignore[method-assign] # of this connection


class _WritesLowerCase(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        turned = reversed(list((headers or {}).items()))
        lower = {name.lower(): value.replace("Bearer ", "bearer ") for name, value in turned}
        return super().send(method, url, lower, body)


@oddity()
class WritesHeadersInLowerCase(ApiClient):
    """It sends its headers in another order, in lower case."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _WritesLowerCase()


@oddity()
class GetsANewTokenFirst(ApiClient):
    """It gets a new token before it begins, whatever it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.value = ""


@oddity()
class AsksSeveralThingsAtOnce(ApiClient):
    """It asks who the user is over several connections at once."""

    def look_at_the_user(self) -> None:
        threads = [threading.Thread(target=super().look_at_the_user) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@oddity()
class AsksSingleAccessByGet(ApiClient):
    """It asks for the frontdoor URL by GET, as Salesforce CLI does."""

    def open_the_user_interface(self) -> None:
        path = "/services/oauth2/singleaccess?" + urlencode({"redirect_uri": "/lightning/page/home"})
        self.visit(self.api.call("GET", path).json()["frontdoor_uri"])


@oddity()
class AsksSingleAccessByForm(ApiClient):
    """It shows single access the token in the form, and again with a new one where that has ended."""

    def open_the_user_interface(self) -> None:
        answer = self._ask()
        if answer.status in (401, 403) and answer.text.strip() == "Bad_OAuth_Token":
            self.tokens.fetch()
            answer = self._ask()
        if answer.is_good:
            self.visit(answer.json()["frontdoor_uri"])

    def _ask(self) -> Response:
        form = urlencode({"access_token": self.tokens.value}).encode()
        url = f"{setting('ORG_URL')}/services/oauth2/singleaccess"
        return self.connection.send("POST", url, {"Content-Type": FORM}, form)


@oddity()
class HandsTheUrlToTheBrowser(ApiClient):
    """It does not open the frontdoor URL itself."""

    def visit(self, frontdoor: str) -> None:
        self.say("the browser opens the user interface")


@oddity("TIU-03", "TIU-04", "TIU-05", "TIU-06", "TIU-13", "TIU-14")
class ReadsAccountsAlone(ApiClient):
    """It reads accounts, and does nothing else."""

    def create_a_task(self) -> None:
        pass

    def open_the_user_interface(self) -> None:
        pass

    def look_at_the_user(self) -> None:
        pass

    def revoke(self) -> None:
        pass


class _GivesUpAtOnce(Connection):
    def send_again(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        return self.send(method, url, headers, body)


@oddity()
class GivesUpAtOnce(ApiClient):
    """It repeats nothing that fails."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _GivesUpAtOnce()


class _FollowsWithoutTheToken(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        led = answer.headers.get("location", "") if answer.status == 302 else ""
        if "/services/data/" not in led:
            return answer
        is_kept = urlsplit(led).hostname == urlsplit(url).hostname
        kept = {name: value for name, value in (headers or {}).items() if is_kept or name != "Authorization"}
        return super().send(method, led, kept, body)


@oddity()
class TellsOriginsApartByTheirHosts(ApiClient):
    """It follows redirects, and drops its token where the host is another one, whatever the port is."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _FollowsWithoutTheToken()


@oddity()
class SaysMuch(ApiClient):
    """It prints a thousand lines, on both streams."""

    def look_at_the_user(self) -> None:
        for number in range(1000):
            (sys.stderr if number % 2 else sys.stdout).write(f"{number}: all is well, and no secret is here\n")
        super().look_at_the_user()


@oddity()
class LeavesAHelperBehind(ApiClient):
    """It starts a process that outlives it."""

    def run(self) -> int:
        child: Any = os.fork() if hasattr(os, "fork") else 1
        if child == 0:
            os.setsid()
            os.execvp("sleep", ["sleep", "30"])  # noqa: S606, S607 - it is killed with its parent
        return super().run()


@oddity()
class KeepsItsTokenInAPrivateFile(ApiClient):
    """It caches its token where nobody else can read it."""

    def read_accounts(self) -> int:
        descriptor = os.open(Path(tempfile.gettempdir(), "token-cache"), os.O_WRONLY | os.O_CREAT, 0o600)
        with open(descriptor, "w", encoding="utf-8") as cache:
            cache.write(self.tokens.value)
        return super().read_accounts()


class _WritesTwoSlashes(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        parts = urlsplit(url)
        return super().send(method, parts._replace(path=f"/{parts.path}").geturl(), headers, body)


@oddity()
class HasABaseAddressWithASlash(ApiClient):
    """It joins its base address, which ends with a slash, and a path, which begins with one."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = self.connection = _WritesTwoSlashes()


class _GoesByTheServer(Connection):
    def pause(self, answer: Response, otherwise: float) -> float:
        wish, now = answer.headers.get("retry-after", ""), answer.headers.get("date", "")
        if not wish or wish.isdecimal():
            return super().pause(answer, otherwise)
        return (parsedate_to_datetime(wish) - parsedate_to_datetime(now)).total_seconds()


@oddity()
class WaitsByTheClockOfTheServer(ApiClient):
    """It subtracts the date of an answer from the date in Retry-After."""

    def __init__(self) -> None:
        super().__init__()
        self.api.connection = _GoesByTheServer()


@oddity()
class NamesWhatItPosts(ApiClient):
    """It gives a request a key, and posts it again with this key where no answer comes."""

    def post(self, url: str, body: bytes) -> Response:
        headers = self.api.with_token({"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex})
        return self.connection.send_again("POST", url, headers, body)


@oddity()
class LooksBeforeItPostsAgain(ApiClient):
    """It asks for the tasks of the org before it posts one again."""

    def post(self, url: str, body: bytes) -> Response:
        answer = super().post(url, body)
        if answer.status < 500:
            return answer
        self.api.call("GET", f"{setting('API_URL')}/query?q=SELECT+Id+FROM+Task")
        return super().post(url, body)
