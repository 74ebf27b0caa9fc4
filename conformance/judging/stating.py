"""What a run says of itself in its statement: the header when it begins, the verdicts and the footer when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from conformance.judging.statement import StatedTarget, header_of, requirements_of, state, stated_profile
from conformance.judging.waiving import unused

if TYPE_CHECKING:
    from conformance.judging.run import Run
    from conformance.judging.statement import Header, StatedRequirement, Statement

type Proofs = Mapping[str, Sequence[str]]


def begun(
    run: Run, started: datetime, seed: str, proofs: Proofs | None = None
) -> tuple[Header, list[StatedRequirement]]:
    """The header of a run, and the requirements that it may judge.

    Args:
        run: a run.
        started: when it began, in UTC.
        seed: what chose the examples.
        proofs: the names of the faults that each requirement catches.
    """
    wanted = {(name, one) for name in run.target_names for one in run.wanted if run.concerns(one, name)}
    names = [name for name in run.target_names if name in {target for target, _ in wanted}]
    targets = [
        StatedTarget(
            name=name,
            about=run.address(name),
            roles=tuple(sorted(run.roles(name))),
            digest=run.digest(name),
            selected=sum(target == name for target, _ in wanted),
        )
        for name in names
    ]
    header = header_of(
        stated_profile(run.profile),
        targets,
        run=run.identifier,
        started=started,
        depth=run.choices.depth,
        seed=seed,
        strict=run.choices.strict,
        selection=str(run.choices.selection),
    )
    return header, requirements_of(run.profile, {one for _, one in wanted}, proofs)


def ended(
    run: Run,
    header: Header,
    requirements: Sequence[StatedRequirement],
    requests: Mapping[str, int] | None,
    at: datetime,
) -> Statement:
    """The statement of a run that came to its end.

    Args:
        run: the run.
        header: its header.
        requirements: what it might have judged; what was not selected is left out.
        requests: how many requests were sent to each target; None if nobody counted them.
        at: when it ended, in UTC.
    """
    chosen = {target for target, _ in run.selected}
    targets = tuple(target for target in header.targets if target.name in chosen)
    judged = {one for _, one in run.selected}
    verdicts = {target.name: run.verdicts(target.name) for target in targets}
    return state(
        header.model_copy(update={"targets": targets}),
        tuple(requirement for requirement in requirements if requirement.id in judged),
        verdicts,
        ended=at,
        requests=requests,
        unused_waivers=tuple(unused(run.waivers, [one for those in verdicts.values() for one in those])),
        left=tuple(run.left),
    )
