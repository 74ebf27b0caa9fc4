"""What a client is put through, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.reference.counterpart.world import Fault
    from conformance.suites.clients.stage import Certificate, Stage, Step


def nothing(stage: Stage) -> None:
    """Leave all as it is."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that happens to a client.

    Attributes:
        name: its short, permanent name.
        says: what happens, as a clause.
        faults: what goes wrong at the org; where an address of the stage is needed, a function of it.
        prepare: what is done before the client runs.
        turns: how often the client is run.
        between: what is done before each further run.
        spare: how many of the last runs are left out once the client is done.
        is_done: whether it is.
        restarts: whether a client that goes on running is stopped before each further run.
        certificate: whose certificate the org shows: none, one of the authority of the run, a stranger's, or one of the
            authority for another host.
        variables: further variables of the client's environment.
    """

    name: str
    says: str
    faults: Sequence[Fault] | Callable[[Stage], Sequence[Fault]] = ()
    prepare: Step = nothing
    turns: int = 1
    between: Step = nothing
    spare: int = 0
    is_done: Callable[[Stage], bool] = lambda stage: False
    restarts: bool = False
    certificate: Certificate = "none"
    variables: Mapping[str, str] | Callable[[Stage], Mapping[str, str]] = field(default_factory=dict)

    def goes_on(self, stage: Stage) -> bool:
        """Whether the client is run once more."""
        return stage.turn < self.turns and not (stage.turn >= self.turns - self.spare and self.is_done(stage))

    def faults_at(self, stage: Stage) -> Sequence[Fault]:
        """The faults at a stage."""
        return self.faults(stage) if callable(self.faults) else self.faults

    def environment(self, stage: Stage) -> Mapping[str, str]:
        """The further variables at a stage."""
        return self.variables(stage) if callable(self.variables) else self.variables


PLAIN = Scenario("plain", "nothing goes wrong")
TRUSTED = Scenario("trusted", "the org shows a certificate of the run's own authority", certificate="trusted")
STRANGE = Scenario("strange", "the org shows a certificate of a stranger", certificate="strange")
MISNAMED = Scenario("misnamed", "the org shows a certificate for another host", certificate="misnamed")
