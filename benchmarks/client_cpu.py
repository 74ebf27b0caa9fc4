"""The CPU time of the suite's client beside that of bare httpx2, for the same requests in the same run.

The suite runs against a reference in another process. Each request that its client sends is sent once more with bare
httpx2, at once, so that whatever disturbs the machine disturbs both. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from conformance.config.target import role_names
from conformance.http.client import Client
from conformance.http.exchange import Exchange, Request


class Meter:
    """Counts the seconds of CPU which this thread spends in either client."""

    def __init__(self) -> None:
        self.requests = 0
        self.client_seconds = 0.0
        self.bare_seconds = 0.0
        self._bare = httpx2.Client(trust_env=False)
        self._send = Client.send

    def send(self, client: Client, request: Request, **how: Any) -> Exchange:
        """Send a request with the suite's client, and again with the bare one."""
        started = time.thread_time()
        exchange = self._send(client, request, **how)
        ended = time.thread_time()
        try:
            self._bare.request(request.method, request.url, headers=request.headers, content=request.body)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return exchange  # what only the suite's client can send is compared with nothing
        self.requests += 1
        self.client_seconds += ended - started
        self.bare_seconds += time.thread_time() - ended
        return exchange


@contextlib.contextmanager
def served_reference(folder: Path) -> Iterator[Path]:
    """Serve the reference in a process of its own; yields its target file."""
    command = [sys.executable, "-u", "-m", "conformance.commands", "serve", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = list(iter(process.stdout.readline, "\n"))  # the target file ends with an empty line
            target = folder / "reference.yaml"
            data = yaml.safe_load("".join(lines))
            # Each request is sent twice, which a role whose calls change something does not stand.
            roles = set(role_names()) - {"single_access", "token_endpoint"}
            target.write_text(yaml.safe_dump({name: data[name] for name in data.keys() - roles}), "utf-8")
            yield target
        finally:
            process.terminate()


def main() -> None:
    """Run the suite, and print the CPU seconds per request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--depth", default="standard")
    parser.add_argument("--require", metavar="ID", help="run this requirement alone")
    given = parser.parse_args()
    chosen = [f"--depth={given.depth}", *([f"--require={given.require}"] if given.require else [])]
    meter = Meter()
    Client.send = lambda client, request, **how: meter.send(client, request, **how)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as name, served_reference(Path(name)) as target:
        (target.parent / "pytest.ini").write_text("[pytest]\n", "utf-8")
        options = ["--profile=winter26", f"--target={target}", *chosen, "-qq", "-p", "no:cacheprovider"]
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            status = pytest.main([*options, f"-c{name}/pytest.ini"])
    if status != 0:
        sys.exit(f"the suite ended with {status}:\n{shown.getvalue()}")
    seconds = {"client": meter.client_seconds, "bare": meter.bare_seconds}
    print(json.dumps({"requests": meter.requests, **{k: v / meter.requests for k, v in seconds.items()}}))


if __name__ == "__main__":
    main()
