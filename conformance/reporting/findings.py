"""What an audit found, as text, JSON, JSON lines, SARIF and Markdown. No format shows a credential."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from conformance.reporting.sarif import sarif
from conformance.rules.url_tokens import RULES, Level
from conformance.traffic.audit.formats import CAPTURES, SPOKEN

if TYPE_CHECKING:
    from conformance.traffic.audit.auditing import Audit
    from conformance.traffic.audit.place_result import PlaceResult

_UNITS: Final = {
    "har": ("entry", "entries"),
    "flows": ("flow", "flows"),
    "postman": ("collection", "collections"),
    "tool": ("file", "files"),
    "notebook": ("notebook", "notebooks"),
    "insomnia": ("export", "exports"),
    "openapi": ("document", "documents"),
    "api": ("document", "documents"),
    "http": ("request", "requests"),
    "metadata": ("document", "documents"),
}
_LINES: Final = ("line", "lines")
_MOST_READ = 200  # files whose kinds are named
_MOST_NAMED = 20  # of unknown files and damage, in the formats for people


def text(audit: Audit) -> str:
    """For a terminal."""
    return "\n".join(_lines(audit)) + "\n"


def _lines(audit: Audit) -> Iterator[str]:
    for found in audit.found.values():
        if found.accepted is None:
            one = found.finding
            yield f"{one.level.upper()} {one.rule}  {_clean(RULES[one.rule])}"
            yield f"  {_place(found)}"
            yield f"  {_clean(one.masked)}; {_often(found)}; first at {_clean(str(found.first))}"
            yield f"  {one.remedy}"
            yield ""
    yield from _about(audit)
    yield summary(audit)


def _about(audit: Audit) -> Iterator[str]:
    """What there is to know about the reading."""
    for read in audit.read[:_MOST_READ]:
        units = _counted(read.units, *_UNITS.get(read.kind, _LINES))
        yield _clean(f"read {read.name}: {SPOKEN[read.kind]}, {units}")
    if (more := len(audit.read) - _MOST_READ) > 0:
        yield f"read {_counted(more, 'more file', 'more files')}"
    if audit.left_out:
        yield f"left out by time or size: {_counted(audit.left_out, 'file', 'files')}"
    yield from _some("skipped as you ask", audit.skipped, len(audit.skipped))
    yield from _not_judged(audit)
    accepted = [found for found in audit.found.values() if found.accepted is not None]
    yield from _some(
        "accepted", [f"{one.finding.rule} {_place(one)}: {one.accepted}" for one in accepted], len(accepted)
    )
    for level, count in audit.beyond.items():
        yield f"and {count:,} more findings ({level}) at places beyond the first {len(audit.found):,}"


def _not_judged(audit: Audit) -> Iterator[str]:
    """What was not judged, and why."""
    ways = {kind: f"; {way}" for kind, way in CAPTURES.items()}
    unknown = [
        f"{name}: {kind}, in no format that is read here{ways.get(kind, '')}" for name, kind in audit.unknown.items()
    ]
    yield from _some("not judged", unknown, len(unknown))
    kinds = sorted({kind for kind in audit.unknown.values() if kind.isalnum()} - {*ways, "folder"})
    if kinds:
        yield f"to accept what is in no format that is read: --skip-unknown={','.join(kinds)}"
    yield from _some("damaged", [str(damage) for damage in audit.damage], audit.damaged)
    yield from _some("harness error", [str(damage) for damage in audit.broken], len(audit.broken))


def _some(how: str, what: list[str], of: int) -> Iterator[str]:
    yield from (_clean(f"{how}: {one}") for one in what[:_MOST_NAMED])
    if of > _MOST_NAMED:
        yield f"{how}: and {of - _MOST_NAMED:,} more"


def summary(audit: Audit) -> str:
    """One line: how many places leak, how many warn, what was accepted and what was not judged."""
    leaks, warnings = audit.open(Level.LEAK), audit.open(Level.WARN)
    accepted = sum(one.accepted is not None for one in audit.found.values())
    often = _counted(sum(one.count for one in leaks), "time", "times")
    parts = [
        f"{_counted(len(leaks), 'place leaks', 'places leak')} ({often})",
        f"{_counted(len(warnings), 'warning', 'warnings')}",
        *([f"{accepted:,} accepted"] if accepted else []),
        *([f"{audit.damaged:,} damaged"] if audit.damaged else []),
        *([] if audit.is_complete else [_incomplete(audit)]),
    ]
    return "; ".join(parts)


def _incomplete(audit: Audit) -> str:
    files, size = len(audit.unjudged), audit.unjudged_bytes
    if not files:
        return "incomplete: there was nothing to judge"
    counted = _counted(files, "file", "files"), _counted(size, "byte", "bytes")
    return "incomplete: {} not judged as a whole, {} of them".format(*counted)


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _place(found: PlaceResult) -> str:
    one = found.finding
    where = f"{one.place} parameter {one.parameter}" if one.parameter else one.place
    if one.place == "design":
        where = f"parameter {one.parameter}, by design"
    return _clean(f"{one.host}{one.path_template or '/'}  {where}")


def _often(found: PlaceResult) -> str:
    many = len(found.credentials)
    credentials = f"{many}{'+' if found.has_more else ''} different" if many > 1 else ""
    times = "once" if found.count == 1 else f"{found.count:,} times"
    return f"{times}, {credentials}" if credentials else times


def _clean(shown: str) -> str:
    """A text without what could steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def as_json(audit: Audit) -> str:
    """One JSON object: `findings` by place, `read`, `skipped`, what was not judged, `summary`."""
    whole = {
        "findings": [_plain(found) for found in audit.found.values()],
        "read": [{"file": read.name, "kind": str(read.kind), "units": read.units} for read in audit.read],
        "skipped": audit.skipped,
        "left_out": audit.left_out,
        "unknown": [{"file": name, "kind": kind} for name, kind in audit.unknown.items()],
        "damaged": {"count": audit.damaged, "first": [str(damage) for damage in audit.damage]},
        "harness_errors": [str(damage) for damage in audit.broken],
        "complete": audit.is_complete,
        "not_judged": {"files": len(audit.unjudged), "bytes": audit.unjudged_bytes},
        "beyond": {str(level): count for level, count in audit.beyond.items()},
        "summary": summary(audit),
    }
    return json.dumps(whole, indent=2) + "\n"


def as_json_lines(audit: Audit) -> str:
    """A JSON object a line, one for each place."""
    return "".join(json.dumps(_plain(found)) + "\n" for found in audit.found.values())


def _plain(found: PlaceResult) -> dict[str, object]:
    one, at = found.finding, found.first
    return {
        "verdict": str(one.level),
        "rule": one.rule,
        "requirement": one.requirement,
        "host": one.host,
        "path_template": one.path_template,
        "place": one.place,
        "parameter": one.parameter,
        "masked": one.masked,
        "cwe": one.cwe,
        "remedy": one.remedy,
        "count": found.count,
        "credentials": len(found.credentials),
        "first": {
            "file": at.file,
            **({"commit": at.commit} if at.commit else {}),
            **({"line": at.line} if at.line else {}),
            **({"entry": at.entry} if at.entry else {}),
            **({"pointer": at.pointer} if at.pointer else {}),
        },
        "accepted": found.accepted,
    }


def as_sarif(audit: Audit) -> str:
    """A SARIF log of what nobody has accepted, which says whether everything was judged."""
    open_ = [found for found in audit.found.values() if found.accepted is None]
    told = [(found.finding, f"{RULES[found.finding.rule]}: {_place(found)}", found.count) for found in open_]
    positions = [(found.first.file, found.first.line) for found in open_]
    notes = [{"level": "error", "message": {"text": line}} for line in _not_judged(audit)]
    run = {"executionSuccessful": audit.is_complete, "toolExecutionNotifications": notes}
    return json.dumps(sarif(told, positions, invocations=[run]), indent=2) + "\n"


def markdown(audit: Audit) -> str:
    """For a pull request or a ticket."""
    lines = ["# Credentials in URLs", "", f"**{summary(audit)}**", ""]
    open_ = [found for found in audit.found.values() if found.accepted is None]
    if open_:
        lines += ["| verdict | rule | place | times | first | instead |", "| --- | --- | --- | --- | --- | --- |"]
    for found in open_:
        one = found.finding
        cells = (str(one.level), one.rule, _place(found), f"{found.count:,}", str(found.first), one.remedy)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join([*lines, *([""] if open_ else []), *(f"- {_cell(line)}" for line in _about(audit))]) + "\n"


def _cell(shown: str) -> str:
    shown = _clean(shown).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\|`*_[]{}" else c for c in shown)


FORMATS: Final[Mapping[str, Callable[[Audit], str]]] = {
    "text": text,
    "json": as_json,
    "jsonl": as_json_lines,
    "sarif": as_sarif,
    "markdown": markdown,
}
"""The formats of a report, by name."""
