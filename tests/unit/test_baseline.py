"""Begin where you are: what deviates today is accepted, what is new fails, what deviates no more is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conformance.config.baseline import BaselineEntry, entries_of, load_baseline, write_baseline
from conformance.documents import UsageProblem
from conformance.judging.statement_file import read_statement
from conformance.judging.verdict import Case, ExitCode, Part, sum_up
from conformance.judging.waiving import accepted_now, no_longer, waived
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE
from tests.profiles import builtin
from tests.suite import run_suite

FAULT = "header-wins-over-the-query"
ENTRY = BaselineEntry(id="SAB-01", target="acme", cases=("get / day",))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "baseline.yaml")


def failed(*names: str, case: str = "get") -> Case:
    parts = tuple(Part(name, Outcome.FAILED, "lost") for name in names)
    return Case("SAB-01", "acme", case, Outcome.FAILED, parts=parts, values=5)


def test_a_run_accepts_what_was_there_and_fails_on_what_is_new(tmp_path: Path) -> None:
    """As a user sees it."""
    options = (f"--variant={FAULT}", "--require=SAB-01", "--require=SAB-02", "--depth=quick", "--baseline=b.yaml", "-q")
    first = run_suite(tmp_path, *options, "--update-baseline")
    assert first.status == ExitCode.NOT_CONFORMANT
    assert "b.yaml: 1 requirement accepted from the next run on" in first.output
    second = run_suite(tmp_path, *options, "--statement=out")
    assert second.status == ExitCode.CONFORMANT
    assert second.outcomes[FAULT]["SAB-02"] is Outcome.WAIVED
    [result] = read_statement(tmp_path / "out" / "statement.json").footer.results  # type: ignore[union-attr] # it ended
    assert "with 1 accepted deviation" in result.sentence
    (tmp_path / "b.yaml").write_text((tmp_path / "b.yaml").read_text().replace("SAB-02", "SAB-01"))
    third = run_suite(tmp_path, *options)
    assert third.status == ExitCode.NOT_CONFORMANT
    assert f"b.yaml: SAB-01 on {FAULT} deviates no more; --update-baseline takes it out" in third.output


def test_a_new_value_of_a_requirement_that_deviated_is_new(path: str) -> None:
    write_baseline(path, PROFILE, date(2026, 11, 2), [ENTRY])
    [entry] = load_baseline(path, PROFILE, ["acme"])
    assert waived(failed("day"), entry).outcome is Outcome.WAIVED
    assert waived(failed("day", "stage"), entry).outcome is Outcome.FAILED
    assert waived(failed("day", case="post"), entry).outcome is Outcome.FAILED


def test_what_a_run_says_nothing_of_stays_in_the_baseline() -> None:
    """Other targets, and what could not be judged."""
    requirement = PROFILE.requirement("SAB-01")
    others = [BaselineEntry(id="SAB-01", target="beta"), BaselineEntry(id="SAB-03", target="acme")]
    unknown = sum_up(requirement, "acme", [Case("SAB-01", "acme", "", Outcome.INCONCLUSIVE)])
    assert accepted_now([unknown], [], [ENTRY, *others]) == [ENTRY, *others]
    passed = sum_up(requirement, "acme", [Case("SAB-01", "acme", "", Outcome.PASSED)])
    assert accepted_now([passed], [], [ENTRY, *others]) == others
    differs = sum_up(requirement, "acme", [Case("SAB-01", "acme", "", Outcome.DIFFERS)])
    assert accepted_now([differs], [], []) == []  # it fails nobody, so nobody has to accept it
    assert accepted_now([sum_up(requirement, "acme", [failed("day", "stage")])], [], [ENTRY]) == [
        BaselineEntry(id="SAB-01", target="acme", cases=("get / day", "get / stage"))
    ]


def test_an_entry_that_deviates_no_more_is_named(path: str) -> None:
    write_baseline(path, PROFILE, date(2026, 11, 2), [ENTRY.model_copy(update={"cases": ("get / day", "get / stage")})])
    entries = load_baseline(path, PROFILE, ["acme"])
    verdict = sum_up(PROFILE.requirement("SAB-01"), "acme", [waived(failed("day"), entries[0])], entries[0])
    assert no_longer(entries, [verdict]) == ["SAB-01 on acme: get / stage"]


def test_a_baseline_of_another_profile_is_refused_with_its_line(path: str) -> None:
    write_baseline(path, PROFILE, date(2026, 11, 2), [ENTRY])
    with pytest.raises(
        UsageProblem, match=r"baseline.yaml:3: profile: is of the profile made-up, and the run is of winter26"
    ):
        load_baseline(path, builtin("winter26"), ["acme"])
    assert entries_of(path) == (ENTRY,)
    assert entries_of(f"{path}.missing") == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--update-baseline",), "--update-baseline needs the file that it writes: --baseline=baseline.yaml"),
        (("--baseline=missing.yaml",), "missing.yaml"),
        (("--baseline=missing/b.yaml", "--update-baseline"), "--baseline=missing/b.yaml cannot be written"),
    ],
)
def test_a_wrong_use_is_one_message(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    result = run_suite(tmp_path, "--require=SAB-01", "-q", *options)
    assert result.status == ExitCode.USAGE
    assert says in result.output
    assert "Traceback" not in result.output
