"""What a run would do to its targets, said before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from conformance.reporting.terminal import Line

if TYPE_CHECKING:
    from conformance.judging.run import Run


def plan(run: Run, test_ids: Iterable[str], selected: set[tuple[str, str]]) -> list[Line]:
    """The plan of a run: nothing is sent for it.

    Args:
        run: the run.
        test_ids: the ids of the tests that would run.
        selected: the (target, requirement id) pairs that would be judged.
    """
    lines = []
    for name in run.target_names:
        chosen = [r for r in run.profile.requirements if (name, r.id) in selected]
        lines.append(Line(f"plan for {name} ({run.address(name)})", {"bold": True}, "="))
        for requirement in chosen:
            effects = ", ".join(requirement.effects)
            declared = (
                "" if requirement.role in run.roles(name) else f"   not tested: role {requirement.role} is not declared"
            )
            lines.append(Line(f"{requirement.id}  {effects:<16}  {requirement.title}{declared}"))
        counts = Counter(effect for requirement in chosen for effect in requirement.effects)
        counted = ", ".join(f"{count} {effect}" for effect, count in counts.items()) or "nothing"
        lines.append(
            Line(f"{len(chosen)} requirements: {counted}; a property is tried with up to {run.examples} examples")
        )
        lines.append(Line(run.bounds(name)))
    lines.append(Line(f"{len(list(test_ids))} tests, nothing sent", {"bold": True}))
    return lines
