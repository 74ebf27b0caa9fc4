"""Findings in URLs as SARIF."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from conformance.reporting.sarif_log import file_uri, sarif_log
from conformance.rules.url_tokens import RULES, Level

if TYPE_CHECKING:
    from conformance.rules.url_tokens import Finding

_LEVELS = {Level.LEAK: "error", Level.WARN: "warning"}


def sarif(
    found: Iterable[tuple[Finding, str, int]], positions: Sequence[tuple[str, int]] = (), **run: object
) -> dict[str, object]:
    """A SARIF log of findings, in plain JSON types.

    Args:
        found: for each place a finding, a redacted line of text about it, and how often it was seen.
        positions: for each of them a file and a line (0 if lines mean nothing there), if it was found in files.
        run: what else is said of the run.
    """
    found = list(found)
    named = sorted({finding.rule for finding, _, _ in found})
    rules = [_rule(name, next(f for f, _, _ in found if f.rule == name)) for name in named]
    results = [
        _result(finding, text, count, named.index(finding.rule), positions[number] if positions else None)
        for number, (finding, text, count) in enumerate(found)
    ]
    return sarif_log("seasonproof", rules, results=results, **run)


def _rule(name: str, finding: Finding) -> dict[str, object]:
    return {
        "id": name,
        "shortDescription": {"text": RULES[name]},
        "defaultConfiguration": {"level": _LEVELS[finding.level]},
        "properties": {"tags": ["security", f"external/cwe/{finding.cwe.lower()}"]},
    }


def _result(finding: Finding, text: str, count: int, index: int, at: tuple[str, int] | None) -> dict[str, object]:
    place = "\n".join((finding.rule, finding.host, finding.path_template, finding.place, finding.parameter))
    digest = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{text}. {finding.remedy}"},
        "locations": [
            {
                "physicalLocation": _in_file(*at) if at else _on_host(finding),
                "logicalLocations": [{"name": finding.parameter or finding.place, "kind": "parameter"}],
            }
        ],
        "partialFingerprints": {"place/v1": digest[:32]},
        "occurrenceCount": count,
        "properties": {"requirement": finding.requirement, "place": finding.place, "masked": finding.masked},
    }


def _on_host(finding: Finding) -> dict[str, object]:
    return {"artifactLocation": {"uri": f"https://{finding.host or 'unknown.invalid'}{finding.path_template}"}}


def _in_file(name: str, line: int) -> dict[str, object]:
    return {"artifactLocation": {"uri": file_uri(name)}, **({"region": {"startLine": line}} if line else {})}
