"""Waivers: deviations that somebody accepts, with a reason, an owner and a last day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from conformance.config.profile import Profile
from conformance.config.profile_files import RequirementId
from conformance.documents import Finding, check, did_you_mean, read
from conformance.judging.verdict import Verdict, Waiver
from conformance.rules.outcome import Outcome

type Words = Annotated[str, Field(min_length=1)]


class WaiverEntry(BaseModel):
    """One accepted deviation as it stands in a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: RequirementId = Field(description="The requirement that is deviated from.")
    target: Words = Field(description="The name of the target that deviates.")
    reason: str = Field(min_length=10, description="Why that is accepted for now.")
    owner: Words = Field(description="Who answers for it.")
    until: date = Field(description="The last day on which it holds, such as 2026-03-31.")


class WaiverFile(BaseModel):
    """A file of waivers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waivers: tuple[WaiverEntry, ...]


@dataclass(frozen=True, slots=True)
class FiledWaiver(Waiver):
    """A waiver that knows the file it stands in."""

    file: str = "waivers.yaml"


def load_waivers(path: str, profile: Profile, targets: Collection[str], today: date) -> tuple[Waiver, ...]:
    """Load a file of waivers.

    Args:
        path: where it is; messages call it so.
        profile: whose requirements may be waived.
        targets: the names of the run's targets.
        today: a waiver holds until the end of its last day.

    Raises:
        UsageProblem: it cannot be read, has errors, names what does not exist, or a waiver has ended; all of them.
    """
    document = read(path)
    file = check(document, WaiverFile)
    known = {requirement.id for requirement in profile.requirements}
    first: dict[tuple[str, str], int] = {}
    findings: list[Finding] = []
    waivers: list[Waiver] = []
    for position, entry in enumerate(file.waivers):
        at = ("waivers", position)
        if entry.id not in known:
            hint = did_you_mean(entry.id, sorted(known))
            findings.append(((*at, "id"), f"the profile {profile.name} has no requirement {entry.id}; {hint}"))
        if entry.target not in targets:
            hint = did_you_mean(entry.target, list(targets))
            findings.append(((*at, "target"), f"no target of this run is called {entry.target}; {hint}"))
        if entry.until < today:
            text = f"the waiver ended on {entry.until}; mend {entry.id} on {entry.target}, or agree on a later day"
            findings.append(((*at, "until"), text))
        earlier = first.setdefault((entry.target, entry.id), position)
        if earlier != position:
            line = document.line(("waivers", earlier))
            findings.append((at, f"{entry.id} on {entry.target} is waived in line {line} already; keep one of them"))
        until = entry.until.isoformat()
        waivers.append(FiledWaiver(entry.id, entry.target, entry.reason, entry.owner, until, document.line(at), path))
    document.refuse(findings)
    return tuple(waivers)


def unused(waivers: Iterable[Waiver], verdicts: Iterable[Verdict]) -> list[str]:
    """What is wrong with waivers that waived nothing, one line each.

    Args:
        waivers: as they were loaded.
        verdicts: those of all targets of the run. Where a requirement was not selected, or came to no judgement for
            a passing reason (inconclusive, throttled, harness error), nothing is said against its waiver.
    """
    outcomes = {(verdict.target, verdict.requirement.id): verdict.outcome for verdict in verdicts}
    lines = []
    for waiver in waivers:
        why = _WAIVED_NOTHING.get(outcomes.get((waiver.target, waiver.id), Outcome.WAIVED))
        if why is not None:
            file = waiver.file if isinstance(waiver, FiledWaiver) else "waivers.yaml"
            lines.append(f"{file}:{waiver.line}: {waiver.id} on {waiver.target}: {why}; delete it")
    return lines


_WAIVED_NOTHING = {
    Outcome.PASSED: "the requirement passed, so the waiver is not needed",
    Outcome.NOT_TESTED: "the requirement was not tested, so the waiver waives nothing",
}
