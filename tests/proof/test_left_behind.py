"""What a target keeps of a run although it was asked to delete it: the outcomes stay, and nothing is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance.judging.journal_files import open_entries
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.record_store import POLL, RecordStore, serving
from tests.suite import run_suite

LIMITS = {"requests_per_second": 1000, "requests": 20_000}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def journals(folder: Path) -> Path:
    return folder / "state" / "seasonproof" / "journal"


def cleanup(folder: Path, *options: str) -> tuple[int, str]:
    """The exit code and the output of `seasonproof cleanup`."""
    environ = os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    command = [sys.executable, "-m", "conformance.commands", "cleanup", *options]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


class Keeping:
    """A file service that stores files correctly, and is too busy to delete any."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method == "PUT":
            self.files[path] = await request.body()
            return Response(status_code=201)
        if request.method == "DELETE":
            return Response(status_code=429, headers={"Retry-After": "999"})
        content = self.files.get(path)
        return Response(content, 404 if content is None else 200, media_type="application/octet-stream")

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["PUT", "GET", "HEAD", "DELETE"])])


def test_a_target_too_busy_to_delete_costs_no_outcome_and_no_other_test(tmp_path: Path, server: Server) -> None:
    """The files that are left stand in the journal."""
    service = Keeping()
    role = {"url": f"{server.serve(service.app())}/f/{{name}}"}
    (tmp_path / "busy.yaml").write_text(yaml.safe_dump({"name": "busy", "file_service": role, "limits": LIMITS}))
    options = [f"--require=BIN-0{number}" for number in (1, 2, 7)]
    result = run_suite(tmp_path, "--target=busy.yaml", "--depth=quick", *options)

    assert result.status == 0, result.output
    assert "left on the targets" in result.output
    assert "Retry-After: 999; by hand: DELETE" in result.output
    assert set(result.outcomes["busy"].values()) == {Outcome.PASSED}
    noted = open_entries(journals(tmp_path))
    assert {entry.undo.url.rpartition("/")[2] for entry in noted if entry.undo} == {
        path.rpartition("/")[2] for path in service.files
    }


def test_a_creation_whose_answer_is_lost_stays_in_the_journal_until_somebody_has_looked(tmp_path: Path) -> None:
    with serving(RecordStore(loses=True)) as store:
        result = run_suite(tmp_path, f"--target={store.target(tmp_path)}", "--require=ACT-01")
        assert result.outcomes["erp"]["ACT-01"] is Outcome.INCONCLUSIVE, result.output
        names = [record["name"] for record in store.records.values()]  # a case may be tried once more
        for _ in range(2):
            code, output = cleanup(tmp_path)
            assert (code, len(store.records)) == (1, len(names))
            assert all(f"perhaps a record whose name is {name}: not undone" in output for name in names)
    assert cleanup(tmp_path, f"--done={open_entries(journals(tmp_path))[0].run}")[0] == 0
    assert cleanup(tmp_path) == (0, "nothing is left of earlier runs\n")


def test_it_is_found_at_the_end_of_the_run_where_polls_list_the_records(tmp_path: Path) -> None:
    with serving(RecordStore(loses=True)) as store:
        result = run_suite(tmp_path, f"--target={store.target(tmp_path, poll=POLL)}", "--require=ACT-01")
        assert result.outcomes["erp"]["ACT-01"] is Outcome.INCONCLUSIVE, result.output
        assert (store.created.is_set(), store.records) == (True, {})
    assert "left on the targets" not in result.output
    assert list(journals(tmp_path).iterdir()) == []


def test_one_interrupt_during_a_creation_is_no_different_from_a_crash(tmp_path: Path) -> None:
    with serving(RecordStore(holds=threading.Event())) as store:
        options = ["--profile=winter26", f"--target={store.target(tmp_path)}", "--require=ACT-01"]
        environ = os.environ | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        run = subprocess.Popen([sys.executable, "-m", "pytest", *options], cwd=tmp_path, env=environ)
        assert store.created.wait(60)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == pytest.ExitCode.INTERRUPTED
        [record] = store.records.values()
        code, output = cleanup(tmp_path)
        assert (code, len(store.records)) == (1, 1)
        assert f"perhaps a record whose name is {record['name']}: not undone" in output


def test_an_id_that_stands_in_no_address_is_an_outcome(tmp_path: Path) -> None:
    """Half a surrogate pair is not text."""
    with serving(RecordStore(gives="\ud800")) as store:
        target = store.target(tmp_path)
        result = run_suite(tmp_path, f"--target={target}", "--require=ACT-01", "--require=ACT-05")
    assert set(result.outcomes["erp"].values()) == {Outcome.INCONCLUSIVE}, result.output
    why = "the id of the new record is not text that an address can hold"
    assert all(message == [why] for message in result.messages.values())
    assert len(open_entries(journals(tmp_path))) >= 2


def test_a_run_that_used_up_its_requests_still_cleans_up(tmp_path: Path) -> None:
    with serving(RecordStore()) as store:
        target = store.target(tmp_path)
        described = yaml.safe_load(target.read_text()) | {"limits": {"requests_per_second": 1000, "requests": 2}}
        target.write_text(yaml.safe_dump(described))
        result = run_suite(tmp_path, f"--target={target}", "--require=ACT-01", "--require=ACT-05")
    assert result.messages["erp", "ACT-05"] == ["the request budget of 2 is used up"]
    assert sum(line == "POST /a" for line in store.asked) > 0
    assert (store.records, "left on the targets" in result.output) == ({}, False), result.output


def test_a_place_where_no_journal_can_be_ends_a_run_before_anything_is_sent(tmp_path: Path) -> None:
    with serving(RecordStore()) as store:
        target = store.target(tmp_path)
        journals(tmp_path).mkdir(parents=True)
        journals(tmp_path).chmod(0o777)
        result = run_suite(tmp_path, f"--target={target}", "--require=ACT-01")
        assert (result.status, store.asked) == (4, [])
        assert "other users can write to it (mode 777)" in result.output
        (tmp_path / "file").touch()
        environ = {"XDG_STATE_HOME": str(tmp_path / "file")}
        result = run_suite(tmp_path, f"--target={target}", "--require=ACT-01", environ=environ)
        assert (result.status, store.asked) == (4, [])
        assert f"{tmp_path / 'file'} is not a folder" in result.output
