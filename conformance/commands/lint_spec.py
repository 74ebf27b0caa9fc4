"""The work of `seasonproof lint-spec`: read, judge, show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from conformance.commands.statements import check_folder, write_statement
from conformance.documents import UsageProblem
from conformance.openapi_lint import Report, SourceDocument, check_document, read_document
from conformance.openapi_lint.accepted_findings import accept, load_allowed
from conformance.reporting.openapi_lint import as_json, as_lines, verdict_line
from conformance.reporting.openapi_lint_sarif import as_sarif
from conformance.reporting.terminal import Line

WIDEST, NARROWEST = 120, 40
"""The columns that reports are made for, however many the terminal has."""


@dataclass(frozen=True, slots=True)
class LintOptions:
    """What was chosen on the command line.

    Attributes:
        form: text, json or sarif.
        strict: a document with a warning counts as one that does not register.
        mapped: media types which the registration maps, as `type=type`.
        allow: a file of findings that are accepted with a reason and a last day; None for none.
        takes_openapi_3_1: whether the org is known to have registered OpenAPI 3.1.
        statement: the folder of the statement and its page; None for none.
    """

    form: str = "text"
    strict: bool = False
    mapped: Sequence[str] = ()
    allow: str | None = None
    takes_openapi_3_1: bool = False
    statement: Path | None = None


def lint(files: Sequence[str], options: LintOptions, say: Callable[[Line], None], warn: Callable[[str], None]) -> bool:
    """Judge documents and show the reports; whether all of them register.

    Args:
        files: names of documents; `-` is the standard input.
        options: what was chosen.
        say: shows a line.
        warn: tells, beside the reports, of accepted findings that are none any more.

    Raises:
        UsageProblem: some files cannot be read; the others were shown.
    """
    strict, statement = options.strict, options.statement
    mapping, started = _mapping(options.mapped), datetime.now(UTC)
    entries = load_allowed(options.allow) if options.allow else ()
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
            report = check_document(document, mapping, takes_openapi_3_1=options.takes_openapi_3_1)
            done.append((report, document))
    reports, stale = accept(options.allow or "", entries, [report for report, _ in done], date.today())
    for line in stale:
        warn(line)
    documents = [document for _, document in done]
    for shown in _shown(reports, documents, options):
        say(shown)
    if statement is not None:
        from conformance.reporting.other_statements import of_documents

        write_statement(statement, of_documents(reports, unread, started, strict=strict))
    if problems:
        raise UsageProblem(problems)
    return all(report.registers and not (strict and report.of("warning")) for report in reports)


# ------------------------------------------------------------------ details


def _shown(reports: Sequence[Report], documents: Sequence[SourceDocument], options: LintOptions) -> Iterator[Line]:
    """The reports in the form that was chosen."""
    if options.form == "text":
        yield from _text(list(zip(reports, documents, strict=True)), strict=options.strict)
    elif reports:
        yield Line(as_json(reports) if options.form == "json" else as_sarif(reports))


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
