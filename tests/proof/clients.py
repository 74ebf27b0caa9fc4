"""Runs of the suites against variants of the reference clients, and the judgements by which faults are caught."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from conformance.reference.clients.variants import client_variants
from tests.suite import Result, run_suite

JUDGEMENTS = {
    "TIU-01": "tiu-01",
    "TIU-02": "tiu-02",
    "TIU-03": "no-fallback:fallback",
    "TIU-04": "renews:no-renewal",
    "TIU-05": "not-kept:printed not-kept:stored opened-once:again",
    "TIU-06": "token-in-body-or-header:in-url",
    "TIU-07": "tiu-07",
    "TIU-08": "no-secret-shown:file no-secret-shown:output",
    "TIU-09": "no-secret-in-arguments:arguments",
    "TIU-10": "waits:early",
    "TIU-11": "few-tries:endless",
    "TIU-12": "no-stranger",
    "TIU-13": "renews-a-few-times:calls",
    "CCC-01": "in-place:missing in-place:twice",
    "CCC-02": "one-way:in-url one-way:twice",
    "CCC-03": "form:media-type form:method form:value",
    "CCC-04": "keeps-its-token:on-403 renews:no-renewal renews:renewals",
    "CCC-05": "again:lost",
    "CCC-06": "understood",
    "CCC-07": "error-shown:silent no-call:called",
    "CCC-08": "no-secret-shown:output",
    "CCC-09": "understood",
    "CCC-10": "few-tries:storm",
    "CCC-11": "few-tokens:storm",
    "ROC-01": "proven:unproven",
    "ROC-02": "rolled-back:left works:dead works:mixed",
    "ROC-03": "both",
    "ROC-04": "kept",
    "ROC-05": "own-consumer",
    "ROC-06": "deleted once once:dead once:mixed",
    "ROC-07": "works:dead works:mixed",
    "ROC-08": "ends-right:not-main works:mixed",
    "ROC-09": "no-secret-shown:output",
    "PCX-01": "at-least-once:lost",
    "PCX-02": "at-least-once:lost",
    "PCX-03": "at-least-once:lost",
    "PCX-04": "at-least-once:lost",
    "PCX-05": "at-least-once:lost",
    "PCX-06": "once:again",
    "PCX-07": "at-least-once:lost",
    "PCX-08": "no-secret-shown:output",
    "BIN-09": "kept:bytes sent:bytes sent:media-type token-in-header:in-url",
    "FIC-01": "whole",
    "FIC-02": "no-page",
    "FIC-03": "stays:followed",
    "FIC-04": "no-secret-shown:output",
}


def judged(folder: Path, names: Iterable[str], *options: str) -> Result:
    """One run of the suites against variants, each of them a target of its own."""
    variants = client_variants()
    targets = []
    for name in names:
        command = [sys.executable, "-m", "conformance.reference.clients.variants", name]
        client = {"command": command, "roles": [variants[name].program.role], "timeout_seconds": 60}
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"name": name, "client": client}), "utf-8")
        targets.append(f"--target={path}")
    return run_suite(folder, *targets, "-qq", *options)
