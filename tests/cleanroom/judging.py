"""What the suites say of a clean-room server."""

from __future__ import annotations

from pathlib import Path

from conformance.rules.outcome import Outcome
from tests.cleanroom.served import ENVIRON, ROLES, served
from tests.suite import run_suite


def assert_conforms(role: str, folder: Path) -> None:
    """At standard depth every requirement is passed, or about something that the target file declares absent."""
    with served(role, folder, "correct") as options:
        result = run_suite(folder, *options, f"--role={role}", "--allow-destructive", environ=ENVIRON)
    assert result.status == 0, result.output
    assert "\ncorrect: conformant with winter26" in result.output
    assert set(result.outcomes["correct"].values()) <= {Outcome.PASSED, Outcome.NOT_APPLICABLE}


def deviations(role: str, folder: Path) -> dict[str, str]:
    """What deviates at quick depth, by fault: the ids of the requirements in their order, with blanks between them."""
    faults = ROLES[role][0].FAULTS
    with served(role, folder, *faults) as options:
        options += [f"--role={role}", "--depth=quick", "--allow-destructive"]
        result = run_suite(folder, *options, environ=ENVIRON)
    assert result.outcomes.keys() == faults.keys(), result.output
    return {fault: " ".join(sorted(r for r, o in result.outcomes[fault].items() if o.is_deviation)) for fault in faults}
