"""What `seasonproof proxy` leaves behind: the same kinds of files as any other run, and a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from conformance.redaction import VAULT
from conformance.reporting.allure import AllureWriter
from conformance.reporting.sarif import sarif
from conformance.reporting.statement import statement
from conformance.reporting.terminal import Line, summary
from conformance.traffic.observation import Observation, described

HAR, FINDINGS, SARIF, STATEMENT, ALLURE = (
    "traffic.har",
    "findings.jsonl",
    "findings.sarif",
    "statement.json",
    "allure-results",
)


def write_files(
    folder: Path,
    observation: Observation,
    about: str,
    started: datetime,
    ended: datetime,
    environment: Mapping[str, str],
) -> list[Path]:
    """Write SARIF, Allure results and the statement beside the HAR and the findings, which the recorder writes.

    Args:
        folder: where they go.
        observation: what was heard.
        about: how it was heard, in one phrase.
        started: when listening began, in UTC.
        ended: when it ended, in UTC.
        environment: what the Allure report shows about the session as a whole.

    Returns:
        All files and folders of the session.
    """
    found = [(s.finding, described(s.finding), s.count) for s in observation.sightings.values()]
    _write(folder / SARIF, sarif(found))
    _write(folder / STATEMENT, statement(observation, observation.name, about, started, ended))
    results = folder / ALLURE
    for old in results.glob("*-result.json"):
        old.unlink()
    writer = AllureWriter(results, observation.profile, environment=environment)
    for verdict in observation.verdicts(observation.name):
        for case in verdict.cases:
            writer.write(verdict.requirement, case)
    return [path for name in (HAR, FINDINGS, SARIF, STATEMENT, ALLURE) if (path := folder / name).exists()]


def closing(observation: Observation) -> list[Line]:
    """The summary at the end: what was heard, the findings by place, and the verdict on each requirement."""
    heard = f"requests heard: {observation.requests}, of which {observation.authenticated} carried a credential"
    unchecked = observation.unchecked + observation.unread
    lines = [Line(heard + (f"; {unchecked} not checked" if unchecked else ""), {"bold": True})]
    for sighting in observation.sightings.values():
        red = {"red": True} if sighting in observation.leaks else {"yellow": True}
        lines.append(Line(f"{sighting.count:>5} x  {described(sighting.finding)}, {sighting.address}", red))
        lines.append(Line(f"         {sighting.finding.remedy}"))
    return lines + summary(observation, 0)


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(VAULT.redact(json.dumps(content, ensure_ascii=False, indent=2)) + "\n", "utf-8")
