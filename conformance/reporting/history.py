"""Many runs of the same targets: the trend by family, since when each deviation is there, and what is flaky."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.reporting.matrix import verdict_on
from conformance.reporting.sections import Section
from conformance.reporting.view import DEVIATING, why
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.verdict import Verdict

_RUNS = 12  # columns of a trend


def sections(statements: Sequence[Statement]) -> list[Section]:
    """The history of each target, the oldest run first."""
    runs = sorted(statements, key=lambda one: one.header.started)
    names = dict.fromkeys(name for one in runs for name in one.target_names)
    return [
        section for name in names for section in _of_target(name, [one for one in runs if name in one.target_names])
    ]


def headline(statements: Sequence[Statement]) -> str:
    """What the history is of."""
    names = {name for one in statements for name in one.target_names}
    return f"{len(statements)} runs of {len(names)} targets"


def _of_target(name: str, runs: Sequence[Statement]) -> Iterator[Section]:
    shown = runs[-_RUNS:]
    dates = [f"{one.header.started:%Y-%m-%d %H:%M}" for one in shown]
    titles = {f.family: f.title for one in runs for f in one.header.profile.families}
    rows = [(title, *(_passed(one, name, family) for one in shown)) for family, title in titles.items()]
    verdicts = [verdict_on(one, name) for one in shown]
    yield Section(
        title=f"{name}: passed, of what applies",
        head=("family", *dates),
        table=[*(row for row in rows if set(row[1:]) != {"·"}), ("verdict", *verdicts)],
    )
    found = [{verdict.requirement.id: verdict for verdict in one.of(name)} for one in runs]
    last = {identifier: verdict for run in found for identifier, verdict in run.items()}
    deviating = [verdict for verdict in found[-1].values() if verdict.outcome in (*DEVIATING, Outcome.WAIVED)]
    if deviating:
        yield Section(
            title=f"{name}: since when it deviates",
            head=("requirement", "outcome", "since", "why"),
            table=[
                (f"{v.requirement.id} {v.requirement.title}", str(v.outcome), _since(v, runs, found), why(v))
                for v in deviating
            ],
        )
    flaky = [(verdict, _flips(identifier, found)) for identifier, verdict in last.items()]
    if any(flips > 1 for _, flips in flaky):
        yield Section(
            title=f"{name}: what is flaky",
            lines=["An outcome that went to and fro, or that was another one when it was tried again in the same run."],
            head=("requirement", "changes", "of runs"),
            table=[
                (f"{v.requirement.id} {v.requirement.title}", str(flips), str(len(runs)))
                for v, flips in flaky
                if flips > 1
            ],
        )


def _passed(statement: Statement, name: str, family: str) -> str:
    verdicts = [v for v in statement.of(name) if v.requirement.family == family]
    apply = [v for v in verdicts if v.outcome is not Outcome.NOT_APPLICABLE]
    return f"{sum(v.outcome is Outcome.PASSED for v in apply)} of {len(apply)}" if verdicts else "·"


def _since(verdict: Verdict, runs: Sequence[Statement], found: Sequence[dict[str, Verdict]]) -> str:
    """The first of the runs in a row that deviate up to now."""
    since = runs[-1]
    for run, known in zip(reversed(runs), reversed(found), strict=True):
        earlier = known.get(verdict.requirement.id)
        if earlier is not None and earlier.outcome not in (*DEVIATING, Outcome.WAIVED):
            break
        since = run if earlier is not None else since
    return f"{since.header.started:%Y-%m-%d %H:%M}"


def _flips(identifier: str, found: Sequence[dict[str, Verdict]]) -> int:
    """How often an outcome changed from run to run, and inside a run."""
    known = [run[identifier] for run in found if identifier in run]
    between = sum(one.outcome is not other.outcome for one, other in pairwise(known))
    return between + sum(bool(one.unstable) for one in known)
