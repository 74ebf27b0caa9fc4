"""What a waiver or a dialect covers: the deviations that it names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.config.baseline import BaselineEntry
from conformance.config.waivers import Waiver
from conformance.judging.tried_values import told
from conformance.judging.verdict import JOINT, Case, Part, by_gravity
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.config.presets import KnownAnswer, Preset
    from conformance.judging.verdict import Verdict


def _names_of(case: Case, found: Case | Part) -> tuple[str, ...]:
    """The names under which a waiver may cover a deviation: those of the case, of the value and of what it is in."""
    if not isinstance(found, Part):
        return (case.case,)
    return (case.case, found.name, f"{case.case}{JOINT}{found.name}", *found.name.split(JOINT))


def waived(case: Case, waiver: Waiver) -> Case:
    """The case with every deviation that the waiver covers shown as waived. The gravest of the others counts."""
    return _waived_where(case, lambda found: waiver.covers(*_names_of(case, found)))


def waived_by_dialect(case: Case, preset: Preset) -> Case:
    """The case with every deviation that the product is known for shown as waived."""
    known = _known(preset, case.requirement)
    return _waived_where(case, lambda found: any(one.matches(found.judgement, found.message) for one in known))


def waiver_by_dialect(preset: Preset, requirement: str, target: str) -> Waiver | None:
    """What the product is known for, as a waiver without an end; None where it is known for nothing."""
    known = _known(preset, requirement)
    said = " ".join(dict.fromkeys([*(one.answer for one in known), *(one.source for one in known)]))
    file = f"profiles/providers/{preset.provider}.yaml"
    return Waiver(requirement, target, said, f"the dialect of {preset.title}", "", file=file) if said else None


def _known(preset: Preset, requirement: str) -> list[KnownAnswer]:
    return [answer for answer in preset.dialect if answer.requirement == requirement]


def _waived_where(case: Case, covers: Callable[[Case | Part], bool]) -> Case:
    if not case.parts:
        return replace(case, outcome=Outcome.WAIVED) if case.outcome.is_deviation and covers(case) else case
    parts = by_gravity(
        replace(part, outcome=Outcome.WAIVED) if part.outcome.is_deviation and covers(part) else part
        for part in case.parts
    )
    first = parts[0]
    return replace(
        case,
        outcome=first.outcome,
        message=told(parts, case.values),
        advice=first.advice,
        judgement=first.judgement,
        exchanges=first.exchanges,
        parts=parts,
    )


def unused(waivers: Iterable[Waiver], verdicts: Iterable[Verdict]) -> list[str]:
    """What is wrong with waivers that waived nothing, one line each.

    Args:
        waivers: as they were loaded.
        verdicts: those of all targets of the run. Where a requirement was not selected, or came to no judgement for
            a passing reason (inconclusive, throttled, harness error), nothing is said against its waiver.
    """
    known = {(verdict.target, verdict.requirement.id): verdict for verdict in verdicts}
    lines = []
    for waiver in waivers:
        verdict = known.get((waiver.target, waiver.id))
        reasons = _is_not_needed(waiver, verdict) if verdict is not None else ()
        lines += [f"{waiver.file}:{waiver.line}: {waiver.id} on {waiver.target}: {why}; delete it" for why in reasons]
    return lines


def no_longer(baseline: Iterable[Waiver], verdicts: Iterable[Verdict]) -> list[str]:
    """The entries of a baseline that deviate no more, such as `SAB-01 on acme` or `SAB-01 on acme: get`.

    Args:
        baseline: its entries, as waivers.
        verdicts: those of all targets of the run; of what was not judged nothing is said.
    """
    known = {(verdict.target, verdict.requirement.id): verdict for verdict in verdicts}
    found = []
    for entry in baseline:
        verdict = known.get((entry.target, entry.id))
        name = f"{entry.id} on {entry.target}"
        if verdict is not None and verdict.outcome is Outcome.PASSED:
            found.append(name)
        elif verdict is not None and (verdict.outcome is Outcome.WAIVED or verdict.outcome.is_deviation):
            deviating = {one for case in verdict.cases for one in _waived_names(case)}
            found += [f"{name}: {one}" for one in entry.cases if one not in deviating]
    return found


def accepted_now(
    verdicts: Iterable[Verdict], waivers: Iterable[Waiver], baseline: Iterable[BaselineEntry]
) -> list[BaselineEntry]:
    """What a baseline has to hold after a run: what fails or warns now, and what the run said nothing of.

    Args:
        verdicts: those of all targets, judged without the baseline.
        waivers: what is accepted until a day, and so is not taken into it.
        baseline: the former entries.
    """
    verdicts = list(verdicts)
    judged = {(v.target, v.requirement.id) for v in verdicts if _is_judged(v)}
    waived_ones = {(waiver.target, waiver.id) for waiver in waivers}
    kept = [entry for entry in baseline if (entry.target, entry.id) not in judged]
    for verdict in verdicts:
        failing = [one for one in verdict.findings if one.outcome in (Outcome.FAILED, Outcome.WARNED)]
        if failing and (verdict.target, verdict.requirement.id) not in waived_ones:
            names = tuple(one.name for one in failing if one.name)
            kept.append(BaselineEntry(id=verdict.requirement.id, target=verdict.target, cases=names))
    return kept


def _is_judged(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.PASSED or verdict.outcome.is_deviation


def _is_not_needed(waiver: Waiver, verdict: Verdict) -> Iterator[str]:
    if why := _WAIVED_NOTHING.get(verdict.outcome):
        yield why
    elif verdict.outcome is Outcome.WAIVED or verdict.outcome.is_deviation:
        deviating = {name for case in verdict.cases for name in _waived_names(case)}
        for name in waiver.cases:
            if name not in deviating:
                yield f"nothing that is called {name!r} deviates"


def _waived_names(case: Case) -> Iterator[str]:
    for part in case.parts:
        if part.outcome is Outcome.WAIVED:
            yield from _names_of(case, part)
    if case.outcome is Outcome.WAIVED:
        yield from _names_of(case, case)


_WAIVED_NOTHING = {
    Outcome.PASSED: "the requirement passed, so the waiver is not needed",
    Outcome.NOT_TESTED: "the requirement was not tested, so the waiver waives nothing",
    Outcome.NOT_APPLICABLE: "the requirement is not applicable, so the waiver waives nothing",
}
