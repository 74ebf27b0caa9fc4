"""A fleet as one page: how many are ready, whose are not, which requirements are to blame."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.reporting.fleet.merging import by_owner, trend
from conformance.reporting.page import asset, template
from conformance.reporting.view import DEVIATING, UNTESTED

if TYPE_CHECKING:
    from conformance.reporting.fleet.merging import Fleet
    from conformance.reporting.fleet.runs import Judged, TargetRun
    from conformance.rules.outcome import Outcome

VERDICTS = ("not conformant", "incomplete", "a part passed", "ready")
NOBODY = "-"
"""The owner of a target whose file names none, in the filter."""

_SHOWN = 30  # lines of a list
_FIRST = 15  # requirements that are listed at once
_COLUMNS = 20  # requirements of the matrix
_MARKS = {"passed": "✓", "": "·"}


def page(fleet: Fleet) -> str:
    """The page, as HTML."""
    worst = _worst(fleet)
    columns = [one["id"] for one in worst[:_COLUMNS]]
    html: str = template("fleet.html").render(
        css=asset("page.css"),
        script=asset("fleet.js"),
        fleet=fleet,
        alarms=[(title, said) for title, said in (("No verdict", fleet.problems), ("To know", fleet.alarms)) if said],
        owners=[_owner(name, targets) for name, targets in by_owner(fleet.targets).items()],
        trend=trend(fleet),
        verdicts=VERDICTS,
        requirements=worst,
        rows=[_row(run, fleet, columns) for run in fleet.targets],
        columns=columns,
        marks=_MARKS,
        shown=_SHOWN,
        first=_FIRST,
    )
    return html


def write_page(path: Path, fleet: Fleet) -> None:
    """Write the page.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(page(fleet), "utf-8")


# ------------------------------------------------------------------ details


def _owner(name: str, targets: list[TargetRun]) -> dict[str, Any]:
    counts = Counter(one.shown for one in targets)
    return {"key": name or NOBODY, "name": name or "nobody", "total": len(targets), "counts": counts}


def _worst(fleet: Fleet) -> list[dict[str, Any]]:
    """The requirements that not every target passed, those first that most of them failed."""
    found: dict[str, list[tuple[Judged, TargetRun]]] = {}
    for run in fleet.targets:
        for one in run.findings:
            found.setdefault(one.requirement.id, []).append((one, run))
    counted = {identifier: Counter(one.outcome for one, _ in those) for identifier, those in found.items()}

    def badness(identifier: str) -> tuple[object, ...]:
        counts = counted[identifier]
        open_ones = sum(counts[outcome] for outcome in UNTESTED)
        return *(-counts[outcome] for outcome in DEVIATING), -open_ones, identifier

    return [
        {
            "id": identifier,
            "title": fleet.requirements[identifier].title,
            "said": _said(counted[identifier]),
            "runs": [run for _, run in found[identifier]],
        }
        for identifier in sorted(found, key=badness)
    ]


def _said(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[one]} {one}" for one in (*DEVIATING, *UNTESTED) if counts[one])


def _row(run: TargetRun, fleet: Fleet, columns: list[str]) -> dict[str, Any]:
    before = fleet.before(run.target.name)
    by_id = {one.requirement.id: str(one.outcome) for one in run.judged}
    return {
        "name": run.target.name,
        "owner": run.target.owner,
        "labels": ", ".join(f"{label}: {value}" for label, value in run.target.labels.items()),
        "about": run.target.about,
        "verdict": run.shown,
        "summary": run.summary,
        "before": f"{before.shown}, {before.summary}" if before is not None else "",
        "judged": len(run.judged),
        "total": run.total,
        "started": f"{run.header.started:%Y-%m-%d %H:%M} UTC",
        "file": ", ".join(map(str, sorted(run.parts))),
        "findings": run.findings,
        "cells": [by_id.get(identifier, "") for identifier in columns],
    }
