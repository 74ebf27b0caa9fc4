"""Reports on OpenAPI documents as SARIF, which code hosts show beside the lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from conformance.openapi_lint import RULES, LintFinding, Report
from conformance.reporting.sarif_log import file_uri, sarif_log

_INDEX = {rule.id: index for index, rule in enumerate(RULES)}


def as_sarif(reports: Sequence[Report]) -> str:
    """One run with a result for each finding."""
    log = sarif_log(
        "seasonproof lint-spec",
        _rules(),
        columnKind="unicodeCodePoints",
        results=[_result(report, finding) for report in reports for finding in report.findings],
        properties={"registers": {report.name: report.registers for report in reports}},
    )
    return json.dumps(log, indent=2, ensure_ascii=False)


# ------------------------------------------------------------------ details


def _rules() -> list[dict[str, Any]]:
    return [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.sentence},
            "help": {"text": f"{rule.remedy}\n{rule.basis}: {rule.source.title}"},
            "helpUri": rule.source.url,
            "defaultConfiguration": {"level": rule.level},
            "properties": {"basis": rule.basis},
        }
        for rule in RULES
    ]


def _result(report: Report, finding: LintFinding) -> dict[str, Any]:
    fingerprint = hashlib.sha256("\n".join((finding.rule.id, finding.pointer, finding.value)).encode()).hexdigest()
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": _INDEX[finding.rule.id],
        "level": finding.rule.level,
        "message": {"text": f"{finding.value}. {finding.rule.sentence} {finding.rule.remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": file_uri(report.name)},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                },
                "logicalLocations": [{"fullyQualifiedName": f"#{finding.pointer}", "kind": "member"}],
            }
        ],
        "partialFingerprints": {"ruleAndPlace/v1": fingerprint},
        **({"suppressions": [{"kind": "external", "justification": finding.accepted}]} if finding.accepted else {}),
    }
