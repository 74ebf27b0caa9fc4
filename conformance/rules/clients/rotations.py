"""In which order a client stages, proves, rotates and deletes pairs of a consumer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from conformance.rules.clients.calls import basic_of, form_of, is_token_request, path_of
from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

STAGED = "/staged"


def is_about_credentials(exchange: Exchange) -> bool:
    """Whether a call is of the resources for the credentials of external client apps."""
    return "/apps/oauth/" in path_of(exchange.request)


def stagings(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The requests that stage a pair, whatever came of them."""
    return [one for one in exchanges if one.request.method == "POST" and _path(one).endswith(STAGED)]


def rotations(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The commands to rotate, whatever came of them."""
    return [one for one in exchanges if one.request.method == "PATCH" and f"{STAGED}/" in _path(one)]


def deletions(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The deletions of pairs, whatever came of them."""
    return [one for one in exchanges if one.request.method == "DELETE" and f"{STAGED}/" in _path(one)]


def deletes_before_proof(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if no rotated pair is deleted before a token was handed out for the pair that took its place."""
    rotated: dict[str, str] = {}  # the keys of rotated pairs, by the id in their address
    proven: set[str] = set()
    for one in exchanges:
        if is_token_request(one) and one.status == 200:
            proven.update(_client_ids(one))
        for member in _pairs_in(one):
            if member.get("state") == "Rotated":
                rotated[str(member["id"])] = str(member.get("key"))
        identifier = _path(one).rpartition("/")[2]
        others = proven - {rotated.get(identifier, "")} - _admins(exchanges)
        if deletions([one]) and identifier in rotated and not others:
            return FlawOfKind("unproven", "the former pair was deleted before the new one had been given a token")
    return None


def _admins(exchanges: Sequence[Exchange]) -> set[str]:
    """The ids of clients whose tokens were used for the credentials: they prove nothing of a pair."""
    tokens = {one.request.header("authorization") for one in exchanges if is_about_credentials(one)}
    found: set[str] = set()
    for one in exchanges:
        if is_token_request(one) and one.response is not None and one.status == 200:
            members = _members(one)
            if f"Bearer {members.get('access_token')}" in tokens:
                found.update(_client_ids(one))
    return found


def _client_ids(exchange: Exchange) -> Iterator[str]:
    basic = basic_of(exchange.request)
    if basic is not None:
        yield basic[0]
    yield from (value for name, value in form_of(exchange.request) if name == "client_id")


def _pairs_in(exchange: Exchange) -> Iterator[dict[str, Any]]:
    if STAGED not in _path(exchange) or exchange.response is None:
        return
    members = _members(exchange)
    listed = members.get("stagedCredentials")
    for one in listed if isinstance(listed, list) else [members]:
        if isinstance(one, dict) and "id" in one:
            yield one


def _members(exchange: Exchange) -> dict[str, Any]:
    try:
        found = exchange.response.json() if exchange.response is not None else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _path(exchange: Exchange) -> str:
    return path_of(exchange.request).rstrip("/")
