"""What any client of an org's APIs does with its tokens and the URLs that it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.rules.clients.calls import (
    FRONTDOOR,
    INTROSPECT,
    REVOKE,
    USERINFO,
    after,
    form_of,
    is_single_access,
    is_token_request,
    of,
    path_of,
    query_of,
    token_of,
)
from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Request

BAD_TOKEN = "Bad_OAuth_Token"
_TOKEN_NAMES = frozenset({"token", "access_token", "oauth_token", "refresh_token", "id_token"})


def single_access_calls(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The calls of single access."""
    return [one for one in exchanges if is_single_access(one)]


def refused_single_access(exchanges: Sequence[Exchange]) -> Exchange | None:
    """The first call of single access that was refused."""
    return next((one for one in single_access_calls(exchanges) if one.status >= 400), None)


def falls_back_to_a_session_id(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if no frontdoor page is asked for, after a refusal, with a session id or token in its URL."""
    refused = refused_single_access(exchanges)
    if refused is None:
        return None
    for one in of(after(exchanges, refused), FRONTDOOR):
        if named := [name for name, _ in query_of(one.request) if name.lower() in ("sid", "access_token")]:
            return FlawOfKind("fallback", f"after the refusal, {path_of(one.request)}?{named[0]}=… was asked for")
    return None


def bad_token(exchanges: Sequence[Exchange]) -> Exchange | None:
    """The first answer 403 Bad_OAuth_Token."""
    return next((one for one in exchanges if one.status == 403 and BAD_TOKEN in _text(one)), None)


def does_not_renew(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if a new token is asked for after 403 Bad_OAuth_Token, and the call repeated with it."""
    refused = bad_token(exchanges)
    if refused is None:
        return None
    later = after(exchanges, refused)
    renewal = next((one for one in later if is_token_request(one)), None)
    if renewal is None:
        return FlawOfKind("no-renewal", f"after 403 {BAD_TOKEN} no new token was asked for")
    old = token_of(refused.request)
    again = [one for one in after(exchanges, renewal) if path_of(one.request) == path_of(refused.request)]
    if not again:
        return FlawOfKind("no-retry", "the call was not repeated with the new token")
    return (
        FlawOfKind("same-token", "the call was repeated with the old token")
        if token_of(again[0].request) == old
        else None
    )


def renews_too_often(exchanges: Sequence[Exchange], tries: int) -> Flaw | None:
    """None if a refusal is followed by a few calls and new tokens at most."""
    calls = [one for one in single_access_calls(exchanges) if one.status == 403]
    renewals = [one for one in exchanges if is_token_request(one)]
    if len(calls) > tries:
        return FlawOfKind("calls", f"single access was called {len(calls)} times although it always refused")
    return FlawOfKind("renewals", f"{len(renewals)} new tokens were asked for") if len(renewals) > tries else None


def frontdoor_visits(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The visits of frontdoor URLs with a one-time code."""
    return [one for one in of(exchanges, FRONTDOOR) if any(name == "otp" for name, _ in query_of(one.request))]


def opens_a_frontdoor_url_again(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if each one-time code is used once."""
    codes = Counter(
        value for one in frontdoor_visits(exchanges) for name, value in query_of(one.request) if name == "otp"
    )
    often = max(codes.values(), default=0)
    return FlawOfKind("again", f"one frontdoor URL was opened {often} times") if often > 1 else None


def token_services(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The calls that are about a token: revocation, introspection, user info."""
    return [one for one in of(exchanges, REVOKE, INTROSPECT, USERINFO) if _is_about_a_token(one.request)]


def shows_a_token_to_them_in_a_url(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if revocation and introspection are called by POST, and no URL of the three has a token in it."""
    for one in token_services(exchanges):
        request = one.request
        where = path_of(request)
        if named := [name for name, _ in query_of(request) if name in _TOKEN_NAMES]:
            return FlawOfKind("in-url", f"{request.method} {where} has {named[0]} in its query")
        if not where.endswith(USERINFO) and request.method != "POST":
            return FlawOfKind("method", f"{where} was called by {request.method}")
    return None


def _is_about_a_token(request: Request) -> bool:
    """Whether a path that ends as those services do is theirs: an invitation can be revoked too."""
    path = path_of(request)
    named = any(name in _TOKEN_NAMES for name, _ in (*query_of(request), *form_of(request)))
    return named or "oauth" in path or "openid" in path


def _text(exchange: Exchange) -> str:
    return exchange.response.text if exchange.response is not None else ""
