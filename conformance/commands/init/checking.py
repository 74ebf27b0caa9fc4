"""Whether the credentials of a target file work: each is used once, in a request that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.config.roles import Access, TokenEndpoint
from conformance.config.roles.tokens import TokenRequest
from conformance.config.target import Target, load_target
from conformance.http.client import Client
from conformance.http.credentials import carrying
from conformance.http.exchange import Request
from conformance.http.preflight import unreachable
from conformance.redaction import VAULT, Secret
from conformance.rules.outcome import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.config.roles import RoleModel
    from conformance.config.roles.tokens import TokenSource


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
    with Client(target) as client:
        for role in target.models:
            for name, access in _credentials_of(role):
                flaw, what = _try(target, client, role, name, access)
                works &= not flaw
                say(VAULT.shown(f"{role.name}.{name}: {flaw or what}"))
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
    answer = client.send(Request("GET", role.address, headers), retry=True).response
    if answer is None:
        return "does not work: no answer came", ""
    if answer.status == 401 or (answer.status == 403 and not _is_asked_for(client, role)):
        return f"does not work: GET {role.address} answers {answer.status} with it", ""
    return "", f"{fetched}, and GET {role.address} answers {answer.status} with it"


def _is_asked_for(client: Client, role: RoleModel) -> bool:
    """Whether a stranger is asked for credentials: then a 403 means that these are known (RFC 9110, section 15.5.4)."""
    answer = client.send(Request("GET", role.address, ()), retry=True).response
    return answer is not None and answer.status == 401


def _is_fetched(access: Access) -> bool:
    source: TokenSource | None = access.bearer
    return access.token_endpoint or (source is not None and not isinstance(source, Secret))
