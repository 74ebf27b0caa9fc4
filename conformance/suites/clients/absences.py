"""What a client is seen to do although its target file says that it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.rules.clients.api import single_access_calls, token_services
from conformance.rules.clients.calls import path_of
from conformance.rules.clients.files import downloads
from conformance.rules.clients.rotations import deletions
from conformance.rules.clients.token_requests import has_parameters, token_requests
from conformance.suites.clients.parameters import PARAMETERS
from conformance.suites.clients.scenario import PLAIN

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange
    from conformance.judging.applicability import Probe
    from conformance.suites.clients.driver import ClientUnderTest
    from conformance.suites.clients.scenario import Scenario


def _called(find: Callable[[Sequence[Exchange]], Sequence[Exchange]]) -> Probe[ClientUnderTest]:
    """Looks for calls of a kind where nothing goes wrong."""
    return lambda client: _first_call(client, find, PLAIN)


def former_pair_deletion(client: ClientUnderTest) -> str | None:
    """A pair is deleted, at least where that is ordered."""
    from conformance.suites.clients.rotation_scenarios import ORDERED  # with what serves the counterpart

    return _first_call(client, deletions, PLAIN, ORDERED)


def renewal(client: ClientUnderTest) -> str | None:
    """A token is asked for, at least where the one that was given has ended."""
    from conformance.suites.clients.api_scenarios import EXPIRED  # with what serves the counterpart

    return _first_call(client, token_requests, PLAIN, EXPIRED)


def _first_call(
    client: ClientUnderTest, find: Callable[[Sequence[Exchange]], Sequence[Exchange]], *several: Scenario
) -> str | None:
    """The first call of a kind in several scenarios, in words."""
    found = next(filter(None, (find(client.through(scenario).exchanges) for scenario in several)), None)
    return f"the client called {found[0].request.method} {path_of(found[0].request)}" if found else None


PROBES: Mapping[str, Probe[ClientUnderTest]] = {
    "single_access": _called(single_access_calls),
    "downloads": _called(downloads),
    "former_pair_deletion": former_pair_deletion,
    "parameters": _called(lambda exchanges: token_requests(exchanges) if has_parameters(exchanges, PARAMETERS) else ()),
    "renewal": renewal,
    "revocation": _called(token_services),
}
"""What looks for each of them; what nothing looks for cannot be disproved."""
