"""How a client asks for tokens, and when it asks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.rules.bearer_origins import origin_of
from conformance.rules.clients.calls import (
    after,
    basic_as_sent,
    basic_of,
    form_of,
    is_api_call,
    is_token_request,
    path_of,
    query_of,
    redirected_to,
    token_of,
)
from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Request

type Places = Mapping[str, Mapping[str, str]]
"""Custom parameters by place: `body`, `header` and `query`, each with names and values."""

_SHORTEST_SECRET = 8  # characters
_FORM = "application/x-www-form-urlencoded"
_SECRETS = frozenset({"client_secret", "client_assertion", "refresh_token", "password", "access_token"})


def token_requests(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The requests for tokens."""
    return [one for one in exchanges if is_token_request(one)]


def has_parameters(exchanges: Sequence[Exchange], places: Places) -> bool:
    """Whether any of the custom parameters is anywhere in a token request."""
    return any(sent_parameters(exchanges, places).values())


def misplaces_parameters(exchanges: Sequence[Exchange], places: Places) -> Flaw | None:
    """None if each custom parameter is where it was configured in each token request, and nowhere else."""
    for one in token_requests(exchanges):
        found = _by_place(one.request)
        for place, named in places.items():
            for name in named:
                here = [other for other, names in found.items() if name.lower() in names]
                if place not in here:
                    return FlawOfKind("missing", f"{name} is configured for the {place}, and is {_where(here)}")
                if len(here) > 1:
                    return FlawOfKind("twice", f"{name} is configured for the {place}, and is {_where(here)}")
    return None


def sent_parameters(exchanges: Sequence[Exchange], places: Places) -> Places:
    """Those of the custom parameters that are anywhere in any token request, by the place that is configured."""
    sent = set().union(*(_names(one.request) for one in token_requests(exchanges)))
    return {
        place: {name: value for name, value in named.items() if name.lower() in sent} for place, named in places.items()
    }


def authenticates_wrongly(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if each token request shows the client's credentials in one way, and never in the address."""
    requests = [one.request for one in token_requests(exchanges)]
    shown = {secret for request in requests for secret in _secrets_of(request)}
    for request in requests:
        if named := [name for name, value in query_of(request) if name in _SECRETS or value in shown]:
            return FlawOfKind("in-url", f"{named[0]} is in the address of a token request, and holds a secret")
        fields = {name for name, _ in form_of(request)}
        ways = [basic_of(request) is not None, "client_secret" in fields, "client_assertion" in fields]
        if sum(ways) > 1:
            return FlawOfKind("twice", "a token request shows the credentials of the client in two ways")
    return None


def proofs(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The token requests that show any credentials of the client: a capture may have been exported without them."""

    def shows_any(request: Request) -> bool:
        return basic_of(request) is not None or any(n in _SECRETS for n, _ in (*form_of(request), *query_of(request)))

    return [one for one in token_requests(exchanges) if shows_any(one.request)]


def proofs_by_basic(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The token requests that show the client's credentials by HTTP Basic."""
    return [one for one in token_requests(exchanges) if basic_of(one.request) is not None]


def encodes_no_credentials(exchanges: Sequence[Exchange], pair: tuple[str, str]) -> Flaw | None:
    """None if the id and the secret in HTTP Basic are form-encoded: what is decoded there is the pair of the client.

    Args:
        exchanges: of a client whose id and secret decode to others as they stand.
        pair: its id and its secret.
    """
    for one in proofs_by_basic(exchanges):
        if basic_of(one.request) == pair:
            continue
        if basic_as_sent(one.request) == pair:
            return FlawOfKind("plain", "the id and the secret are in Basic unchanged, and are decoded to others")
        return FlawOfKind("others", "the id and the secret in Basic are decoded to others than those of the client")
    return None


def asks_in_another_form(exchanges: Sequence[Exchange], places: Places) -> Flaw | None:
    """None if each token request is a POST of a form, and the values of its custom parameters arrive whole."""
    for one in token_requests(exchanges):
        request = one.request
        if request.method != "POST":
            return FlawOfKind("method", f"a token was asked for by {request.method}")
        kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if kind != _FORM:
            return FlawOfKind("media-type", f"the body of a token request is {kind or 'of no declared kind'}")
        for place, pairs in (("body", form_of(request)), ("query", query_of(request))):
            sent = dict(pairs)
            for name, value in places.get(place, {}).items():
                if name in sent and sent[name] != value:
                    return FlawOfKind("value", f"{name} arrived as {sent[name]!r} and not as {value!r}")
    return None


def does_not_renew_on_401(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if a new token is asked for after a 401 of the API, and the call repeated with it."""
    refused = next((one for one in exchanges if is_api_call(one) and one.status == 401), None)
    if refused is None:
        return None
    renewals = token_requests(after(exchanges, refused))
    if not renewals:
        return FlawOfKind("no-renewal", "after 401 no new token was asked for")
    renewed = [one for one in renewals if one.status < 400]
    if len(renewed) > 1:
        return FlawOfKind("renewals", f"after one 401, {len(renewed)} new tokens were fetched")
    later = after(exchanges, (renewed or renewals)[0])
    again = [one for one in later if path_of(one.request) == path_of(refused.request)]
    if not again or token_of(again[0].request) == token_of(refused.request):
        return FlawOfKind("no-retry", "the call was not repeated with the new token")
    return None


def renews_without_end(exchanges: Sequence[Exchange], tries: int) -> Flaw | None:
    """None if a few tokens at most are asked for where none of them helps."""
    often = len(token_requests(exchanges))
    return FlawOfKind("storm", f"{often} tokens were asked for, and none of them helped") if often > tries else None


def renews_for(exchanges: Sequence[Exchange], status: int) -> Flaw | None:
    """None if no new token is asked for after an answer that says nothing against the old one."""
    refused = next((one for one in exchanges if is_api_call(one) and one.status == status), None)
    renewed = refused is not None and token_requests(after(exchanges, refused))
    return FlawOfKind(f"on-{status}", f"after {status} a new token was asked for") if renewed else None


def changes_on_renewal(exchanges: Sequence[Exchange], places: Places) -> Flaw | None:
    """None if each later token request has the custom parameters of the first one, with their values."""
    first, *others = token_requests(exchanges)
    for other in others:
        for place, named in places.items():
            before, now = _by_place(first.request)[place], _by_place(other.request)[place]
            for name in (name.lower() for name in named):
                if name in before and before[name] != now.get(name):
                    return FlawOfKind(
                        "lost", f"{name} was in the {place} of the first token request, and not of the next one"
                    )
    return None


def calls_without_a_token(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if the API is not called before a token was handed out."""
    called = next((one for one in exchanges if is_api_call(one)), None)
    return FlawOfKind("called", f"{path_of(called.request)} was called anyway") if called is not None else None


def led_elsewhere(exchanges: Sequence[Exchange]) -> list[tuple[Exchange, Sequence[Exchange]]]:
    """The redirects of token requests to another origin, each with what was asked for after it."""
    found = []
    for one in token_requests(exchanges):
        url = redirected_to(one)
        if url and origin_of(url) != origin_of(one.request.url) and (later := after(exchanges, one)):
            found.append((one, later))
    return found


def carries_its_credentials_elsewhere(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if no credentials of a token request go to the other origin to which it is redirected."""
    for redirect, later in led_elsewhere(exchanges):
        origin, secrets = origin_of(redirected_to(redirect)), _secrets_of(redirect.request)
        for one in later:
            if origin_of(one.request.url) == origin and secrets & _secrets_of(one.request):
                text = f"the credentials of the client went with a redirect by {redirect.status} to another origin"
                return FlawOfKind("followed", text)
    return None


def is_refused_by(exchanges: Sequence[Exchange]) -> Exchange | None:
    """The first refusal of a token request."""
    return next((one for one in token_requests(exchanges) if one.status >= 400), None)


# ------------------------------------------------------------------ details


def _secrets_of(request: Request) -> set[str]:
    """The secrets by which a request proves whose it is, but short ones, which other words may equal."""
    basic = basic_of(request)
    found = [value for name, value in form_of(request) if name in _SECRETS]
    return {value for value in (*found, *(basic or ())[1:]) if len(value) >= _SHORTEST_SECRET}


def _by_place(request: Request) -> dict[str, dict[str, str]]:
    return {
        "body": {name.lower(): value for name, value in form_of(request)},
        "header": {name.lower(): value for name, value in request.headers},
        "query": {name.lower(): value for name, value in query_of(request)},
    }


def _names(request: Request) -> set[str]:
    return set().union(*_by_place(request).values())


def _where(places: Sequence[str]) -> str:
    return f"in the {' and in the '.join(places)}" if places else "nowhere"
