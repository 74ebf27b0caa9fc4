"""What a run would do to its targets, said before it is done: nothing is sent for it, and no secret is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.config.target import role_names
from conformance.judging.applicability import what_prevents
from conformance.reporting.effort import effort
from conformance.reporting.terminal import WIDTH, Line, rows

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.profile_files import Effect
    from conformance.config.target import Target
    from conformance.judging.run import Run

_BOLD = {"bold": True}


def plan(run: Run, selected: set[tuple[str, str]], verbosity: int = 0, width: int = WIDTH) -> list[Line]:
    """The plan of a run, role by role of each target alone.

    Args:
        run: the run.
        selected: the (target, requirement id) pairs that would be judged.
        verbosity: pytest's: 1 names each requirement with what its test does.
        width: how many characters a line of the screen has.
    """
    lines: list[Line] = []
    for name in run.target_names:
        target = run.target(name)
        chosen = [requirement for requirement in run.profile.requirements if (name, requirement.id) in selected]
        lines.append(Line(f"plan for {name} ({run.address(name)})", _BOLD, "="))
        for role in role_names():
            if of_role := [requirement for requirement in chosen if requirement.role == role]:
                lines += _of_role(run, target, role, of_role, verbosity)
        lines += [Line(""), Line(run.bounds(name), indent=2)]
        costs = effort((requirement.id for requirement in chosen), run.choices.depth).requests
        if name not in run.embedded_names and costs > target.limits.requests:
            text = (
                f"about {_round(costs):,} requests may be needed, and limits.requests allows {target.limits.requests:,}"
            )
            lines.append(Line(f"{text}: what comes after them is not tested", {"yellow": True}, indent=2))
    lines.append(Line("nothing was sent", _BOLD))
    return [part for line in lines for part in line.fitted(min(width, WIDTH))]


def _of_role(run: Run, target: Target, role: str, chosen: list[Requirement], verbosity: int) -> Iterator[Line]:
    may_destroy, model = run.may_destroy(target.name), target.role(role)
    prevented = {one.id: what_prevents(target, one, one.needs, may_destroy=may_destroy) for one in chosen}
    denied = {one.id: claim for one in chosen if (claim := _denial(target, one)) and prevented[one.id] is None}
    tested = [one for one in chosen if prevented[one.id] is None and one.id not in denied]
    yield Line("")
    yield Line(f"{role}: {_amount(len(tested), run, tested, model.creates)}", _BOLD, indent=2)
    yield Line(f"  to {', '.join(model.addresses)}", indent=5)
    counts = Counter(effect for one in tested for effect in one.effects)
    if counts:
        yield Line(
            f"  by tests of which {', '.join(f'{count} {_DOES[effect]}' for effect, count in counts.items())}", indent=5
        )
    if verbosity > 0:
        yield from (Line(f"    {one.id}  {', '.join(one.effects):<16}  {one.title}", indent=26) for one in tested)
    if stopped := [(identifier, why.advice) for identifier, why in prevented.items() if why is not None]:
        musts = sum(one.level == "must" and one.basis != "inferred" for one in chosen if prevented[one.id] is not None)
        needed = f"{musts} of them needed for a verdict" if musts else "none of them needed for a verdict"
        yield Line(f"  not tested: {len(stopped)} requirements, {needed}, for want of", indent=4)
        yield from rows(stopped, 4)
    if denied:
        yield Line(
            f"  not applicable: {len(denied)} requirements, if nothing is seen of what the file says is absent",
            indent=4,
        )
        yield from rows(denied.items(), 4)


def _effects(requirements: list[Requirement]) -> Counter[Effect]:
    return Counter(effect for requirement in requirements for effect in requirement.effects)


_DOES: dict[Effect, str] = {"reads": "read", "creates": "create", "rotates": "rotate", "deletes": "delete"}


def _amount(count: int, run: Run, tested: list[Requirement], creates: str) -> str:
    costs = effort((one.id for one in tested), run.choices.depth)
    about = [f"about {_round(costs.requests):,} requests"] if costs.requests else []
    if costs.creations:
        about.append(f"{_round(costs.creations):,} {creates}, which are removed again")
    if costs.unknown:
        about.append(f"{costs.unknown} requirements of unknown effort")
    return f"{count} requirements will be tested" + (f", with {' and '.join(about)}" if about else "")


def _round(count: int) -> int:
    """Two digits: more would say that it is known."""
    return count if count < 100 else round(count, 2 - len(str(count)))


def _denial(target: Target, requirement: Requirement) -> str:
    role = target.role(requirement.role)
    return next((denial[1] for name in requirement.needs if (denial := role.denial_of(name)) is not None), "")
