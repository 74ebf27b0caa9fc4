"""Which certificates a client accepts as its org's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.rules.flaw import FlawOfKind
from conformance.rules.outcome import Inconclusive
from conformance.suites.clients.scenario import MISNAMED, STRANGE, TRUSTED

if TYPE_CHECKING:
    from conformance.judging.matchers import CaseRecord
    from conformance.suites.clients.answers import Seen
    from conformance.suites.clients.scenario import Scenario


class Shown(Protocol):
    """A client, as far as it is shown certificates."""

    case: CaseRecord

    def through(self, scenario: Scenario) -> Seen:
        """Put it through a scenario."""


def refuses_strangers(client: Shown) -> None:
    """The client calls a server of the authority that it was told of, and neither one whose certificate
    nobody vouches for nor one that shows the certificate of another host.

    A client that nobody can tell of an authority shows by what it breaks off that it verifies certificates.
    """
    trusted = client.through(TRUSTED)
    is_proxied, is_told = bool(trusted.stage.hosts), bool(trusted.exchanges)
    if is_told:
        client.case.control(None, "the client trusts the authority of the run", trusted.last)
    elif trusted.stage.tls_begun and not is_proxied:
        unseen = "whether it looks at the name in a certificate is not seen"
        client.case.note(f"the client refuses the authority of the run too, so {unseen}")
    else:
        why = f"the client made no call by https to a server of the authority of the run; {trusted.how}"
        raise Inconclusive(why, "tell it under client.env whom to trust, by a variable of its own with {ca_file}")
    # A proxy makes each certificate for the host that it is asked for; names matter where the authority is trusted.
    several = (STRANGE, MISNAMED) if is_told and not is_proxied else (STRANGE,)
    for each in client.case.each(several, lambda scenario: scenario.name):
        with each as scenario:
            seen = client.through(scenario)
            text = f"the client sent requests although {scenario.says}"
            flaw = FlawOfKind(scenario.name, text) if seen.exchanges else None
            seen.judge(flaw, "no request at all", "no-stranger")
