"""What a client of an org's APIs is put through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.reference.counterpart.world import Fault, Reply, answers, at, either, loses_the_answer
from conformance.rules.clients import retries
from conformance.suites.clients.scenario import PLAIN, Scenario
from conformance.suites.clients.throttling import throttled
from conformance.suites.clients.token_scenarios import moved

if TYPE_CHECKING:
    from conformance.http.exchange import Request
    from conformance.suites.clients.stage import Stage

SINGLE_ACCESS = at("singleaccess")
DATA = either(at("/services/data/"), at("/services/apexrest/"), at("/services/async/"))
QUERY = at("/query", "GET")
CREATION = at(retries.CREATION, "POST")
BAD_TOKEN = answers(403, "Bad_OAuth_Token")
RANDOM_STATUS = (500, 503)


def _leads_elsewhere(stage: Stage) -> Sequence[Fault]:
    def next_page(request: Request, reply: Reply) -> Reply:
        page = json.loads(reply.body)
        if "nextRecordsUrl" not in page:
            return reply
        page["nextRecordsUrl"] = f"{stage.other_url}{page['nextRecordsUrl']}"
        return Reply(reply.status, reply.headers, json.dumps(page).encode())

    return [Fault("foreign-page", QUERY, change=next_page)]


def _redirects_elsewhere(stage: Stage) -> Sequence[Fault]:
    def redirect(request: Request) -> Reply:
        return Reply(302, (("location", f"{stage.other_url}/services/data/v65.0/moved"),))

    return [Fault("foreign-redirect", DATA, instead=redirect)]


def _expired(stage: Stage) -> None:
    stage.org.expire_token()


EXPIRED = Scenario("expired-token", "the token has just expired", prepare=_expired)
BAD_TOKEN_ONCE = Scenario(
    "bad-token-once",
    "single access answers 403 Bad_OAuth_Token once",
    [Fault("bad-token", SINGLE_ACCESS, instead=BAD_TOKEN, times=1)],
)
BAD_TOKEN_FOR_EVER = Scenario(
    "bad-token-for-ever",
    "single access answers 403 Bad_OAuth_Token each time",
    [Fault("bad-token", SINGLE_ACCESS, instead=BAD_TOKEN)],
)
SINGLE_ACCESS_REFUSED = Scenario(
    "single-access-refused",
    "single access refuses the token as one without web access",
    [Fault("refused", SINGLE_ACCESS, instead=answers(403, "Invalid_Scope"))],
)
FOREIGN_PAGE = Scenario("foreign-page", "the next page of a query is on another origin", _leads_elsewhere)
FOREIGN_REDIRECT = Scenario("foreign-redirect", "the API redirects to another origin", _redirects_elsewhere)
RENEWAL_MOVED = (moved("renewal-moved", 307, _expired), moved("renewal-found", 302, _expired))
THROTTLED = throttled("throttled", "the API", DATA)
FAILING = Scenario(
    "failing",
    "the API answers 500 each time",
    [Fault("failing", DATA, instead=answers(500, '[{"errorCode": "UNKNOWN_EXCEPTION"}]'))],
)
FORBIDDEN = Scenario(
    "forbidden",
    "the API answers 403 REQUEST_LIMIT_EXCEEDED each time",
    [Fault("failing", DATA, instead=answers(403, '[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]'))],
)
LOST_ANSWER = Scenario(
    "lost-answer",
    "a record is created, and a gateway answers 504",
    [Fault("lost", CREATION, change=loses_the_answer())],
)

ELSEWHERE = (FOREIGN_PAGE, FOREIGN_REDIRECT)
SCENARIOS = (
    PLAIN,
    EXPIRED,
    BAD_TOKEN_ONCE,
    BAD_TOKEN_FOR_EVER,
    SINGLE_ACCESS_REFUSED,
    FOREIGN_PAGE,
    FOREIGN_REDIRECT,
    *RENEWAL_MOVED,
    *THROTTLED,
    FAILING,
    FORBIDDEN,
    LOST_ANSWER,
)
