"""A client that a person drives: the terminal says what to do and shows what is heard; no terminal is one message."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.config.roles import Client
from conformance.rules.outcome import NotTested
from conformance.suites.clients.driver import INTERRUPTED, UNSEEN, ClientUnderTest, Memory

pytestmark = pytest.mark.proves("clients")

PATIENCE = 120.0
"""The longest time for what has to come, in seconds."""

DO_IT = "Have the client do its work once"
ENTER = b"\n"


class Typing:
    """A run on a terminal of its own, with a person before it.

    Args:
        folder: where it runs.
        options: those of the run.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "pytest", "--profile=winter26", *options]
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(sys.executable, command, {**os.environ, "HOME": str(folder), "COLUMNS": "200"})
        self.shown = ""

    def wait_for(self, text: str) -> None:
        """Read until a text is there that was not before."""
        begins, deadline = len(self.shown), time.monotonic() + PATIENCE
        while text not in self.shown[begins:]:
            assert self._read(deadline), f"{text!r} never came: {self.shown}"

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._terminal, keys)

    def status(self) -> int:
        """Wait for the end. Returns the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    def act(self, client: str) -> None:
        """Start a reference client with what the terminal names."""
        [path] = re.findall(r"(\S+connection\.env)", self.shown)[-1:]
        lines = Path(path).read_text("utf-8").splitlines()
        assert Path(path).stat().st_mode & 0o077 == 0
        given = {name: value[1:-1] for name, _, value in (line.partition("=") for line in lines)}
        for name in ("SEASONPROOF_ACCESS_TOKEN", "SEASONPROOF_CLIENT_SECRET", "SEASONPROOF_REFRESH_TOKEN"):
            assert given[name] not in self.shown
        command = [sys.executable, "-m", f"conformance.reference.clients.{client}"]
        subprocess.run(command, env={**os.environ, **given}, check=True, capture_output=True)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))
        try:
            came = os.read(self._terminal, 65_536) if ready else b""
        except OSError:  # the other end is closed
            came = b""
        self.shown += came.decode("utf-8", "replace")
        return bool(came)


def test_a_person_is_told_what_to_do_sees_what_is_heard_and_says_that_it_is_done(tmp_path: Path) -> None:
    run = Typing(tmp_path, "--client-manual", "--require=TIU-06")
    run.wait_for(DO_IT)
    assert "scenario plain: nothing goes wrong" in run.shown
    assert re.search(r"ORG_URL\s+http://127\.0\.0\.1:\d+", run.shown)
    run.act("api")
    run.wait_for("POST /services/oauth2/revoke")
    run.type(ENTER)
    assert run.status() == 0, run.shown
    assert "POST /services/oauth2/singleaccess → 200" in run.shown
    assert "client: conformant with winter26" in run.shown


def test_silence_after_the_first_call_is_done_too(tmp_path: Path) -> None:
    described = "client: {manual: true, roles: [api_client], quiet_seconds: 2}\n"
    (tmp_path / "console.yaml").write_text(described, "utf-8")
    run = Typing(tmp_path, "--target=console.yaml", "--require=TIU-06")
    run.wait_for(DO_IT)
    run.act("api")
    run.wait_for("nothing more for 2 s: done")
    assert run.status() == 0, run.shown


def test_a_person_who_goes_away_leaves_a_result_that_says_so(tmp_path: Path) -> None:
    described = "client: {manual: true, roles: [api_client], timeout_seconds: 1}\n"
    (tmp_path / "console.yaml").write_text(described, "utf-8")
    run = Typing(tmp_path, "--target=console.yaml", "--require=TIU-06", "--require=TIU-08")
    assert run.status() == 7, run.shown
    shown = " ".join(run.shown.split())
    assert "nobody said within 1 s that it was done (client.timeout_seconds)" in shown
    assert "judge a command that does the same: --client='COMMAND'" in shown


def test_enter_before_anything_was_done_passes_nothing(tmp_path: Path) -> None:
    run = Typing(tmp_path, "--client-manual", "--require=TIU-06")
    run.wait_for(DO_IT)
    run.type(ENTER)
    assert run.status() == 7, run.shown
    assert "it made no call" in run.shown


@pytest.mark.parametrize("options", [["--client-manual"], ["--target=console.yaml"]])
def test_without_a_terminal_it_is_one_clear_message(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "console.yaml").write_text("client: {manual: true, roles: [api_client]}\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "--profile=winter26", *options]
    done = subprocess.run(command, cwd=tmp_path, start_new_session=True, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "a person drives this client, and there is no terminal" in done.stderr
    assert "--traffic=FILE" in done.stderr


def _refused(run: Callable[[], object]) -> str:
    with pytest.raises(NotTested) as caught:
        run()
    return str(caught.value)


def test_what_nobody_can_see_or_do_is_not_tested(tmp_path: Path) -> None:
    """Each requirement on output, files and arguments, and each that kills the client."""
    from conformance.config.profile import load_profile

    role = Client(manual=True, roles=("api_client",))
    requirements = {one.id: one for one in load_profile("winter26-clients").requirements}
    for identifier in sorted(UNSEEN | INTERRUPTED):
        said = _refused(
            lambda one=requirements[identifier]: ClientUnderTest(role, one, None, Memory(), print)  # type: ignore[misc,arg-type] # unused
        )
        assert "a person drives it" in said or "can be killed" in said
