"""Token clients with a defect each."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from conformance.reference.clients.http import FORM, Api, CallFailed, Response, setting
from conformance.reference.clients.token import ClientCredentials, TokenClient
from conformance.reference.clients.variants import fault
from conformance.reference.clients.variants.api_faults import start_a_helper


class _EverythingInTheQuery(ClientCredentials):
    def address(self, query: dict[str, str]) -> str:
        return super().address({**json.loads(setting("PARAMETERS"))["body"], **query})


@fault("CCC-01")
class AudienceInTheQueryToo(TokenClient):
    """It puts the parameters of the body into the query too."""

    tokens_of = _EverythingInTheQuery


class _HeaderInTheForm(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        region = headers.pop("X-Region", "")
        return super().ask(url, headers, {**form, "X-Region": region})


@fault("CCC-01")
class PutsAHeaderIntoTheForm(TokenClient):
    """It puts a custom header into the form."""

    tokens_of = _HeaderInTheForm


class _BothWays(ClientCredentials):
    def form(self) -> dict[str, str]:
        pair = {"client_id": setting("CLIENT_ID"), "client_secret": setting("CLIENT_SECRET")}
        return {**super().form(), **pair}

    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        super().ask(url, headers, form)
        return super().ask(url, headers, {n: v for n, v in form.items() if n != "client_secret"})


@fault("CCC-02")
class ProvesItselfTwice(TokenClient):
    """It shows its secret in the header and in the body, and tries again without."""

    tokens_of = _BothWays


class _SecretInTheAddress(ClientCredentials):
    def address(self, query: dict[str, str]) -> str:
        return super().address({**query, "client_secret": setting("CLIENT_SECRET")})


@fault("CCC-02", "CCC-13")
class SecretInTheAddress(TokenClient):
    """It puts its secret into the query, beside the custom parameter."""

    tokens_of = _SecretInTheAddress


class _SecretByAnotherName(ClientCredentials):
    def address(self, query: dict[str, str]) -> str:
        return super().address({**query, "key": setting("CLIENT_SECRET")})


@fault("CCC-02", "CCC-13")
class SecretInTheAddressByAnotherName(TokenClient):
    """It puts its secret into the query under a name that says nothing of it."""

    tokens_of = _SecretByAnotherName


class _Unescaped(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        body = "&".join(f"{name}={value}" for name, value in form.items())
        return self.connection.send_again("POST", url, headers, body.encode())


@fault("CCC-03")
class WritesTheFormByHand(TokenClient):
    """It puts values into the form without encoding them."""

    tokens_of = _Unescaped


class _AsJson(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        # A server that takes JSON too would answer this one.
        self.connection.send("POST", url, {**headers, "Content-Type": "application/json"}, json.dumps(form).encode())
        return super().ask(url, headers, form)


@fault("CCC-01", "CCC-03", "CCC-16")
class AsksInJson(TokenClient):
    """It asks in JSON first."""

    tokens_of = _AsJson


class _ByGet(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        self.connection.send("GET", url, headers)
        return super().ask(url, headers, form)


@fault("CCC-01", "CCC-03")
class AsksByGet(TokenClient):
    """It tries a GET first."""

    tokens_of = _ByGet


class _NeverEnds(Api):
    def has_ended(self, answer: Response) -> bool:
        return False


@fault("CCC-04", untested=("CCC-05",))
class KeepsADeadToken(TokenClient):
    """It never renews its token."""

    api_of = _NeverEnds


class _Storm(Api):
    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        for _ in range(8):
            try:
                return super().call(method, url, headers, body)
            except CallFailed as failed:
                if failed.status != 401:
                    raise
        return super().call(method, url, headers, body)


@fault("CCC-11")
class RenewsWithoutEnd(TokenClient):
    """It renews its token for as long as the API answers 401."""

    api_of = _Storm


class _OnAnyError(Api):
    def has_ended(self, answer: Response) -> bool:
        return answer.status >= 400


@fault("CCC-04")
class RenewsOnAnyError(TokenClient):
    """It renews its token whatever the API refuses."""

    api_of = _OnAnyError


class _RenewsTwice(Api):
    def has_ended(self, answer: Response) -> bool:
        if answer.status == 401:
            self.tokens.fetch()
        return answer.status == 401


@fault("CCC-04")
class RenewsTwiceAtOnce(TokenClient):
    """It gets two tokens where one has ended."""

    api_of = _RenewsTwice


class _PlainRenewal(ClientCredentials):
    def fetch(self) -> str:
        if not self.value:
            return super().fetch()
        answer = self.ask(setting("TOKEN_URL"), {"Content-Type": FORM, **self.authentication()}, self.form())
        self.value = self.token_in(answer.json())
        return self.value


@fault("CCC-05")
class RenewsWithoutParameters(TokenClient):
    """It leaves the custom parameters out where it renews its token."""

    tokens_of = _PlainRenewal


class _Insists(ClientCredentials):
    def token_in(self, members: dict[str, Any]) -> str:
        if members["token_type"] != "Bearer":
            raise OSError("the type of the token is unknown")
        return super().token_in(members)


@fault("CCC-06")
class InsistsOnBearer(TokenClient):
    """It takes the type Bearer only, with a capital letter."""

    tokens_of = _Insists


class _NeedsScope(ClientCredentials):
    def token_in(self, members: dict[str, Any]) -> str:
        if "scope" not in members:
            raise OSError("the answer has no scope")
        return super().token_in(members)


@fault("CCC-06")
class NeedsEveryMember(TokenClient):
    """It takes no answer without the members that Salesforce adds."""

    tokens_of = _NeedsScope


class _KnowsAll(ClientCredentials):
    def token_in(self, members: dict[str, Any]) -> str:
        if "x_more" in members:
            raise OSError("the answer has a member that is not known")
        return super().token_in(members)


@fault("CCC-06")
class RefusesUnknownMembers(TokenClient):
    """It takes no answer with members that it does not know."""

    tokens_of = _KnowsAll


class _Cuts(ClientCredentials):
    def token_in(self, members: dict[str, Any]) -> str:
        return super().token_in(members)[:2048]


@fault("CCC-06")
class CutsLongTokens(TokenClient):
    """It keeps 2,048 characters of a token."""

    tokens_of = _Cuts


class _GoesOn(ClientCredentials):
    def fetch(self) -> str:
        try:
            return super().fetch()
        except CallFailed as failed:
            sys.stderr.write(f"{failed}\n")
            return ""


@fault("CCC-07")
class CallsWithoutAToken(TokenClient):
    """It calls the API although it got no token."""

    tokens_of = _GoesOn


class _SaysNothing(ClientCredentials):
    def reason(self, answer: Response) -> str:
        return ""


@fault("CCC-07")
class HidesTheReason(TokenClient):
    """It does not say why it got no token."""

    tokens_of = _SaysNothing


class _Explains(ClientCredentials):
    def reason(self, answer: Response) -> str:
        return f"{super().reason(answer)} for {quote(urlencode(self.form()))} {setting('CLIENT_SECRET')}"


@fault("CCC-08")
class ShowsItsSecretWhereItIsRefused(TokenClient):
    """It shows its secret where it got no token."""

    tokens_of = _Explains


class _Adds(ClientCredentials):
    def token_in(self, members: dict[str, Any]) -> str:
        if isinstance(members.get("expires_in", 0), str):
            raise OSError("the lifetime is not a number")
        return super().token_in(members)


@fault("CCC-09")
class AddsTheLifetime(TokenClient):
    """It adds the lifetime to the time, whatever it is."""

    tokens_of = _Adds


class _AsksOn(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        answer = super().ask(url, headers, form)
        for _ in range(20):
            if answer.status < 500:
                break
            answer = self.connection.send("POST", url, headers, urlencode(form).encode())
        return answer


@fault("CCC-10")
class AsksUntilItIsAnswered(TokenClient):
    """It asks for a token until it gets one, or somebody stops it."""

    tokens_of = _AsksOn


class _AsTheyStand(ClientCredentials):
    def authentication(self) -> dict[str, str]:
        if self.is_by_form():
            return {}
        pair = f"{setting('CLIENT_ID')}:{setting('CLIENT_SECRET')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@fault("CCC-12")
class EncodesNoCredentials(TokenClient):
    """It puts its id and its secret into Basic as they stand."""

    tokens_of = _AsTheyStand


class _EncodesTwice(ClientCredentials):
    def authentication(self) -> dict[str, str]:
        if self.is_by_form():
            return {}
        pair = ":".join(quote_plus(quote_plus(setting(name))) for name in ("CLIENT_ID", "CLIENT_SECRET"))
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@fault("CCC-12")
class EncodesCredentialsTwice(TokenClient):
    """It encodes its id and its secret, and has its library do so again."""

    tokens_of = _EncodesTwice


class _PutsItIntoTheQuery(Api):
    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        answer = super().call(method, url, headers, body)
        self.connection.send(method, f"{url}?access_token={quote_plus(self.tokens.value)}", headers, body)
        return answer


@fault("CCC-13")
class CallsTheApiWithTheTokenInTheQuery(TokenClient):
    """It calls the API once with the token in the header, and then with the token in the query."""

    api_of = _PutsItIntoTheQuery


class _ByAHelper(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        start_a_helper(setting("CLIENT_SECRET"))
        return super().ask(url, headers, form)


@fault("CCC-08")
class AsksByAHelper(TokenClient):
    """It has a helper ask for tokens, with its secret among the arguments."""

    tokens_of = _ByAHelper


class _AsksWhateverIsSaid(ClientCredentials):
    def ask(self, url: str, headers: dict[str, str], form: dict[str, str]) -> Response:
        answer = super().ask(url, headers, form)
        for _ in range(20):
            if answer.status != 400:
                break
            answer = super().ask(url, headers, form)
        return answer


@fault("CCC-17")
class AsksAlthoughItIsRefused(TokenClient):
    """It asks again and again with a secret that is refused."""

    tokens_of = _AsksWhateverIsSaid
