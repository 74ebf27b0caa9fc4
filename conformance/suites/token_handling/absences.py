"""What a single access endpoint shows of the things that its target file says are absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from conformance.config.roles import TokenRequest
from conformance.http.credentials import FORM, obtain
from conformance.http.exchange import Exchange, Request
from conformance.rules.token_answer import members

if TYPE_CHECKING:
    from conformance.judging.applicability import Probe
    from conformance.suites.token_handling.driver import SingleAccessEndpoint

REVOCATION = "/services/oauth2/revoke"
NOWHERE = "/services/oauth2/seasonproof-no-such-path"


def revocation(endpoint: SingleAccessEndpoint) -> str | None:
    """Tokens are revoked at the declared address, or at the one that an org has."""
    address = endpoint.role.revocation_url or urljoin(endpoint.url, REVOCATION)
    status, other = _status(endpoint, address), _status(endpoint, urljoin(endpoint.url, NOWHERE))
    # A server that answers all addresses alike has shown nothing.
    return f"POST {address} is answered {status}" if status in (200, 400) and status != other else None


def expiry(endpoint: SingleAccessEndpoint) -> str | None:
    """The answer to a token request says how long the token is valid."""
    return "the token answer has expires_in" if "expires_in" in _token_answer(endpoint) else None


def scopes(endpoint: SingleAccessEndpoint) -> str | None:
    """The answer to a token request says what the token is good for."""
    found = _token_answer(endpoint).get("scope")
    return "the token answer has a scope" if isinstance(found, str) and found else None


def _status(endpoint: SingleAccessEndpoint, address: str) -> int | None:
    body = urlencode({"token": "seasonproof.unknown"}).encode()
    answer = endpoint.send(Request("POST", address, (FORM,), body), retry=False).response
    return answer.status if answer is not None else None


def _token_answer(endpoint: SingleAccessEndpoint) -> dict[str, object]:
    if not isinstance(endpoint.role.token, TokenRequest):
        return {}
    heard: list[Exchange] = []

    def send(request: Request, *, retry: bool) -> Exchange:
        heard.append(endpoint.send(request, retry=retry))
        return heard[-1]

    obtain(send, endpoint.role.token)
    return members(heard[-1].response) if heard[-1].response is not None else {}


PROBES: Mapping[str, Probe[SingleAccessEndpoint]] = {"revocation": revocation, "expiry": expiry, "scopes": scopes}
"""What looks for each of them; what nothing looks for cannot be disproved."""
