"""What has a client act that goes on running: a command, or an HTTP call."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from conformance.config.roles.client_trigger import HttpCall
from conformance.suites.clients.output import Output
from conformance.suites.clients.program import start_process

if TYPE_CHECKING:
    from conformance.config.roles.client_trigger import Trigger

_NAP_SECONDS = 0.1
_LONGEST_ANSWER = 65_536


class Pulled(Protocol):
    """A trigger that was pulled."""

    problem: str
    """Why the client can't have acted as it should; empty if nothing says so."""

    pid: int
    """The id of its process; 0 where it has none."""

    answer: bytes
    """The beginning of what the client answered to a call."""

    def is_over(self) -> bool:
        """Whether it has ended, well or not."""

    def end(self) -> None:
        """Wait for it no longer."""


def pull(trigger: Trigger, filled: Callable[[str], str], environment: Mapping[str, str], folder: str) -> Pulled:
    """Pull a trigger.

    Args:
        trigger: what the target file says.
        filled: puts in the values of the run.
        environment: what a command finds in its environment beside that of this process.
        folder: where a command is started.
    """
    if isinstance(trigger, HttpCall):
        headers = {name: filled(value) for name, value in trigger.headers.items()}
        return _Call(trigger.method, filled(trigger.url), headers, filled(trigger.body).encode())
    return _Command([filled(word) for word in trigger], environment, folder)


class _Command:
    def __init__(self, command: list[str], environment: Mapping[str, str], folder: str) -> None:
        self.problem, self.pid, self.answer = "", 0, b""
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = process = start_process(command, {**os.environ, **environment}, folder)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"the trigger {command[0]!r} can't be started: {reason}"
            return
        self.pid = process.pid
        self._output = Output(process.stdout)  # type: ignore[arg-type] # it is a pipe

    def is_over(self) -> bool:
        status = self._process.poll() if self._process is not None else None
        if status:
            said = "; ".join(self._output.last_lines) or "nothing"
            self.problem = f"the trigger ended with exit code {status}, and printed {said}"
        return status is not None or bool(self.problem)

    def end(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._output.close()


class _Call:
    """A call in a thread of its own, tried until somebody listens. It ends at the latest with the client."""

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.problem, self.pid, self.answer = f"nothing listens at {url} (client.trigger.url)", 0, b""
        self._asked = method, url, headers, body
        self._is_over, self._ends = threading.Event(), threading.Event()
        threading.Thread(target=self._try, daemon=True).start()

    def is_over(self) -> bool:
        return self._is_over.is_set()

    def end(self) -> None:
        self._ends.set()

    def _try(self) -> None:
        while not self._ends.is_set():
            try:
                status = self._send()
            except ConnectionRefusedError:
                time.sleep(_NAP_SECONDS)
                continue
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.problem = f"the call of the trigger failed: {error or type(error).__name__}"
            else:
                self.problem = "" if 200 <= status < 300 else f"the trigger was answered {status}"
            self._is_over.set()
            return

    def _send(self) -> int:
        method, url, headers, body = self._asked
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc)
        try:
            connection.connect()
            self.problem = f"the trigger at {url} was not answered"
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            with suppress(OSError, http.client.HTTPException):
                self.answer = response.read(_LONGEST_ANSWER)
            return response.status
        finally:
            connection.close()
