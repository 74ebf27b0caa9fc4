"""An audit on a cluster of Dask: the findings of one process, also when a worker is killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.app import main
from conformance.traffic.audit.dask_engine import in_order
from tests.unit.audit_content import OPAQUE, entry, har
from tests.unit.test_audit_workers import Task, log, tried

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module", params=[1, 4])
def cluster(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A scheduler, and so many workers, each a process."""
    with distributed.LocalCluster(
        n_workers=request.param, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as made:
        yield made


def test_a_cluster_finds_what_one_process_finds(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    for number in range(12):
        (tmp_path / "logs" / f"a{number}.log").write_bytes(log(number) + b"\nGET /a?x=%b\n" % OPAQUE.encode())
    (tmp_path / "logs" / "b.har").write_text(har(entry("https://example.com/", headers={"X-API-Key": OPAQUE})))
    ended = []
    given = str(tmp_path / "logs")
    for arguments in ((), ("--engine=dask", f"--scheduler={cluster.scheduler_address}")):
        monkeypatch.setattr(sys, "argv", ["seasonproof", "audit", given, "--format=json", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        ended.append((end.value.code, capsys.readouterr().out))
    assert ended[0] == ended[1]
    assert (ended[0][0], '"rule": "L5"' in ended[0][1]) == (1, True)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(cluster: Any, tmp_path: Path) -> None:
    tasks = [Task(number) for number in range(12)]
    tasks[5] = Task(5, tmp_path / "five", times=1)
    found = list(in_order(tried, tasks, 1, scheduler=cluster.scheduler_address))
    assert found == [(task, task.number) for task in tasks]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--engine=dask"], "--engine=dask goes with --scheduler"),
        (["--scheduler=tcp://127.0.0.1:9"], "--scheduler goes with --engine=dask"),
        (["--engine=spark", "--scheduler=x"], "--engine=spark is not known"),
    ],
)
def test_what_cannot_be_done_is_one_message(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    says: str,
) -> None:
    (tmp_path / "a.log").write_text("a log\n")
    monkeypatch.setattr(sys, "argv", ["seasonproof", "audit", str(tmp_path), *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, says in capsys.readouterr().err) == (2, True)


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Exception, match=r"pip install 'seasonproof\[dask\]'"):
        next(in_order(tried, [Task(1)], 1, scheduler="tcp://127.0.0.1:9"))
