"""What a fleet costs beside its targets one by one: `python -m benchmarks.fleet`.

Fifty target files: the reference and variants of it, some that nothing listens for, a hostile one, and two that cannot
be read. They are judged in one run, and each that can be read once more in a run of its own. CPU time is that of the
runs, without the servers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from conformance.judging.statement_file import read_statement  # noqa: E402 found from the repository
from conformance.reference.app import describe, reference_app  # noqa: E402
from conformance.reference.server import Server  # noqa: E402
from conformance.reference.variants import variants  # noqa: E402
from conformance.reporting.fleet.merging import merge  # noqa: E402
from conformance.reporting.fleet.page import page  # noqa: E402
from tests.unit.hostile_server import endless  # noqa: E402
from tests.unit.raw_server import serving  # noqa: E402

TARGETS, DEAD = 50, 3
RATIO = 1.1
HOSTILE = endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", every=0.01)


def main() -> None:
    """Judge the fleet as a whole and one by one, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="judge every n-th target alone, and count it n times")
    parser.add_argument("--targets", type=int, default=TARGETS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Server() as server, serving(HOSTILE) as hostile:
        folder = Path(name)
        files = write_fleet(folder / "targets", given.targets, lambda app: server.serve(app), hostile.url)
        whole = cpu(folder, f"--target={folder / 'targets'}", "--statement=fleet")
        alone = [cpu(folder, f"--target={file}", f"--statement=alone/{file.stem}") for file in files[:: given.every]]
        statement = read_statement(folder / "fleet" / "statement.json")
        fleet = merge([folder / "fleet"])
        size = len(page(fleet).encode())
    verdicts = Counter(one.shown for one in fleet.targets)
    total = sum(alone) / len(alone) * len(files)
    print(
        f"{given.targets} target files: {len(statement.target_names)} verdicts and {len(fleet.problems)} broken files"
    )
    print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    print(f"CPU of the fleet {whole:.1f} s, of {len(files)} single runs {total:.1f} s ({len(alone)} measured)")
    print(f"ratio {whole / total:.2f} (at most {RATIO})")
    print(f"a target {whole / len(files):.2f} s of CPU; one page of {size / 1e6:.2f} MB")


def write_fleet(folder: Path, targets: int, serve: Callable[[Any], str], hostile: str) -> list[Path]:
    """Write the target files.

    Returns:
        Those that can be read.
    """
    folder.mkdir()
    faults = [one.role for name, one in sorted(variants().items()) if any(i.startswith("SAB-") for i in one.kills)]
    apps = [reference_app(faults[at % len(faults)] if at % 2 else None) for at in range(targets - DEAD - 3)]
    urls = [serve(app) for app in apps] + ["http://127.0.0.1:1"] * DEAD + [hostile]
    for at, url in enumerate(urls):
        whole = describe(url, f"t{at:02}")
        kept = {key: whole[key] for key in ("name", "single_access", "capabilities")}
        limits = {"requests_per_second": 10_000, "read_seconds": 0.5, "total_seconds": 0.5 if url == hostile else 30}
        (folder / f"t{at:02}.yaml").write_text(yaml.safe_dump(kept | {"limits": limits}), "utf-8")
    files = sorted(folder.iterdir())
    (folder / "noise.yaml").write_bytes(b"\x00\xff")
    (folder / "wrong.yaml").write_text("single_access: {base_url: 7}\n", "utf-8")
    return files


def cpu(folder: Path, *options: str) -> float:
    """The seconds of CPU that a run takes."""
    command = [sys.executable, "-m", "pytest", "-q", "--profile=winter26", "--depth=quick", *options]
    environ = os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
