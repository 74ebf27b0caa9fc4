"""The statement as JUnit XML: a test case for each requirement and case, with our exact words as properties."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.verdict import Case, Judgeable

PROPERTIES = ("requirement", "target", "case", "outcome", "message", "claim", "judgements", "unstable")
"""What JUnit is told of a case, as properties."""

SHOWN_AS = {
    Outcome.PASSED: "passed",
    Outcome.NOT_APPLICABLE: "skipped",
    Outcome.WARNED: "passed",
    Outcome.DIFFERS: "passed",
    Outcome.WAIVED: "skipped",
    Outcome.NOT_TESTED: "skipped",
    Outcome.FAILED: "failed",
    Outcome.INCONCLUSIVE: "failed",
    Outcome.THROTTLED: "failed",
    Outcome.HARNESS_ERROR: "failed",
}
"""How pytest itself, and so `-x`, `--lf` and JUnit, takes an outcome."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(statement: Statement) -> str:
    """The JUnit XML of a statement, one suite for each target."""
    root = ET.Element("testsuites", name="seasonproof")
    for name in statement.target_names:
        cases = [(verdict.requirement, case) for verdict in statement.of(name) for case in verdict.cases]
        nothing = [verdict.requirement for verdict in statement.of(name) if not verdict.cases]
        suite = ET.SubElement(root, "testsuite", name=_clean(f"{statement.header.profile.title} · {name}"))
        suite.set("timestamp", statement.header.started.isoformat())
        shown = [_case(suite, requirement, case, strict=statement.header.strict) for requirement, case in cases]
        for requirement in nothing:
            element = ET.SubElement(suite, "testcase", classname=requirement.family, name=_name(requirement, ""))
            ET.SubElement(element, "skipped", message="the run stopped before it")
        suite.set("tests", str(len(cases) + len(nothing)))
        suite.set("failures", str(shown.count("failed")))
        suite.set("skipped", str(shown.count("skipped") + len(nothing)))
        suite.set("errors", "0")
        suite.set("time", f"{sum(case.seconds for _, case in cases):.3f}")
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, requirement: Judgeable, case: Case, *, strict: bool) -> str:
    element = ET.SubElement(suite, "testcase", classname=requirement.family, name=_name(requirement, case.case))
    element.set("time", f"{case.seconds:.3f}")
    properties = ET.SubElement(element, "properties")
    claims = [("claim", f"{name}: {claim}") for name, claim in case.claims]
    for name, value in [*((name, str(getattr(case, name))) for name in PROPERTIES), *claims]:
        if value:
            ET.SubElement(properties, "property", name=name, value=_clean(value))
    shown = "failed" if strict and case.outcome is Outcome.WARNED else SHOWN_AS[case.outcome]
    text = _clean(f"{case.requirement}: {case.outcome}: {case.message}")
    if shown == "failed":
        ET.SubElement(element, "failure", message=text.partition("\n")[0]).text = text
    elif shown == "skipped":
        ET.SubElement(element, "skipped", message=text.partition("\n")[0])
    return shown


def _name(requirement: Judgeable, case: str) -> str:
    return _clean(f"{requirement.id} {requirement.title}" + (f" [{case}]" if case else ""))


def _clean(text: str) -> str:
    """Text without what XML 1.0 does not allow."""
    return _NO_XML.sub("�", text)
