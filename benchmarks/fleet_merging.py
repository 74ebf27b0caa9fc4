"""How long the statements of a large fleet take to become one: `python -m benchmarks.fleet_merging`.

The statements are those of a run of the whole profile against the reference, with made-up deviations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TARGETS = 400
SECONDS, MEGABYTES = 10, 500


def main() -> None:
    """Make the statements, merge them in a process of its own, and print what that took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        requirements = write_fleet(folder / "statements", TARGETS)
        command = [sys.executable, "-m", "conformance.commands", "merge", str(folder / "statements"), "--parquet"]
        began = time.perf_counter()
        process = subprocess.Popen([*command, f"--out={folder / 'out'}"], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        sizes = {path.name: path.stat().st_size / 1e6 for path in sorted((folder / "out").iterdir())}
    cpu = used.ru_utime + used.ru_stime
    print(f"{TARGETS} targets x {requirements} requirements: exit code {os.waitstatus_to_exitcode(status)}")
    print(f"{seconds:.1f} s (at most {SECONDS} on a machine that does nothing else), of which CPU {cpu:.1f} s")
    print(f"{used.ru_maxrss / 1024:.0f} MB (at most {MEGABYTES})")
    print(", ".join(f"{name} {size:.1f} MB" for name, size in sizes.items()))


def write_fleet(folder: Path, targets: int) -> int:
    """Write a statement for each of some targets.

    Returns:
        How many requirements each of them has.
    """
    folder.mkdir()
    with tempfile.TemporaryDirectory() as one:
        command = [sys.executable, "-m", "pytest", "-q", "--profile=winter26", "--depth=quick", f"--statement={one}"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=one)
        plain = json.loads((Path(one) / "statement.json").read_text("utf-8"))
    for number in range(targets):
        text = json.dumps(_renamed(plain, number), ensure_ascii=False)
        (folder / f"t{number}").mkdir()
        (folder / f"t{number}" / "statement.json").write_text(text, "utf-8")
    return len(plain["verdicts"])


def _renamed(plain: dict[str, Any], number: int) -> dict[str, Any]:
    """The statement of another target, of which every third deviates from something."""
    name, owner = f"target-{number:03}", f"team-{number % 20:02}"
    text = json.dumps(plain).replace('"reference"', json.dumps(name)).replace('"reference ', f'"{name} ')
    other: dict[str, Any] = json.loads(text)
    other["header"]["targets"][0] |= {"owner": owner, "labels": {"env": ("test", "live")[number % 2]}}
    if number % 3 == 0:
        for at in range(number % 11 + 1):
            _fail(other, at * 7 + number % 5)
    return other


def _fail(plain: dict[str, Any], position: int) -> None:
    verdict, result = plain["verdicts"][position], plain["footer"]["results"][0]
    requirement = next(one for one in plain["requirements"] if one["id"] == verdict["requirement"])
    if requirement["level"] != "must" or requirement["basis"] == "inferred" or verdict["outcome"] != "passed":
        return
    verdict["outcome"] = verdict["cases"][0]["outcome"] = "failed"
    verdict["cases"][0]["message"] = "the answer has status 200, where a refusal was expected " * 3
    result["verdict"] = "not conformant"
    totals = result["totals"]
    counted = (("families", "family"), ("levels", "level"), ("bases", "basis"))
    for counts in (totals["outcomes"], *(totals[many][requirement[one]] for many, one in counted)):
        counts["passed"] -= 1
        counts["failed"] = counts.get("failed", 0) + 1


if __name__ == "__main__":
    main()
