"""A large file to a file service and back: the suite's client beside `curl` and `sha256sum`, in one run.

Both put the same file and get it back from the same server, a reference in a process of its own. They take turns, and
the median of the rounds counts. Prints the ratio of the wall times, and how much the peak of the client's memory grows.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

MEBIBYTE = 1_048_576
NAME = "benchmark.bin"
LIMITS = {"requests_per_second": 10_000, "total_seconds": 600, "read_seconds": 300}

SERVER = """
import signal, sys
from conformance.reference import file_service
from conformance.reference.org import Org
from conformance.reference.server import Server
from starlette.applications import Starlette

file_service.MAX_BYTES = 10**9
signals = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # else the first of them ends the process, and its files stay
with Server() as server:
    print(server.serve(Starlette(routes=file_service.FileService(Org()).routes())), flush=True)
    signal.sigwait(signals)
"""

CLIENT = """
import json, resource, sys, time
from pathlib import Path
from conformance.http.client import Client
from conformance.http.streamed_body import Content, Received
from conformance.http.exchange import Request
from conformance.config.target import Target

url, key, value, path, limits = json.loads(sys.argv[1])
target = Target.model_validate({"name": "files", "file_service": {"url": url}, "limits": limits})
client = Client(target, requirement="BIN-01")

def round_trip(content):
    put = client.send(Request("PUT", url.replace("{name}", "benchmark.bin"), ((key, value),), content=content))
    assert put.response is not None and put.response.status in (201, 204), put
    received = Received(content, at_most=content.size)
    get = client.send(Request("GET", put.request.url, ((key, value),)), into=received)
    assert get.problem == "" and received.sha256 == content.sha256, get

round_trip(Content.of(b"warm"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
round_trip(Content.of_file(Path(path)))
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "grown": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}))
"""


@contextmanager
def reference() -> Iterator[str]:
    """Serve the reference's file service; gives its address."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def by_the_suite(base_url: str, header: tuple[str, str], path: Path) -> tuple[float, float]:
    """The seconds of one round trip with the suite's client, and the mebibytes by which its peak memory grew."""
    told = json.dumps([f"{base_url}/files/{{name}}", *header, str(path), LIMITS])
    done = subprocess.run([sys.executable, "-c", CLIENT, told], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found = json.loads(done.stdout)
    return found["seconds"], found["grown"] / 1024  # Linux counts it in kibibytes


def by_curl(base_url: str, header: tuple[str, str], path: Path) -> float:
    """The seconds of one round trip with curl, and sha256sum on both sides."""
    url, proof = f"{base_url}/files/{NAME}", shlex.quote(f"{header[0]}: {header[1]}")
    kind = "-H 'Content-Type: application/octet-stream' -H Expect:"
    put = f"curl -sf -H {proof} {kind} -T {shlex.quote(str(path))} {url}"
    get = f"curl -sf -H {proof} {url} | sha256sum"
    script = f'set -e -o pipefail; a=$(sha256sum < {shlex.quote(str(path))}); {put}; b=$({get}); [ "$a" = "$b" ]'
    started = time.perf_counter()
    subprocess.run(["bash", "-c", script], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each of the two is repeated")
    parser.add_argument("--mebibytes", type=int, default=100, help="how large the file is")
    arguments = parser.parse_args()
    from conformance.reference.file_service import KEY, KEY_HEADER

    header, suite, curl, grown = (KEY_HEADER, KEY), list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder, reference() as base_url:
        path = Path(folder) / NAME
        with path.open("wb") as file:
            for _ in range(arguments.mebibytes):
                file.write(os.urandom(MEBIBYTE))
        for _ in range(arguments.rounds):
            curl.append(by_curl(base_url, header, path))
            seconds, memory = by_the_suite(base_url, header, path)
            suite.append(seconds)
            grown.append(memory)
    ratio = median(suite) / median(curl)
    size = f"{arguments.mebibytes} MiB"
    print(f"{f'{size} there and back, the suite / curl with sha256sum':<76}{ratio:>6.2f} x  {median(suite):>8.3f} s")
    print(f"{f'{size} there and back, by how much the peak memory grows':<76}{max(grown):>6.1f} MiB")


if __name__ == "__main__":
    main()
