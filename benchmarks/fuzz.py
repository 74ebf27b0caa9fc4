"""Damaged files of every kind, and what becomes of them: `uv run python -m benchmarks.fuzz`.

Profiles, families, targets, waivers, baselines, OpenAPI documents, captures, statements and journals are damaged in
their bytes and in their structure, and given to what reads them, in a process that may end; one in two hundred is given
to the command itself. Right is a result or a refusal, within ten seconds and 500 MiB. Input N of seed S is the same on
every machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fuzz_seeds import Kind, Seed, seeds
from benchmarks.mutations import bytewise, structural, written, written_lines

SECONDS = 10.0  # of processor time
PATIENCE = 600.0  # of waiting, on a machine that has other things to do
MEBIBYTES = 500.0
EVERY = 200  # of which one is given to the command itself
RIGHT = ("loaded", "judged", "audited", "refused")
SHARES: dict[Kind, int] = {
    "profile": 2,
    "family": 2,
    "target": 5,
    "waivers": 2,
    "baseline": 2,
    "document": 5,
    "capture": 4,
    "statement": 4,
    "journal": 3,
}

ENDINGS: dict[Kind, tuple[int, ...]] = {
    "profile": (0, 4, 5),
    "family": (0, 4, 5),
    "target": (0, 4),
    "waivers": (0, 4),
    "baseline": (0, 1, 2, 4),
    "document": (0, 1, 2),
    "capture": (0, 1, 2, 7),
    "statement": (0, 1, 2),
    "journal": (0, 1, 2),
}
"""The documented exit codes of the commands that read a kind."""


@dataclass
class Tally:
    """What became of all inputs.

    Attributes:
        endings: how many ended in each way, by kind.
        flaws: what was wrong, with the first input that shows it and how often it happened.
    """

    endings: Counter[str] = field(default_factory=Counter)
    flaws: dict[str, tuple[int, int]] = field(default_factory=dict)
    seconds: float = 0.0
    mebibytes: float = 0.0
    runs: int = 0

    def add(self, kind: Kind, found: dict[str, Any], flaws: list[str], number: int) -> None:
        """Count an input."""
        self.endings[f"{kind} {'wrong' if flaws else found['ended']}"] += 1
        self.seconds = max(self.seconds, found["seconds"])
        self.mebibytes = max(self.mebibytes, found["mebibytes"])
        for flaw in flaws:
            first, times = self.flaws.get(f"{kind}: {flaw}", (number, 0))
            self.flaws[f"{kind}: {flaw}"] = (first, times + 1)


class Worker:
    """A process that judges files, and is replaced when it hangs, dies or has grown too large."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def judge(self, kind: Kind, path: Path) -> dict[str, Any]:
        """What became of a file."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it died; the line that is missing says so
            process.stdin.write(f"{kind} {path}\n")
            process.stdin.flush()
        if not select.select([process.stdout], [], [], PATIENCE)[0]:
            self.close()
            return {"ended": "hung", "seconds": PATIENCE, "mebibytes": 0.0}
        line = process.stdout.readline()
        if not line:
            status = process.wait()
            self.close()
            return {"ended": f"died with status {status}", "seconds": 0.0, "mebibytes": 0.0}
        found: dict[str, Any] = json.loads(line)
        if found["mebibytes"] > MEBIBYTES:
            self.close()  # the memory of a process is the most that it ever had
        return found

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            with contextlib.suppress(BrokenPipeError):
                self.process.communicate()
            self.process = None

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            command = [sys.executable, "-m", "benchmarks.fuzz_worker"]
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, bufsize=1
            )
        return self.process


def damaged(seed: int, number: int, known: dict[Kind, list[Seed]]) -> tuple[Kind, Seed, bytes]:
    """An input: its kind, the correct file that it comes from, and its content."""
    chance = random.Random(f"{seed}/{number}")
    kind = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
    origin = chance.choice(known[kind])
    content = origin.content
    if origin.data is not None and chance.random() < 0.65:
        write = written_lines if origin.name.endswith(".jsonl") else written
        content = write(chance, structural(chance, origin.data))
    if content == origin.content or chance.random() < 0.2:
        other = chance.choice(known[chance.choice(list(SHARES))])
        content = bytewise(chance, content, other.content)
    return kind, origin, content


def lay_out(folder: Path, known: dict[Kind, list[Seed]], kind: Kind, origin: Seed, content: bytes) -> Path:
    """Write an input, with correct files beside it for those that it names. Its path."""
    beside = (known["profile"][0], known["family"][0], known["target"][-1], known["document"][0], *known["statement"])
    for correct in beside:
        (folder / correct.name).write_bytes(correct.content)
    path = folder / origin.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def command(kind: Kind, folder: Path, path: Path) -> list[str]:
    """The command that reads a kind of file."""
    suites = [sys.executable, "-m", "pytest", "-q", "--require=SAB-01", "-p", "no:schemathesis", "-p", "no:anyio"]
    mine = f"--profile={folder / 'profile.yaml'}" if kind in ("profile", "family") else "--profile=winter26"
    match kind:
        case "document" | "capture":
            name = "lint-spec" if kind == "document" else "audit"
            return [sys.executable, "-m", "conformance.commands", name, str(path)]
        case "journal":
            return [sys.executable, "-m", "conformance.commands", "cleanup", "--dry-run"]
        case "statement":
            return [sys.executable, "-m", "conformance.commands", *_reading(folder, path)]
        case "baseline" if path.name != "baseline.yaml":
            option = "--baseline" if path.name == "places.yaml" else "--allow"
            return [
                sys.executable,
                "-m",
                "conformance.commands",
                "audit",
                str(folder / "target.yaml"),
                option,
                str(path),
            ]
        case "baseline":
            return [*suites, mine, "--plan", f"--baseline={path}"]
        case "target":
            return [*suites, mine, "--plan", f"--target={path}"]
        case "waivers":
            return [*suites, mine, "--plan", f"--waivers={path}"]
        case _:
            return [*suites, mine, "--plan"]


def _reading(folder: Path, path: Path) -> list[str]:
    """One of the commands that read a statement; which of them, its size decides."""
    ways = (
        ["report", str(path), f"--out={folder}"],
        ["diff", str(path), str(folder / "later.json")],
        ["matrix", str(path)],
        ["history", str(folder)],
        ["gate", f"--statements={folder}", f"--targets={folder / 'target.yaml'}"],
    )
    return ways[path.stat().st_size % len(ways)]


def run_command(kind: Kind, folder: Path, path: Path) -> str:
    """What is wrong with how the command ends; nothing if all is well."""
    environ = os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "X": "made-up-value-of-x"}
    environ["PYTHONPATH"] = str(Path.cwd())
    try:
        done = subprocess.run(
            command(kind, folder, path),
            cwd=folder, env=environ, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "the command hung"
    if done.returncode not in ENDINGS[kind]:
        return f"the command ended with {done.returncode}"
    return "the command printed a traceback" if b"Traceback (most recent" in done.stdout + done.stderr else ""


def fuzz(seed: int, numbers: Iterator[int], keep: Path | None) -> Tally:
    """Judge inputs, and keep those that are judged wrongly."""
    known, tally, worker = seeds(), Tally(), Worker()
    for number in numbers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            kind, origin, content = damaged(seed, number, known)
            path = lay_out(folder, known, kind, origin, content)
            found = worker.judge(kind, path)
            flaws = list(wrong_in(found))
            if number % EVERY == 0:
                tally.runs += 1
                flaws += filter(None, [run_command(kind, folder, path)])
            tally.add(kind, found, flaws, number)
            if flaws and keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, keep / f"{seed}-{number}-{path.name}")
                told = "\n".join([*flaws, str(found.get("traceback", ""))])
                (keep / f"{seed}-{number}.txt").write_text(told, "utf-8")
    worker.close()
    return tally


def wrong_in(found: dict[str, Any]) -> Iterator[str]:
    """What is wrong with what became of an input."""
    if found["ended"] not in RIGHT:
        yield str(found["ended"])
    if found["seconds"] > SECONDS:
        yield f"took more than {SECONDS:.0f} s"
    if found["mebibytes"] > MEBIBYTES:
        yield f"took more than {MEBIBYTES:.0f} MiB"


def main() -> int:
    """Say how many inputs of each kind ended how, and what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=26)
    parser.add_argument("--only", type=int, help="the number of one input")
    parser.add_argument("--keep", type=Path, help="where inputs are kept that are judged wrongly")
    given = parser.parse_args()
    numbers = range(given.count) if given.only is None else range(given.only, given.only + 1)
    tally = fuzz(given.seed, iter(numbers), given.keep)
    for ending, times in sorted(tally.endings.items()):
        print(f"{ending:<20} {times:>7,}")
    wrong = sum(times for _, times in tally.flaws.values())
    print(f"{len(numbers):,} inputs, {tally.runs:,} of them as commands too; {wrong:,} wrong")
    print(f"at most {tally.seconds:.1f} s of processor time, and {tally.mebibytes:.0f} MiB")
    for text, (first, times) in sorted(tally.flaws.items()):
        print(f"input {first}, {times} times: {text}")
    return 1 if tally.flaws else 0


if __name__ == "__main__":
    sys.exit(main())
