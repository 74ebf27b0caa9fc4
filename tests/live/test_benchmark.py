"""The benchmark of the proxy runs; what it measures is nobody's test, except for what must never happen."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_figure_is_printed_and_nothing_that_is_blocked_arrives() -> None:
    command = [sys.executable, "benchmarks/proxy_cost.py", "--rounds=0", "--requests=40", "--blocked=20"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^CPU per request, .* \d+\.\d{3} x", done.stdout, re.MULTILINE)) == 4
    assert len(re.findall(r"^all hooks of one benign request, .* p\d\d .* µs", done.stdout, re.MULTILINE)) == 4
    assert re.search(r"^requests that reached the server, of 20 refused +0  limit 0$", done.stdout, re.MULTILINE)
