"""The statement as Markdown, for a job summary and for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.reporting.view import DEVIATING, UNTESTED, accepted, alarms, headline, is_accepted, named, why
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.verdict import Verdict

_SHOWN = 30  # rows of a table: a comment has an end
MARKS = {"conformant": "✅", "not conformant": "❌", "incomplete": "❔"}


def markdown(statement: Statement) -> str:
    """The page of a statement, as GitHub and GitLab render it."""
    return "\n".join(_lines(statement)) + "\n"


def _lines(statement: Statement) -> Iterator[str]:
    header, results = statement.header, statement.footer.results if statement.footer is not None else ()
    yield f"## {text(headline(statement))}"
    yield ""
    yield f"{text(header.profile.title)} · {text(header.suite)} · run {text(header.run)}"
    yield ""
    if statement.footer is None:
        yield "**This run ended early: its statement has no footer, so there is no verdict.**"
        yield ""
    yield from (f"> {text(line)}\n" for line in alarms(statement))
    for result in results if len(results) > 1 else ():
        yield f"- {MARKS[result.verdict]} {text(result.sentence)}"
    if len(results) > 1:
        yield ""
    verdicts = [verdict for name in statement.target_names for verdict in statement.of(name)]
    for title, outcomes in (("Deviations", DEVIATING), ("Not tested, and why", UNTESTED)):
        yield from _table(statement, title, [verdict for verdict in verdicts if verdict.outcome in outcomes])
    yield from _table(statement, "Accepted", list(filter(is_accepted, verdicts)))
    yield from _numbers(statement)


def _table(statement: Statement, title: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    if not verdicts:
        return
    yield f"### {title}: {len(verdicts)}"
    yield ""
    yield from rows(["outcome", "requirement", "target", "why"], (_row(statement, one) for one in verdicts[:_SHOWN]))
    yield ""
    if len(verdicts) > _SHOWN:
        yield f"and {len(verdicts) - _SHOWN} more, which the page and `statement.json` have."
        yield ""


def _row(statement: Statement, verdict: Verdict) -> list[str]:
    requirement = verdict.requirement
    days = statement.days_left.get((verdict.target, requirement.id))
    said = accepted(verdict, days) or why(verdict)
    return [named(verdict), f"{requirement.id} {requirement.title}", verdict.target, said]


def _numbers(statement: Statement) -> Iterator[str]:
    for name in statement.target_names:
        result = statement.result(name)
        if result is None:
            continue
        outcomes = [outcome for outcome in Outcome if outcome in result.totals.outcomes]
        yield f"### {text(name)} in numbers"
        yield ""
        table = [
            [family.title, *(str(result.totals.families[family.family].get(one, 0)) for one in outcomes)]
            for family in statement.header.profile.families
            if family.family in result.totals.families
        ]
        table.append(["all", *(str(result.totals.outcomes[one]) for one in outcomes)])
        yield from rows(["family", *map(str, outcomes)], table)
        yield ""


def rows(head: Sequence[str], lines: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; every cell is escaped."""
    yield "| " + " | ".join(map(text, head)) + " |"
    yield "|" + " --- |" * len(head)
    for line in lines:
        yield "| " + " | ".join(map(text, line)) + " |"


def text(plain: str) -> str:
    """Text of others as Markdown that shows it as it is, in one line."""
    line = " ".join(plain.split()).replace("&", "&amp;").replace("<", "&lt;")
    line = re.sub(r"([\\`*_\[\]|~#@])", r"\\\1", line)
    line = line.replace("://", ":&#47;&#47;")  # no link that nobody of ours has written
    return re.sub(r"(?i)\b(www|mailto|xmpp)([.:])", lambda found: f"{found[1]}&#{ord(found[2])};", line)
