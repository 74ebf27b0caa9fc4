"""Spark and Ray find what the audit finds, by the blocks of the guide, in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from conformance.traffic.audit.auditing import Audit, audited
from conformance.traffic.audit.sources import places
from tests.corpus import corpus
from tests.unit.audit_content import TOKEN

REPOSITORY = Path(__file__).parents[2]
SALT = "sixteen bytes or more"
QUIET = {
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_LOCAL_IP": "127.0.0.1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # else each worker makes an environment of its own
}


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(
            "spark",
            marks=pytest.mark.skipif(
                find_spec("pyspark") is None or shutil.which("java") is None, reason="needs pyspark and Java 17"
            ),
        ),
        pytest.param("ray", marks=pytest.mark.skipif(find_spec("ray") is None, reason="needs ray[data]")),
    ],
)
def test_an_engine_finds_what_the_audit_finds(engine: str, tmp_path: Path) -> None:
    lines = [f'10.0.0.1 - - [x] "GET {case.text} HTTP/1.1" 200 1' for case in corpus() if ": " not in case.text]
    for number in range(3):
        text = "\n".join(["a log", *lines[number * 150 : number * 150 + 150]])
        (tmp_path / f"{number}.log").write_text(f"{text}\n", "utf-8")

    command = [sys.executable, "-m", "tests.engines.blocks", engine, str(tmp_path), SALT]
    done = subprocess.run(command, cwd=REPOSITORY, env=os.environ | QUIET, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]

    result = audited(places([str(tmp_path)]), audit=Audit(salt=SALT.encode()))
    told = Counter(
        (Path(row["file"]).name, row["rule"], row["host"], row["path_template"], row["parameter"]) for row in rows
    )
    counted: Counter[tuple[str, ...]] = Counter()
    for one in result.found.values():
        counted[Path(one.first.file).name, *one.place] += one.count
    assert told == counted
    assert told.total() > 300
    assert {row["fingerprint"] for row in rows} == {each for one in result.found.values() for each in one.credentials}
    assert not any(one.has_more for one in result.found.values())
    assert TOKEN not in done.stdout
