"""A real `seasonproof proxy` in front of real servers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKEN = "00D000000000001!AQ4AQ.live-made-up.".replace("-", "_") + "Zb8Yc7Vd6We5Uf4Tg3Sh2Ri1" * 4
OPAQUE = "q7Zk2Vb9Xw4Lm6Tn8Rp1Sd3F"
LEAK = f"/services/oauth2/singleaccess?access_token={TOKEN}"
COMMAND = [sys.executable, "-c", "from conformance.commands.app import main; main()", "proxy"]


class Server:
    """An HTTP/1.1 server that notes heads and bytes of bodies. `/redirect?to=` redirects; it upgrades to WebSockets."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.heads: list[bytes] = []
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    @property
    def leaks(self) -> list[bytes]:
        return [head for head in self.heads if b"access_token=" in head.split(b"\r\n")[0]]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                while self._answer(connection, file):
                    pass
        except OSError:
            return

    def _answer(self, connection: socket.socket, file: Any) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            if not line:
                return False
            head += line
        self.heads.append(head)
        headers = dict(re.findall(rb"(?im)^([\w-]+):\s*(.*?)\r$", head.lower()))
        if b"chunked" in headers.get(b"transfer-encoding", b""):
            while size := int(file.readline(), 16):
                self.received += len(file.read(size))
                file.readline()
            file.readline()
        else:
            self.received += len(file.read(int(headers.get(b"content-length", 0))))
        if b"websocket" in headers.get(b"upgrade", b""):
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            return False
        if (to := re.search(rb" /redirect\?to=(\S+)", head)) is not None:
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to[1])
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>ok</p>")
        return True


class Proxy:
    """A running proxy.

    Attributes:
        address: its `http://host:port`.
        out: the folder of its files.
        said: the lines it printed until it listened; all of them after `end`.
    """

    def __init__(self, process: subprocess.Popen[str], out: Path) -> None:
        self.process, self.out, self.said = process, out, ""
        assert process.stdout is not None
        for line in process.stdout:
            self.said += line
            if line.startswith("listening on "):
                self.address = f"http://{line.split()[2].rstrip(',')}"
                break
        else:
            raise AssertionError(f"the proxy did not start: {self.said}")

    def end(self, number: signal.Signals = signal.SIGINT, seconds: float = 30) -> int:
        """End it, within a limit; what it left is in `out`."""
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=seconds)
        self.said += said
        return self.process.returncode

    def curl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """curl through the proxy; prints the status."""
        command = ["curl", "-sk", "-m", "20", "-x", self.address, "--noproxy", "", "-w", "\n%{http_code}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)

    @property
    def findings(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / "findings.jsonl").read_text("utf-8").splitlines()]

    @property
    def statement(self) -> dict[str, Any]:
        return dict(json.loads((self.out / "statement.json").read_text("utf-8")))

    @property
    def outcomes(self) -> dict[str, str]:
        return {entry["requirement"]: entry["outcome"] for entry in self.statement["verdicts"]}


@contextmanager
def proxy(folder: Path, *options: str, code: str = "") -> Iterator[Proxy]:
    """`seasonproof proxy` on a free port, with a home of its own.

    Args:
        folder: where it runs.
        options: of the command.
        code: Python that runs before it, to break something on purpose.
    """
    command = [*COMMAND[:2], f"{code}\n{COMMAND[2]}", *COMMAND[3:], "--listen=0", "--out=out", *options]
    environ = os.environ | {"HOME": str(folder), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield Proxy(process, folder / "out")
        finally:
            if process.poll() is None:
                process.kill()
