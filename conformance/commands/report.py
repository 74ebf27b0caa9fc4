"""`seasonproof report`: any report from a statement, whenever somebody wants it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem, did_you_mean
from conformance.judging.statement_file import statements_in
from conformance.judging.statement_merging import merged
from conformance.redaction import VAULT
from conformance.reporting.outputs import unwritable_folder
from conformance.reporting.terminal import Line, summary

if TYPE_CHECKING:
    from conformance.judging.statement import Statement

FORMATS = ("html", "markdown", "terminal", "sarif", "junit", "badge", "badge-json", "allure")

_TO_FOLDER = ("html", "allure")
_FOLDER = Path("reports/out")


def report(paths: Sequence[Path], form: str | None, out: Path | None, say: Callable[[Line], None]) -> None:
    """Make a report of statements, or of Allure results.

    Args:
        paths: statements, folders of statements, or one folder of Allure results.
        form: one of `FORMATS`; None for the page of statements, or for Allure's of its results.
        out: the folder of a page, or the file of another report, or of a page where it ends with .html; None for
            `reports/out`, or for the screen.
        say: shows a line.

    Raises:
        UsageProblem: there is nothing to report on, the format is unknown, or a file cannot be written.
    """
    if form and form not in FORMATS:
        raise UsageProblem([f"--format {form} is not known; {did_you_mean(form, list(FORMATS))}"])
    is_allure = len(paths) == 1 and paths[0].is_dir() and any(paths[0].glob("*-result.json"))
    is_missing = len(paths) == 1 and not paths[0].exists()
    if not form and (is_allure or is_missing):
        from conformance.reporting.html import build_report

        say(Line(f"report: {build_report(paths[0], out or _FOLDER)}"))
        return
    statement = merged(statements_in(paths))
    form = form or "html"
    if form in _TO_FOLDER and not (form == "html" and out is not None and out.suffix == ".html"):
        say(Line(f"report: {_to_folder(statement, form, out or _FOLDER)}"))
    elif form == "terminal" and out is None:
        width = shutil.get_terminal_size((120, 24)).columns
        for line in summary(statement, width=width):
            say(_plain(line, width))
    elif out is None:
        say(Line(rendered(statement, form).removesuffix("\n")))
    else:
        _write(out, rendered(statement, form))
        say(Line(f"report: {out}"))


def rendered(statement: Statement, form: str) -> str:
    """A report as text."""
    if form == "html":
        from conformance.reporting.page import page

        return page(statement)
    if form == "markdown":
        from conformance.reporting.markdown import markdown

        return markdown(statement)
    if form == "sarif":
        from conformance.reporting.statement_sarif import sarif

        return json.dumps(sarif(statement), indent=2, ensure_ascii=False) + "\n"
    if form == "junit":
        from conformance.reporting.junit import junit

        return junit(statement)
    if form in ("badge", "badge-json"):
        from conformance.reporting.badge import badge, badge_json

        return badge(statement) if form == "badge" else badge_json(statement)
    return "".join(f"{_plain(line, 120).text}\n" for line in summary(statement))


# ------------------------------------------------------------------ details


def _to_folder(statement: Statement, form: str, out: Path) -> Path:
    if reason := unwritable_folder(out):
        raise UsageProblem([f"{out}: the report cannot be written there: {reason}"])
    if form == "html":
        from conformance.reporting.page import PAGE

        _write(out / PAGE, rendered(statement, "html"))
        return out / PAGE
    from conformance.reporting.allure import write_results
    from conformance.reporting.html import build_report

    results = out / "allure-results"
    write_results(results, statement)
    return build_report(results, out / "allure")


def _plain(line: Line, width: int) -> Line:
    return Line(f" {line.text} ".center(width, line.separator), line.markup) if line.separator else line


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(VAULT.redact(text, firm=True), "utf-8")
    except OSError as error:
        raise UsageProblem([f"{path}: cannot be written: {error.strerror}"]) from None
