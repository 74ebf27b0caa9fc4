"""`seasonproof diff`, `matrix` and `history`: statements beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem, did_you_mean
from conformance.judging.statement_file import read_statement, statements_in
from conformance.redaction import VAULT
from conformance.reporting import comparison, history, matrix
from conformance.reporting.sections import FORMATS

if TYPE_CHECKING:
    from conformance.reporting.sections import Section


def diff(before: Path, after: Path, form: str, out: Path | None, say: Callable[[str], None]) -> bool:
    """Show what changed between two statements; whether nothing became worse.

    Args:
        before, after: the statements.
        form: one of the formats of `sections`.
        out: the file of the report; None for the screen.
        say: shows text.

    Raises:
        UsageProblem: a statement cannot be read, has no footer, or the report cannot be written.
    """
    statements = [read_statement(before), read_statement(after)]
    cut = [path for path, one in zip((before, after), statements, strict=True) if one.footer is None]
    if cut:
        raise UsageProblem([f"{path}: the run ended early, so it has no verdict to compare" for path in cut])
    found = comparison.changes(*statements)
    show(comparison.headline(found), comparison.sections(found), form, out, say)
    return not any(change.kind in comparison.IS_WORSE for change in found)


def side_by_side(paths: Sequence[Path], form: str, out: Path | None, say: Callable[[str], None]) -> None:
    """Show the matrix of several implementations."""
    statements = list(statements_in(paths).values())
    show(matrix.headline(statements), matrix.sections(statements), form, out, say)


def over_time(folder: Path, form: str, out: Path | None, say: Callable[[str], None]) -> None:
    """Show the history of the targets of a folder of statements."""
    statements = list(statements_in([folder]).values())
    show(history.headline(statements), history.sections(statements), form, out, say)


def show(title: str, sections: Sequence[Section], form: str, out: Path | None, say: Callable[[str], None]) -> None:
    """Render sections, and write them or say them.

    Raises:
        UsageProblem: the format is unknown, or the file cannot be written.
    """
    if form not in FORMATS:
        raise UsageProblem([f"--format {form} is not known; {did_you_mean(form, list(FORMATS))}"])
    text = FORMATS[form](title, sections)
    if out is None:
        say(text.removesuffix("\n"))
        return
    try:
        out.write_text(VAULT.redact(text, firm=True), "utf-8")
    except OSError as error:
        raise UsageProblem([f"{out}: cannot be written: {error.strerror}"]) from None
