"""What processes and object stores do to an audit: `uv run python -m benchmarks.audit_scale`.

Ratios are taken within one run. On a machine that does something else, the wall clock says little about processes, so
the CPU time on the longest way is beside it: what one process takes, divided by what the busiest of two takes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from benchmarks import audit_data
from conformance.reporting.findings import as_json
from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.judging import Key, judged_piece
from conformance.traffic.audit.lakes import RANGE
from conformance.traffic.audit.pieces import Piece, pieces
from conformance.traffic.audit.place import Place
from conformance.traffic.audit.sources import places
from conformance.traffic.audit.workers import Lost, in_order

STORE = """
import sys, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
"""


def measured(piece: Piece) -> tuple[int, float, int]:
    """The process that judged a piece, the CPU time that it took for it, and the memory that it has had."""
    before = time.process_time()
    judged_piece(piece, Key())
    return os.getpid(), time.process_time() - before, getrusage(RUSAGE_SELF).ru_maxrss


def busiest(path: Path, jobs: int) -> tuple[float, int, float]:
    """Of a number of processes: CPU seconds and memory (kB) of the busiest, and the seconds that passed."""
    began = time.perf_counter()
    cpu = defaultdict[int, float](float)
    memory = 0
    for _, told in in_order(measured, pieces(places([str(path)])), jobs):
        assert not isinstance(told, Lost)
        cpu[told[0]] += told[1]
        memory = max(memory, told[2])
    return max(cpu.values()), memory, time.perf_counter() - began


def of_processes(path: Path) -> Iterator[str]:
    one, two = as_json(audited(places([str(path)]))), as_json(audited(places([str(path)]), jobs=2))
    assert one == two, "the findings hang on the number of processes"
    (cpu, _, wall), (half, memory, wall_of_two) = busiest(path, 1), busiest(path, 2)
    yield f"processes: CPU of one / of the busiest of two     {cpu / half:8.2f} x"
    load = os.getloadavg()[0]
    yield f"processes: wall clock of one / of two             {wall / wall_of_two:8.2f} x, at a load of {load:.1f}"
    yield f"processes: most memory of one                     {memory / 1024:8.0f} MB"


def reading_alone(found: list[Place]) -> float:
    """The seconds that it takes to read objects in the ranges in which an audit reads them, and nothing else."""
    began = time.perf_counter()
    for place in found:
        assert place.origin is not None
        with place.origin.opened() as (stream, _):
            while stream.read1(RANGE):
                pass
    return time.perf_counter() - began


def of_a_store(path: Path, rounds: int) -> Iterator[str]:
    import boto3

    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    command = [sys.executable, "-c", STORE]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as store:
        assert store.stdout is not None
        os.environ |= {
            "AWS_ENDPOINT_URL": next(line.strip() for line in store.stdout if line.startswith("http://")),
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        client = boto3.client("s3")
        client.create_bucket(Bucket="lake")
        for number in range(4):
            client.upload_file(str(path), "lake", f"logs/{number}.log")
        found = places(["s3://lake/logs/"])
        alone, judged = float("inf"), float("inf")
        for _ in range(rounds):
            alone = min(alone, reading_alone(found))
            began = time.perf_counter()
            audited(found)
            judged = min(judged, time.perf_counter() - began)
        store.terminate()
    size = 4 * path.stat().st_size
    yield f"store: MB/s of reading alone                      {size / alone / 1e6:8.0f}"
    yield f"store: MB/s of the audit                          {size / judged / 1e6:8.0f}"
    yield f"store: audit / reading alone                      {alone / judged:8.2f} x"


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--megabytes", type=int, default=400, help="of the log; an object has a tenth of it")
    asked.add_argument("--rounds", type=int, default=3)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log, part = Path(folder, "access.log"), Path(folder, "part.log")
        content = audit_data.log(min(chosen.megabytes, 50) * 1_000_000)
        log.write_bytes(content * max(1, chosen.megabytes // 50))
        part.write_bytes(content[: chosen.megabytes * 100_000])
        for figures in (of_processes(log), of_a_store(part, chosen.rounds)):
            for line in figures:
                print(line, flush=True)


if __name__ == "__main__":
    main()
