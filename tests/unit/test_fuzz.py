"""Damaged files of every kind end in a result or a refusal, never in a traceback, a hang or a full memory."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from benchmarks import fuzz_worker
from benchmarks.fuzz import Seed, damaged, lay_out, wrong_in
from benchmarks.fuzz_seeds import seeds
from benchmarks.fuzz_worker import outcome

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def known() -> dict[str, list[Seed]]:
    """The files before they are damaged. mitmproxy, which writes some of them, warns as it is loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return seeds()


def test_what_is_damaged_was_correct_before(known: dict[str, list[Seed]], tmp_path: Path) -> None:
    """So that damage, and nothing else, decides how deep it is read."""
    for kind, correct in known.items():
        for seed in correct:
            path = lay_out(tmp_path, known, kind, seed, seed.content)
            assert outcome(kind, path)["ended"] in ("loaded", "judged", "audited"), (kind, seed.name)


def test_an_input_is_the_same_every_time(known: dict[str, list[Seed]]) -> None:
    """Its number is enough to look at it again."""
    once, again = ([damaged(26, number, files) for number in range(20)] for files in (known, seeds()))
    assert once == again


def test_a_crash_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure can fail: by an error of a reader, and by too much time or memory."""

    def crashes(_: Path) -> str:
        raise KeyError("a member that everybody has")

    monkeypatch.setitem(fuzz_worker.JUDGES, "target", crashes)
    found = outcome("target", tmp_path / "target.yaml")
    found["mebibytes"] = 0.0  # this process has run other tests, which took more
    assert list(wrong_in(found)) == [found["ended"]]
    assert found["ended"].startswith("crashed: KeyError at test_fuzz.py:")
    assert list(wrong_in({"ended": "refused", "seconds": 11.0, "mebibytes": 501.0})) == [
        "took more than 10 s",
        "took more than 500 MiB",
    ]


def test_hundreds_of_damaged_files_are_no_trouble() -> None:
    """Twenty thousand are tried every night, by `uv run nox -s fuzz`."""
    command = [sys.executable, "-m", "benchmarks.fuzz", "--count=400"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "400 inputs, 2 of them as commands too; 0 wrong" in done.stdout
