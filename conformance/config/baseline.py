"""A baseline: the deviations that were there when somebody began. They are accepted, and new ones fail."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import Field

from conformance.config.field_types import FileModel
from conformance.config.profile_files import RequirementId
from conformance.config.waivers import Waiver, Words
from conformance.documents import Problem, UsageProblem, check, read

if TYPE_CHECKING:
    from conformance.config.profile import Profile

_HEAD = (
    "# Deviations that were there when this file was written: pytest --baseline, and --update-baseline to renew it\n"
)


class BaselineEntry(FileModel):
    """A requirement from which a target deviated."""

    id: RequirementId = Field(description="The requirement.")
    target: Words = Field(description="The name of the target.")
    cases: tuple[Words, ...] = Field(
        default=(), description="The cases and the values that deviated; none where the requirement has one case."
    )


class BaselineFile(FileModel):
    """A baseline as it is in its file."""

    baseline: Literal[1] = Field(description="The version of the format.")
    profile: Annotated[str, Field(min_length=1, description="The profile that was run.")]
    written: date = Field(description="The day.")
    accepted: tuple[BaselineEntry, ...] = Field(description="The deviations that were there on that day.")


def load_baseline(path: str, profile: Profile, targets: Collection[str]) -> tuple[Waiver, ...]:
    """The deviations of a baseline as waivers without an end. What is of other targets is left out.

    Args:
        path: where it is; messages call it so.
        profile: the profile of the run.
        targets: the names of the run's targets.

    Raises:
        UsageProblem: it cannot be read, has errors, or is of another profile.
    """
    if not Path(path).exists():
        raise UsageProblem([f"{path}: no such file; --update-baseline writes it with the deviations of today"])
    document = read(path)
    file = check(document, BaselineFile)
    known = {requirement.id for requirement in profile.requirements}
    problems: list[Problem] = []
    if file.profile != profile.name:
        text = f"is of the profile {file.profile}, and the run is of {profile.name}; write another one"
        problems.append((("profile",), text))
    else:
        problems += [
            (("accepted", position, "id"), f"the profile {profile.name} has no requirement {entry.id}; delete it")
            for position, entry in enumerate(file.accepted)
            if entry.id not in known
        ]
    document.refuse(problems)
    reason = f"in the baseline of {file.written.isoformat()}"
    return tuple(
        Waiver(entry.id, entry.target, reason, path, "", document.line(("accepted", position)), path, entry.cases)
        for position, entry in enumerate(file.accepted)
        if entry.target in targets
    )


def entries_of(path: str) -> tuple[BaselineEntry, ...]:
    """The entries of a baseline; none while the file does not exist.

    Raises:
        UsageProblem: it cannot be read or has errors.
    """
    return check(read(path), BaselineFile).accepted if Path(path).exists() else ()


def write_baseline(path: str, profile: Profile, today: date, entries: Iterable[BaselineEntry]) -> int:
    """Write a baseline; returns how many entries it has.

    Raises:
        UsageProblem: the file cannot be written.
    """
    file = BaselineFile(baseline=1, profile=profile.name, written=today, accepted=tuple(entries))
    plain = file.model_dump(mode="json", exclude_defaults=True)
    plain["written"] = today
    try:
        Path(path).write_text(_HEAD + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), "utf-8")
    except OSError as error:
        raise UsageProblem([f"{path}: cannot be written: {error.strerror}"]) from None
    return len(file.accepted)
