"""The statement: the one record of a run. What it says, how it is written, what a damaged one ends in."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from conformance.documents import UsageProblem
from conformance.documents.package_data import data_dir
from conformance.judging.statement import Statement
from conformance.judging.statement_file import StatementFile, read_statement, statements_in, write
from conformance.judging.statement_merging import merged
from conformance.judging.statement_schema import FILE, statement_schema
from conformance.judging.verdict import ExitCode, RunVerdict
from conformance.redaction import Secret
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, case
from tests.examples import examples
from tests.statements import WAIVER, one_of_each_outcome, statement, statements
from tests.suite import run_suite

WHOLE = one_of_each_outcome()
PASSES = [case(requirement.id, Outcome.PASSED) for requirement in PROFILE.requirements]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "statement.json"


def changed(path: Path, *at: str | int, to: object) -> Path:
    """A statement on disk in which one value was changed by hand."""
    plain: Any = json.loads(WHOLE.as_json())
    place = plain
    for name in at[:-1]:
        place = place[name]
    place[at[-1]] = to
    path.write_text(json.dumps(plain), "utf-8")
    return path


def test_the_schema_is_current() -> None:
    """`python -m conformance.reporting.catalogue` writes it."""
    assert (data_dir("profiles") / "schema" / FILE).read_text("utf-8") == statement_schema()


@examples(15)
@given(statements())
def test_any_statement_fits_the_schema_and_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory, one: Statement
) -> None:
    jsonschema_rs.validate(json.loads(statement_schema()), json.loads(one.as_json()))
    path = tmp_path_factory.mktemp("any") / "statement.json"
    write(path, one)
    assert read_statement(path) == read_statement(path.parent) == one


def test_its_first_sentence_answers_the_question() -> None:
    def said(*outcomes: Outcome) -> str:
        cases = [case(one.requirement, outcome) for one, outcome in zip(PASSES, outcomes, strict=False)]
        footer = statement([*cases, *PASSES[len(cases) :]]).footer
        assert footer is not None
        return footer.results[0].sentence

    assert said() == "acme is ready for Made-up."
    assert said(Outcome.FAILED) == "acme is not ready for Made-up: 1 requirement failed."
    assert said(Outcome.PASSED, Outcome.WARNED) == "acme is ready for Made-up, with 1 warning."
    assert (
        said(Outcome.INCONCLUSIVE)
        == "Nobody knows whether acme is ready for Made-up: 1 requirement could not be judged."
    )


def test_a_waiver_says_how_many_days_it_still_holds() -> None:
    [waived] = [one for one in WHOLE.verdicts if one.outcome is Outcome.WAIVED]
    assert (waived.waiver, waived.days_left) == (WAIVER, 59)


def test_a_part_of_a_profile_is_never_called_ready(tmp_path: Path) -> None:
    """Whatever passed."""
    run_suite(tmp_path, "--require=SAB-01", "-q", "--statement=out")
    one = read_statement(tmp_path / "out" / "statement.json")
    [result] = one.footer.results if one.footer else []
    assert (result.verdict, one.is_ready("reference")) == (RunVerdict.CONFORMANT, False)
    assert result.sentence.startswith("reference passed a part of Winter '26, which says nothing of the rest.")


@pytest.mark.parametrize(
    ("at", "to", "says"),
    [
        (("footer", "results", 0, "verdict"), "conformant", "the footer does not agree with the verdicts on acme"),
        (("verdicts", 0, "outcome"), "passed", "says passed, but its gravest case is failed"),
        (("verdicts", 0, "requirement"), "SAB-99", "holds a case of another requirement or target"),
        (("footer", "results", 0, "totals", "outcomes", "passed"), 9, "the footer does not agree"),
        (("header", "profile"), None, "header.profile"),
        (("statement",), 1, "this seasonproof reads format 2"),
        (("requirements", 0, "sources"), [], "requirements.0.sources"),
        (("requirements", 0, "family"), "none", "is of the family none, which the profile does not have"),
        (("verdicts", 0, "cases", 0, "exchanges", 0, "started"), "noon", "an exchange that started at no time"),
    ],
)
def test_a_statement_that_was_changed_by_hand_is_refused(
    path: Path, at: tuple[str | int, ...], to: object, says: str
) -> None:
    """No verdict is edited into green."""
    with pytest.raises(UsageProblem, match=str(path)) as refused:
        read_statement(changed(path, *at, to=to))
    assert says in str(refused.value)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', "[" * 100_000, "\0"])
def test_what_is_not_a_statement_is_said_in_one_line(path: Path, content: str) -> None:
    path.write_text(content, "utf-8")
    with pytest.raises(UsageProblem, match="not a statement") as refused:
        read_statement(path)
    assert "\n" not in str(refused.value)


def test_a_run_that_is_killed_leaves_what_it_judged_and_no_verdict(tmp_path: Path) -> None:
    """No footer, no verdict."""
    command = [sys.executable, "-m", "pytest", "--profile=winter26", "-q", "--statement=out", "--depth=quick"]
    path = tmp_path / "out" / "statement.json"
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        while not (path.exists() and path.read_bytes().count(b'"cases"') > 3) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    left = read_statement(path)
    assert left.footer is None
    assert len(left.of("reference")) >= 2
    assert left.result("reference") is None


def test_every_moment_of_the_file_is_json(path: Path) -> None:
    file = StatementFile(path, WHOLE.header, WHOLE.requirements)
    for number, one in enumerate(PASSES, 1):
        file.add(one)
        assert len(json.loads(path.read_text("utf-8"))["verdicts"]) == number
    file.finish(WHOLE)
    assert read_statement(path) == WHOLE


def test_a_secret_that_became_known_late_is_not_in_the_file(path: Path) -> None:
    """Nor does its label break the JSON."""
    value = "00D000000000001!AQ4AQ.made_up_token_that_was_learned_late"
    one = statement([case("SAB-01", Outcome.FAILED, f'the answer "{value}" hands it out')])
    Secret(value)
    write(path, one)
    assert value not in path.read_text("utf-8")
    assert "hands it out" in read_statement(path).of("acme")[0].cases[0].message


def test_what_was_asked_for_and_cannot_be_written_is_known_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run_suite(tmp_path, "--require=SAB-01", "-q", "--statement=file")
    assert result.status == ExitCode.USAGE
    assert "--statement=file cannot be written: " in result.output
    assert "requests sent" not in result.output


def test_nobody_is_kept_from_a_verdict_by_a_folder_that_nobody_asked_for(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("")
    result = run_suite(tmp_path, "--require=SAB-01")
    assert result.status == ExitCode.CONFORMANT
    assert "statement: none, because reports/out cannot be written: a file is in the place of a folder" in result.output


def test_statements_of_a_fleet_are_one() -> None:
    """And so are those of the parts of one run."""
    one = statement([case("SAB-01", Outcome.FAILED, target="acme")])
    two = statement([case("SAB-01", Outcome.PASSED, target="beta")], targets=["beta"])
    whole = merged({Path("a.json"): one, Path("b.json"): two})
    assert whole.target_names == ["acme", "beta"]
    assert whole.of("acme") == one.of("acme")
    with pytest.raises(UsageProblem, match=r"acme is in a\.json too"):
        merged({Path("a.json"): one, Path("c.json"): one})


def test_a_folder_of_statements_may_hold_other_files(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}", "utf-8")
    for name in ("deep", "empty"):
        (tmp_path / name).mkdir()
    write(tmp_path / "deep" / "statement.json", WHOLE)
    assert list(statements_in([tmp_path])) == [tmp_path / "deep" / "statement.json"]
    with pytest.raises(UsageProblem, match="there are no statements in this folder"):
        statements_in([tmp_path / "empty"])


def test_a_copy_of_a_statement_knows_its_own_verdicts() -> None:
    """Whatever was asked of the original before."""
    whole = one_of_each_outcome()
    assert len(whole.of("acme")) == len(whole.verdicts)
    assert len(whole.model_copy(update={"verdicts": whole.verdicts[:1]}).of("acme")) == 1
