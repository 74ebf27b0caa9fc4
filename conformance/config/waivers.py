"""Waivers: deviations that somebody accepts, with a reason, an owner and a last day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from conformance.config.profile import Profile
from conformance.config.profile_files import RequirementId
from conformance.documents import Problem, check, did_you_mean, read

type Words = Annotated[str, Field(min_length=1)]


class WaiverEntry(BaseModel):
    """One accepted deviation as it stands in a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: RequirementId = Field(description="The requirement that is deviated from.")
    target: Words = Field(description="The name of the target that deviates.")
    reason: str = Field(min_length=10, description="Why that is accepted for now.")
    owner: Words = Field(description="Who answers for it.")
    until: date = Field(description="The last day on which it holds, such as 2026-03-31.")
    cases: tuple[Words, ...] = Field(
        default=(),
        description="The cases and the values that may deviate, as the report names them; without it, all of them.",
    )


class WaiverFile(BaseModel):
    """A file of waivers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waivers: tuple[WaiverEntry, ...] = Field(description="The accepted deviations, each with who answers for it.")


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted deviation: it shows as `waived` until its date, with reason and owner, and never as passed.

    Attributes:
        id: the requirement.
        target: the target's name.
        reason: why it is accepted.
        owner: who answers for it.
        until: an ISO date, the last day on which it holds.
        line: where it stands in its file.
        file: the file, as it was named.
        cases: the cases and the values that it covers, by name; all deviations of the requirement where it names none.
    """

    id: str
    target: str
    reason: str
    owner: str
    until: str
    line: int = 0
    file: str = "waivers.yaml"
    cases: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """Until when, by whom and why, in one line."""
        end = f"until {self.until} by {self.owner}" if self.until else f"by {self.owner}"
        return f"{end}: {self.reason}"

    def covers(self, *names: str) -> bool:
        """Whether it covers a deviation in a case or at a value of these names."""
        return not self.cases or any(name in self.cases for name in names)


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
    problems: list[Problem] = []
    waivers: list[Waiver] = []
    for position, entry in enumerate(file.waivers):
        at = ("waivers", position)
        if entry.id not in known:
            hint = did_you_mean(entry.id, sorted(known))
            problems.append(((*at, "id"), f"the profile {profile.name} has no requirement {entry.id}; {hint}"))
        if entry.target not in targets:
            hint = did_you_mean(entry.target, list(targets))
            problems.append(((*at, "target"), f"no target of this run is called {entry.target}; {hint}"))
        if entry.until < today:
            text = f"the waiver ended on {entry.until}; fix {entry.id} on {entry.target}, or agree on a later day"
            problems.append(((*at, "until"), text))
        earlier = first.setdefault((entry.target, entry.id), position)
        if earlier != position:
            line = document.line(("waivers", earlier))
            problems.append((at, f"{entry.id} on {entry.target} is waived in line {line} already; keep one of them"))
        until = entry.until.isoformat()
        line = document.line(at)
        waivers.append(Waiver(entry.id, entry.target, entry.reason, entry.owner, until, line, path, entry.cases))
    document.refuse(problems)
    return tuple(waivers)
