"""What an audit costs beside other ways to read the same bytes: `uv run python -m benchmarks.audit`.

Everything is generated, read from the page cache, and taken in turns within one run: CPU time, best of the rounds. The
ratios are what to compare; megabytes a second depend on the machine and on what else it does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks import audit_data  # noqa: E402 found from the repository
from conformance.rules.url_tokens.prefilter import EXPRESSIONS, Prefilter  # noqa: E402
from conformance.rules.url_tokens.stdlib_prefilter import StdlibSearch  # noqa: E402
from conformance.traffic.audit.auditing import audited  # noqa: E402
from conformance.traffic.audit.findings import Damage  # noqa: E402
from conformance.traffic.audit.readers.lines import blocks  # noqa: E402
from conformance.traffic.audit.sources import Source, places  # noqa: E402

FLOWS_OF_MITMPROXY = 3_000
"""How many flows mitmproxy's own reader reads; it needs seconds for them."""


def cpu(work: Callable[[], object]) -> float:
    """The seconds of CPU that a piece of work takes, children included."""
    before, children = time.process_time(), getrusage(RUSAGE_CHILDREN)
    work()
    after = getrusage(RUSAGE_CHILDREN)
    return time.process_time() - before + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime


def taken(rounds: int, size: int, work: dict[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Megabytes a second of each piece of work, in turns; a piece may take less than the whole."""
    best = dict.fromkeys(work, float("inf"))
    for _ in range(rounds):
        for name, (one, _) in work.items():
            best[name] = min(best[name], cpu(one))
    return {name: (part or size) / best[name] / 1e6 for name, (_, part) in work.items()}


def lines_let_through(path: Path, prefilter: Prefilter) -> int:
    with path.open("rb") as file:
        read = blocks(Source(str(path), file))  # type: ignore[arg-type] # a buffered reader
        return sum(1 for block in read if not isinstance(block, Damage) for _ in prefilter.lines(*block[1:]))


def of_the_log(path: Path, rounds: int) -> Iterator[str]:
    size = path.stat().st_size
    standard, part = Prefilter(by=StdlibSearch()), path.with_name("part.log")
    with path.open("rb") as file:
        part.write_bytes(file.read(min(size, 2_000_000)))
    prefilter = Prefilter()
    work: dict[str, tuple[Callable[[], object], int]] = {
        "prefilter": (lambda: lines_let_through(path, prefilter), 0),
        "audit": (lambda: audited(places([str(path)])), 0),
        "standard library": (lambda: lines_let_through(part, standard), part.stat().st_size),
    }
    rg = shutil.which("rg")
    if rg:
        pattern = path.with_name("pattern")
        pattern.write_text("|".join(f"(?:{one})" for one in EXPRESSIONS), "latin-1")
        command = [rg, "-c", "-a", "--no-unicode", "--dfa-size-limit=256M", "-f", str(pattern), str(path)]
        work["rg"] = (lambda: subprocess.run(command, capture_output=True, check=False), 0)
    speed = taken(rounds, size, work)
    through = lines_let_through(path, prefilter)
    result = audited(places([str(path)]))
    yield f"log: lines that the prefilter lets through       {through:,} of {result.read[0].units:,}"
    yield f"log: MB/s of the prefilter                       {speed['prefilter']:8.0f}"
    yield f"log: MB/s of the whole audit                {speed['audit']:8.0f}"
    yield f"log: prefilter / standard library                {speed['prefilter'] / speed['standard library']:8.2f} x"
    if rg:
        yield f"log: prefilter / rg with the same alternation    {speed['prefilter'] / speed['rg']:8.2f} x"


def of_the_archive(path: Path, rounds: int) -> Iterator[str]:
    size = path.stat().st_size
    speed = taken(
        rounds,
        size,
        {
            "audit": (lambda: audited(places([str(path)])), 0),
            "json": (lambda: json.loads(path.read_bytes()), 0),
        },
    )
    yield f"HAR: MB/s of the whole audit                {speed['audit']:8.0f}"
    yield f"HAR: audit / json alone                     {speed['audit'] / speed['json']:8.2f} x"


def of_the_dump(path: Path, rounds: int) -> Iterator[str]:
    from mitmproxy.io import FlowReader

    size = path.stat().st_size
    with path.open("rb") as file:
        count = sum(1 for _ in islice(FlowReader(file).stream(), FLOWS_OF_MITMPROXY))
        part = file.tell()

    def read() -> None:
        with path.open("rb") as file:
            for _ in islice(FlowReader(file).stream(), count):
                pass

    speed = taken(rounds, size, {"audit": (lambda: audited(places([str(path)])), 0), "reader": (read, part)})
    yield f"dump: MB/s of the whole audit               {speed['audit']:8.0f}"
    yield f"dump: audit / mitmproxy's FlowReader        {speed['audit'] / speed['reader']:8.2f} x"


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--megabytes", type=int, default=50, help="of the log; archive and dump have half of it")
    asked.add_argument("--rounds", type=int, default=3)
    chosen = asked.parse_args()
    size = chosen.megabytes * 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        log, archive, dump = (Path(folder, name) for name in ("access.log", "capture.har", "capture.flows"))
        log.write_bytes(audit_data.log(size))
        archive.write_bytes(audit_data.har(size // 2))
        with dump.open("wb") as file:
            audit_data.write_flows(file, size // 2)
        for figures in (of_the_log(log, chosen.rounds), of_the_archive(archive, chosen.rounds)):
            for line in figures:
                print(line)
        for line in of_the_dump(dump, chosen.rounds):
            print(line)


if __name__ == "__main__":
    main()
