"""What a waiver or a dialect covers: the deviations that it names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.config.waivers import Waiver
from conformance.judging.telling import told
from conformance.judging.verdict import JOINT, Case, Part, by_gravity
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.config.presets import KnownAnswer, Preset
    from conformance.judging.verdict import Verdict


def _names_of(case: Case, found: Case | Part) -> tuple[str, ...]:
    """The names under which a waiver may cover a deviation: those of the case, of the value and of what it is in."""
    return (case.case, *((found.name, *found.name.split(JOINT)) if isinstance(found, Part) else ()))


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
