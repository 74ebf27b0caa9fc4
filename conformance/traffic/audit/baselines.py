"""Places whose findings somebody accepts: a baseline of what was there before, and an allowlist with reasons and ends.

Both know a finding by its place (rule, host, path template, parameter) and never by its credential.
"""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from conformance.documents import UsageProblem, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.traffic.audit.result import Found

MEMBERS = ("rule", "host", "path_template", "parameter")
_HEAD = "# Places at which findings were there when this file was written: seasonproof audit --baseline\n"


class _Place(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Annotated[str, Field(pattern=r"^(?:[LW][1-9]|\*)$", description="Such as L2, or * for each.")] = "*"
    host: Annotated[str, Field(description="The host; * stands for any text.")] = "*"
    path_template: Annotated[str, Field(description="The path as the report shows it; * stands for any text.")] = "*"
    parameter: Annotated[str, Field(description="The parameter as the report shows it; * stands for any text.")] = "*"

    def covers(self, found: Found) -> bool:
        """Whether this is the place of a finding."""
        wanted = (self.rule, self.host, self.path_template, self.parameter)
        return all(_matches(one, other) for one, other in zip(found.place, wanted, strict=True))


def _matches(text: str, wanted: str) -> bool:
    return text == wanted or ("*" in wanted and fnmatchcase(text, wanted.replace("[", "[[]").replace("?", "[?]")))


class BaselineEntry(_Place):
    """A place that was there before; reason and end may be noted."""

    reason: str = ""
    until: date | str = ""


class BaselineFile(BaseModel):
    """A baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accepted: tuple[BaselineEntry, ...]


class AllowEntry(_Place):
    """A place that somebody accepts until a day."""

    reason: str = Field(min_length=10, description="Why that is accepted.")
    until: date = Field(description="The last day on which it holds, such as 2027-03-31.")


class AllowFile(BaseModel):
    """An allowlist."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[AllowEntry, ...]


def apply_baseline(path: str, found: Iterable[Found]) -> None:
    """Accept the findings at the places of a baseline.

    Raises:
        UsageProblem: the file cannot be read or has errors.
    """
    entries = load(path, BaselineFile).accepted
    exact = {(entry.rule, entry.host, entry.path_template, entry.parameter) for entry in entries}
    wide = [entry for entry in entries if "*" in f"{entry.rule}{entry.host}{entry.path_template}{entry.parameter}"]
    for one in found:
        if one.accepted is None and (one.place in exact or any(entry.covers(one) for entry in wide)):
            one.accepted = "in the baseline"


def apply_allowlist(path: str, found: Iterable[Found], today: date) -> list[str]:
    """Accept the findings at the places of an allowlist.

    Returns:
        What is to be said of entries that have ended or that nothing needs.

    Raises:
        UsageProblem: the file cannot be read or has errors.
    """
    found = list(found)
    said: list[str] = []
    for number, entry in enumerate(load(path, AllowFile).allow, 1):
        covered = [one for one in found if entry.covers(one)]
        name = f"{path}: entry {number} ({entry.rule} {entry.host}{entry.path_template} {entry.parameter})"
        if entry.until < today:
            said.append(f"{name} ended on {entry.until} and accepts nothing any more: renew it or fix its findings")
        elif not covered:
            said.append(f"{name} accepts nothing here: delete it if its finding is fixed")
        else:
            for one in covered:
                one.accepted = one.accepted or f"{entry.reason} (until {entry.until})"
    return said


def write_baseline(path: str, found: Iterable[Found]) -> int:
    """Write the places of findings, each once; returns how many.

    Raises:
        UsageProblem: the file cannot be written.
    """
    return write_places(path, _HEAD, (one.place for one in found))


def write_places(path: str, head: str, places: Iterable[tuple[str, ...]], **further: str) -> int:
    """Write accepted places, each once, as their `MEMBERS`; returns how many.

    Args:
        path: the file.
        head: a comment to begin with.
        places: the values of `MEMBERS`.
        further: members that each entry gets beside them.

    Raises:
        UsageProblem: the file cannot be written.
    """
    entries = [dict(zip(MEMBERS, place, strict=True)) | further for place in dict.fromkeys(places)]
    text = head + yaml.safe_dump({"accepted": entries}, sort_keys=False, allow_unicode=True)
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        raise UsageProblem([f"{path}: {error.strerror or 'cannot be written'}"]) from None
    return len(entries)
