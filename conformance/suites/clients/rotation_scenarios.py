"""What a client that rotates credentials is put through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.counterpart.world import Fault, Reply, answers, at, loses_the_answer
from conformance.rules.clients.calls import basic_of
from conformance.suites.clients.scenario import PLAIN, Scenario
from conformance.suites.clients.stage import KILLED, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.http.exchange import Request

STAGED = at("/staged")
STAGE = at("/staged", "POST")
ROTATE = at("/staged/", "PATCH")
DELETE = at("/staged/", "DELETE")
ORDER = {"DELETE_FORMER": "yes"}


def _occupied(stage: Stage) -> None:
    """A rotation has been made: the slot holds the former pair, which slow consumers still use."""
    org = stage.org
    consumer, staged = org.consumer, org.staged
    new = staged.new_pair(consumer)
    former, consumer.main = consumer.main, new
    new.ends = None
    former.state, former.created, former.ends = "Rotated", staged.now(), staged.now() + 30 * 86_400
    consumer.staged["1Sc000000000001"] = former
    stage.first = new
    stage.keep(new)


def _deleted_already(request: Request, reply: Reply) -> Reply:
    return Reply(404, (("content-type", "application/json"),), b'[{"errorCode": "NOT_FOUND"}]')


PATCH_FAILS = Scenario(
    "patch-fails",
    "the rotation is answered 500 each time, and not done",
    [Fault("fails", ROTATE, instead=answers(500, '[{"errorCode": "UNKNOWN_EXCEPTION"}]'))],
)
PATCH_LOST = Scenario(
    "patch-lost",
    "the rotation is done, and answered 504",
    [Fault("lost", ROTATE, change=loses_the_answer(), times=1)],
)
STAGE_LOST = Scenario(
    "stage-lost", "a pair is staged, and answered 504", [Fault("lost", STAGE, change=loses_the_answer(), times=1)]
)
STAGED_DEAD = Scenario(
    "staged-dead",
    "the token endpoint refuses the staged pair",
    lambda stage: [Fault("dead", _asks_for_another(stage), instead=answers(400, '{"error": "invalid_client"}'))],
)
OCCUPIED = Scenario("occupied", "the slot holds a rotated pair that slow consumers use", prepare=_occupied)
ORDERED = Scenario(
    "ordered", "the slot holds a rotated pair, and its deletion is ordered", prepare=_occupied, variables=ORDER
)
DELETE_404 = Scenario(
    "delete-404",
    "the rotated pair is deleted, and answered 404",
    [Fault("gone", DELETE, change=_deleted_already)],
    prepare=_occupied,
    variables=ORDER,
)

LOST = (PATCH_LOST, STAGE_LOST)
SCENARIOS = (PLAIN, PATCH_FAILS, PATCH_LOST, STAGE_LOST, STAGED_DEAD, OCCUPIED, ORDERED, DELETE_404)


def _asks_for_another(stage: Stage) -> Callable[[Request], bool]:
    """Token requests of any pair but the first one and the client's own."""
    token = at("/services/oauth2/token")

    def matches(request: Request) -> bool:
        basic = basic_of(request)
        if not token(request) or (basic is None and request.header("authorization") is not None):
            return False
        shown = request.body if basic is None else basic[1].encode()
        return not any(secret.encode() in shown for secret in (stage.org.client.secret, stage.first.secret))

    return matches


def killed_at(number: int) -> Scenario:
    """A scenario in which the client is killed at one of its calls, and then run again where nothing goes wrong.

    Args:
        number: which call, from 1; it is done, and its answer never arrives.
    """
    calls = Fault(KILLED, lambda request: True, change=lambda request, reply: reply, skip=number - 1, times=1, delay=3)
    return Scenario(
        f"killed-at-{number}", f"the client is killed at its call {number}, and run again", [calls], turns=2
    )
