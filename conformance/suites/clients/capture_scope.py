"""What a capture can tell of each requirement on clients, and why it cannot tell the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.rules.clients import api, files, retries, token_requests
from conformance.rules.clients.calls import after, ended, is_token_request, path_of

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Scope:
    """What a capture tells of one requirement.

    Attributes:
        happened: whether it holds what has to have happened; None where requests alone are enough.
        missing: what it does not hold else, as a phrase.
        unseen: what it never shows, so that it can show a deviation, and not that there is none; empty for nothing.
        is_timed: whether it takes parts of a second.
    """

    happened: Callable[[Sequence[Exchange]], bool] | None = None
    missing: str = ""
    unseen: str = ""
    is_timed: bool = False


def _is_over(exchanges: Sequence[Exchange]) -> bool:
    """Whether a time that Retry-After named is over before the capture ends, or was cut short."""
    last = max((one.started.timestamp() for one in exchanges), default=0.0)
    waits_over = any(last >= ended(one) + seconds for one, seconds in retries.waits(exchanges))
    return waits_over or retries.comes_back_too_early(exchanges) is not None


def _goes_on_after_a_refusal(exchanges: Sequence[Exchange]) -> bool:
    refused = api.refused_single_access(exchanges)
    return refused is not None and bool(after(exchanges, refused))


def _is_repeated(exchanges: Sequence[Exchange]) -> bool:
    """Whether a token was asked for after 403 Bad_OAuth_Token, and the call made again: else it may be over."""
    refused = api.bad_token(exchanges)
    renewal = next((one for one in after(exchanges, refused) if is_token_request(one)), None) if refused else None
    if refused is None or renewal is None:
        return False
    return any(path_of(one.request) == path_of(refused.request) for one in after(exchanges, renewal))


TOLD: Mapping[str, Scope] = {
    **dict.fromkeys(("TIU-01", "CCC-13", "ROC-10", "FIC-05", "PCX-09"), Scope()),
    "TIU-02": Scope(),
    "TIU-03": Scope(_goes_on_after_a_refusal, "holds no refused call of single access, and traffic after it"),
    "TIU-04": Scope(
        _is_repeated, "holds no 403 Bad_OAuth_Token of single access with a token request and the same call after it"
    ),
    "TIU-05": Scope(unseen="whether the URL was printed or stored"),
    "TIU-06": Scope(),
    "TIU-07": Scope(),
    **dict.fromkeys(
        ("TIU-10", "PCX-11", "FIC-07"),
        Scope(_is_over, "holds no 429 or 503 with a Retry-After, and traffic until that time is over", is_timed=True),
    ),
    "CCC-16": Scope(
        lambda exchanges: _is_over(token_requests.token_requests(exchanges)),
        "holds no 429 or 503 of the token endpoint with a Retry-After, and a token request after it",
        is_timed=True,
    ),
    "CCC-02": Scope(),
    "CCC-03": Scope(unseen="which values were meant"),
    **dict.fromkeys(
        ("FIC-03", "PCX-13"),
        Scope(
            lambda exchanges: bool(files.followed(exchanges)), "holds no redirect to another origin that was followed"
        ),
    ),
    **dict.fromkeys(
        ("CCC-14", "TIU-15"),
        Scope(
            lambda exchanges: bool(token_requests.led_elsewhere(exchanges)),
            "holds no redirect of a token request to another origin, and traffic after it",
        ),
    ),
}
"""What exchanges decide, wherever they come from."""

_OUTPUT = "a capture shows neither output nor files nor the arguments of processes"
_TRIES = "a capture does not say which calls belong to one piece of work, so the tries of one call can't be counted"
_SETTINGS = "a capture does not say which parameters and credentials were configured"
_STRANGER = "a capture holds no certificate of a stranger, and what the client makes of it"
_OTHERS = "it takes scenarios in which things go wrong, and what the client makes of them"
_REASONS: Mapping[str, str] = {
    **dict.fromkeys(
        ("TIU-08", "TIU-09", "CCC-07", "CCC-08", "ROC-03", "ROC-07", "ROC-09", "FIC-04", "PCX-08"), _OUTPUT
    ),
    **dict.fromkeys(("TIU-11", "TIU-13", "CCC-04", "CCC-10", "CCC-11", "CCC-17", "TIU-14", "PCX-12", "FIC-08"), _TRIES),
    **dict.fromkeys(("CCC-01", "CCC-05", "CCC-12"), _SETTINGS),
    **dict.fromkeys(("TIU-12", "CCC-15", "ROC-11", "PCX-10", "FIC-06"), _STRANGER),
}


def why_untold(identifier: str) -> str:
    """Why no capture tells anything of a requirement; empty where one can."""
    return "" if identifier in TOLD else _REASONS.get(identifier, _OTHERS)
