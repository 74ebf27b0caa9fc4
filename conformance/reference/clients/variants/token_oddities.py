"""Token clients that are unusual and correct."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from conformance.reference.clients.http import FORM, Connection, Response, setting
from conformance.reference.clients.token import ClientCredentials, TokenClient
from conformance.reference.clients.variants import oddity


class _ByFormAlways(ClientCredentials):
    def is_by_form(self) -> bool:
        return True


@oddity("CCC-12")
class ProvesItselfInTheFormAlways(TokenClient):
    """It shows its credentials in the form, whatever is configured."""

    tokens_of = _ByFormAlways


class _EncodesBlanksAsPercent(ClientCredentials):
    def authentication(self) -> dict[str, str]:
        pair = ":".join(quote(setting(name), safe="") for name in ("CLIENT_ID", "CLIENT_SECRET"))
        encoded = base64.b64encode(pair.encode()).decode()
        return {} if self.is_by_form() else {"authorization": f"basic {encoded}"}


@oddity()
class EncodesAsAnAddress(TokenClient):
    """It encodes its id and its secret as parts of an address, and writes the scheme in lower case."""

    tokens_of = _EncodesBlanksAsPercent


class _WithoutParameters(ClientCredentials):
    def fetch(self) -> str:
        answer = self.ask(setting("TOKEN_URL"), {"Content-Type": FORM, **self.authentication()}, self.form())
        if not answer.is_good:
            raise OSError(self.reason(answer))
        self.value = self.token_in(answer.json())
        return self.value


@oddity("CCC-01", "CCC-05")
class KnowsNoParameters(TokenClient):
    """It has no custom parameters."""

    tokens_of = _WithoutParameters


class _NeedsTheInstance(ClientCredentials):
    def token_in(self, members: dict[str, Any]) -> str:
        if "instance_url" not in members:
            raise OSError("the answer does not say where the org is")
        return super().token_in(members)


@oddity()
class NeedsTheInstance(TokenClient):
    """It goes where the answer says that the org is, as clients of Salesforce alone do."""

    tokens_of = _NeedsTheInstance


class _AudienceAlone(_WithoutParameters):
    def form(self) -> dict[str, str]:
        return {**super().form(), "audience": json.loads(setting("PARAMETERS"))["body"]["audience"]}


@oddity("CCC-01")
class KnowsTheAudienceAlone(TokenClient):
    """It has an option for the audience, and none for other parameters."""

    tokens_of = _AudienceAlone


class _OtherMediaType(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        turned = dict(reversed(list(form.items())))
        return super().ask(url, {**headers, "content-type": f"{FORM}; charset=UTF-8"}, turned)


@oddity()
class NamesACharset(TokenClient):
    """It names a charset, and orders the fields otherwise."""

    tokens_of = _OtherMediaType

    def __init__(self) -> None:
        super().__init__()
        send = self.connection.send
        self.connection.send = lambda *given, **named: send(*_once(given), **named)  # type: ignore[method-assign] # of this one


def _once(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with one Content-Type at most: the last one."""
    if len(given) < 3 or not given[2]:
        return given
    headers = dict(given[2])
    if "content-type" in headers:
        headers.pop("Content-Type", None)
    return (*given[:2], headers, *given[3:])


@oddity()
class GetsATokenForEachCall(TokenClient):
    """It gets two tokens before it calls anything."""

    def run(self) -> int:
        try:
            self.tokens.fetch()
        except Exception as error:
            self.say(f"failed: {error}")
            return 1
        return super().run()


class _FollowsWithNothing(Connection):
    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().send(method, url, headers, body)
        there = answer.headers.get("location", "")
        return super().send("GET", there) if there else answer


@oddity()
class LooksWhereTheTokenEndpointLeads(TokenClient):
    """It follows a redirect of the token endpoint, and takes nothing along."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens.connection = _FollowsWithNothing()
