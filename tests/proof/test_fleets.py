"""A fleet: each target its verdict, and what is wrong with one costs that one alone."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.judging.statement_file import read_statement
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.reference.variants import variant
from conformance.reporting.fleet.merging import merge
from conformance.reporting.view import headline, overall
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite
from tests.unit.hostile_server import endless
from tests.unit.raw_server import serving

QUICK = {"requests_per_second": 10_000, "read_seconds": 0.5, "total_seconds": 0.5}
FAULT = "header-wins-over-the-query"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a correct target, a faulty, a dead and a hostile one, and two files with errors."""
    folder = tmp_path_factory.mktemp("fleet") / "targets"
    folder.mkdir()
    with Server() as server, serving(endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", every=0.01)) as hostile:
        for name, role in (("good", None), ("faulty", variant(FAULT).role)):
            write(folder, name, described(server.serve(reference_app(role)), name))
        write(folder, "dead", described("http://127.0.0.1:1", "dead") | {"owner": "nobody"})
        write(folder, "hostile", described(hostile.url, "hostile") | {"owner": "nobody", "limits": QUICK})
        (folder / "noise.yaml").write_bytes(b"\x00\xff")
        write(folder, "wrong", {"single_access": {"base_url": 7}})
        write(folder, "defaults", {"owner": "payments", "limits": {"requests_per_second": 10_000}})
        yield folder


def described(base_url: str, name: str) -> dict[str, Any]:
    whole = describe(base_url, name)
    return {key: whole[key] for key in ("name", "single_access", "capabilities")}


def write(folder: Path, name: str, content: dict[str, Any]) -> None:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), "utf-8")


def run(folder: Path, fleet: Path, *options: str) -> Result:
    return run_suite(folder, "--depth=quick", "--require=SAB-01", "--require=SAB-02", *options)


def test_each_target_gets_its_verdict(fleet: Path, tmp_path: Path) -> None:
    result = run(tmp_path, fleet, f"--target={fleet}")
    assert result.status == ExitCode.NOT_CONFORMANT
    assert result.outcomes == {
        "good": {"SAB-01": Outcome.PASSED, "SAB-02": Outcome.PASSED},
        "faulty": {"SAB-01": Outcome.PASSED, "SAB-02": Outcome.FAILED},
        "dead": {"SAB-01": Outcome.INCONCLUSIVE, "SAB-02": Outcome.INCONCLUSIVE},
        "hostile": {"SAB-01": Outcome.INCONCLUSIVE, "SAB-02": Outcome.INCONCLUSIVE},
    }
    for name in ("noise", "wrong"):
        assert f"{fleet / name}.yaml: incomplete: " in result.output
    whole = merge([tmp_path / "reports"])
    shown = {one.target.name: one.shown for one in whole.targets}
    incomplete = dict.fromkeys(("dead", "hostile"), "incomplete")
    assert shown == {"good": "a part passed", "faulty": "not conformant", **incomplete}
    assert [line.partition(":")[0] for line in whole.problems] == [f"{fleet / n}.yaml" for n in ("noise", "wrong")]
    statement = read_statement(tmp_path / "reports" / "out" / "statement.json")
    assert overall(statement) == "not conformant"
    assert statement.footer is not None
    assert [line.partition(":")[0] for line in statement.footer.broken] == [
        f"{fleet / n}.yaml" for n in ("noise", "wrong")
    ]
    assert headline(statement) == "0 of 6 targets are ready for Winter '26."  # two of its requirements are a part


def test_a_plan_and_a_report_say_what_is_wrong_with_a_file_and_with_a_dead_target(fleet: Path, tmp_path: Path) -> None:
    planned = run(tmp_path, fleet, f"--target={fleet}", "--plan", "-q")
    assert f"{fleet / 'noise'}.yaml: incomplete: " in planned.output
    said = " ".join(run(tmp_path, fleet, f"--target={fleet}").output.split())
    assert "connection refused" in said, said
    assert "gave no answer to several cases" not in said


def test_a_pattern_and_a_label_choose_and_a_broken_file_keeps_the_run_incomplete(fleet: Path, tmp_path: Path) -> None:
    chosen = (f"--target={fleet}/*[od]*.yaml", "--select=owner=payments", "--shard=1/1")
    result = run(tmp_path, fleet, *chosen)
    assert list(result.outcomes) == ["good"]  # the dead one belongs to somebody else
    assert result.status == ExitCode.INCOMPLETE, result.output
    assert f"{fleet / 'noise'}.yaml: incomplete" in result.output


def test_a_file_that_is_named_by_itself_has_to_be_right(fleet: Path, tmp_path: Path) -> None:
    result = run(tmp_path, fleet, f"--target={fleet / 'good.yaml'}", f"--target={fleet / 'wrong.yaml'}")
    assert result.status == ExitCode.USAGE
    assert "base_url" in result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--select=owner",), "must be owner=NAME or a label with its value"),
        (("--select=owner=sales",), "matches none of the targets; there are 4"),
        (("--shard=4/3",), "must be a part and how many there are"),
        (("--shard=9/9",), "no target is left for this part"),
        (("--resume=file",), "--resume=file cannot be written: a file is in the place of a folder"),
        (("--resume=kept", "--statement=other"), "leave out --statement"),
    ],
)
def test_options_that_cannot_be_followed_are_said(
    fleet: Path, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    (tmp_path / "file").touch()
    result = run(tmp_path, fleet, f"--target={fleet}", *options)
    assert (result.status, says in result.output) == (ExitCode.USAGE, True), result.output


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    result = run_suite(tmp_path, f"--target={tmp_path / 'none'}")
    assert (result.status, "no target file (*.yaml) is there" in result.output) == (ExitCode.USAGE, True)


def test_processes_ask_one_host_no_faster_than_one_of_them_would(tmp_path: Path) -> None:
    """Two processes with a target each, on one address: a slow machine can make this slower, and never faster."""
    moments: list[float] = []

    def noted(app: Any) -> Any:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                moments.append(time.monotonic())
            await app(scope, receive, send)

        return wrapped

    (tmp_path / "targets").mkdir()
    with Server() as server:
        base_url = server.serve(noted(reference_app()))
        for name in ("a", "b"):
            limits = {"limits": {"requests_per_second": 10}}
            write(tmp_path / "targets", name, described(base_url, name) | limits)
        result = run_suite(tmp_path, "--target=targets", "--depth=quick", "--require=SAB-01", "-n", "2")
    assert {name: set(those.values()) for name, those in result.outcomes.items()} == {
        "a": {Outcome.PASSED},
        "b": {Outcome.PASSED},
    }
    assert len(moments) > 10
    assert moments[-1] - moments[0] > (len(moments) - 1) / 10 * 0.8


def judged(folder: Path) -> set[str]:
    """The targets that the last run in a folder judged, as JUnit has it."""
    properties = ET.parse(folder / "junit.xml").iter("property")
    return {one.get("value", "") for one in properties if one.get("name") == "target"}


def test_what_has_a_verdict_is_left_alone_and_counts(fleet: Path, tmp_path: Path) -> None:
    """Only what is incomplete or new is judged again, also by several processes, and the exit code is that of all."""
    chosen = (f"--target={fleet}", "--resume=kept", "--junitxml=junit.xml")
    first = run(tmp_path, fleet, *chosen)
    assert first.status == ExitCode.NOT_CONFORMANT, first.output
    again = run(tmp_path, fleet, *chosen, "-n", "2")
    assert judged(tmp_path) == {"dead", "hostile"}
    assert again.status == ExitCode.NOT_CONFORMANT, again.output
    assert "left alone, because they have a verdict: 1 conformant and 1 not conformant" in again.output
    assert "faulty: not conformant, says kept/" in again.output
    assert len(list((tmp_path / "kept").glob("*/statement.json"))) == 2
    good = (f"--target={fleet / 'good.yaml'}", *chosen[1:])
    alone = run(tmp_path, fleet, *good)
    assert (alone.status, judged(tmp_path)) == (ExitCode.CONFORMANT, set()), alone.output
    run(tmp_path, fleet, *good, "--require=SAB-03")
    assert judged(tmp_path) == {"good"}
    assert len(list((tmp_path / "kept").glob("*/statement.json"))) == 3
