"""How a statement is made: the header when a run begins, the verdicts and the footer when it ends."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Any

from conformance.config.fleet import first_problem
from conformance.judging.statement import FORMAT, Footer, Header, StatedResult, StatedVerdict, Statement, totals_of
from conformance.judging.statement_contents import StatedFamily, StatedProfile, StatedRequirement, StatedTarget
from conformance.judging.verdict import RunVerdict, Verdict, inferred_deviations, judge, left_open, sum_up
from conformance.judging.waiving import no_longer, unused
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.config.profile import Profile
    from conformance.judging.run import Run

_CLIENTS = frozenset({"api_client", "token_client", "rotation_client", "file_client", "polling_client"})

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
            owner=run.owner(name),
            labels=run.labels(name),
            selected=sum(target == name for target, _ in wanted),
        )
        for name in names
    ]
    header = header_of(
        stated_profile(run.profile),
        targets,
        run=run.identifier,
        started=started,
        depth=run.options.depth,
        seed=seed,
        strict=run.options.strict,
        selection=str(run.options.selection),
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
    all_of_them = [one for those in verdicts.values() for one in those]
    return state(
        header.model_copy(update={"targets": targets}),
        tuple(requirement for requirement in requirements if requirement.id in judged),
        verdicts,
        ended=at,
        requests=requests,
        unused_waivers=tuple(unused(run.waivers, all_of_them)),
        left=tuple(run.left),
        broken=tuple(f"{path}: {first_problem(path, said)}" for path, said in run.broken.items()),
        baseline=run.options.baseline or "",
        better=tuple(no_longer(run.baseline, all_of_them)),
    )


def stated_profile(profile: Profile) -> StatedProfile:
    """What a statement says of a profile."""
    return StatedProfile(
        name=profile.name,
        title=profile.title,
        release=profile.release,
        digest=profile.digest,
        families=tuple(StatedFamily(family=family.family, title=family.title) for family in profile.families),
        requirements=dict(Counter(requirement.role for requirement in profile.requirements)),
    )


def header_of(
    profile: StatedProfile | Mapping[str, Any],
    targets: Sequence[StatedTarget],
    *,
    run: str,
    started: datetime,
    kind: str = "suites",
    **more: Any,
) -> Header:
    """The header of a run.

    Args:
        profile: what is asked for.
        targets: what is known of each target.
        run: its identifier.
        started: when it began, in UTC.
        kind: what kind of run it is; a run of suites on roles of clients alone is one of clients.
        more: depth, seed, strict and selection.
    """
    if kind == "suites" and all(set(target.roles) <= _CLIENTS for target in targets):
        kind = "clients"
    dependencies = dict(_dependencies())
    given = {
        "kind": kind,
        "run": run,
        "suite": _suite(),
        "python": platform.python_version(),
        "profile": profile,
        "targets": tuple(targets),
        "dependencies": dependencies,
        "dependencies_digest": _digest(dependencies),
        "started": started,
    }
    return Header.model_validate({**given, **more})


def requirements_of(
    profile: Profile, chosen: Container[str], proofs: Mapping[str, Sequence[str]] | None = None
) -> list[StatedRequirement]:
    """The requirements that were chosen on any target, in the profile's order.

    Args:
        profile: what is asked for.
        chosen: the ids of what is judged.
        proofs: the names of the faults that each requirement catches.
    """
    return [
        StatedRequirement(
            **requirement.model_dump(exclude={"needs", "parameters", "sources"}),
            sources=requirement.sources,
            digest=requirement.digest,
            proofs=tuple((proofs or {}).get(requirement.id, ())),
        )
        for requirement in profile.requirements
        if requirement.id in chosen
    ]


def state(
    header: Header,
    requirements: Sequence[StatedRequirement],
    verdicts: Mapping[str, Iterable[Verdict]],
    *,
    ended: datetime,
    requests: Mapping[str, int] | None = None,
    **more: Any,
) -> Statement:
    """The statement of a run that came to its end.

    Args:
        header: what was known before.
        requirements: all that were chosen.
        verdicts: those on each target, in the profile's order.
        ended: when it ended, in UTC.
        requests: how many requests were sent to each target; None where nothing is sent.
        more: what else the footer says.
    """
    by_id = {requirement.id: requirement for requirement in requirements}
    names = [target.name for target in header.targets]
    known = {name: list(verdicts[name]) for name in names}
    targets = tuple(target.model_copy(update={"selected": len(known[target.name])}) for target in header.targets)
    results = []
    for name in names:
        roles = frozenset(next(target.roles for target in targets if target.name == name))
        on_it = [sum_up(by_id[v.requirement.id], name, v.cases, v.waiver) for v in known[name]]
        found = judge(on_it, roles, strict=header.strict)
        results.append(
            StatedResult(
                target=name,
                verdict=found,
                sentence=sentence(header, name, found, on_it, roles),
                totals=totals_of(on_it),
                open=tuple(one.requirement.id for one in left_open(on_it, roles)),
                requests=None if requests is None else requests.get(name, 0),
            )
        )
    seconds = round((ended - header.started).total_seconds(), 3)
    return Statement(
        statement=FORMAT,
        header=header.model_copy(update={"targets": targets}),
        requirements=tuple(requirements),
        verdicts=tuple(_stated(verdict, ended.date()) for name in names for verdict in known[name]),
        footer=Footer(ended=ended, seconds=seconds, results=tuple(results), **more),
    )


def sentence(header: Header, name: str, found: RunVerdict, verdicts: Sequence[Verdict], roles: frozenset[str]) -> str:
    """The verdict on a target, as a sentence for people: are we ready?"""
    release = header.profile.release.partition(" (")[0]
    total = sum(count for role, count in header.profile.requirements.items() if role in roles)
    is_whole = len(verdicts) == total
    failing = {Outcome.FAILED, Outcome.WARNED} if header.strict else {Outcome.FAILED}
    failed = sum(verdict.outcome in failing for verdict in verdicts)
    warned = 0 if header.strict else sum(verdict.outcome is Outcome.WARNED for verdict in verdicts)
    waived = sum(verdict.outcome is Outcome.WAIVED for verdict in verdicts)
    counted = [_many(warned, "warning")] if warned else []
    counted += [_many(waived, "accepted deviation")] if waived else []
    inferred = len(inferred_deviations(verdicts))
    of = "an inferred requirement" if inferred == 1 else "inferred requirements"
    counted += [f"{_many(inferred, 'deviation')} of {of}"] if inferred else []
    beside = f", with {' and '.join(counted)}" if counted else ""
    scope = "" if is_whole else f" Only {len(verdicts)} of {total} requirements were chosen."
    if found is RunVerdict.NOT_CONFORMANT:
        return f"{name} is not ready for {release}: {_many(failed, 'requirement')} failed{beside}.{scope}"
    if found is RunVerdict.INCOMPLETE:
        opened = len(left_open(verdicts, roles))
        why = f"{_many(opened, 'requirement')} could not be judged" if opened else "nothing was tested"
        return f"Nobody knows whether {name} is ready for {release}: {why}{beside}.{scope}"
    if is_whole:
        return f"{name} is ready for {release}{beside}."
    return f"{name} passed a part of {release}{beside}, which says nothing of the rest.{scope}"


# ------------------------------------------------------------------ details


def _stated(verdict: Verdict, today: date) -> StatedVerdict:
    waiver = verdict.waiver
    left = (date.fromisoformat(waiver.until) - today).days if waiver is not None and waiver.until else None
    return StatedVerdict(
        target=verdict.target,
        requirement=verdict.requirement.id,
        outcome=verdict.outcome,
        cases=verdict.cases,
        waiver=waiver,
        days_left=left,
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@cache
def _suite() -> str:
    return f"seasonproof {version('seasonproof')}"


@cache
def _dependencies() -> Mapping[str, str]:
    """The versions of the packages that the suite names, as they are installed. Each is a file to read."""
    found = {}
    for line in requires("seasonproof") or ():
        name = re.match(r"[\w.-]+", line)[0]  # type: ignore[index] # it begins with a name
        with suppress(PackageNotFoundError):  # an extra that is not installed
            found[name] = version(name)
    return dict(sorted(found.items()))


def _digest(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
