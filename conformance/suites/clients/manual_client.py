"""A client that a person operates: the terminal says what to do and what was heard, and the person when it is done."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.redaction import VAULT
from conformance.suites.clients.finished_run import FinishedRun
from conformance.suites.clients.placeholders import PREFIX
from conformance.suites.clients.timeline import line_of

if TYPE_CHECKING:
    from conformance.config.roles import Client
    from conformance.http.exchange import Exchange
    from conformance.suites.clients.program import Interrupt
    from conformance.suites.clients.stage import Stage

TERMINAL = "/dev/tty"
"""What the person sees and types into, whatever pytest does to the standard streams."""

_NAP_SECONDS = 0.1
_CREDENTIALS = "CLIENT_ID, CLIENT_SECRET, ACCESS_TOKEN, REFRESH_TOKEN"
_OF_ALL = ("ORG_URL", "TOKEN_URL", "API_URL")
_OF_ROLES = {"polling_client": ("FEED_URL", "SINK_URL"), "file_client": ("FILES_URL", "DOWNLOAD_URL")}


def terminal_problem() -> str:
    """Why nobody can be spoken to; empty where there is a terminal."""
    try:
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError as error:
        return f"there is no terminal ({error.strerror})"
    return ""


class ManualClient:
    """The client in one scenario.

    Args:
        role: what the target file says about it.
        stage: what it calls.
        environment: what any client finds in its environment; it is written into a file.
    """

    def __init__(self, role: Client, stage: Stage, environment: Mapping[str, str]) -> None:
        self._role, self._stage, self._environment = role, stage, environment

    def turn(self, kill: Interrupt | None) -> FinishedRun:
        """Say what to do, and wait until it is done."""
        try:
            terminal = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
        except OSError as error:
            return FinishedRun(None, problem=f"the terminal is gone ({error.strerror})")
        try:
            _say(terminal, self._task())
            return self._waited(terminal)
        finally:
            os.close(terminal)

    def stop(self) -> None:
        """Nothing: the client is the person's own."""

    # --------------------------------------------------------------- details

    def _task(self) -> Sequence[str]:
        given, scenario = self._environment, self._stage.scenario
        again = f" again (run {self._stage.turn + 1} of {scenario.turns})" if self._stage.turn else ""
        named = [*_OF_ALL, *(name for role in self._role.roles for name in _OF_ROLES.get(role, ()))]
        rows = [(name, given[PREFIX + name]) for name in named]
        if "HTTPS_PROXY" in given:
            rows.append(("proxy", f"{given['HTTPS_PROXY']}, for {' and '.join(self._role.hosts)}"))
        if authority := given.get(f"{PREFIX}CA_FILE"):
            rows.append(("CA_FILE", f"{authority}, the certificate authority to trust"))
        rows += [("credentials", _CREDENTIALS), ("all of it is in", self._written())]
        given_once = [] if again else [f"  {name:<15}  {value}" for name, value in rows]
        return [
            "",
            f"scenario {scenario.name}: {scenario.says}",
            *given_once,
            f"Have the client do its work once{again}, then press Enter.",
            f"{self._role.quiet:g} s without a call, after the first one, count as done too; it waits for "
            f"{self._role.limit:g} s.",
        ]

    def _written(self) -> str:
        """A file with all values, which only this user can read, in the form of a shell's assignments."""
        path = self._stage.folder / "connection.env"
        lines = (f"{name}='{value}'\n" for name, value in self._environment.items())
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.writelines(lines)
        return str(path)

    def _waited(self, terminal: int) -> FinishedRun:
        told, heard = len(self._stage.exchanges), 0
        began = since = time.monotonic()
        while time.monotonic() < began + self._role.limit:
            new = self._stage.exchanges[told:]
            if new:
                told, heard, since = told + len(new), heard + len(new), time.monotonic()
                _say(terminal, [_heard(one, began) for one in new])
            if _is_entered(terminal):
                return FinishedRun(0, is_told=False)
            if heard and time.monotonic() - since >= self._role.quiet:
                _say(terminal, [f"nothing more for {self._role.quiet:g} s: done"])
                return FinishedRun(0, is_told=False)
        late = f"nobody said within {self._role.limit:g} s that it was done (client.timeout_seconds)"
        return FinishedRun(None, end=late, is_told=False)


def _heard(exchange: Exchange, began: float) -> str:
    return f"{time.monotonic() - began:6.1f} s  {VAULT.shown(line_of(exchange), 200)}"


def _is_entered(terminal: int) -> bool:
    """Whether a line was typed; waits for it a moment."""
    ready, _, _ = select.select([terminal], [], [], _NAP_SECONDS)
    return bool(ready) and os.read(terminal, 1024) != b""


def _say(terminal: int, lines: Sequence[str]) -> None:
    with suppress(OSError):
        os.write(terminal, "".join(f"{line}\r\n" for line in lines).encode())
