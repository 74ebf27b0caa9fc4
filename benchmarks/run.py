"""What the plugin costs and what a run takes, all measured in one run: `uv run python benchmarks/run.py`.

Runs that are compared take turns, and the median of the rounds counts. Byte code caches are warm.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
TEST = "def test_nothing() -> None:\n    pass\n"

SECONDS = {"quick": 4, "standard": 9}
"""How long a whole run may take, by its depth."""

BARE = ("--collect-only",)
COLLECT = ("--collect-only", "--profile=winter26")
UNRELATED = ("--quiet",)
WITHOUT = ("--quiet", "-p", "no:seasonproof")


@dataclass(frozen=True)
class Figure:
    """One line of the result.

    Attributes:
        ratio: what was measured, by what it is compared with.
        seconds: the same in seconds, where a limit speaks of seconds.
        limit: the seconds that it may take.
        most: the ratio that it may have.
    """

    says: str
    ratio: float
    seconds: float | None = None
    limit: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        seconds = "" if self.seconds is None else f"{self.seconds:.3f} s"
        limits = [f"limit {self.limit:g} s"] if self.limit is not None else []
        limits += [f"limit {self.most:g} x"] if self.most is not None else []
        is_late = self.limit is not None and self.seconds is not None and self.seconds > self.limit
        missed = "  MISSED" if is_late or (self.most is not None and self.ratio > self.most) else ""
        return f"{self.says:<76}{self.ratio:>6.2f} x  {seconds:>9}  {', '.join(limits)}{missed}".rstrip()


def wall_seconds(folder: Path, options: Sequence[str]) -> float:
    """How long `pytest` takes with these options, from command to prompt.

    Raises:
        RuntimeError: it failed.
    """
    # A folder of results from elsewhere, or an option in the environment, would be measured too.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SEASONPROOF_"))}
    environ |= {"HOME": str(folder), "XDG_STATE_HOME": str(folder), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "pytest", *options]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds


def take_turns(folder: Path, rounds: int, *runs: Sequence[str]) -> list[list[float]]:
    """The seconds of each run in each round, after one round that warms the caches and counts only if it is alone."""
    found = [[wall_seconds(folder, options) for options in runs] for _ in range(rounds + 1)]
    return [list(one) for one in zip(*(found[1:] or found), strict=True)]


def compared(ones: list[float], others: list[float]) -> tuple[float, float]:
    """The medians of the ratios and of the differences, round by round."""
    pairs = list(zip(ones, others, strict=True))
    return median(one / other for one, other in pairs), median(one - other for one, other in pairs)


def wall_figures(folder: Path, rounds: int, depth: str, require: Sequence[str]) -> list[Figure]:
    """The whole run, and what the plugin adds to other runs."""
    whole = ("--quiet", "--profile=winter26", f"--depth={depth}", *require)
    wholes, bares, collects, withs, withouts = take_turns(folder, rounds, whole, BARE, COLLECT, UNRELATED, WITHOUT)
    whole_ratio, _ = compared(wholes, bares)
    collect_ratio, added = compared(collects, bares)
    unrelated_ratio, cost = compared(withs, withouts)
    return [
        Figure(
            f"a whole run, --depth={depth} / bare pytest --collect-only",
            whole_ratio,
            median(wholes),
            SECONDS.get(depth),
        ),
        Figure("pytest --collect-only, with --profile / bare (seconds: what it adds)", collect_ratio, added, 0.5),
        Figure("unrelated pytest run, with the plugin / without (seconds: what it adds)", unrelated_ratio, cost),
    ]


def measured(script: str, *options: str) -> dict[str, float]:
    """What a benchmark of this folder prints in its last line."""
    command = [sys.executable, str(HERE / script), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def client_figures(rounds: int, depth: str, require: Sequence[str]) -> list[Figure]:
    """What the suite costs beside a bare client: its own client a request, and the whole run."""
    found = [measured("client_cpu.py", f"--depth={depth}", *require) for _ in range(rounds)]
    client = median(one["client"] / one["bare"] for one in found)
    whole = measured("whole_run.py", f"--depth={depth}", f"--rounds={rounds}", *require)
    return [
        Figure("CPU per request, the suite's client / bare httpx2", client),
        Figure(
            "CPU, a whole run without the reference / its requests by bare httpx2",
            whole["ratio"],
            whole["suite"],
            most=3 if depth == "standard" and not require else None,
        ),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each run is repeated; 0 tries the scripts")
    parser.add_argument("--depth", default="standard", help="the depth of the suite's runs")
    parser.add_argument("--require", metavar="ID", help="run this requirement alone, to try the scripts")
    arguments = parser.parse_args()
    require = [f"--require={arguments.require}"] if arguments.require else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text(TEST, "utf-8")
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        figures = wall_figures(folder, arguments.rounds, arguments.depth, require)
    figures += client_figures(max(1, arguments.rounds // 2), arguments.depth, require)
    for figure in figures:
        print(figure)


if __name__ == "__main__":
    main()
