"""The CPU time of a whole run of the suite beside that of bare httpx2 for the same requests.

A first run, which is not measured, writes down every request. Then two processes take turns:

- The suite: `pytest --profile=winter26`, as anybody starts it. Its figure is the CPU time of the whole process: Python,
  imports, collecting, requests, judging, reports and the last search for secrets. Only the thread that serves the
  reference is left out.
- The bare client: one `httpx2.Client` sends the same requests in the same order to a reference of its own, and reads
  the answers. Its figure is the CPU time of the thread that sends: its start, its imports and the thread that serves
  are left out.

Left out are requests that the bare client cannot send: framed wrongly on purpose, or broken off in the middle.
Prints one line of JSON: how many requests were sent and left out, the seconds of both and their ratio, each the median
of the rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from conformance.http.client import Client
from conformance.http.exchange import Exchange, Request
from conformance.http.streamed_body import CutOff
from conformance.reference.app import reference_app
from conformance.reference.server import Server

_OF_THE_CLIENT = frozenset({"host", "content-length"})

type Sent = tuple[str, str, list[tuple[str, str]], bytes]
"""A request: method, address without its origin, headers and body."""


def run_suite(folder: Path, chosen: Sequence[str]) -> None:
    """Run the suite on the reference in this process.

    Raises:
        SystemExit: the reference is not conformant.
    """
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    shown = io.StringIO()
    options = ["--profile=winter26", *chosen, "-q", f"-c{folder}/pytest.ini", f"--statement={folder}/out"]
    with contextlib.redirect_stdout(shown):
        status = pytest.main(options)
    if status != 0:
        sys.exit(f"the suite ended with {status}:\n{shown.getvalue()}")


def record(folder: Path, chosen: Sequence[str]) -> None:
    """Write down what the suite sends: the requests, and how many cannot be sent again."""
    sent: list[Sent | None] = []
    send_once = Client.send_once

    def noting(client: Client, request: Request, *more: Any, **how: Any) -> Exchange:
        exchange = send_once(client, request, *more, **how)
        sent.append(_as_sent(exchange.request))
        return exchange

    Client.send_once = noting  # type: ignore[method-assign] # to look at what passes
    run_suite(folder, chosen)
    (folder / "sent").write_bytes(pickle.dumps(sent))


def _as_sent(request: Request) -> Sent | None:
    """A request as the bare client is given it; None where it cannot send it."""
    if request.exact:
        return None
    try:
        body = request.body if request.content is None else b"".join(request.content)
    except CutOff:
        return None
    address = urlsplit(request.url)
    headers = [(name, value) for name, value in request.headers if name.lower() not in _OF_THE_CLIENT]
    return request.method, request.url.removeprefix(f"{address.scheme}://{address.netloc}"), headers, body


def suite_seconds(folder: Path, chosen: Sequence[str]) -> float:
    """The CPU seconds of this process once it has run the suite, without those of the thread that serves."""
    serving: list[float] = []
    leave = Server.__exit__

    def leaving(server: Server, *error: Any) -> None:
        serving.append(_serving_seconds())
        leave(server, *error)

    Server.__exit__ = leaving  # type: ignore[method-assign] # a thread that has ended tells nobody
    run_suite(folder, chosen)
    return time.process_time() - sum(serving)


def _serving_seconds() -> float:
    """The CPU seconds of the threads that serve the reference."""
    found = [thread.ident for thread in threading.enumerate() if thread.name == "seasonproof-reference"]
    return sum(time.clock_gettime(time.pthread_getcpuclockid(ident)) for ident in found if ident is not None)


def bare_seconds(folder: Path) -> tuple[float, int, int]:
    """The CPU seconds of this thread for the same requests, how many they were, and how many are left out."""
    sent: list[Sent | None] = pickle.loads((folder / "sent").read_bytes())  # our own
    done = 0
    with Server() as server, httpx2.Client(trust_env=False, timeout=30) as client:
        origin = server.serve(reference_app())
        started = time.thread_time()
        for one in sent:
            if one is None:
                continue
            method, address, headers, body = one
            with contextlib.suppress(httpx2.HTTPError, httpx2.InvalidURL):
                client.request(method, f"{origin}{address}", headers=headers, content=body)
                done += 1
        return time.thread_time() - started, done, len(sent) - done


def _in_a_process(*options: str) -> list[Any]:
    """What a process of its own prints in its last line."""
    command = [sys.executable, __file__, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextlib.contextmanager
def _folder_of(name: str) -> Iterator[Path]:
    """The folder of this name, or a temporary one."""
    if name:
        yield Path(name)
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", default="standard")
    parser.add_argument("--require", metavar="ID", help="run this requirement alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=("record", "suite", "bare"), help="what a process of its own does")
    parser.add_argument("--folder", default="", help="what the processes share")
    options = parser.parse_args(arguments)
    chosen = [f"--depth={options.depth}", *([f"--require={options.require}"] if options.require else [])]
    with _folder_of(options.folder) as folder:
        match options.part:
            case "record":
                record(folder, chosen)
                print("[]")
            case "suite":
                print(json.dumps([suite_seconds(folder, chosen)]))
            case "bare":
                print(json.dumps(bare_seconds(folder)))
            case _:
                shared = (f"--folder={folder}", *chosen)
                _in_a_process("--part=record", *shared)
                suites, bares = [], []
                for _ in range(max(1, options.rounds)):
                    suites += _in_a_process("--part=suite", *shared)
                    seconds, requests, left_out = _in_a_process("--part=bare", *shared)
                    bares.append(seconds)
                found = {"requests": requests, "left_out": left_out, "suite": median(suites), "bare": median(bares)}
                found["ratio"] = median(suite / bare for suite, bare in zip(suites, bares, strict=True))
                print(json.dumps(found))


if __name__ == "__main__":
    main()
