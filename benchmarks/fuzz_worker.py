"""A process that is given damaged files, one after another, and says of each what became of it.

It reads lines of a kind and a path from its standard input, and writes one line of JSON for each.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any
from unittest.mock import patch

from benchmarks.fuzz_seeds import DEAD
from conformance.commands import audit, compare
from conformance.commands.cleanup import clean
from conformance.commands.gate import gate
from conformance.commands.init import InitOptions, init
from conformance.commands.lint_spec import LintOptions, lint
from conformance.commands.report import FORMATS, rendered
from conformance.config.baseline import entries_of, load_baseline
from conformance.config.profile import load_profile
from conformance.config.target import load_target
from conformance.config.waivers import load_waivers
from conformance.documents import UsageProblem
from conformance.judging.statement_file import read_statement
from conformance.judging.verdict import ExitCode
from conformance.openapi_lint import read_document
from conformance.openapi_lint.extract import UnusableDocument, extract
from conformance.redaction import VAULT
from conformance.reference.app import target_file
from conformance.reporting import sections
from conformance.reporting.allure import write_results
from conformance.traffic.audit.acceptance import Accepting

ENVIRON = {"X": "made-up-value-of-x", "HOME": "/nowhere"}
LINE = f"GET https://a.example.com/services/a?access_token={'q7Wn2Kc9Zr4T' * 3} HTTP/1.1\n"
AUDIT_ENDINGS = {ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT, ExitCode.INCOMPLETE}


def judge_profile(path: Path) -> str:
    """Load the profile whose file, or whose family's file, is damaged."""
    load_profile(str(path.with_name("profile.yaml")))
    return "loaded"


def judge_target(path: Path) -> str:
    load_target(str(path), ENVIRON)
    return "loaded"


def judge_waivers(path: Path) -> str:
    load_waivers(str(path), PROFILE, ["acme"], date(2026, 11, 28))
    return "loaded"


def judge_baseline(path: Path) -> str:
    """Load it: that of a run, or that or the allowlist of an audit, which then judges a log."""
    if path.name == "baseline.yaml":
        load_baseline(str(path), PROFILE, ["acme"])
        entries_of(str(path))
        return "loaded"
    log = path.with_name("access.log")
    log.write_text(LINE)
    accepting = Accepting(**{"baseline" if path.name == "places.yaml" else "allow": str(path)})
    audit.run(audit.AuditOptions([str(log)], accepting), lambda _: None, lambda _: None)
    return "loaded"


def judge_journal(path: Path) -> str:
    """Undo what it names, on a target that gives no answer."""
    said: list[str] = []
    with patch.dict(os.environ, {"XDG_STATE_HOME": str(path.parents[2])}):
        clean([], dry_run=True, say=said.append)
        dead = path.with_name("dead.yaml")
        dead.write_text(target_file(DEAD, "dead"))
        clean([str(dead)], dry_run=False, say=said.append, sleep=lambda _: None)
    if steering := next((line for line in said if "\n" in line or VAULT.shown(line) != line), None):
        raise AssertionError(f"a line steers the terminal: {steering!r}")
    return "judged"


def judge_statement(path: Path) -> str:
    """Make every report of it, and compare it with the correct ones that are beside it."""
    statement = read_statement(path)
    for form in set(FORMATS) - {"allure"}:
        rendered(statement, form).encode()
    write_results(path.with_name("allure-results"), statement)
    others = [path.with_name(name) for name in ("earlier.json", "later.json")]
    for form in sections.FORMATS:
        show = {"form": form, "out": path.with_name("report"), "say": lambda _: None}
        if statement.footer is not None:
            compare.diff(path, others[1], **show)
            compare.diff(others[0], path, **show)
        compare.side_by_side([path], **show)
        compare.over_time(path.parent, **show)
    gate(path.parent, path.with_name("target.yaml"), "7d", "winter26")
    return "judged"


def judge_document(path: Path) -> str:
    """Judge it, and take out each operation that it has."""
    for form in ("text", "json", "sarif"):
        lint([str(path)], LintOptions(form), lambda _: None, lambda _: None)
    draft(path)
    data = read_document(str(path)).data
    paths = data.get("paths") if isinstance(data, dict) else None
    for name, item in paths.items() if isinstance(paths, dict) else ():
        for method in item if isinstance(item, dict) else ():
            try:
                extract(data, name, method, ("header", "path", "query"))
            except UnusableDocument:
                continue
    return "judged"


def draft(path: Path) -> None:
    """Make a target file of it, where it shows a role."""
    drafted = path.with_name("drafted.yaml")
    drafted.unlink(missing_ok=True)
    with contextlib.suppress(UsageProblem):
        init(InitOptions(source=str(path), name="drafted", out=drafted), lambda _, answers: answers[0], lambda _: None)


def judge_capture(path: Path) -> str:
    """Audit it in each format; copy what is a HAR without its credentials."""
    said: list[str] = []
    for form in ("text", "json", "jsonl", "sarif", "markdown"):
        ending = audit.run(audit.AuditOptions([str(path)], format=form), said.append, said.append)
        if ending not in AUDIT_ENDINGS:
            raise AssertionError(f"audit ended with {ending!r}: {said[-1]}")
    draft(path)
    if path.suffix == ".har":
        audit.run(audit.AuditOptions([str(path)], redact=path.with_name("copy.har")), said.append, said.append)
    if found := next((line for line in said if "harness error" in line or "failed at" in line), ""):
        raise AssertionError(f"a reader failed: {found[:300]}")
    return "audited"


JUDGES: dict[str, Callable[[Path], str]] = {
    "profile": judge_profile,
    "family": judge_profile,
    "target": judge_target,
    "waivers": judge_waivers,
    "baseline": judge_baseline,
    "document": judge_document,
    "capture": judge_capture,
    "statement": judge_statement,
    "journal": judge_journal,
}
PROFILE = load_profile("winter26")


def outcome(kind: str, path: Path) -> dict[str, Any]:
    """What became of one file: how it ended, the seconds of processor time, and the most memory so far in MiB."""
    began, where = time.process_time(), ""
    try:
        ended = JUDGES[kind](path)
    except UsageProblem as problem:
        ended = "refused" if str(problem).strip() else "crashed: a refusal without a word"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        ended = f"crashed: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error)[:200]}"
        where = traceback.format_exc()[-3000:]
    return {
        "ended": ended,
        "seconds": time.process_time() - began,
        "mebibytes": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
        "traceback": where,
    }


if __name__ == "__main__":
    for line in sys.stdin:
        kind, _, path = line.rstrip("\n").partition(" ")
        sys.stdout.write(json.dumps(outcome(kind, Path(path))) + "\n")
        sys.stdout.flush()
