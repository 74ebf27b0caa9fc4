"""Whether the credentials of a target file work: each is used once, in a request that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.config.roles import Access, BusinessSystem, FileService, TokenEndpoint
from conformance.config.roles.templates import places_in
from conformance.config.roles.tokens import TokenRequest
from conformance.config.target import Target, load_target
from conformance.http.client import Client
from conformance.http.credentials import carrying
from conformance.http.exchange import Request
from conformance.http.preflight import unreachable
from conformance.redaction import VAULT, Secret
from conformance.rules.outcome import Stopped
from conformance.suites.binary_files.callers import identified
from conformance.suites.binary_files.places import Places
from conformance.suites.change_triggers.requests import filled

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.config.roles import RoleModel
    from conformance.config.roles.tokens import TokenSource
    from conformance.http.exchange import Headers


def check_credentials(path: str, say: Callable[[str], None]) -> bool:
    """Try each credential of a target file, and say of each whether it works.

    Args:
        path: the target file.
        say: prints a line.

    Returns:
        Whether none is refused.

    Raises:
        UsageProblem: the file has errors.
    """
    target = load_target(path)
    problems = unreachable(target)
    if problems:
        for problem in problems:
            say(problem)
        return False
    works = True
    tried = [(role, *one) for role in target.models for one in _credentials_of(role)]
    with Client(target) as client:
        for role, name, access in tried:
            flaw, what = _try(target, client, role, name, access)
            works &= not flaw
            say(VAULT.shown(f"{role.name}.{name}: {flaw or what}"))
    if not tried:
        say(f"{path} has no credentials, so there is nothing to try")
    return works


def _credentials_of(role: RoleModel) -> Iterator[tuple[str, Access]]:
    """The credentials that a role has, by the names of their fields."""
    for name in type(role).model_fields:
        value: object = getattr(role, name)
        if isinstance(value, Access) and not value.is_anonymous:
            yield name, value
        elif isinstance(value, TokenRequest) or (isinstance(value, Secret) and name.endswith("token")):
            yield name, Access(bearer=value)
    if isinstance(role, TokenEndpoint) and role.client_secret is not None:
        yield "client_secret", Access(token_endpoint=True)


def _try(target: Target, client: Client, role: RoleModel, name: str, access: Access) -> tuple[str, str]:
    """What is wrong with a credential, empty for nothing; and what was seen."""
    try:
        headers = carrying(client.send, access, target.token_endpoint)
    except Stopped as stopped:
        return f"does not work: {str(stopped).removesuffix(': there is no token to try')}", ""
    fetched = "a token was fetched" if _is_fetched(access) else "it is a fixed value"
    if isinstance(role, TokenEndpoint) or name not in ("token", "access"):
        return "", f"{fetched}; only a run shows what it opens"
    asked = _question(role)
    try:
        answer = client.send(_from(asked, role, access, headers), retry=True).response
    except Stopped as stopped:
        return "", f"{fetched}; only a run shows what it opens: {stopped}"
    if answer is None:
        return "does not work: no answer came", ""
    stranger = client.send(_from(asked, role, Access(), ()), retry=True).response
    theirs = stranger.status if stranger is not None else None
    what = f"{asked.method} {asked.url} answers {answer.status} with it"
    # Who is asked for credentials, and answers 403 to these, knows them (RFC 9110, section 15.5.4).
    if answer.status == 401 or (answer.status == 403 and theirs != 401):
        return f"does not work: {what}", ""
    if answer.status == theirs:
        return "", f"{fetched}; only a run shows whether it works: {what}, and without it too"
    return "", f"{fetched}, and {what}"


def _question(role: RoleModel) -> Request:
    """A request that changes nothing, for what the credentials are about."""
    if isinstance(role, FileService) and role.url is not None:
        name = Places(role, fetch=str).new_name()
        return Request("GET", role.url.replace("{name}", quote(name)))
    if isinstance(role, BusinessSystem):
        call = role.check or role.poll
        if call is not None and not places_in(call.path):
            return filled(call, role.base_url, {"size": "1"})
    return Request("GET", role.address)


def _from(request: Request, role: RoleModel, access: Access, proof: Headers) -> Request:
    """The request, with what shows who sends it."""
    if isinstance(role, FileService):
        return identified(request, role, access, proof)
    return replace(request, headers=(*request.headers, *proof))


def _is_fetched(access: Access) -> bool:
    source: TokenSource | None = access.bearer
    return access.token_endpoint or (source is not None and not isinstance(source, Secret))
