"""Programs for the scripts of pipelines: each is a fork of a process that has loaded the suites.

A script starts a few lines of bash, which send the words, the folder and the variables to the tests' process, and print
what comes back. A pipeline starts a dozen programs, and Python takes seconds to load each.
"""

from __future__ import annotations

import os
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tests.suite import run_module

ASKS = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{port}
{{ printf '%s\\0' {module} "$PWD" "$#" "$@"; env -0; printf '\\0'; }} >&3
read -r status outputs <&3
cat "$outputs/1"
cat "$outputs/2" >&2
exit "$status"
"""


class _Forks(socketserver.ThreadingTCPServer):
    """Runs what it is asked for; `outputs` is where each run's standard streams are kept."""

    daemon_threads = True

    def __init__(self, outputs: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Fork)
        self.outputs = outputs


class _Fork(socketserver.StreamRequestHandler):
    server: _Forks

    def handle(self) -> None:
        """Answer with the exit code and the folder of the outputs."""
        module, folder, count = _word(self.rfile), _word(self.rfile), int(_word(self.rfile))
        words = [_word(self.rfile) for _ in range(count)]
        environ = dict(line.split("=", 1) for line in iter(lambda: _word(self.rfile), ""))
        done = run_module([module, *words], Path(folder), environ)
        outputs = Path(tempfile.mkdtemp(dir=self.server.outputs))
        (outputs / "1").write_text(done.stdout, "utf-8")
        (outputs / "2").write_text(done.stderr, "utf-8")
        self.wfile.write(f"{done.returncode} {outputs}\n".encode())


def _word(file: BinaryIO) -> str:
    """What stands before the next zero byte."""
    word = bytearray()
    while (byte := file.read(1)) not in (b"\0", b""):
        word += byte
    return os.fsdecode(bytes(word))


@contextmanager
def shims(folder: Path, modules: dict[str, str]) -> Iterator[None]:
    """Put programs into a folder while the context lasts, each of which becomes a module."""
    with tempfile.TemporaryDirectory() as outputs, _Forks(Path(outputs)) as server:
        port = server.server_address[1]
        for name, module in modules.items():
            (folder / name).write_text(ASKS.format(port=port, module=module), "utf-8")
            (folder / name).chmod(0o755)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
