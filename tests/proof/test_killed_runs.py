"""A run that is killed in the middle: afterwards the main pair works, it is delivered, and nothing is staged.

`SEASONPROOF_MOMENTS` says at how many moments each signal comes; 20 for the measure.
"""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from conformance.judging.journal_files import open_entries
from conformance.reference.app import describe
from conformance.reference.apps import APP_ID, Consumer, consumer_id
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.staged_credentials import StagedCredentials

MOMENTS = int(os.environ.get("SEASONPROOF_MOMENTS", "2"))
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
CHANGING = ("STG-08", "STG-10", "STG-27", "STG-28", "STG-29", "STG-39", "STG-48")


@dataclass
class Watched:
    """An org that counts the requests, and does something at one of them: before it is handled, or after.

    Attributes:
        role: the resources of the org.
        moment: the number of the request; 0 for none.
        after: whether the request is handled first.
        reached: told when it comes.
    """

    role: StagedCredentials
    moment: int = 0
    after: bool = False
    count: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Starlette:
        """The org as an application."""
        inner = Starlette(routes=self.role.routes())

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            self.count += 1
            is_now = self.count == self.moment
            if is_now and not self.after:
                self.stop()
            await inner(scope, receive, send)
            if is_now and self.after:
                self.stop()

        return watched  # type: ignore[return-value] # an ASGI application

    def stop(self) -> None:
        """Wait until the run was killed."""
        self.reached.set()
        self.goes_on.wait(30)

    def consumer(self) -> Consumer:
        """The consumer whose pairs are rotated."""
        return self.role.apps[APP_ID].consumers[consumer_id("Nightly")]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def moments(number: signal.Signals) -> list[tuple[float, bool]]:
    """When a signal comes, as a share of the run: at random, and the same in each run of this test."""
    chance = random.Random(f"seasonproof {number}")
    return [(chance.random(), chance.random() < 0.5) for _ in range(MOMENTS)]


CASES = [(number, *moment) for number in SIGNALS for moment in moments(number)]


def start(folder: Path, base_url: str) -> subprocess.Popen[bytes]:
    """A run that stages, rotates and deletes, in a process of its own."""
    data = describe(base_url, "killed")
    target = {name: data[name] for name in ("name", "staged_credentials", "limits")}
    (folder / "killed.yaml").write_text(yaml.safe_dump(target | {"capabilities": {"disposable": True}}))
    options = ["--profile=winter26", "--target=killed.yaml", "--allow-destructive", "--depth=quick", "-q"]
    options += [f"--require={requirement}" for requirement in CHANGING] + ["-p", "no:schemathesis"]
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.Popen(command, cwd=folder, env=own(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def own(folder: Path) -> dict[str, str]:
    """An environment in which a folder is the home."""
    return os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many requests a run makes that nobody kills."""
    watched = Watched(StagedCredentials(Org()))
    with Server() as server:
        run = start(tmp_path_factory.mktemp("whole"), server.serve(watched.app()))
        output, _ = run.communicate(timeout=60)
    assert run.returncode == 0, output.decode()
    return watched.count


@pytest.mark.parametrize(("number", "share", "after"), CASES, ids=str)
def test_a_killed_run_leaves_a_main_pair_that_works_and_nothing_staged(
    tmp_path: Path, server: Server, requests: int, number: signal.Signals, share: float, after: bool
) -> None:
    watched = Watched(StagedCredentials(Org()), 1 + int(share * (requests - 1)), after)
    run = start(tmp_path, server.serve(watched.app()))
    reached = watched.reached.wait(60)
    run.send_signal(number)
    if number is signal.SIGKILL:
        run.wait(30)
    watched.goes_on.set()
    output, _ = run.communicate(timeout=60)
    assert reached, f"only {watched.count} requests were made:\n{output.decode()}"
    assert run.returncode == (-number if number is signal.SIGKILL else pytest.ExitCode.INTERRUPTED), output.decode()

    command = [sys.executable, "-m", "conformance.commands", "cleanup"]
    done = subprocess.run(command, cwd=tmp_path, env=own(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    consumer = watched.consumer()
    assert watched.role.scopes_for(consumer.main.key, consumer.main.secret)
    assert [pair for pair in consumer.staged.values() if watched.role.is_live(pair)] == []
    assert open_entries(tmp_path / "state" / "seasonproof" / "journal") == []
    delivered = tmp_path / "main-pair.json"
    if delivered.exists():
        assert stat.S_IMODE(delivered.stat().st_mode) == 0o600
        assert json.loads(delivered.read_text())["main"] == {"key": consumer.main.key, "secret": consumer.main.secret}
    assert consumer.main.secret not in output.decode() + done.stdout + done.stderr
