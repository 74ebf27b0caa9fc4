"""Places whose findings somebody accepts: a baseline of what was there before, and an allowlist with reasons and ends.

Both know a finding by its place: rule, host, path template, parameter. A baseline may know its credential too, by a
keyed hash.
"""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from conformance.documents import MAX_BYTES, UsageProblem, check, load, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.traffic.audit.findings import LocatedFinding
    from conformance.traffic.audit.place_result import PlaceResult

MEMBERS = ("rule", "host", "path_template", "parameter")
_HEAD = "# Places at which findings were there when this file was written: seasonproof audit --baseline\n"


class _Place(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Annotated[str, Field(pattern=r"^(?:[LW][1-9]|\*)$", description="Such as L2, or * for each.")] = "*"
    host: Annotated[str, Field(description="The host; * stands for any text.")] = "*"
    path_template: Annotated[str, Field(description="The path as the report shows it; * stands for any text.")] = "*"
    parameter: Annotated[str, Field(description="The parameter as the report shows it; * stands for any text.")] = "*"

    def covers(self, place: tuple[str, str, str, str]) -> bool:
        """Whether it means this place."""
        wanted = (self.rule, self.host, self.path_template, self.parameter)
        return all(_matches(one, other) for one, other in zip(place, wanted, strict=True))


def _matches(text: str, wanted: str) -> bool:
    return text == wanted or ("*" in wanted and fnmatchcase(text, wanted.replace("[", "[[]").replace("?", "[?]")))


class BaselineEntry(_Place):
    """A place that was there before; reason and end may be noted."""

    reason: str = ""
    until: date | str = ""
    values: Annotated[str, Field(pattern=r"^([0-9a-f]{16}( [0-9a-f]{16})*)?$")] = ""


class BaselineFile(BaseModel):
    """A baseline. Its salt is the key of the values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    salt: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$", description="32 hexadecimal digits.")] = ""
    accepted: tuple[BaselineEntry, ...]


class AllowEntry(_Place):
    """A place that somebody accepts until a day."""

    reason: str = Field(min_length=10, description="Why that is accepted.")
    until: date = Field(description="The last day on which it holds, such as 2027-03-31.")


class AllowFile(BaseModel):
    """An allowlist."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[AllowEntry, ...]


class Baseline:
    """What was there before, looked up by place, and by value where the file has values.

    Args:
        path: the file.

    Raises:
        UsageProblem: the file cannot be read or has errors.
    """

    def __init__(self, path: str) -> None:
        document = read(path)
        file = check(document, BaselineFile)
        if not file.salt and any(entry.values for entry in file.accepted):
            document.refuse([(("salt",), "is missing, and values mean nothing without it; write the baseline again")])
        self.salt = bytes.fromhex(file.salt)
        self._entries = file.accepted
        self._known: dict[tuple[str, str, str, str], tuple[bool, frozenset[str]]] = {}

    def accepts(self, seen: LocatedFinding) -> str | None:
        """Why a finding is accepted; None if it is not."""
        one = seen.finding
        place = one.rule, one.host, one.path_template, one.parameter
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._of(place)
        takes_any, values = known
        return "in the baseline" if takes_any or one.fingerprint in values else None

    def _of(self, place: tuple[str, str, str, str]) -> tuple[bool, frozenset[str]]:
        """Whether any value at a place is accepted, and else which."""
        covering = [entry for entry in self._entries if entry.covers(place)]
        values = frozenset(value for entry in covering for value in entry.values.split())
        return any(not entry.values for entry in covering), values


def apply_allowlist(path: str, found: Iterable[PlaceResult], today: date) -> list[str]:
    """Accept the findings at the places of an allowlist.

    Returns:
        What is to be said of entries that have ended or that nothing needs.

    Raises:
        UsageProblem: the file cannot be read or has errors.
    """
    found = list(found)
    said: list[str] = []
    for number, entry in enumerate(load(path, AllowFile).allow, 1):
        covered = [one for one in found if entry.covers(one.place)]
        name = f"{path}: entry {number} ({entry.rule} {entry.host}{entry.path_template} {entry.parameter})"
        if entry.until < today:
            said.append(f"{name} ended on {entry.until} and accepts nothing any more: renew it or fix its findings")
        elif not covered:
            said.append(f"{name} accepts nothing here: delete it if its finding is fixed")
        else:
            for one in covered:
                one.accepted = one.accepted or f"{entry.reason} (until {entry.until})"
    return said


def write_baseline(path: str, found: Iterable[PlaceResult], salt: bytes = b"") -> int:
    """Write the places of findings, each once; returns how many.

    Args:
        path: the file.
        found: what is accepted from now on.
        salt: the key of their fingerprints, which are written beside the places; empty to write places alone.

    Raises:
        UsageProblem: the file cannot be written, or would be too large to be read.
    """
    values: dict[tuple[str, ...], set[str]] = {}
    for one in found:
        values.setdefault(one.place, set()).update(one.credentials if salt else ())
    entries = [
        dict(zip(MEMBERS, place, strict=True)) | ({"values": " ".join(sorted(known))} if known else {})
        for place, known in values.items()
    ]
    _write(path, _HEAD, {"salt": salt.hex(), "accepted": entries} if salt else {"accepted": entries})
    return len(entries)


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
    _write(path, head, {"accepted": entries})
    return len(entries)


def _write(path: str, head: str, file: dict[str, object]) -> None:
    text = head + yaml.safe_dump(file, sort_keys=False, allow_unicode=True, width=120)
    if len(text.encode()) > MAX_BYTES:
        raise UsageProblem([f"{path}: would be larger than {MAX_BYTES // 10**6} MB, which no baseline may be"])
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        raise UsageProblem([f"{path}: {error.strerror or 'cannot be written'}"]) from None
