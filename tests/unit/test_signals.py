"""A run that is told to end: what it created on the target is undone first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.judging.journal_files import open_entries
from conformance.plugin.signals import SIGNALS, Signals
from tests.unit.raw_server import Connection, RawServer, serving

TOKEN = "00D000000000001!AQ4AQ.made_up_token_of_a_run_that_is_ended"
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SESSION = OK + b"Set-Cookie: sid=00D000000000001!a_made_up_session\r\nContent-Length: 0\r\n\r\n"
TARGET = "name: held\nsingle_access: {{base_url: {url}, token: '${{HELD_TOKEN}}'}}\nlimits: {{read_seconds: 60}}\n"


class Doors:
    """Opens a session for a frontdoor URL, and tells when it was asked for the second time, which it leaves open."""

    def __init__(self) -> None:
        self.opened = 0
        self.is_held: Callable[[], None] = lambda: None

    def __call__(self, connection: Connection) -> None:
        head = connection.read_head()
        path = head.split(b" ")[1]
        if path.startswith(b"/secur/frontdoor.jsp"):
            self.opened += 1
            if self.opened == 2:
                self.is_held()
                connection.hold()
            connection.send(SESSION)
        elif path.startswith(b"/secur/logout.jsp"):
            connection.send(OK + b"Content-Length: 0\r\n\r\n")
        elif TOKEN.encode() in head:
            host = head.partition(b"Host: ")[2].partition(b"\r\n")[0]
            body = b'{"frontdoor_uri": "http://' + host + b'/secur/frontdoor.jsp?otp=00D000000000001!code"}'
            connection.send(OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        else:
            connection.send(REFUSED)


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def server(doors: Doors) -> Iterator[RawServer]:
    with serving(doors) as server:
        yield server


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_run_in_order(tmp_path: Path, server: RawServer, doors: Doors, number: signal.Signals) -> None:
    (tmp_path / "held.yaml").write_text(TARGET.format(url=server.url))
    command = [sys.executable, "-m", "pytest", "--profile=winter26", "--target=held.yaml", "--require=SAB-10"]
    environ = os.environ | {"HELD_TOKEN": TOKEN, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    run = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    doors.is_held = lambda: run.send_signal(number)
    output, _ = run.communicate(timeout=60)

    assert run.returncode == pytest.ExitCode.INTERRUPTED, output.decode()
    assert any(head.startswith(b"GET /secur/logout.jsp") for head in server.requests)
    assert (
        len(open_entries(tmp_path / "state" / "seasonproof" / "journal")) == 1
    )  # what the held answer may have opened


@pytest.fixture
def ending() -> Iterator[Signals]:
    found = Signals()
    found.pytest_sessionstart()
    yield found
    found.pytest_unconfigure()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_waits_until_a_test_has_cleaned_up(ending: Signals, number: signal.Signals) -> None:
    teardown = ending.pytest_runtest_teardown()
    next(teardown)
    signal.raise_signal(number)
    with pytest.raises(KeyboardInterrupt):
        teardown.send(None)


def test_a_second_interrupt_waits_for_nothing(ending: Signals) -> None:
    teardown = ending.pytest_runtest_teardown()
    next(teardown)
    signal.raise_signal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt) as caught:
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        teardown.throw(caught.value)


def test_a_second_sigterm_does_not_cut_the_clean_up_short(ending: Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)


def test_the_signals_are_left_as_they_were() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    ending = Signals()
    ending.pytest_sessionstart()
    assert [signal.getsignal(number) for number in SIGNALS] != before
    ending.pytest_unconfigure()
    assert [signal.getsignal(number) for number in SIGNALS] == before
