"""What a client that asks for tokens is put through."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from conformance.reference.counterpart.world import Fault, Reply, answers, at, either
from conformance.reference.known_clients import Client
from conformance.suites.clients.scenario import PLAIN, Scenario, nothing
from conformance.suites.clients.throttling import throttled

if TYPE_CHECKING:
    from conformance.http.exchange import Request
    from conformance.suites.clients.stage import Stage, Step

TOKEN = at("/services/oauth2/token")
API = either(at("/services/data/"), at("/services/apexrest/"))  # Bulk API 1.0 says by 400 that a token has ended
LONGEST_TOKEN = 10_000

_OPTIONAL = ("scope", "expires_in", "refresh_token")  # and no instance_url, which Salesforce always has

type Members = dict[str, Any]


def _answering(name: str, says: str, change: Callable[[Stage, Members], Members]) -> Scenario:
    """A scenario in which the members of the token answer are others."""

    def faults(stage: Stage) -> Sequence[Fault]:
        def changed(request: Request, reply: Reply) -> Reply:
            if reply.status != 200:
                return reply
            members = change(stage, json.loads(reply.body))
            return Reply(reply.status, reply.headers, json.dumps(members).encode())

        return [Fault("answer", TOKEN, change=changed)]

    return Scenario(name, says, faults)


def _longer(stage: Stage, members: Members) -> Members:
    value = members["access_token"].ljust(LONGEST_TOKEN, "x")
    stage.org.org.issue_token(frozenset({"api"}), value)
    return members | {"access_token": value}


LOWER_CASE = _answering("lower-case", "token_type is bearer", lambda stage, m: m | {"token_type": "bearer"})
NO_EXPIRY = _answering(
    "no-expiry",
    "the answer has none of the members that RFC 6749 leaves to the server",
    lambda stage, m: {name: value for name, value in m.items() if name not in _OPTIONAL},
)
UNKNOWN_MEMBERS = _answering(
    "unknown-members",
    "the answer has members that nobody knows",
    lambda stage, m: m | {"x_more": {"a": [1, None]}, "sfdc_site_url": "", "expires_at": None},
)
LONG_TOKEN = _answering("long-token", f"the token has {LONGEST_TOKEN} characters", _longer)
FULL_ANSWER = _answering(
    "full-answer",
    "the answer says how long the token lasts, which Salesforce leaves out",
    lambda stage, m: m | {"expires_in": 7200},
)
EXPIRY_AS_TEXT = _answering(
    "expiry-as-text", 'expires_in is the text "7200"', lambda stage, m: m | {"expires_in": "7200"}
)


def _refuses(name: str, says: str, status: int, *, times: int | None = None) -> Scenario:
    body = f'[{{"errorCode": "STATUS_{status}"}}]'
    return Scenario(name, says, [Fault("refused", API, instead=answers(status, body), times=times)])


API_401_ONCE = _refuses("api-401-once", "the API answers 401 once", 401, times=1)
API_401 = _refuses("api-401", "the API answers 401 each time", 401)
API_403 = _refuses("api-403", "the API answers 403", 403)
API_500 = _refuses("api-500", "the API answers 500", 500)
TOKEN_REFUSED = Scenario(
    "token-refused",
    "the token endpoint answers 400 invalid_client",
    [
        Fault(
            "refused",
            TOKEN,
            instead=answers(400, '{"error": "invalid_client", "error_description": "invalid client credentials"}'),
        )
    ],
)
TOKEN_DOWN = Scenario(
    "token-down", "the token endpoint answers 503 each time", [Fault("down", TOKEN, instead=answers(503, "busy"))]
)
BY_FORM = Scenario(
    "by-form",
    "the credentials of the client are configured for the body",
    variables={"CLIENT_AUTHENTICATION": "client_secret_post"},
)


def moved(name: str, status: int, prepare: Step = nothing, **variables: str) -> Scenario:
    """A scenario in which the token endpoint redirects to another origin."""

    def elsewhere(stage: Stage) -> Sequence[Fault]:
        there = Reply(status, (("location", f"{stage.other_url}/services/oauth2/token"),))
        return [Fault("moved", TOKEN, instead=lambda request: there)]

    says = f"the token endpoint redirects to another origin by {status}"
    return Scenario(name, says, elsewhere, prepare, variables=variables)


MOVED = (
    moved("token-moved", 307),
    moved("token-moved-by-form", 308, CLIENT_AUTHENTICATION="client_secret_post"),
    moved("token-found", 302),
)
THROTTLED = throttled("token-throttled", "the token endpoint", TOKEN)


def _with_reserved_characters(stage: Stage) -> None:
    """Have the client prove itself by an id and a secret that decode to others where they were not encoded."""
    former = stage.org.client
    stage.org.client = Client(f"{former.client_id}%2B+/=", f"{former.secret}%2B+/=&")
    stage.register()


RESERVED = Scenario(
    "reserved-characters",
    "the id and the secret of the client have reserved characters",
    prepare=_with_reserved_characters,
)

USUAL_ANSWERS = (LOWER_CASE, NO_EXPIRY, UNKNOWN_MEMBERS, LONG_TOKEN)
SCENARIOS = (
    PLAIN,
    BY_FORM,
    *USUAL_ANSWERS,
    API_401_ONCE,
    API_401,
    API_403,
    API_500,
    TOKEN_REFUSED,
    TOKEN_DOWN,
    *MOVED,
    *THROTTLED,
)
