"""Who the suite is to a target: tokens, and the headers that carry credentials."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote_plus, urlencode

from conformance.http.exchange import Headers, Request
from conformance.http.whole_answer import answer_to
from conformance.redaction import Secret
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.rules.server_metadata import NOWHERE, places, token_endpoint_in
from conformance.rules.token_answer import members, named_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.config.roles import Access, RoleModel, TokenEndpoint, TokenSource
    from conformance.config.target import Target
    from conformance.http.exchange import Exchange


class Send(Protocol):
    """What sends a request and keeps the exchange, as `Client.send` does."""

    def __call__(self, request: Request, *, retry: bool) -> Exchange:
        """Send it, and wait out an overload if `retry` says so."""


FORM = ("Content-Type", "application/x-www-form-urlencoded")

type Tokens = dict[object, tuple[Any, float]]
"""Credentials that were fetched and may be used again, by where they are from, with their time (`time.monotonic`)."""


def authorization(send: Send, target: Target, role: str) -> Headers:
    """The headers that prove to a role of the target who calls; none where the role asks for nothing.

    Args:
        send: sends the token request, where a token has to be fetched.
        target: the target.
        role: the role's name, such as `single_access`.

    Raises:
        Inconclusive: the token endpoint gave no token.
        NotTested: the target file does not say how to get one.
    """
    declared: RoleModel | None = getattr(target, role, None)
    return () if declared is None else carrying(send, declared.credentials, target.token_endpoint)


def carrying(send: Send, access: Access, token_endpoint: TokenEndpoint | None = None) -> Headers:
    """The headers that carry the credentials of a caller.

    Args:
        send: sends the token request, where a token has to be fetched.
        access: the caller's credentials.
        token_endpoint: where `access` takes its tokens from, if it says so.

    Raises:
        Inconclusive: the token endpoint gave no token.
        NotTested: the target file does not say how to get one.
    """
    key = access.api_key
    keys: Headers = () if key is None else ((key.header, key.value.reveal()),)
    if access.basic is not None:
        return (("Authorization", basic(access.basic.user, access.basic.password.reveal()).reveal()), *keys)
    if access.bearer is not None:
        return (bearer(obtain(send, access.bearer)), *keys)
    return (bearer(granted(send, token_endpoint)), *keys) if access.token_endpoint else keys


def bearer(token: Secret) -> tuple[str, str]:
    """The header that carries an access token (RFC 6750, section 2.1)."""
    return ("Authorization", f"Bearer {token.reveal()}")


def basic(user: str, password: str) -> Secret:
    """The value of the header that carries user and password (RFC 7617, section 2)."""
    return Secret("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode(), "basic")


def obtain(send: Send, source: TokenSource) -> Secret:
    """A token from its source.

    Args:
        send: sends the token request, if the source is one.
        source: a token, or a form that a token endpoint answers with `access_token` (RFC 6749, section 5.1).

    Raises:
        Inconclusive: the token endpoint gave none.
    """
    if isinstance(source, Secret):
        return source
    return _requested(send, source.url, {name: _revealed(value) for name, value in source.form.items()})


def granted(send: Send, endpoint: TokenEndpoint | None) -> Secret:
    """A token for the client of a token endpoint, by its id and secret (RFC 6749, section 4.4).

    Raises:
        Inconclusive: the token endpoint gave none, or the metadata of its issuer names none.
        NotTested: the target file does not say how to ask for one.
    """
    if endpoint is None or endpoint.client_secret is None:
        raise NotTested(
            "there is no token endpoint to get a token from", "token_endpoint: {url: …, client_id: …, client_secret: …}"
        )
    given = endpoint.parameters
    form: dict[str, str | Secret] = {"grant_type": "client_credentials"}
    if endpoint.scopes:
        form["scope"] = " ".join(endpoint.scopes)
    if endpoint.audience and endpoint.audience_parameter:
        form[endpoint.audience_parameter] = endpoint.audience
    form |= given.body
    headers = tuple((name, _revealed(value)) for name, value in given.header.items())
    if "client_secret_post" in endpoint.methods:
        form |= {"client_id": endpoint.client_id, "client_secret": endpoint.client_secret}
    else:
        encoded = quote_plus(endpoint.client_id), quote_plus(endpoint.client_secret.reveal())
        headers = (*headers, ("Authorization", basic(*encoded).reveal()))
    query = urlencode({name: _revealed(value) for name, value in given.query.items()})
    url = endpoint.url or _discovered(send, endpoint.issuer or "")
    url = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
    return _requested(send, url, {name: _revealed(value) for name, value in form.items()}, headers)


def _discovered(send: Send, issuer: str) -> str:
    """The token endpoint that the metadata of an issuer names."""
    for place in places(issuer):
        response = answer_to(send(Request("GET", place, (("Accept", "application/json"),)), retry=True))
        if response.status == 200 and (found := members(response)):
            return token_endpoint_in(found, issuer)
    raise Inconclusive(NOWHERE)


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _requested(send: Send, url: str, form: Mapping[str, str], headers: Headers = ()) -> Secret:
    request = Request("POST", url, (FORM, *headers), urlencode(form).encode())
    exchange = send(request, retry=True)
    response = answer_to(exchange)
    try:
        answer = response.json()
    except ValueError:
        answer = None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if response.status != 200 or not isinstance(token, str) or not token:
        raise Inconclusive(
            f"the token endpoint answered {response.status}{named_error(response)}, without an access_token: there is "
            "no token to try",
            exchanges=(exchange,),
        )
    return Secret(token)
