"""What an Allure result says beside its message, in Markdown: why, the remedy, the sources, how to see it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.http.exchange import Evidence
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.config.profile_files import Source
    from conformance.config.waivers import Waiver
    from conformance.judging.verdict import Case, Judgeable

_WITHOUT_MESSAGE = (Outcome.PASSED, Outcome.WARNED, Outcome.DIFFERS)  # Allure shows the message of no such result


def description(requirement: Judgeable, case: Case, outcome: Outcome, waiver: Waiver | None) -> str:
    """The description of a result.

    Args:
        requirement: what was judged.
        case: what it came to.
        outcome: the same, or a harness error that came afterwards.
        waiver: what waives it; None where nothing does.
    """
    return "\n\n".join([*_of_requirement(requirement, case, outcome, waiver), *_of_case(case, outcome)])


def source_name(source: Source) -> str:
    """A source with the heading that it names."""
    return f"{source.title}, {source.section}" if source.section else str(source.title)


def _of_requirement(requirement: Judgeable, case: Case, outcome: Outcome, waiver: Waiver | None) -> Iterator[str]:
    if case.message and outcome in _WITHOUT_MESSAGE:
        yield f"**{outcome.value.capitalize()}:**\n\n{_fenced(case.message)}"
    if outcome is Outcome.WAIVED and waiver is not None:
        yield f"**Waived:**\n\n{_fenced(waiver.said)}"
    yield f"**Why:** {requirement.rationale}"
    yield f"**Remedy:** {requirement.remedy}"
    sources = (f"[{re.sub(r'([\[\]])', r'\\\1', source_name(s))}]({s.url})" for s in requirement.sources)
    yield "**Sources:** " + "; ".join(sources)
    yield f"**Requirement:** {requirement.level}, {requirement.basis}, for the role `{requirement.role}`"
    yield f"**What its test does to the target:** {', '.join(requirement.effects)}"


def _of_case(case: Case, outcome: Outcome) -> Iterator[str]:
    if case.notes:
        yield f"**Seen:**\n\n{_fenced('\n'.join(case.notes))}"
    if case.missed:
        yield f"**Tries:** {case.missed} of {case.tried} went against it"
    if case.claim:
        yield f"**Claimed by the target's owner:** `{case.claim}`"
    if case.claims:
        claims = "\n".join(f"{name}: {claim}" for name, claim in case.claims)
        yield f"**Not applicable, as the target's owner claims:**\n\n{_fenced(claims)}"
    if case.advice:
        yield f"**{'Way out' if case.claim else 'To test it'}:**\n\n{_fenced(case.advice)}"
    if case.unstable:
        yield f"**Unstable:** {case.unstable}"
    for finding in case.findings if outcome is not Outcome.PASSED else ():
        if finding.exchanges:
            at = f" at {finding.name}" if case.parts else ""
            yield f"**To see it again{at}:**\n\n{_fenced(Evidence.from_json(finding.exchanges[-1]).curl)}"


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
