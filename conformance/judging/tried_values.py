"""What a case reports of the values that it tried."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.judging.verdict import Part
from conformance.rules.outcome import Outcome

IN_SCENARIO = "\nin the scenario "
"""What parts what is wrong with a client from the scenario in which it was seen."""

_TOLD = 5  # values whose findings are told


def told(parts: Sequence[Part], values: int) -> str:
    """What was found at which of how many values: a summary, and a line for each of the first few."""
    counts = []
    for what, found in (
        ("deviate", [part.name for part in parts if part.outcome.is_deviation]),
        ("are waived", [part.name for part in parts if part.outcome is Outcome.WAIVED]),
        ("could not be judged", [part.name for part in parts if not _deviates_or_is_waived(part)]),
    ):
        if found:
            counts.append(f"{len(found)} of {values} {what}: {', '.join(found)}")
    lines = [f"{part.name}: {part.message}" for part in parts[:_TOLD]]
    more = [f"and {len(parts) - _TOLD} more"] if len(parts) > _TOLD else []
    return "\n".join(["; ".join(counts), *lines, *more])


def _deviates_or_is_waived(part: Part) -> bool:
    return part.outcome.is_deviation or part.outcome is Outcome.WAIVED
