"""The statements of a fleet as one: which runs count, what is said of the others, and what is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conformance.commands.merge import merge as merge_command
from conformance.config.fleet import Fleet as Declared
from conformance.config.target import Target
from conformance.documents import UsageProblem
from conformance.judging.statement import Statement
from conformance.judging.statement_file import read_statement, statements_in, write
from conformance.judging.verdict import Case, ExitCode
from conformance.reporting.fleet.markdown import markdown
from conformance.reporting.fleet.merging import Fleet, merge, trend
from conformance.reporting.fleet.page import page
from conformance.reporting.fleet.parquet import COLUMNS, EXTRA
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE
from tests.statements import STARTED, WAIVER, statement

DOCS = Path(__file__).resolve().parents[2] / "docs"
IDS = [one.id for one in PROFILE.requirements]


def run(*names: str, owner: str = "payments", days: int = 0, failing: Mapping[str, str] = {}, **more: Any) -> Statement:
    """A run in which targets pass everything but what is named."""
    ids = more.pop("ids", IDS)
    cases = [
        Case(one, name, "", Outcome.FAILED if failing.get(name) == one else Outcome.PASSED, "why")
        for name in names
        for one in ids
    ]
    whole = statement(cases, targets=names, started=STARTED + timedelta(days=days), **more)
    targets = tuple(t.model_copy(update={"owner": owner, "labels": {"env": "test"}}) for t in whole.header.targets)
    return whole.model_copy(update={"header": whole.header.model_copy(update={"targets": targets})})


def put(folder: Path, **statements: Statement) -> Path:
    for name, one in statements.items():
        (folder / name).mkdir(parents=True)
        write(folder / name / "statement.json", one)
    return folder


def said(fleet: Fleet) -> dict[str, str]:
    return {one.target.name: one.shown for one in fleet.targets}


def part(whole: Statement, *families: str) -> Statement:
    """A statement that judged some requirements alone."""
    from conformance.judging.statement_building import state

    name = whole.target_names[0]
    kept = [verdict for verdict in whole.of(name) if verdict.requirement.id in families]
    requirements = [one for one in whole.requirements if one.id in families]
    assert whole.footer is not None
    return state(whole.header, requirements, {name: kept}, ended=whole.footer.ended, requests={})


def test_the_last_run_of_a_target_counts_and_those_before_are_its_history(tmp_path: Path) -> None:
    put(
        tmp_path,
        a=run("acme", "beta", failing={"acme": "SAB-01", "beta": "SAB-04"}),
        b=run("acme", days=3),
    )
    fleet = merge([tmp_path])
    assert said(fleet) == {"beta": "not conformant", "acme": "ready"}  # the worst first
    before = fleet.before("acme")
    assert before is not None
    assert before.summary == "1 failed"
    assert trend(fleet) == [
        ("2026-11-02", {"not conformant": 2}),
        ("2026-11-05", {"not conformant": 1, "ready": 1}),
    ]


def test_parts_of_one_run_are_joined_and_a_part_alone_is_not_ready(tmp_path: Path) -> None:
    whole = run("acme")
    put(tmp_path, a=part(whole, *IDS[:4]))
    assert said(merge([tmp_path])) == {"acme": "a part passed"}
    put(tmp_path, b=part(run("acme", days=1), *IDS[4:]))
    fleet = merge([tmp_path])
    assert (said(fleet), fleet.earlier) == ({"acme": "ready"}, {})


def test_a_part_of_another_target_file_is_not_joined(tmp_path: Path) -> None:
    put(
        tmp_path,
        a=part(run("acme", digests={"acme": "e" * 64}), *IDS[:4]),
        b=part(run("acme", days=1), *IDS[4:]),
    )
    assert said(merge([tmp_path])) == {"acme": "a part passed"}


def test_what_cannot_be_used_costs_its_target_alone(tmp_path: Path) -> None:
    cut = run("cut").model_copy(update={"footer": None})
    put(tmp_path, good=run("good"), cut=cut, strict=run("strict", strict=True, days=-1))
    (tmp_path / "damaged.json").write_text('{"statement": 2, "header": 7}')
    fleet = merge([tmp_path])
    assert said(fleet) == {"good": "ready"}
    assert fleet.verdict == "incomplete"
    assert fleet.headline == "1 of 4 targets are ready for Made-up."
    assert [re.sub(r"^.*(?=damaged)", "", line).partition(":")[0] for line in fleet.problems] == [
        "damaged.json",
        "cut",
        "strict",
    ]


def test_a_run_that_ended_early_does_not_hide_the_one_before(tmp_path: Path) -> None:
    put(tmp_path, a=run("acme"), b=run("acme", days=1).model_copy(update={"footer": None}))
    fleet = merge([tmp_path])
    assert (said(fleet), fleet.problems) == ({"acme": "ready"}, [])


def test_a_verdict_by_an_earlier_text_of_a_requirement_does_not_count(tmp_path: Path) -> None:
    old = run("old", days=-1)
    other = tuple(one.model_copy(update={"digest": "f" * 64}) for one in old.requirements[:1])
    put(tmp_path, new=run("new"), old=old.model_copy(update={"requirements": (*other, *old.requirements[1:])}))
    fleet = merge([tmp_path])
    assert said(fleet) == {"new": "ready"}
    assert fleet.problems[0].endswith("is by an earlier text of SAB-01; run it again")


def test_a_file_that_was_broken_is_named_until_a_later_run_could_use_it(tmp_path: Path) -> None:
    first = run("acme")
    assert first.footer is not None
    broken = first.footer.model_copy(update={"broken": ("beta.yaml: cannot be read",)})
    put(tmp_path, a=first.model_copy(update={"footer": broken}))
    assert merge([tmp_path]).problems == ["beta.yaml: cannot be read"]
    put(tmp_path, b=run("beta", days=1))
    assert merge([tmp_path]).problems == []


def test_a_declared_target_without_a_statement_keeps_the_fleet_from_a_verdict(tmp_path: Path) -> None:
    put(tmp_path, a=run("acme", digests={"acme": Target(name="acme").digest}), b=run("changed"))
    targets = {name: Target(name=name) for name in ("acme", "changed", "new")}
    fleet = merge([tmp_path], Declared(targets, broken={"bad.yaml": ["bad.yaml:1: is no mapping"]}))
    assert said(fleet) == {"acme": "ready"}
    assert [line.partition(": ")[0] for line in fleet.problems] == ["changed", "new", "bad.yaml"]
    assert fleet.problems[-1] == "bad.yaml: line 1: is no mapping"


def test_the_merged_statement_can_be_read_and_is_not_counted_beside_its_parts(tmp_path: Path) -> None:
    put(tmp_path, a=run("acme", "beta", failing={"beta": "SAB-01"}), b=run("acme", days=1))
    code = merge_command([tmp_path], tmp_path, None, False, lambda line: None)
    assert code is ExitCode.NOT_CONFORMANT
    whole = read_statement(tmp_path / "fleet.json")
    assert whole.target_names == ["beta", "acme"]
    assert [len(whole.of(name)) for name in whole.target_names] == [10, 10]
    assert len(statements_in([tmp_path])) == 2
    assert said(merge([tmp_path])) == said(merge([tmp_path / "fleet.json"]))


def test_nothing_to_merge_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="there are no statements in this folder"):
        merge([tmp_path])


def test_markdown_is_by_owner_and_text_of_others_stays_text(tmp_path: Path) -> None:
    put(
        tmp_path,
        a=run("acme", failing={"acme": "SAB-01"}, owner="pay|ments <b>"),
        b=run("beta", owner=""),
    )
    text = markdown(merge([tmp_path]))
    assert "### pay\\|ments &lt;b>: 0 of 1 ready" in text
    assert "### Without an owner: 1 of 1 ready" in text
    assert "| acme | not conformant | 1 failed | SAB-01 failed |" in text
    assert "| beta |" not in text


def test_the_page_escapes_what_others_wrote(tmp_path: Path) -> None:
    put(tmp_path, a=run("acme", failing={"acme": "SAB-01"}, owner="<script>alert(1)</script>"))
    text = page(merge([tmp_path]))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_recipes_of_the_guide_run_on_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        tmp_path,
        a=run("acme", "beta", failing={"acme": "SAB-01", "beta": "SAB-01"}),
        b=run("acme", days=1),
        c=run("gamma", owner="sales", failing={"gamma": "SAB-04"}),
        d=statement(
            [Case(one, "delta", "", Outcome.FAILED if one == "SAB-08" else Outcome.PASSED) for one in IDS],
            targets=["delta"],
            waivers=[WAIVER.__class__("SAB-08", "delta", "fixed in March", "payments", "2026-12-31")],
        ),
    )
    merge_command([tmp_path], tmp_path / "reports" / "out", None, True, lambda line: None)
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "fleets.md").read_text("utf-8")
    answers = [duckdb.sql(recipe).fetchall() for recipe in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)]
    assert answers[0] == [("payments", "SAB-01", 1, ["beta"]), ("sales", "SAB-04", 1, ["gamma"])]
    assert answers[1] == [("delta", "SAB-08", "2026-12-31")]
    assert [(str(day), failed) for day, failed in answers[2]] == [("2026-11-02", 3), ("2026-11-03", 0)]
    columns = duckdb.sql("DESCRIBE SELECT * FROM 'reports/out/fleet.parquet'").fetchall()
    assert [name for name, *_ in columns] == list(COLUMNS)
    assert re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE) == list(COLUMNS.items())


def test_an_extra_that_is_missing_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a=run("acme"))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageProblem, match=re.escape(EXTRA)):
        merge_command([tmp_path], tmp_path / "out", None, True, lambda line: None)
    assert not (tmp_path / "out").exists()
