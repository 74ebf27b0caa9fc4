"""A run that is killed in the middle: afterwards nothing is left, or `seasonproof cleanup` names it.

`SEASONPROOF_MOMENTS` says at how many moments of each family a signal comes; 40 for the measure.
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from conformance.judging.journal_files import open_entries
from conformance.reference.app import describe
from conformance.reference.apps import APP_ID, consumer_id
from conformance.reference.business_system import BusinessSystem
from conformance.reference.file_service import FileService
from conformance.reference.org import Org
from conformance.reference.role import Role
from conformance.reference.server import Server
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.token_endpoint import TokenEndpoint

MOMENTS = int(os.environ.get("SEASONPROOF_MOMENTS", "2"))
PATIENCE = 240
"""How many seconds anything may take on a busy machine."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
CLEANUP = """
from conformance.commands import app, cleanup
cleanup.LATE_SECONDS = 0.5  # the server of this test finishes at once what it was asked for
app.main()
"""


@dataclass(frozen=True)
class Family:
    """What is killed.

    Attributes:
        role: its role of the reference.
        requirements: those of its tests that create, change and delete.
        left: the ids of what is left in it.
    """

    role: Callable[[Org], Role]
    requirements: tuple[str, ...]
    left: Callable[[Any], list[str]]


def staged(role: StagedCredentials) -> list[str]:
    consumer = role.apps[APP_ID].consumers[consumer_id("Nightly")]
    return [identifier for identifier, pair in consumer.staged.items() if role.is_live(pair)]


def stored(role: FileService) -> list[str]:
    return list(role.store.files)


def existing(role: BusinessSystem) -> list[str]:
    records = [record.id for record in role.records.select("1", (), "version") if not record.deleted]
    written = [identifier for identifier, changes in role.transactions.items() if changes]
    return [*records, *written, *(["its clock, which is stopped"] if role.time.is_stopped else [])]


FAMILIES = {
    "staged_credentials": Family(
        StagedCredentials, ("STG-08", "STG-10", "STG-27", "STG-28", "STG-29", "STG-39", "STG-48"), staged
    ),
    "file_service": Family(FileService, ("BIN-07", "BIN-22", "BIN-23", "BIN-24", "BIN-25", "BIN-33"), stored),
    "business_system": Family(
        BusinessSystem, ("ACT-01", "ACT-02", "ACT-05", "ACT-08", "POL-01", "POL-05", "POL-06"), existing
    ),
}


@dataclass
class Watched:
    """A server that counts the requests, and does something at one of them: before it is handled, or after.

    Attributes:
        family: what is served.
        moment: the number of the request; 0 for none.
        after: whether the request is handled first.
        reached: told when it comes.
    """

    family: Family
    moment: int = 0
    after: bool = False
    count: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.org = Org()
        self.role: Any = self.family.role(self.org)

    def app(self) -> Starlette:
        """The server as an application."""
        inner = Starlette(routes=[*self.role.routes(), *TokenEndpoint(self.org).routes()])

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
        self.goes_on.wait(PATIENCE)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def moments() -> Iterator[tuple[str, signal.Signals, float, bool]]:
    """Whom a signal meets, which, and when, as a share of the run: at random, and the same in each run of this test."""
    chance = random.Random("seasonproof")
    for turn in range(MOMENTS):
        for place, family in enumerate(FAMILIES):
            yield family, SIGNALS[(turn + place) % len(SIGNALS)], chance.random(), chance.random() < 0.5


def start(folder: Path, name: str, base_url: str) -> subprocess.Popen[bytes]:
    """A run that creates, changes and deletes, in a process of its own."""
    data = describe(base_url, "killed")
    target = {part: data[part] for part in ("name", name, "limits")}
    (folder / "killed.yaml").write_text(yaml.safe_dump(target | {"capabilities": {"disposable": True}}))
    options = ["--profile=winter26", "--target=killed.yaml", "--allow-destructive", "--depth=quick", "-q"]
    options += [f"--require={requirement}" for requirement in FAMILIES[name].requirements]
    command = [sys.executable, "-m", "pytest", *options, "-p", "no:schemathesis"]
    return subprocess.Popen(command, cwd=folder, env=own(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def own(folder: Path) -> dict[str, str]:
    """An environment in which a folder is the home."""
    return os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], int]:
    """How many requests a run makes that nobody kills."""

    @cache
    def count(name: str) -> int:
        watched = Watched(FAMILIES[name])
        with Server() as server:
            run = start(tmp_path_factory.mktemp("whole"), name, server.serve(watched.app()))
            output, _ = run.communicate(timeout=PATIENCE)
        assert run.returncode == 0, output.decode()
        return watched.count

    return count


@pytest.mark.parametrize(("name", "number", "share", "after"), list(moments()), ids=str)
def test_what_a_killed_run_has_left_is_undone(
    tmp_path: Path,
    server: Server,
    requests: Callable[[str], int],
    name: str,
    number: signal.Signals,
    share: float,
    after: bool,
) -> None:
    watched = Watched(FAMILIES[name], 1 + int(share * (requests(name) - 1)), after)
    base_url = server.serve(watched.app())
    run = start(tmp_path, name, base_url)
    reached = watched.reached.wait(PATIENCE)
    run.send_signal(number)
    if number is signal.SIGKILL:
        run.wait(PATIENCE)
    watched.goes_on.set()
    output, _ = run.communicate(timeout=PATIENCE)
    assert reached, f"only {watched.count} requests were made:\n{output.decode()}"
    if number is not signal.SIGKILL and run.returncode == pytest.ExitCode.OK:
        # A run that cleans up after its last test has its verdict, which no signal takes away.
        assert f": {len(watched.family.requirements)} passed)" in output.decode()
    else:
        expected = -number if number is signal.SIGKILL else pytest.ExitCode.INTERRUPTED
        assert run.returncode == expected, output.decode()

    command = [sys.executable, "-c", CLEANUP, "cleanup"]
    done = subprocess.run(command, cwd=tmp_path, env=own(tmp_path), capture_output=True, text=True, check=False)
    left = open_entries(tmp_path / "state" / "seasonproof" / "journal")
    assert done.returncode == bool(left), done.stdout + done.stderr
    for entry in left:
        # What has an id or a label is found again. A creation that was killed and has neither, such as one whose body
        # is no record, is named with the call that deletes what it may have made. A file that was posted has no name.
        [line] = [line for line in done.stdout.splitlines() if line.endswith(f"entry {entry.id}")]
        assert (entry.undo, entry.kind) == (None, ""), line
        call = ", for the service made its name" if "that was posted" in line else f" with DELETE {base_url}/"
        assert f"by hand: look for it and delete it{call}" in line
    assert len(watched.family.left(watched.role)) <= len(left)
    if name == "staged_credentials":
        the_main_pair_works(watched.role, tmp_path / "main-pair.json", output.decode() + done.stdout + done.stderr)


def the_main_pair_works(role: StagedCredentials, delivered: Path, output: str) -> None:
    """And it is delivered, and nowhere else."""
    main = role.apps[APP_ID].consumers[consumer_id("Nightly")].main
    assert role.scopes_for(main.key, main.secret)
    if delivered.exists():
        assert stat.S_IMODE(delivered.stat().st_mode) == 0o600
        assert json.loads(delivered.read_text())["main"] == {"key": main.key, "secret": main.secret}
    assert main.secret not in output
