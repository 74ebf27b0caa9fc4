"""The statement as SARIF 2.1.0: a rule for each requirement, a result for each deviation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from conformance.reporting.sarif_log import file_uri, sarif_log
from conformance.reporting.view import UNTESTED, accepted, why
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.statement_contents import StatedRequirement
    from conformance.judging.verdict import Part, Verdict

_LEVELS = {Outcome.FAILED: "error", Outcome.WARNED: "warning", Outcome.DIFFERS: "note"}
_BINDING = {"must": "error", "should": "warning", "may": "note"}
_AT = re.compile(r"(?P<file>\S.*?):(?P<line>[1-9]\d*)(?::(?P<column>[1-9]\d*))?(?: |$)")


def sarif(statement: Statement) -> dict[str, object]:
    """The SARIF log of a statement, in plain JSON types. What is waived is there, and suppressed."""
    index = {requirement.id: number for number, requirement in enumerate(statement.requirements)}
    results = [
        _result(statement, verdict, finding, index[verdict.requirement.id])
        for name in statement.target_names
        for verdict in statement.of(name)
        for finding in verdict.findings
        if finding.outcome.is_deviation or finding.outcome is Outcome.WAIVED
    ]
    notes = [
        {
            "level": level,
            "message": {"text": text},
            "associatedRule": {"id": identifier, "index": index[identifier]},
        }
        for level, identifier, text in _not_judged(statement)
    ]
    footer = statement.footer
    if footer is None:
        notes.append({"level": "error", "message": {"text": "the run ended early, so there is no verdict"}})
    invocation: dict[str, object] = {
        "executionSuccessful": footer is not None,
        "startTimeUtc": _utc(statement.header.started),
        **({"endTimeUtc": _utc(footer.ended)} if footer is not None else {}),
        "toolExecutionNotifications": notes,
    }
    verdicts = {result.target: str(result.verdict) for result in footer.results} if footer is not None else {}
    return sarif_log(
        "seasonproof",
        [_rule(requirement) for requirement in statement.requirements],
        results=results,
        invocations=[invocation],
        columnKind="unicodeCodePoints",
        properties={"kind": statement.header.kind, "profile": statement.header.profile.name, "verdicts": verdicts},
    )


def _not_judged(statement: Statement) -> Iterator[tuple[str, str, str]]:
    """What was not tested, and what the target's owner claims to be absent: a level, the requirement, and why."""
    for name in statement.target_names:
        for verdict in statement.of(name):
            identifier = verdict.requirement.id
            if verdict.outcome in UNTESTED:
                yield "warning", identifier, f"{identifier} on {name}: {verdict.outcome}: {why(verdict)}"
            for claim in filter(None, (verdict.claim, *verdict.claims)):
                yield "note", identifier, f"{identifier} on {name}: claimed: {claim}"


def _utc(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _rule(requirement: StatedRequirement) -> dict[str, object]:
    source = requirement.sources[0]
    where = f", {source.section}" if source.section else ""
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.title},
        "fullDescription": {"text": requirement.rationale},
        "help": {"text": f"{requirement.remedy}\n{requirement.level}, {requirement.basis}: {source.title}{where}"},
        "helpUri": source.url,
        "defaultConfiguration": {"level": _BINDING[requirement.level]},
        "properties": {
            "tags": list(dict.fromkeys((requirement.family, requirement.level, requirement.basis, requirement.role)))
        },
    }


def _result(statement: Statement, verdict: Verdict, finding: Part, index: int) -> dict[str, object]:
    requirement, strict = verdict.requirement, statement.header.strict
    outcome = finding.outcome
    level = "error" if strict and outcome is Outcome.WARNED else _LEVELS.get(outcome, _BINDING[requirement.level])
    days = statement.days_left.get((verdict.target, requirement.id))
    suppressed = {
        "suppressions": [{"kind": "external", "justification": accepted(verdict, days) or finding.message or "waived"}]
    }
    at = f" at {finding.name}" if finding.name else ""
    place = (requirement.id, verdict.target, _place(statement, finding), finding.judgement)
    return {
        "ruleId": requirement.id,
        "ruleIndex": index,
        "level": level,
        "message": {"text": f"{requirement.title}{at}: {finding.message or outcome}\n{requirement.remedy}"},
        "locations": [_location(statement, verdict, finding)],
        "partialFingerprints": {"requirementAndPlace/v1": hashlib.sha256("\n".join(place).encode()).hexdigest()},
        "properties": {"outcome": str(outcome), "target": verdict.target},
        **(suppressed if outcome is Outcome.WAIVED else {}),
    }


def _place(statement: Statement, finding: Part) -> str:
    """Where something was found, without the line, which moves with every edit."""
    found = _AT.match(finding.name) if statement.header.kind in ("audit", "lint-spec") else None
    return f"{found['file']} {finding.name[found.end() :]}" if found else finding.name


def _location(statement: Statement, verdict: Verdict, finding: Part) -> Mapping[str, object]:
    """The file and the line of a capture or a document; else the file of the target."""
    kind, target = statement.header.kind, statement.target(verdict.target)
    found = _AT.match(finding.name) if kind in ("audit", "lint-spec") else None
    logical = [{"name": verdict.target, "fullyQualifiedName": f"{verdict.target}/{verdict.requirement.id}"}]
    if found is not None:
        region = {"startLine": int(found["line"])}
        region |= {"startColumn": int(found["column"])} if found["column"] else {}
        physical: dict[str, object] = {"artifactLocation": {"uri": file_uri(found["file"])}, "region": region}
    elif kind == "audit" and finding.name:
        physical = {"artifactLocation": {"uri": file_uri(finding.name.partition(" ")[0])}}
    else:
        is_file = bool(target.digest) or kind == "lint-spec"
        physical = {"artifactLocation": {"uri": file_uri(target.about if is_file else target.name)}}
        physical |= {"region": {"startLine": 1}} if is_file else {}
    return {"physicalLocation": physical, "logicalLocations": logical}
