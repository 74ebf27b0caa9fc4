"""Statements beside each other: what changed and because of what, which implementation is ready, what is flaky."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from conformance.commands.app import app
from conformance.commands.gate import gate
from conformance.config.profile import Family, Profile, Requirement
from conformance.config.target import load_target
from conformance.config.waivers import Waiver
from conformance.documents import UsageProblem
from conformance.judging.statement import Statement
from conformance.judging.statement_file import write
from conformance.judging.verdict import Case, Part
from conformance.reporting import history, matrix
from conformance.reporting.comparison import IS_WORSE, Kind, changes
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, case
from tests.profiles import builtin
from tests.statements import STARTED, statement

PASSES = {requirement.id: case(requirement.id, Outcome.PASSED) for requirement in PROFILE.requirements}
FAILED = case("SAB-01", Outcome.FAILED, "it hands out a URL")


def run(*cases: Case, **more: Any) -> Statement:
    """A run of which everything passed but these cases."""
    return statement({**PASSES, **{one.requirement: one for one in cases}}.values(), **more)


def only(before: Statement, after: Statement) -> tuple[Kind, str]:
    [change] = changes(before, after)
    assert change.id == "SAB-01"
    return change.kind, change.cause


def of(profile: Profile, *requirements: Requirement) -> Profile:
    """A profile with the first family of another, and some of its requirements."""
    family = Family(family=profile.families[0].family, title=profile.families[0].title, requirements=requirements)
    return Profile(name=profile.name, title=profile.title, release=profile.release, families=(family,))


def with_level(level: str) -> Profile:
    """The made-up profile with another level of SAB-01."""
    first, *others = PROFILE.requirements
    return of(PROFILE, Requirement.model_validate({**first.model_dump(), "level": level}), *others)


WAIVER = Waiver("SAB-01", "acme", "known since March", "team", "2026-12-31")
CLAIMED = case("SAB-01", Outcome.NOT_APPLICABLE, "none", claim="single_access.absent: scopes")
CHANGES = {
    "nothing": (run(), run(), None),
    "broken": (run(), run(FAILED), (Kind.BROKEN, "the target")),
    "fixed": (run(FAILED), run(), (Kind.FIXED, "the target")),
    "the file of the target": (
        run(FAILED),
        run(digests={"acme": "e" * 64}),
        (Kind.FIXED, "the target, whose file changed"),
    ),
    "newly not tested": (
        run(),
        run(case("SAB-01", Outcome.NOT_TESTED, "no token")),
        (Kind.NOT_TESTED, "the target"),
    ),
    "a waiver": (run(FAILED), run(FAILED, waivers=[WAIVER]), (Kind.ACCEPTED, "a waiver")),
    "no waiver any more": (
        run(FAILED, waivers=[WAIVER]),
        run(FAILED),
        (Kind.BROKEN, "a waiver that is no longer there"),
    ),
    "a claim": (run(), run(CLAIMED), (Kind.ACCEPTED, "a claim: single_access.absent: scopes")),
    "instability": (
        run(),
        run(case("SAB-01", Outcome.PASSED, unstable="failed at first")),
        (Kind.UNSTABLE, "instability: failed at first"),
    ),
    "the requirement": (
        run(case("SAB-01", Outcome.WARNED, "w"), profile=with_level("should")),
        run(FAILED),
        (Kind.WORSE, "the requirement: should → must"),
    ),
    "the depth": (
        run(),
        run(FAILED, depth="deep"),
        (Kind.BROKEN, "the target or the depth: standard → deep"),
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_told_with_its_cause(
    before: Statement, after: Statement, expected: tuple[Kind, str] | None
) -> None:
    if expected is None:
        assert changes(before, after) == []
    else:
        assert only(before, after) == expected


def test_a_version_of_the_suite_may_be_the_cause() -> None:
    later = run(FAILED)
    header = later.header.model_copy(update={"suite": "seasonproof 9", "dependencies": {}, "dependencies_digest": ""})
    _, cause = only(run(), later.model_copy(update={"header": header}))
    assert cause.startswith("the target or the suite: seasonproof 0")
    assert "or the suite's" in cause


def test_another_value_that_deviates_makes_it_worse() -> None:
    """Although the outcome is the same."""

    def parts(*names: str) -> Statement:
        found = tuple(Part(name, Outcome.FAILED, "lost") for name in names)
        return run(case("SAB-01", Outcome.FAILED, "lost", parts=found, values=5))

    assert only(parts("day"), parts("day", "stage"))[0] is Kind.WORSE
    assert only(parts("day", "stage"), parts("day"))[0] is Kind.BETTER


def test_a_target_that_is_gone_is_newly_not_tested() -> None:
    both = statement([], targets=["acme", "beta"])
    assert {change.kind for change in changes(both, run(targets=["acme", "gamma"]))} >= {Kind.GONE}
    assert Kind.GONE in IS_WORSE


def invoke(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, words, standalone_mode=False)
    return result.return_value or 0, result.output


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for number, cases in enumerate([(FAILED,), (), (FAILED,)]):
        write(tmp_path / f"{number}.json", run(*cases, started=STARTED + timedelta(days=number)))
    return tmp_path


def test_the_exit_code_says_whether_something_became_worse(files: Path) -> None:
    assert invoke("diff", str(files / "0.json"), str(files / "1.json"))[0] == 0
    code, output = invoke("diff", str(files / "1.json"), str(files / "2.json"), "--format=markdown")
    assert code == 1
    assert "## 1 change, 1 for the worse." in output
    assert "| SAB-01 A token in the query of a GET is refused | acme | passed | failed | the target |" in output


def test_a_run_that_ended_early_is_not_compared(files: Path) -> None:
    write(files / "cut.json", run().model_copy(update={"footer": None}))
    result = CliRunner().invoke(app, ["diff", str(files / "cut.json"), str(files / "1.json")])
    assert isinstance(result.exception, UsageProblem)
    assert "ended early" in str(result.exception)


def test_the_matrix_has_a_column_for_each_implementation() -> None:
    found = matrix.sections([run(), run(FAILED, case("SAB-01", Outcome.FAILED, target="beta"), targets=["beta"])])
    assert found[0].head == ("target", "acme", "beta")
    assert found[0].table[0] == ("verdict", "conformant", "not conformant")
    assert found[1].table[0][1:] == ("passed", "failed")
    assert matrix.headline([run()]) == "1 of 1 implementations are ready."


def test_no_table_calls_a_part_that_passed_conformant() -> None:
    whole = run()
    counts = {role: 1 + count for role, count in whole.header.profile.requirements.items()}
    profile = whole.header.profile.model_copy(update={"requirements": counts})
    part = whole.model_copy(update={"header": whole.header.model_copy(update={"profile": profile})})
    for sections in (matrix.sections([part]), history.sections([part])):
        assert ("verdict", "a part passed") in sections[0].table


def test_the_history_says_since_when_it_deviates_and_what_is_flaky() -> None:
    runs = [
        run(*cases, started=STARTED + timedelta(days=n))
        for n, cases in enumerate([(), (FAILED,), (), (FAILED,), (FAILED,)])
    ]
    trend, since, flaky = history.sections([runs[3], runs[0], runs[4], runs[2], runs[1]])
    assert trend.table[0][1:] == ("10 of 10", "9 of 10", "10 of 10", "9 of 10", "9 of 10")
    assert since.table[0][1:] == ("failed", "2026-11-05 10:00", "it hands out a URL")
    assert flaky.table[0][1:] == ("3", "5")


def test_tables_are_shown_as_html_too(files: Path) -> None:
    for words in (["matrix", str(files)], ["history", str(files)]):
        code, output = invoke(*words, "--format=html")
        assert code == 0
        assert "<table" in output
        assert "<script" not in output


# --------------------------------------------------------------------- the gate

WINTER = builtin("winter26")
ACCESS = of(WINTER, *WINTER.families[0].requirements)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A target file, and a fresh statement that says that it is ready."""
    (tmp_path / "targets").mkdir()
    (tmp_path / "statements").mkdir()
    content = {"name": "acme", "single_access": {"base_url": "https://acme.example.com", "token": "${ACME_TOKEN}"}}
    (tmp_path / "targets" / "acme.yaml").write_text(yaml.safe_dump(content), "utf-8")
    keep(tmp_path)
    return tmp_path


def keep(folder: Path, name: str = "acme", outcome: Outcome = Outcome.PASSED, **more: Any) -> None:
    """Write a statement on acme by the requirements of winter26 on its role."""
    digest = load_target(str(folder / "targets" / "acme.yaml"), needs_secrets=False).digest
    cases = [Case(requirement.id, "acme", "", outcome) for requirement in ACCESS.requirements]
    one = statement(cases, profile=ACCESS, **{"digests": {"acme": digest}, **more})
    profile = one.header.profile.model_copy(update={"digest": WINTER.digest})
    header = one.header.model_copy(update={"profile": profile})
    write(folder / "statements" / f"{name}.json", one.model_copy(update={"header": header}))


def asked(folder: Path, days: int = 1) -> tuple[bool, list[str]]:
    return gate(folder / "statements", folder / "targets", "7d", "winter26", STARTED + timedelta(days=days))


def test_a_fresh_conformant_statement_opens_the_gate(release: Path) -> None:
    assert asked(release) == (True, ["acme: ready"])


def test_the_gate_knows_the_target_whether_or_not_its_secrets_are_there(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "00D000000000001!AQ4AQ.made_up_token_of_the_gate")
    keep(release)
    monkeypatch.delenv("ACME_TOKEN")
    assert asked(release)[0]


def test_whatever_is_not_proven_closes_the_gate(release: Path) -> None:
    """One line, for each target that is not ready."""

    def why(days: int = 1) -> str:
        is_open, [line] = asked(release, days)
        assert not is_open
        return line

    assert "days old; run it again" in why(days=9)
    assert "which has not come yet" in why(days=-3)
    keep(release, outcome=Outcome.FAILED)
    assert "says not conformant" in why()
    keep(release, digests={"acme": "0" * 64})
    assert "acme.yaml changed since" in why()
    keep(release, targets=["other"])
    assert why() == "acme: not ready: no statement names it"


def test_the_gate_reads_a_folder_as_a_run_does(release: Path) -> None:
    """defaults.yaml is not a target, and a file with errors closes the gate with a line of its own."""
    (release / "targets" / "defaults.yaml").write_text("labels: {env: test}\n", "utf-8")
    (release / "targets" / "broken.yaml").write_text("name: broken\ntoken_endpoint: {url: [\n", "utf-8")
    is_open, lines = asked(release)
    assert not is_open
    assert [line.partition(": ")[0] for line in lines] == [str(release / "targets" / "broken.yaml"), "acme"]
    (release / "targets" / "broken.yaml").unlink()
    assert [line.partition(": ")[0] for line in asked(release)[1]] == ["acme"]


def test_a_later_run_of_a_part_that_failed_closes_the_gate(release: Path) -> None:
    part = of(WINTER, ACCESS.requirements[0])
    failed = statement([Case("SAB-01", "acme", "", Outcome.FAILED)], profile=part, started=STARTED + timedelta(hours=2))
    counts = {"single_access": len(ACCESS.requirements)}
    profile = failed.header.profile.model_copy(update={"digest": WINTER.digest, "requirements": counts})
    header = failed.header.model_copy(update={"profile": profile})
    write(release / "statements" / "later.json", failed.model_copy(update={"header": header}))
    is_open, [line] = asked(release)
    assert not is_open
    assert "a later run of a part, says not conformant" in line


def test_the_gate_refuses_an_age_that_means_nothing(release: Path) -> None:
    with pytest.raises(UsageProblem, match="--max-age soon"):
        gate(release / "statements", release / "targets", "soon", "winter26")
