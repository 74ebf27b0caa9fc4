"""A process that is given damaged files, one after another, and says of each what became of it.

It reads `KIND NAME FOLDER` lines from its standard input, and writes one line of JSON for each.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from conformance.commands import audit
from conformance.commands.lint_spec import LintOptions, lint
from conformance.config.profile import load_profile
from conformance.config.target import load_target
from conformance.config.waivers import load_waivers
from conformance.documents import UsageProblem
from conformance.judging.verdict import ExitCode
from conformance.openapi_lint import read_document
from conformance.openapi_lint.extract import UnusableDocument, extract

ENVIRON = {"X": "made-up-value-of-x", "HOME": "/nowhere"}
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


def judge_document(path: Path) -> str:
    """Judge it, and take out each operation that it has."""
    for form in ("text", "json", "sarif"):
        lint([str(path)], LintOptions(form), lambda _: None, lambda _: None)
    data = read_document(str(path)).data
    paths = data.get("paths") if isinstance(data, dict) else None
    for name, item in paths.items() if isinstance(paths, dict) else ():
        for method in item if isinstance(item, dict) else ():
            try:
                extract(data, name, method, ("header", "path", "query"))
            except UnusableDocument:
                continue
    return "judged"


def judge_capture(path: Path) -> str:
    """Audit it in each format; copy what is a HAR without its credentials."""
    said: list[str] = []
    for form in ("text", "json", "jsonl", "sarif", "markdown"):
        ending = audit.run(audit.AuditOptions([str(path)], form), said.append, said.append)
        if ending not in AUDIT_ENDINGS:
            raise AssertionError(f"audit ended with {ending!r}: {said[-1]}")
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
    "document": judge_document,
    "capture": judge_capture,
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
