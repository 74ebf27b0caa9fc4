"""The work of `seasonproof lint-spec`: read, judge, show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from conformance.commands.statements import check_folder, write_statement
from conformance.documents import UsageProblem
from conformance.openapi_lint import Report, SourceDocument, check_document, read_document
from conformance.reporting.openapi_lint import as_json, as_lines, verdict_line
from conformance.reporting.openapi_lint_sarif import as_sarif
from conformance.reporting.terminal import Line

WIDEST, NARROWEST = 120, 40
"""The columns that reports are made for, however many the terminal has."""


def lint(
    files: Sequence[str],
    form: str,
    *,
    strict: bool,
    mapped: Sequence[str],
    say: Callable[[Line], None],
    statement: Path | None = None,
) -> bool:
    """Judge documents and show the reports; whether all of them register.

    Args:
        files: names of documents; `-` is the standard input.
        form: text, json or sarif.
        strict: a document with a warning counts as one that does not register.
        mapped: media types which the registration maps, as `type=type`.
        say: shows a line.
        statement: the folder of the statement and its page; None for none.

    Raises:
        UsageProblem: some files cannot be read; the others were shown.
    """
    mapping, started = _mapping(mapped), datetime.now(UTC)
    if statement is not None:
        check_folder(statement)
    unread: dict[str, str] = {}
    done: list[tuple[Report, SourceDocument]] = []
    problems: list[str] = []
    for file in dict.fromkeys(files):
        try:
            document = read_document(file)
        except UsageProblem as problem:
            problems += problem.problems
            unread[file] = str(problem)
        else:
            done.append((check_document(document, mapping), document))
    reports = [report for report, _ in done]
    if form == "text":
        for line in _text(done, strict=strict):
            say(line)
    elif reports:
        say(Line(as_json(reports) if form == "json" else as_sarif(reports)))
    if statement is not None:
        from conformance.reporting.stating import of_documents

        write_statement(statement, of_documents(reports, unread, started, strict=strict))
    if problems:
        raise UsageProblem(problems)
    return all(report.registers and not (strict and report.of("warning")) for report in reports)


# ------------------------------------------------------------------ details


def _text(done: Sequence[tuple[Report, SourceDocument]], *, strict: bool) -> Iterator[Line]:
    width = max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST))
    for index, (report, document) in enumerate(done):
        if index:
            yield Line("")
        yield from as_lines(report, document, width, strict=strict)
    if len(done) > 1:
        yield Line("")
        yield from (verdict_line(report, strict=strict) for report, _ in done)


def _mapping(mapped: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in mapped]
    wrong = [
        f"--map {''.join(pair)}: write TYPE=TYPE, such as image/svg+xml=text/plain" for pair in pairs if not pair[2]
    ]
    if wrong:
        raise UsageProblem(wrong)
    return {media_type.strip(): target.strip() for media_type, _, target in pairs}
