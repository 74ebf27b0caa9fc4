"""Several statements as one: those of a fleet, and those of the parts that one run was divided into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.judging.statement_building import state

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.judging.statement import Statement
    from conformance.judging.statement_contents import StatedTarget
    from conformance.judging.verdict import Verdict


def merged(statements: Mapping[Path, Statement]) -> Statement:
    """One statement of all: their targets side by side, and the requirements of one target together.

    Args:
        statements: at least one, by their files.

    Raises:
        UsageProblem: they judge by different profiles, or two of them judge one requirement on one target.
    """
    (first_file, first), *others = statements.items()
    if not others:
        return first
    problems = [
        f"{file}: judged by {_basis(one)}, and {first_file} by {_basis(first)}; use seasonproof matrix or diff"
        for file, one in others
        if _basis(one) != _basis(first)
    ]
    targets: dict[str, StatedTarget] = {}
    verdicts: dict[str, list[Verdict]] = {}
    origins: dict[tuple[str, str], Path] = {}
    requests: dict[str, int] = {}
    for file, statement in statements.items():
        for target in statement.header.targets:
            targets.setdefault(target.name, target)
            verdicts.setdefault(target.name, []).extend(statement.of(target.name))
            result = statement.result(target.name)
            requests[target.name] = requests.get(target.name, 0) + ((result.requests if result else None) or 0)
            for verdict in statement.of(target.name):
                earlier = origins.setdefault((target.name, verdict.requirement.id), file)
                if earlier != file:
                    way_out = "seasonproof history shows several runs of one target"
                    problems.append(f"{file}: {target.name} is in {earlier} too; {way_out}")
    if problems:
        raise UsageProblem(list(dict.fromkeys(problems)))
    footers = [statement.footer for statement in statements.values()]
    known = {requirement.id: requirement for one in statements.values() for requirement in one.requirements}
    ends = [footer.ended if footer is not None else first.header.started for footer in footers]
    header = first.header.model_copy(
        update={"targets": tuple(targets.values()), "started": min(one.header.started for one in statements.values())}
    )
    kept = [footer for footer in footers if footer is not None]
    whole = state(
        header,
        list(known.values()),
        verdicts,
        ended=max(ends),
        requests=requests,
        unused_waivers=tuple(line for footer in kept for line in footer.unused_waivers),
        left=tuple(line for footer in kept for line in footer.left),
        broken=tuple(dict.fromkeys(line for footer in kept for line in footer.broken)),
        better=tuple(line for footer in kept for line in footer.better),
    )
    return whole if len(kept) == len(footers) else whole.model_copy(update={"footer": None})


def _basis(statement: Statement) -> str:
    profile, strict = statement.header.profile, ", strictly" if statement.header.strict else ""
    return f"{profile.name} {profile.digest[:12]}{strict}"
