"""The benchmarks run; what they measure is nobody's test, but what makes it small is."""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

FIGURES = [
    "a whole run, --depth=quick / bare pytest --collect-only",
    "pytest --collect-only, with --profile / bare (seconds: what it adds)",
    "unrelated pytest run, with the plugin / without (seconds: what it adds)",
    "CPU per request, the suite's client / bare httpx2",
    "CPU, a whole run without the reference / its requests by bare httpx2",
]


def test_every_figure_is_printed() -> None:
    """Of a run of one requirement: what it comes to is nobody's test."""
    command = [sys.executable, "benchmarks/run.py", "--rounds=0", "--depth=quick", "--require=SAB-01"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [re.split(r"\s{2,}", line)[0] for line in lines] == FIGURES
    assert all(re.search(r" \d+\.\d\d x", line) for line in lines)


def test_collecting_loads_no_http_client(tmp_path: Path) -> None:
    """What a run sends with, and what it serves the reference with, is loaded where it is used."""
    script = """if True:
        import sys, pytest
        options = "--profile=winter26 --collect-only -qq -p no:schemathesis -c /dev/null --rootdir=."
        status = pytest.main(options.split())
        print(int(status), sorted({"httpx2", "httpcore2", "starlette", "uvicorn"} & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout + done.stderr


def test_a_large_file_passes_by_without_being_kept() -> None:
    command = [sys.executable, "benchmarks/file_round_trip.py", "--rounds=1", "--mebibytes=64"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    times, memory = done.stdout.splitlines()
    assert re.search(r" \d+\.\d\d x ", times)
    grown = re.search(r"(\d+\.\d) MiB$", memory)
    assert grown is not None
    assert float(grown[1]) < 32


def test_what_the_reports_cost_is_printed() -> None:
    """At the depth of fewest requests, and of a small page; how much it is, is nobody's test."""
    command = [sys.executable, "-m", "benchmarks.reports", "--depth=quick", "--require=SAB-01", "--targets=20"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *reports, total, large = done.stdout.splitlines()
    assert {re.split(r"\s{2,}", line)[0] for line in reports} >= {"allure", "junit", "page", "statement", "terminal"}
    assert re.search(r"^all reports +\d+\.\d+ s +\d+\.\d% of the CPU of the run", total)
    assert re.search(r"^a page of 200 verdicts: \d+\.\d\d s of CPU", large)
