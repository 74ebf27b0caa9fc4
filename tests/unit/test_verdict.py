"""Verdicts: how cases become verdicts, verdicts the verdict of a run, and that the exit code."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.config.profile import Requirement
from conformance.config.waivers import Waiver
from conformance.judging.verdict import (
    JOINT,
    Case,
    ExitCode,
    Part,
    RunVerdict,
    Verdict,
    by_gravity,
    exit_code,
    judge,
    outcome_of_deviation,
    sum_up,
)
from conformance.judging.waiving import waived
from conformance.redaction import Secret
from conformance.rules.outcome import Outcome
from tests.profiles import builtin

ROLES = frozenset({"single_access"})
MUST = builtin("winter26").requirement("SAB-01")
WAIVER = Waiver("SAB-01", "acme", "the gateway is replaced in spring", "platform", "2999-12-31")

outcomes = st.sampled_from(Outcome)
levels, bases = st.sampled_from(["must", "should", "may"]), st.sampled_from(["documented", "observed", "inferred"])
requirements = st.builds(
    lambda level, basis, role: MUST.model_copy(update={"level": level, "basis": basis, "role": role}),
    levels,
    bases,
    st.sampled_from(["single_access", "token_endpoint"]),
)
verdicts = st.lists(st.builds(Verdict, requirements, st.just("acme"), outcomes), max_size=6)


def case(outcome: Outcome, name: str = "") -> Case:
    return Case("SAB-01", "acme", name, outcome, message=str(outcome))


def verdict(outcome: Outcome, **changes: object) -> Verdict:
    return Verdict(MUST.model_copy(update=changes), "acme", outcome)


# ------------------------------------------------------------ one requirement


@pytest.mark.parametrize(
    ("level", "basis", "outcome"),
    [
        ("must", "documented", Outcome.FAILED),
        ("must", "observed", Outcome.FAILED),
        ("must", "inferred", Outcome.DIFFERS),
        ("should", "documented", Outcome.WARNED),
        ("should", "inferred", Outcome.DIFFERS),
        ("may", "documented", Outcome.DIFFERS),
    ],
)
def test_level_and_basis_name_a_deviation(level: str, basis: str, outcome: Outcome) -> None:
    """What nobody has written down can fail nobody."""
    requirement = MUST.model_copy(update={"level": level, "basis": basis})
    assert outcome_of_deviation(requirement) is outcome


@given(st.lists(outcomes, min_size=1))
def test_the_gravest_case_decides(found: list[Outcome]) -> None:
    """In whatever order the cases come."""
    summed = sum_up(MUST, "acme", [case(outcome) for outcome in found])
    assert summed.outcome.gravity == max(outcome.gravity for outcome in found)
    assert summed.decisive is not None
    assert summed.decisive.outcome is summed.outcome


def test_no_case_means_not_tested() -> None:
    """The run stopped before it."""
    summed = sum_up(MUST, "acme", [])
    assert (summed.outcome, summed.decisive) == (Outcome.NOT_TESTED, None)


@given(st.lists(outcomes))
def test_a_waiver_covers_deviations_and_nothing_else(found: list[Outcome]) -> None:
    """What could not be judged stays open, and what passed stays passed."""
    cases = [case(outcome) for outcome in found]
    covered = [Outcome.WAIVED if outcome.is_deviation else outcome for outcome in found]
    summed = sum_up(MUST, "acme", [waived(case, WAIVER) for case in cases], WAIVER)
    assert summed.outcome is max(covered, key=lambda outcome: outcome.gravity, default=Outcome.NOT_TESTED)
    assert summed.waiver == (WAIVER if Outcome.WAIVED in covered else None)


def parts(**outcomes: Outcome) -> Case:
    found = tuple(Part(name.replace("__", JOINT), outcome, f"why {name}") for name, outcome in outcomes.items())
    return replace(case(Outcome.FAILED, "case"), parts=by_gravity(found), values=7)


@pytest.mark.parametrize(
    ("names", "outcome"),
    [
        ((), Outcome.INCONCLUSIVE),
        (("day", "stage"), Outcome.INCONCLUSIVE),
        (("case",), Outcome.INCONCLUSIVE),
        (("day",), Outcome.FAILED),
        (("stage / x",), Outcome.FAILED),
        (("another",), Outcome.FAILED),
    ],
)
def test_a_waiver_that_names_values_covers_these_alone(names: tuple[str, ...], outcome: Outcome) -> None:
    """By the name of the case, of the value, or of what the value is in; an open question stays open."""
    found = parts(day=Outcome.FAILED, stage__x=Outcome.FAILED, owner=Outcome.INCONCLUSIVE)
    shown = waived(found, replace(WAIVER, cases=names))
    assert (shown.outcome, shown.parts[0].outcome) == (outcome, outcome)
    assert shown.message.splitlines()[-3:][0].startswith(f"{shown.parts[0].name}: why")


def test_a_summary_counts_what_deviates_what_is_waived_and_what_is_open() -> None:
    """Of how many values, and at which."""
    found = parts(day=Outcome.FAILED, stage=Outcome.FAILED, owner=Outcome.INCONCLUSIVE)
    shown = waived(found, replace(WAIVER, cases=("day",)))
    summary = "1 of 7 deviate: stage; 1 of 7 are waived: day; 1 of 7 could not be judged: owner"
    assert shown.message.splitlines() == [summary, "stage: why stage", "owner: why owner", "day: why day"]


def test_a_verdict_has_the_findings_of_all_cases() -> None:
    """Under names that say in which case, the gravest first."""
    cases = [case(Outcome.PASSED, "one"), case(Outcome.FAILED, "two"), parts(day=Outcome.INCONCLUSIVE)]
    summed = sum_up(MUST, "acme", cases)
    assert [(finding.name, finding.outcome) for finding in summed.findings] == [
        ("two", Outcome.FAILED),
        ("case / day", Outcome.INCONCLUSIVE),
    ]
    assert summed.values == 9


@given(outcomes, st.text(), st.lists(st.dictionaries(st.text(), st.integers()), max_size=2))
def test_a_case_survives_the_way_between_processes(
    outcome: Outcome, text: str, exchanges: list[dict[str, int]]
) -> None:
    """As JSON, which is what pytest-xdist can carry."""
    one = Case("SAB-01", "acme", text, outcome, text, text, 3, 1, tuple(map(dict, exchanges)), 0.5)
    assert Case.from_json(json.loads(json.dumps(one.as_json()))) == one
    several = replace(one, parts=(Part(text, outcome, text, text, text, one.exchanges),), values=3, unstable=text)
    assert Case.from_json(json.loads(json.dumps(several.as_json()))) == several


def test_what_a_case_says_is_redacted_where_it_is_made() -> None:
    """No output can forget it: messages quote what a target said."""
    secret = Secret("made-up-value-in-a-message")
    said = f"\x1b]52;c;x\x07 {secret.reveal()}"
    part = Part(said, Outcome.FAILED, said, said)
    one = Case("SAB-01", "acme", "", Outcome.FAILED, said, said, notes=(said,), parts=(part,))
    shown = f"\\x1b]52;c;x\\x07 {secret.label}"
    assert {one.message, one.advice, *one.notes, part.name, part.message, part.advice} == {shown}


# ------------------------------------------------------------------ a whole run


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.PASSED, RunVerdict.CONFORMANT),
        (Outcome.WAIVED, RunVerdict.CONFORMANT),
        (Outcome.WARNED, RunVerdict.CONFORMANT),
        (Outcome.DIFFERS, RunVerdict.CONFORMANT),
        (Outcome.NOT_APPLICABLE, RunVerdict.CONFORMANT),
        (Outcome.FAILED, RunVerdict.NOT_CONFORMANT),
        (Outcome.INCONCLUSIVE, RunVerdict.INCOMPLETE),
        (Outcome.THROTTLED, RunVerdict.INCOMPLETE),
        (Outcome.NOT_TESTED, RunVerdict.INCOMPLETE),
        (Outcome.HARNESS_ERROR, RunVerdict.INCOMPLETE),
    ],
)
def test_a_must_decides_the_verdict(outcome: Outcome, expected: RunVerdict) -> None:
    """Beside another one that passed."""
    assert judge([verdict(Outcome.PASSED), verdict(outcome)], ROLES) is expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.NOT_TESTED, RunVerdict.CONFORMANT),
        (Outcome.INCONCLUSIVE, RunVerdict.INCOMPLETE),
        (Outcome.FAILED, RunVerdict.NOT_CONFORMANT),
    ],
)
def test_no_verdict_waits_for_a_system_beside_the_target_that_is_not_named(
    outcome: Outcome, expected: RunVerdict
) -> None:
    """Where the file names it, it is judged as anything else."""
    assert judge([verdict(Outcome.PASSED), verdict(outcome, beside=True)], ROLES) is expected


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.THROTTLED, Outcome.NOT_TESTED])
@pytest.mark.parametrize("changes", [{"level": "should"}, {"basis": "inferred"}, {"role": "token_endpoint"}])
def test_what_could_not_have_failed_leaves_nothing_open(outcome: Outcome, changes: dict[str, str]) -> None:
    """A should, an inferred must, and a role that the target does not declare."""
    assert judge([verdict(Outcome.PASSED), verdict(outcome, **changes)], ROLES) is RunVerdict.CONFORMANT


@given(verdicts, st.booleans())
def test_nothing_that_was_not_tested_is_green(found: list[Verdict], strict: bool) -> None:
    """A conformant run tested something, and everything that could fail stood."""
    result = judge(found, ROLES, strict=strict)
    open_ = (Outcome.INCONCLUSIVE, Outcome.THROTTLED, Outcome.NOT_TESTED)
    could_fail = [
        v.outcome
        for v in found
        if v.requirement.role in ROLES and outcome_of_deviation(v.requirement) is Outcome.FAILED
    ]
    if result is RunVerdict.CONFORMANT:
        assert any(v.outcome not in open_ for v in found)
        assert not set(could_fail) & {*open_, Outcome.FAILED}
        assert all(v.outcome not in (Outcome.FAILED, Outcome.HARNESS_ERROR) for v in found)
    assert (result is RunVerdict.NOT_CONFORMANT) == any(
        v.outcome is Outcome.FAILED or (strict and v.outcome is Outcome.WARNED) for v in found
    )


@given(verdicts)
def test_strictness_only_ever_takes_away(found: list[Verdict]) -> None:
    """No run is conformant because it was strict."""
    if judge(found, ROLES, strict=True) is RunVerdict.CONFORMANT:
        assert judge(found, ROLES) is RunVerdict.CONFORMANT


@given(verdicts, outcomes, requirements)
def test_one_more_open_must_never_helps(found: list[Verdict], outcome: Outcome, requirement: Requirement) -> None:
    """Whatever is added to a run that is not conformant leaves it not conformant."""
    if judge(found, ROLES) is RunVerdict.NOT_CONFORMANT:
        assert judge([*found, Verdict(requirement, "acme", outcome)], ROLES) is RunVerdict.NOT_CONFORMANT


@given(st.lists(st.sampled_from(RunVerdict)))
def test_the_exit_code_is_that_of_the_gravest_verdict(found: list[RunVerdict]) -> None:
    """No target at all is no success."""
    expected = ExitCode.CONFORMANT if found else ExitCode.INCOMPLETE
    if RunVerdict.INCOMPLETE in found:
        expected = ExitCode.INCOMPLETE
    if RunVerdict.NOT_CONFORMANT in found:
        expected = ExitCode.NOT_CONFORMANT
    assert exit_code(found) is expected


def test_exit_codes_are_a_contract() -> None:
    """Pipelines read them."""
    assert {code.name: int(code) for code in ExitCode} == {
        "CONFORMANT": 0,
        "NOT_CONFORMANT": 1,
        "COMMAND_USAGE": 2,
        "INTERNAL_ERROR": 3,
        "USAGE": 4,
        "INCOMPLETE": 7,
    }
