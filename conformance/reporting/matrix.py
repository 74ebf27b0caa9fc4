"""Several implementations side by side: requirements as rows, implementations as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.judging.verdict import RunVerdict
from conformance.reporting.sections import Section
from conformance.reporting.view import named

if TYPE_CHECKING:
    from conformance.judging.statement import Statement


def sections(statements: Sequence[Statement]) -> list[Section]:
    """The matrix of statements, one section for each family, the verdicts first.

    Args:
        statements: of one profile or of several; a column for each of their targets.
    """
    columns = [(statement, name) for statement in statements for name in statement.target_names]
    names = _names(columns)
    families = {f.family: f.title for one in statements for f in one.header.profile.families}
    verdicts = [verdict_on(statement, name) for statement, name in columns]
    profiles = [f"{s.header.profile.name} {s.header.profile.digest[:8]}" for s, _ in columns]
    first = Section(
        title="Verdicts",
        head=("target", *names),
        table=[
            ("verdict", *verdicts),
            ("profile", *profiles),
            ("run", *(f"{s.header.started:%Y-%m-%d}" for s, _ in columns)),
        ],
    )
    found = [{verdict.requirement.id: verdict for verdict in statement.of(name)} for statement, name in columns]
    known = {identifier: verdict.requirement for column in found for identifier, verdict in column.items()}
    by_family = [
        Section(
            title=title,
            head=("requirement", *names),
            table=[
                (
                    f"{one.id} {one.title}",
                    *(named(column[one.id]) if one.id in column else "·" for column in found),
                )
                for one in known.values()
                if one.family == family
            ],
        )
        for family, title in families.items()
    ]
    return [first, *(section for section in by_family if section.table)]


def headline(statements: Sequence[Statement]) -> str:
    """How many implementations are ready."""
    columns = [(statement, name) for statement in statements for name in statement.target_names]
    broken = sum(len(statement.footer.broken) for statement in statements if statement.footer is not None)
    ready = sum(statement.is_ready(name) for statement, name in columns)
    return f"{ready} of {len(columns) + broken} implementations are ready."


def verdict_on(statement: Statement, name: str) -> str:
    """The verdict on a target in a table. A part that passed is not called conformant: it says nothing of the rest."""
    result = statement.result(name)
    if result is None:
        return "no verdict"
    is_part = result.verdict is RunVerdict.CONFORMANT and not statement.is_ready(name)
    return "a part passed" if is_part else str(result.verdict)


def _names(columns: Sequence[tuple[Statement, str]]) -> list[str]:
    """The names of the targets; with the run where several have one name."""
    names = [name for _, name in columns]
    return [name if names.count(name) == 1 else f"{name} ({statement.header.run})" for statement, name in columns]
