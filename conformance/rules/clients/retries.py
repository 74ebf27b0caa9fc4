"""How a client comes back: after a wait that it was asked for, and how often where nothing helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.rules.bearer_origins import origin_of
from conformance.rules.clients.calls import after, ended, is_token_request, path_of
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.overload import date_of

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Request, Response

CREATION = "/sobjects/"
"""The part of an address to which records are posted; what else is posted may change nothing."""

_FORBIDDEN = 403
_EARLY = 0.1  # seconds by which a clock may be off


def waits(exchanges: Sequence[Exchange]) -> list[tuple[Exchange, float]]:
    """The answers 429 and 503 that say how long to wait, each with the seconds."""
    throttled = ((one, one.response) for one in exchanges if one.response and one.status in (429, 503))
    told = ((one, _seconds(one, response)) for one, response in throttled)
    return [(one, seconds) for one, seconds in told if seconds is not None]


def comes_back_too_early(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if no call is repeated before the time is over that Retry-After named."""
    for one, seconds in waits(exchanges):
        end = ended(one)
        again = (later for later in after(exchanges, one) if _same(later.request, one.request))
        waited = min((later.started.timestamp() - end for later in again), default=seconds)
        if waited < seconds - _EARLY and one.response is not None:
            said = f"{one.status} with Retry-After: {one.response.header('retry-after')}"
            return FlawOfKind("early", f"{path_of(one.request)} was asked for again {waited:.2f} s after {said}")
    return None


def repeats_without_end(exchanges: Sequence[Exchange], tries: int) -> Flaw | None:
    """None if a call that fails is tried a few times at most."""
    failed = Counter((one.request.method, path_of(one.request)) for one in exchanges if _has_failed(one))
    (method, path), often = max(failed.items(), key=lambda item: item[1], default=(("", ""), 0))
    return (
        FlawOfKind("endless", f"{method} {path} was tried {often} times, and failed each time")
        if often > tries
        else None
    )


def creates_again(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if a record whose creation was not answered is not posted again, without a look whether it is there.

    Who names the request by an Idempotency-Key posts it again without harm.
    """
    lost = [one for one in exchanges if _is_creation(one.request) and one.status >= 500]
    for one in lost:
        if one.request.header("idempotency-key"):
            continue
        following = next((later for later in after(exchanges, one) if not is_token_request(later)), None)
        if following and _same(following.request, one.request) and following.request.body == one.request.body:
            return FlawOfKind("again", f"{path_of(one.request)} was posted again after {one.status}")
    return None


def _is_creation(request: Request) -> bool:
    return request.method == "POST" and CREATION in path_of(request)


def _has_failed(exchange: Exchange) -> bool:
    return exchange.status >= 500 or exchange.status == _FORBIDDEN


def _seconds(throttled: Exchange, response: Response) -> float | None:
    """How long to wait: of a date, the shorter time by the clock of the server and by that of who listened."""
    wish = (response.header("retry-after") or "").strip()
    if wish.isdecimal():
        return float(wish)
    until, said = date_of(wish), date_of(response.header("date") or "")
    if until is None:
        return None
    clocks = [ended(throttled), *([said.timestamp()] if said is not None else [])]
    return max(0.0, min(until.timestamp() - clock for clock in clocks))


def _same(one: Request, other: Request) -> bool:
    calls = [(each.method, origin_of(each.url), path_of(each)) for each in (one, other)]
    return calls[0] == calls[1]
