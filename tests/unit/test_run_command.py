"""`seasonproof run` is a run of pytest, and `seasonproof schema` prints what editors want."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.typed import forked


def seasonproof(folder: Path, *words: str) -> tuple[int, str]:
    done = forked(folder, *words)
    return done.returncode, done.stdout + done.stderr


def test_run_is_pytest_with_the_profile_of_today(tmp_path: Path) -> None:
    status, said = seasonproof(tmp_path, "run", "--require=SAB-01", "--depth=quick")
    assert status == 0, said
    assert "reference: conformant with winter26 (1 of " in said
    assert "warning" not in said


def test_run_takes_another_profile(tmp_path: Path) -> None:
    status, said = seasonproof(tmp_path, "run", "--profile=missing")
    assert (status, "missing" in said) == (4, True), said


def test_schema_prints_what_editors_want(tmp_path: Path) -> None:
    status, said = seasonproof(tmp_path, "schema")
    assert (status, json.loads(said)["title"]) == (0, "seasonproof target file")
    status, said = seasonproof(tmp_path, "schema", "x")
    assert status == 2
    assert "no schema is called 'x'; known: adapter, " in said
