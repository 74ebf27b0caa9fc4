"""Findings on documents that somebody accepts, with a reason and a last day each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field

from conformance.documents import check, did_you_mean, read
from conformance.openapi_lint.check import RULES, LintFinding, Report


class AllowedEntry(BaseModel):
    """Findings of one rule that are accepted until a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str = Field(description="The name of the rule, such as media-type.")
    document: str = Field(default="*", description="The file, as it is named; * stands for any text.")
    pointer: str = Field(default="*", description="The place as the report shows it, without #; * stands for any text.")
    reason: str = Field(min_length=10, description="Why that is accepted.")
    until: date = Field(description="The last day on which it holds, such as 2027-03-31.")

    def covers(self, name: str, finding: LintFinding) -> bool:
        """Whether it accepts a finding on a document of this name."""
        places = ((name, self.document), (finding.pointer, self.pointer.removeprefix("#")))
        return finding.rule.id == self.rule and all(_matches(text, wanted) for text, wanted in places)


class AllowedFile(BaseModel):
    """A file of accepted findings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[AllowedEntry, ...]


def load_allowed(path: str) -> tuple[AllowedEntry, ...]:
    """Load a file of accepted findings.

    Raises:
        UsageProblem: it cannot be read, has errors, or names a rule that does not exist; all of them.
    """
    document = read(path)
    entries = check(document, AllowedFile).allow
    known = sorted(rule.id for rule in RULES)
    wrong = [(number, entry.rule) for number, entry in enumerate(entries) if entry.rule not in known]
    document.refuse(
        [(("allow", number, "rule"), f"there is no rule {name}; {did_you_mean(name, known)}") for number, name in wrong]
    )
    return entries


def accept(
    path: str, entries: Sequence[AllowedEntry], reports: Sequence[Report], today: date
) -> tuple[list[Report], list[str]]:
    """Accept what the entries cover.

    Args:
        path: the file of the entries, for messages.
        entries: what is accepted.
        reports: on all documents of the run.
        today: an entry holds until the end of its last day.

    Returns:
        The reports with what is accepted marked, and what is to be said of entries that have ended or are not needed.
    """
    said = list[str]()
    for number, entry in enumerate(entries, 1):
        name = f"{path}: entry {number} ({entry.rule} {entry.document} {entry.pointer})"
        if entry.until < today:
            said.append(f"{name} ended on {entry.until} and accepts nothing any more: renew it or fix its findings")
        elif not any(entry.covers(report.name, one) for report in reports for one in report.findings):
            said.append(f"{name} accepts nothing here: delete it if its finding is fixed")
    holding = [entry for entry in entries if entry.until >= today]
    return [_marked(report, holding) for report in reports], said


def _marked(report: Report, entries: Sequence[AllowedEntry]) -> Report:
    def marked(finding: LintFinding) -> LintFinding:
        entry = next((one for one in entries if one.covers(report.name, finding)), None)
        return finding if entry is None else replace(finding, accepted=f"{entry.reason} (until {entry.until})")

    return replace(report, findings=tuple(map(marked, report.findings)))


def _matches(text: str, wanted: str) -> bool:
    return text == wanted or ("*" in wanted and fnmatchcase(text, wanted.replace("[", "[[]").replace("?", "[?]")))
