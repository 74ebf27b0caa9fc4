"""Reports on OpenAPI documents, for people and for programs: verdict, what becomes of operations, what to fix."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from conformance.openapi_lint import Becomes, LintFinding, Outlook, Report, SourceDocument
from conformance.redaction import VAULT
from conformance.reporting.terminal import Line

MANY_OPERATIONS = 30  # of more than this, ordinary actions are counted
MANY_PLACES = 5  # of one rule, more than this are counted

_MARKUP = {
    "error": {"red": True, "bold": True},
    "warning": {"yellow": True, "bold": True},
    "note": {"cyan": True},
}
_BECOMES = {
    Becomes.UPLOAD: {"green": True},
    Becomes.DOWNLOAD: {"green": True},
    Becomes.ACTION: {},
    Becomes.NOTHING: {"yellow": True},
}
_YELLOW = {"yellow": True, "bold": True}
_PLAIN = "no file is sent or received"


def as_lines(report: Report, document: SourceDocument, width: int, *, strict: bool = False) -> Iterator[Line]:
    """A report for the terminal, no line wider than `width`, except for addresses and pointers, which are copied."""
    verdict = verdict_line(report, strict=strict)
    yield from (Line(part, verdict.markup) for part in wrap(verdict.text, width, subsequent_indent="  "))
    if report.operations:
        yield Line("")
        yield from _operations(report, width)
    lines = document.lines if report.findings else []
    shown = [finding for finding in report.findings if finding.rule.level != "note" and not finding.accepted]
    for rule, group in groupby(sorted(shown, key=_by_rule), key=lambda finding: finding.rule):
        findings = list(group)
        yield Line("")
        yield Line(f"{rule.level}  {rule.id}", _MARKUP[rule.level])
        yield from _wrapped("", rule.sentence, width)
        for finding in findings[:MANY_PLACES]:
            yield from _place(report, finding, lines, width)
        more = len(findings) - MANY_PLACES + report.left_out.get(rule.id, 0)
        if more > 0:
            yield Line(f"  and {more:,} more places like these; --format=json lists them")
        yield Line("")
        yield from _wrapped("remedy", rule.remedy, width)
        yield from _wrapped("source", f"{rule.basis}: {rule.source.title}", width)
        yield Line(f"  {'':<8}{rule.source.url}")
    yield from _notes(report, width)
    yield from _accepted(report, width)


def verdict_line(report: Report, *, strict: bool = False) -> Line:
    """The verdict on one document, in one line."""
    counted = [_count(report.count(level), level) for level in ("error", "warning", "note")]
    version = f"OpenAPI {report.version}" if report.version else "no supported version"
    found = ", ".join(one for one in counted if one) or "nothing found"
    if report.is_undocumented:
        said, markup = "it is not documented whether this registers with External Services", _YELLOW
    elif not report.registers:
        said, markup = "does not register with External Services", {"red": True, "bold": True}
    elif strict and report.of("warning"):
        said, markup = f"registers with External Services{_after(report)}, but not strictly", _YELLOW
    elif report.to_map:
        said, markup = f"registers with External Services{_after(report)}", _YELLOW
    else:
        said, markup = "registers with External Services", {"green": True, "bold": True}
    return Line(f"{report.name}: {said} ({version}: {found})", markup)


def as_json(reports: Sequence[Report]) -> str:
    """Reports for programs."""
    return json.dumps({"documents": [_json(report) for report in reports]}, indent=2, ensure_ascii=False)


# ------------------------------------------------------------------ details


def _after(report: Report) -> str:
    """What has to be done before: media types are mapped at the registration."""
    if not report.to_map:
        return ""
    more = len(report.to_map) - MANY_PLACES
    shown = ", ".join(report.to_map[:MANY_PLACES]) + (f" and {more} more" if more > 0 else "")
    return f" after you map {shown}"


def _operations(report: Report, width: int) -> Iterator[Line]:
    many = len(report.operations) > MANY_OPERATIONS
    listed = [one for one in report.operations if not many or one.becomes is not Becomes.ACTION or one.why != _PLAIN]
    listed = listed[:MANY_OPERATIONS]
    becomes = max((len(one.becomes) for one in listed), default=0)
    name = max((len(one.name) for one in listed), default=0)
    path = max((len(one.path) for one in listed), default=0)
    room = width - becomes - 13  # besides indentation, method and gaps
    name = max(4, min(name, max(room - path, room // 3)))
    path = min(path, room - name)
    would = "becomes" if report.registers else "would become"
    if listed:
        yield Line(f"  {'operation':<{path + 7}}  {'name':<{name}}  {would}".rstrip(), {"bold": True})
    for one in listed:
        cells = f"  {one.method:<7}{_cut(one.path, path):<{path}}  {_cut(one.name, name):<{name}}  {one.becomes}"
        yield Line(cells, _BECOMES[one.becomes])
        if one.becomes is Becomes.NOTHING or (one.becomes is Becomes.ACTION and one.why != _PLAIN):
            yield from (Line(f"  {'':<7}{part}") for part in wrap(one.why, width - 9))
    counts = Counter(one.becomes for one in report.operations) - Counter(one.becomes for one in listed)
    if counts:
        rest = ", ".join(_count(count, str(becomes)) for becomes, count in counts.items())
        yield Line(f"  and {rest}" if listed else f"  {rest}")


def _place(report: Report, finding: LintFinding, lines: list[str], width: int) -> Iterator[Line]:
    yield Line("")
    yield from _wrapped("", f"{report.name}:{finding.line}:{finding.column}: {finding.value}", width)
    if finding.pointer:
        yield Line(f"    #{finding.pointer}")
    yield from _excerpt(lines[finding.line - 1], finding, width)


def _excerpt(line: str, finding: LintFinding, width: int) -> Iterator[Line]:
    """The line with the place marked, without its indentation; of a long line what is around the place."""
    column, room = finding.column - 1, width - 10
    start = min(len(line) - len(line.lstrip()), column)
    if len(line) - start > room and column - start > room // 2:
        start = column - room // 2
    text = "".join(character if character.isprintable() else " " for character in line[start : start + room])
    yield Line(f"{finding.line:>7} | {text.rstrip()}")
    yield Line(f"{'':>7} | {'':>{column - start}}^", _MARKUP[finding.rule.level])


def _notes(report: Report, width: int) -> Iterator[Line]:
    if report.of("note"):
        yield Line("")
    for rule, group in groupby(sorted(report.of("note"), key=_by_rule), key=lambda finding: finding.rule):
        findings = list(group)
        count = len(findings) + report.left_out.get(rule.id, 0)
        lines = ", ".join(str(line) for line in list(dict.fromkeys(one.line for one in findings))[:MANY_PLACES])
        where = f"{'line' if count == 1 else 'lines'} {lines}" + (
            f", … ({count:,} places)" if count > MANY_PLACES else ""
        )
        parts = wrap(f"note  {rule.id}  {where}. {rule.sentence}", width, subsequent_indent="      ")
        yield from (Line(part, _MARKUP["note"] if index == 0 else {}) for index, part in enumerate(parts))


def _accepted(report: Report, width: int) -> Iterator[Line]:
    """What somebody accepts, one line a finding."""
    if report.accepted:
        yield Line("")
    for finding in report.accepted[:MANY_OPERATIONS]:
        text = f"accepted  {finding.rule.id}  line {finding.line}: {finding.value}. {finding.accepted}"
        yield from (Line(part) for part in wrap(text, width, subsequent_indent="      "))
    if (more := len(report.accepted) - MANY_OPERATIONS) > 0:
        yield Line(f"and {more:,} more that are accepted")


def _wrapped(label: str, text: str, width: int) -> Iterator[Line]:
    indent = f"  {label:<8}" if label else "  "
    parts = wrap(text, width, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False)
    yield from (Line(part) for part in parts)


def _by_rule(finding: LintFinding) -> tuple[int, str, int, int]:
    order = ("error", "warning", "note").index(finding.rule.level)
    return order, finding.rule.id, finding.line, finding.column


def _count(number: int, word: str) -> str:
    return "" if not number else f"{number:,} {word}{'' if number == 1 else 's'}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else VAULT.shown(text, max(0, width - 1))


def _json(report: Report) -> dict[str, object]:
    return {
        "name": report.name,
        "openapi": report.version,
        "registers": report.registers,
        "undocumented": report.is_undocumented,
        "to_map": list(report.to_map),
        "findings": [_finding(finding) for finding in report.findings],
        "left_out": dict(report.left_out),
        "operations": [_operation(one) for one in report.operations],
    }


def _finding(finding: LintFinding) -> dict[str, object]:
    rule = finding.rule
    return {
        "rule": rule.id,
        "level": rule.level,
        "basis": rule.basis,
        "pointer": finding.pointer,
        "line": finding.line,
        "column": finding.column,
        "value": finding.value,
        "sentence": rule.sentence,
        "source": {"title": rule.source.title, "url": rule.source.url},
        "remedy": rule.remedy,
        "accepted": finding.accepted,
    }


def _operation(one: Outlook) -> dict[str, object]:
    return {
        "method": one.method,
        "path": one.path,
        "name": one.name,
        "pointer": one.pointer,
        "line": one.line,
        "becomes": str(one.becomes),
        "why": one.why,
    }
