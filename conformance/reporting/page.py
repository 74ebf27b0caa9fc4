"""The statement as one page: no network, light and dark, printable. Its first screen says whether a target is ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from conformance.http.exchange import Evidence
from conformance.judging.statement import totals_of
from conformance.judging.verdict import Verdict
from conformance.reporting.timeline import MARK, picture
from conformance.reporting.view import (
    DEVIATING,
    UNTESTED,
    about,
    accepted,
    alarms,
    by_order,
    headline,
    is_accepted,
    named,
    overall,
    why,
)
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment
    from markupsafe import Markup

    from conformance.judging.statement import Statement
    from conformance.judging.verdict import Part

PAGE = "statement.html"
"""What the page is called in its folder."""

_SHOWN = 5  # rows of a card, so that all cards fit on a screen


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement on a target, as the page lists it.

    Attributes:
        anchor: its place in the page.
        named: the outcome as it is shown.
        is_accepted: whether somebody answers for it.
        short: why it is not a plain pass, in a line.
        at: at how many of how many cases and values something was found.
        body: what it opens to, as HTML.
    """

    anchor: str
    id: str
    title: str
    target: str
    family: str
    level: str
    outcome: str
    named: str
    is_accepted: bool
    short: str
    at: str
    body: str


@dataclass(frozen=True, slots=True)
class Card:
    """One of the answers on the first screen."""

    name: str
    title: str
    none: str
    rows: Sequence[Row]
    shown: int = _SHOWN


def write_page(path: Path, statement: Statement) -> None:
    """Write the page of a statement.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(page(statement), "utf-8")


def page(statement: Statement) -> str:
    """The page of a statement, as HTML."""
    verdicts = [verdict for name in statement.target_names for verdict in statement.of(name)]
    rows = [_row(verdict, statement) for verdict in by_order(verdicts)]
    html: str = template("statement.html").render(
        css=asset("page.css"),
        script=asset("page.js"),
        header=statement.header,
        footer=statement.footer,
        headline=headline(statement),
        verdict=overall(statement),
        results=[_result(statement, name) for name in statement.target_names],
        several=len(statement.target_names) > 1,
        alarms=alarms(statement),
        cards=list(_cards(rows)),
        outcomes=[str(outcome) for outcome in Outcome if any(verdict.outcome is outcome for verdict in verdicts)],
        rows=rows,
        about=list(about(statement)),
    )
    return html


# ------------------------------------------------------------------ details


def _cards(rows: Sequence[Row]) -> Iterator[Card]:
    def those(*outcomes: Outcome) -> list[Row]:
        return [row for row in rows if row.outcome in outcomes]

    claimed = [row for row in rows if row.is_accepted]
    yield Card("deviating", "Deviations", "Nothing that was tested deviates.", those(*DEVIATING))
    yield Card("untested", "Not tested, and why", "Everything that was chosen was tested.", those(*UNTESTED))
    yield Card("accepted", "Accepted or not applicable", "Nothing is waived or claimed to be absent.", claimed)


def _result(statement: Statement, name: str) -> dict[str, object]:
    result, verdicts = statement.result(name), statement.of(name)
    totals = result.totals if result is not None else totals_of(verdicts)
    families = [
        {"family": family.family, "title": family.title, "counts": totals.families[family.family]}
        for family in statement.header.profile.families
        if family.family in totals.families
    ]
    return {
        "target": name,
        "verdict": result.verdict if result is not None else "no verdict",
        "sentence": result.sentence if result is not None else f"{name}: no verdict",
        "requests": result.requests if result is not None else None,
        "selected": len(verdicts),
        "total": statement.total(name),
        "totals": totals,
        "families": families,
    }


def _row(verdict: Verdict, statement: Statement) -> Row:
    requirement = verdict.requirement
    several = len(statement.target_names) > 1
    days = statement.days_left.get((verdict.target, requirement.id))
    return Row(
        anchor=f"{requirement.id}-{verdict.target}" if several else requirement.id,
        id=requirement.id,
        title=requirement.title,
        target=verdict.target,
        family=requirement.family,
        level=requirement.level,
        outcome=str(verdict.outcome),
        named=named(verdict),
        is_accepted=is_accepted(verdict),
        short=accepted(verdict, days) or why(verdict),
        at=_at(verdict),
        body=_body(verdict, accepted(verdict, days)),
    )


def _at(verdict: Verdict) -> str:
    return f" [{len(verdict.findings)} of {verdict.values}]" if verdict.findings and verdict.values > 1 else ""


def _body(verdict: Verdict, waived: str) -> Markup:
    from markupsafe import Markup

    requirement = verdict.requirement
    tried = sum(case.tried for case in verdict.cases)
    facts = {
        "seen": "\n".join(verdict.notes),
        "unstable": "\n".join(verdict.unstable),
        "waived": waived,
        "claimed": verdict.claim,
        "claimed in part": "\n".join(verdict.claims),
        "tries": f"{sum(case.missed for case in verdict.cases)} of {tried} deviated" if tried else "",
        "why it matters": requirement.rationale,
        "remedy": requirement.remedy,
        "level, basis": f"{requirement.level}, {requirement.basis}, for the role {requirement.role}",
        "proven by": ", ".join(getattr(requirement, "proofs", ())),
    }
    return Markup(  # noqa: S704 - the template escapes
        template("requirement.html").render(
            outcome=verdict.outcome,
            findings=[_shown(finding) for finding in verdict.findings],
            facts=[(name, text) for name, text in facts.items() if text],
            sources=requirement.sources,
        )
    )


def _shown(finding: Part) -> dict[str, object]:
    """A finding for the template, with its exchanges and its picture."""
    drawn = picture(finding.message) if finding.outcome.is_deviation or finding.outcome is Outcome.WAIVED else None
    message = finding.message.partition(f"\n{MARK}\n")[0] if drawn is not None else finding.message
    exchanges = [Evidence.from_json(exchange) for exchange in finding.exchanges]
    return {
        "name": finding.name,
        "outcome": finding.outcome,
        "message": message,
        "advice": finding.advice,
        "picture": drawn,
        "exchanges": exchanges,
    }


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("conformance.reporting", "pages"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["classname"] = lambda text: str(text).replace(" ", "-")
    return environment


@cache
def template(name: str) -> Any:
    return _environment().get_template(name)


@cache
def asset(name: str) -> Markup:
    from markupsafe import Markup

    text = (files("conformance.reporting") / "pages" / name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - a file of ours
