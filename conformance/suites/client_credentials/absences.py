"""What a token endpoint shows of the things that its target file says are absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.http.exchange import Request
from conformance.rules import access_token, token_answer, token_refusal
from conformance.rules.server_metadata import places

if TYPE_CHECKING:
    from conformance.judging.applicability import Probe
    from conformance.suites.client_credentials.driver import AuthorizationServer

UNKNOWN = "https://unknown.example.com/"
SALESFORCE = "salesforce"


def metadata(server: AuthorizationServer) -> str | None:
    """A document describes this token endpoint where standards put it."""
    return next((f"{url} describes this token endpoint" for url, _ in _documents(server)), None)


def advertised(member: str) -> Probe[AuthorizationServer]:
    """The metadata names it."""

    def probe(server: AuthorizationServer) -> str | None:
        found = next(((url, document[member]) for url, document in _documents(server) if document.get(member)), None)
        return f"the metadata at {found[0]} names {member}" if found is not None else None

    return probe


def assertions(server: AuthorizationServer) -> str | None:
    """The metadata names a method of clients that sign."""
    for url, document in _documents(server):
        named = document.get("token_endpoint_auth_methods_supported")
        signing = [str(one) for one in named if str(one).endswith("_jwt")] if isinstance(named, list) else []
        if signing:
            return f"the metadata at {url} names {signing[0]}"
    return None


def scopes(server: AuthorizationServer) -> str | None:
    """The answer to the plain request says what was granted."""
    found = token_answer.members(server.control().response).get("scope")
    return "the token answer has a scope" if isinstance(found, str) and found else None


def audiences(server: AuthorizationServer) -> str | None:
    """The token says itself whom it is meant for, or introspection does."""
    token = server.control().token
    if access_token.audiences_in(access_token.claims_of(token.reveal())) is not None:
        return "the access token has an aud"
    if server.introspection_url is None or server.role.denial_of("introspection") is not None:
        return None
    told = token_answer.members(server.introspect(token).response)
    return "introspection names an aud" if access_token.audiences_in(told) is not None else None


def audience_parameter(server: AuthorizationServer) -> str | None:
    """A made-up audience is refused as such, or the token is for it."""
    server.control()
    for parameter in ("resource", "audience"):
        response = server.ask(server.plain.setting(parameter, UNKNOWN)).response
        if token_refusal.error_of(response) == "invalid_target":
            return f"an unknown {parameter} is refused as invalid_target"
        token = token_answer.token_in(response)
        found = access_token.audiences_in(access_token.claims_of(token)) if token else None
        if found is not None and UNKNOWN in found:
            return f"the parameter {parameter} decides whom the token is meant for"
    return None


def required_audience(server: AuthorizationServer) -> str | None:
    """A request without the parameter is refused."""
    parameter = server.role.audience_parameter
    if parameter is None:
        return None
    server.control()
    status = server.ask(server.plain.without(parameter)).response.status
    return f"a request without {parameter} is answered {status}" if 400 <= status < 500 else None


def jwt_access_tokens(server: AuthorizationServer) -> str | None:
    """The access token has claims."""
    return "the access token is a JWT" if access_token.claims_of(server.control().token.reveal()) else None


def of_salesforce(server: AuthorizationServer) -> str | None:
    """The target shares Salesforce's own ways."""
    return f"the target has the dialect {SALESFORCE}" if server.dialect == SALESFORCE else None


def _documents(server: AuthorizationServer) -> Iterator[tuple[str, dict[str, object]]]:
    """The metadata that describe the tested token endpoint, with their addresses."""
    parts = urlsplit(server.url)
    for url in places(server.role.issuer or f"{parts.scheme}://{parts.netloc}"):
        answer = server.send(Request("GET", url, (("Accept", "application/json"),)), retry=True).response
        document = token_answer.members(answer) if answer is not None and answer.status == 200 else {}
        if document.get("token_endpoint") == server.url:
            yield url, document


PROBES: Mapping[str, Callable[[AuthorizationServer], str | None]] = {
    "metadata": metadata,
    "assertions": assertions,
    "introspection": advertised("introspection_endpoint"),
    "revocation": advertised("revocation_endpoint"),
    "protected_resource": advertised("protected_resources"),
    "second_client": advertised("registration_endpoint"),
    "scopes": scopes,
    "audiences": audiences,
    "audience_parameter": audience_parameter,
    "required_audience": required_audience,
    "jwt_access_tokens": jwt_access_tokens,
    "login_host": of_salesforce,
    "run_as_user": of_salesforce,
}
"""What looks for each of them; what nothing looks for cannot be disproved."""
