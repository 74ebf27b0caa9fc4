"""What `seasonproof proxy` leaves behind: the same kinds of files as any other run, and a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.judging.statement_file import NAME as STATEMENT
from conformance.judging.statement_file import write
from conformance.redaction import VAULT
from conformance.reporting.allure import AllureWriter
from conformance.reporting.page import PAGE, write_page
from conformance.reporting.sarif import sarif
from conformance.reporting.terminal import Line, summary
from conformance.traffic.observation import Observation, described

if TYPE_CHECKING:
    from conformance.judging.statement import Statement

HAR, FINDINGS, SARIF, ALLURE = "traffic.har", "findings.jsonl", "findings.sarif", "allure-results"


def write_files(
    folder: Path, observation: Observation, statement: Statement, environment: Mapping[str, str]
) -> list[Path]:
    """Write SARIF, Allure results, the statement and its page beside the HAR and the findings of the recorder.

    Args:
        folder: where they go.
        observation: what was heard.
        statement: what it amounts to.
        environment: what the Allure report shows about the session as a whole.

    Returns:
        All files and folders of the session.
    """
    found = [(s.finding, described(s.finding), s.count) for s in observation.findings.values()]
    _write(folder / SARIF, sarif(found))
    write(folder / STATEMENT, statement)
    write_page(folder / PAGE, statement)
    results = folder / ALLURE
    for old in results.glob("*-result.json"):
        old.unlink()
    writer = AllureWriter(results, observation.profile, environment=environment)
    for verdict in observation.verdicts(observation.name):
        for case in verdict.cases:
            writer.write(verdict.requirement, case)
    return [path for name in (HAR, FINDINGS, SARIF, STATEMENT, PAGE, ALLURE) if (path := folder / name).exists()]


def closing(observation: Observation, statement: Statement, width: int) -> list[Line]:
    """The summary at the end: what was heard, the findings by place, and the verdict on each requirement.

    Args:
        observation: what was heard.
        statement: what came of it.
        width: how many characters a line of the screen has.
    """
    heard = f"requests heard: {observation.requests}, {observation.authenticated} of them with a credential in a header"
    unchecked = observation.unchecked + observation.unread
    lines = [Line(heard + (f"; {unchecked} not checked" if unchecked else ""), {"bold": True})]
    for one in observation.findings.values():
        red = {"red": True} if one in observation.leaks else {"yellow": True}
        lines.append(Line(f"{one.count:>5} x  {described(one.finding)}, {one.address}", red, indent=9))
        lines.append(Line(f"         {one.finding.remedy}", indent=9))
    return [part for line in lines for part in line.fitted(width)] + summary(statement, width=width)


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(VAULT.redact(json.dumps(content, ensure_ascii=False, indent=2)) + "\n", "utf-8")
