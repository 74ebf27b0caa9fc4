"""A fleet as Markdown, by owner: what to send to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.reporting.fleet.merging import by_owner
from conformance.reporting.markdown import MARKS, rows, text

if TYPE_CHECKING:
    from conformance.reporting.fleet.merging import Fleet
    from conformance.reporting.fleet.runs import TargetRun

_SHOWN = 50  # targets of an owner: a comment has an end
_WORST = 5  # requirements of a target


def markdown(fleet: Fleet) -> str:
    """The page of a fleet, as GitHub and GitLab render it."""
    return "\n".join(_lines(fleet)) + "\n"


def _lines(fleet: Fleet) -> Iterator[str]:
    yield f"## {MARKS[fleet.verdict]} {text(fleet.headline)}"
    yield ""
    for title, said in (("No verdict", fleet.problems), ("To know", fleet.alarms)):
        if said:
            yield f"### {title}: {len(said)}"
            yield ""
            yield from (f"- {text(line)}" for line in said[:_SHOWN])
            if len(said) > _SHOWN:
                yield f"- and {len(said) - _SHOWN} more, which the page has"
            yield ""
    for owner, targets in by_owner(fleet.targets).items():
        ready = sum(one.is_ready for one in targets)
        yield f"### {text(owner) or 'Without an owner'}: {ready} of {len(targets)} ready"
        yield ""
        others = [one for one in targets if not one.is_ready]
        listed = list(map(_row, others[:_SHOWN]))
        if listed:
            yield from rows(["target", "verdict", "in numbers", "worst"], listed)
            yield ""
        if len(others) > _SHOWN:
            yield f"and {len(others) - _SHOWN} more, which the page has."
            yield ""


def _row(run: TargetRun) -> list[str]:
    worst = [f"{one.requirement.id} {one.outcome}" for one in run.findings[:_WORST]]
    more = [f"and {len(run.findings) - _WORST} more"] if len(run.findings) > _WORST else []
    return [run.target.name, run.shown, run.summary, ", ".join([*worst, *more])]
