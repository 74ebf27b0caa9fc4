"""Made-up statements: one of each outcome, and any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from conformance.config.profile import Profile
from conformance.config.waivers import Waiver
from conformance.judging.run import Run
from conformance.judging.statement import Statement
from conformance.judging.statement_building import begun, ended, header_of, requirements_of, state, stated_profile
from conformance.judging.statement_contents import StatedTarget
from conformance.judging.verdict import Case, Part, sum_up
from conformance.judging.waiving import waived
from conformance.rules.outcome import Outcome
from tests.allure_runs import PROFILE, exchange, one_of_each

STARTED = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
WAIVER = Waiver("SAB-08", "acme", "the vendor fixes it in March", "integration team", "2026-12-31")


def of_run(run: Run, requests: Mapping[str, int] | None = None) -> Statement:
    """The statement of a run whose cases are made up."""
    header, requirements = begun(run, STARTED, "derandomized")
    return ended(run, header, requirements, requests, STARTED + timedelta(seconds=12))


def statement(
    cases: Iterable[Case],
    *,
    profile: Profile = PROFILE,
    targets: Sequence[str] = ("acme",),
    waivers: Sequence[Waiver] = (),
    started: datetime = STARTED,
    **more: Any,
) -> Statement:
    """A statement of made-up cases: every requirement of a profile on every target.

    Args:
        cases: what was judged.
        profile: what was asked for.
        targets: the names of the targets.
        waivers: what is accepted.
        started: when the run began.
        more: what else the header says, or `digests` of targets by their names.
    """
    digests = more.pop("digests", {})
    known: dict[tuple[str, str], list[Case]] = {}
    by_key = {(waiver.target, waiver.id): waiver for waiver in waivers}
    for case in cases:
        key = case.target, case.requirement
        known.setdefault(key, []).append(waived(case, by_key[key]) if key in by_key else case)
    roles = tuple(sorted({requirement.role for requirement in profile.requirements}))
    stated = [
        StatedTarget(name=name, about=f"{name}.yaml", roles=roles, digest=digests.get(name, "d" * 64))
        for name in targets
    ]
    verdicts = {
        name: [
            sum_up(one, name, known.get((name, one.id), []), by_key.get((name, one.id))) for one in profile.requirements
        ]
        for name in targets
    }
    given = {"run": "a1b2c3d4", "depth": "standard", "seed": "derandomized", "started": started, **more}
    header = header_of(stated_profile(profile), stated, **given)
    ids = {one.id for one in profile.requirements}
    return state(
        header,
        requirements_of(profile, ids, {"SAB-01": ["takes-a-token-in-the-query"]}),
        verdicts,
        ended=started + timedelta(seconds=95),
        requests=dict.fromkeys(targets, 1234),
    )


def one_of_each_outcome() -> Statement:
    """Ten requirements with ten outcomes; one of them is waived, and one tells a history."""
    told = (
        "the last change of A is delivered by no poll; expected: every change at least once\nafter these calls:\n"
        "  1 ms  create A in a transaction\n  2 ms  create B\n  2 ms  poll: B\n  3 ms  commit the transaction\n"
        "  3 ms  at the end, poll: nothing new"
    )
    cases = [case for case in one_of_each() if case.requirement not in ("SAB-08", "SAB-02")]
    cases.append(Case("SAB-02", "acme", "", Outcome.WARNED, told, exchanges=(exchange(status=401),), tried=9, missed=1))
    cases.append(Case("SAB-08", "acme", "", Outcome.FAILED, "the answer has status 200", tried=1, missed=1))
    return statement(cases, waivers=[WAIVER])


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Any statement of the made-up profile: one to three targets, with cases and parts of any outcome and text."""
    targets = draw(st.lists(st.sampled_from(["acme", "beta <b>", "c|d"]), min_size=1, max_size=3, unique=True))
    cases = [
        draw(_case(requirement.id, target, name))
        for target in targets
        for requirement in PROFILE.requirements
        for name in draw(st.sampled_from([[], [""], [""], ["get", "post"]]))
    ]
    waivers = [
        Waiver(one.requirement, one.target, "reason enough", "owner", "2026-12-31")
        for one in {(case.target, case.requirement): case for case in cases}.values()
        if draw(st.integers(0, 5)) == 0
    ]
    return statement(cases, targets=targets, waivers=waivers, strict=draw(st.booleans()))


@st.composite
def _case(draw: st.DrawFn, requirement: str, target: str, name: str) -> Case:
    if draw(st.booleans()):
        outcome, claims = draw(st.sampled_from(Outcome)), draw(st.lists(st.tuples(_WORDS, _WORDS), max_size=2))
        return Case(
            requirement, target, name, outcome, draw(_WORDS), tried=draw(st.integers(0, 9)), claims=tuple(claims)
        )
    outcomes = draw(st.lists(st.sampled_from(list(Outcome)[2:]), min_size=1, max_size=3))
    outcomes.sort(key=lambda one: -one.gravity)
    parts = tuple(Part(f"value {number}", one, draw(_WORDS)) for number, one in enumerate(outcomes))
    return Case(requirement, target, name, outcomes[0], draw(_WORDS), parts=parts, values=len(parts) + 1)
