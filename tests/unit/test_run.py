"""One run: which requirements, which targets, and what they came to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.documents import UsageProblem
from conformance.judging.run import Run
from conformance.judging.run_options import RunOptions
from conformance.judging.selection import Selection
from conformance.judging.verdict import Case, RunVerdict
from conformance.reference.app import roles
from conformance.reference.embedded import REFERENCE, EmbeddedTargets
from conformance.rules.outcome import Outcome

WAIVERS = "waivers:\n  - {id: SAB-01, target: acme, reason: mended in the spring, owner: platform, until: 2999-12-31}\n"


@pytest.fixture(autouse=True)
def _no_target_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEASONPROOF_TARGET", raising=False)


@pytest.fixture
def acme(tmp_path: Path) -> str:
    """A target file for an address where nothing listens."""
    path = tmp_path / "acme.yaml"
    data: dict[str, Any] = {
        "name": "acme",
        "single_access": {
            "base_url": "http://127.0.0.1:9",
            "token": {"url": "http://127.0.0.1:9/t", "form": {"x": "y"}},
        },
        "limits": {"requests_per_second": 10, "requests": 99},
    }
    path.write_text(yaml.safe_dump(data))
    return str(path)


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run(RunOptions("winter26"), EmbeddedTargets)
    yield run
    run.close()


def problems_of(**options: Any) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        Run(RunOptions(**{"profile": "winter26", **options}), EmbeddedTargets)
    return caught.value.problems


# ------------------------------------------------------------------- selection


def test_everything_is_wanted_unless_something_is_chosen(run: Run) -> None:
    assert run.wanted == {requirement.id for requirement in run.profile.requirements}
    assert Run(RunOptions("winter26", selection=Selection(require=["sab-01"])), EmbeddedTargets).wanted == {"SAB-01"}


def test_only_what_a_target_declares_concerns_it(acme: str) -> None:
    """A requirement on another role says nothing about it."""
    run = Run(RunOptions("winter26", targets=[acme]), EmbeddedTargets)
    assert run.concerns("SAB-01", "acme")
    assert not run.concerns("CCS-01", "acme")


def test_a_target_of_which_nothing_is_chosen_is_a_mistake(acme: str) -> None:
    """It would be called neither conformant nor anything else."""
    [said] = problems_of(targets=[acme], selection=Selection(roles=["token_endpoint", "file_service"]))
    assert said == (
        f"{acme}: what is chosen is on file_service and token_endpoint, and the file declares single_access; "
        "leave this target out, or choose something else"
    )


def test_a_variant_of_another_role_is_a_mistake_too() -> None:
    [said] = problems_of(variants=["lower-case-bearer"], selection=Selection(require=["CCS"]))
    assert said == "lower-case-bearer: what is chosen is on token_endpoint, which is not the role that it changes"


@pytest.mark.parametrize(("depth", "examples"), [("quick", 5), ("standard", 20), ("deep", 200)])
def test_the_depth_sets_the_examples(depth: Any, examples: int) -> None:
    assert Run(RunOptions("winter26", depth=depth), EmbeddedTargets).examples == examples


# --------------------------------------------------------------------- targets


def test_without_a_target_the_reference_is_served(run: Run) -> None:
    """On loopback, with all its roles, and once."""
    assert run.target_names == [REFERENCE]
    target = run.target(REFERENCE)
    assert target.roles == run.roles(REFERENCE) == set(roles())
    assert target.single_access is not None
    assert target.single_access.base_url.startswith("http://127.0.0.1:")
    assert run.target(REFERENCE) is target
    assert run.address(REFERENCE) == "embedded, on loopback"
    assert run.bounds(REFERENCE) == "the target is embedded: nothing leaves this machine"


def test_a_target_may_come_from_the_environment(acme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line goes first."""
    monkeypatch.setenv("SEASONPROOF_TARGET", acme)
    assert Run(RunOptions("winter26"), EmbeddedTargets).target_names == ["acme"]
    monkeypatch.setenv("SEASONPROOF_TARGET", "missing.yaml")
    assert Run(RunOptions("winter26", targets=[acme]), EmbeddedTargets).target_names == ["acme"]


def test_mistakes_of_all_target_files_come_together(acme: str) -> None:
    first, second = problems_of(targets=["missing.yaml", acme, acme])
    assert first == "missing.yaml: no such file"
    assert second.endswith("acme.yaml: name: another target of this run is called acme too; give it another name")


def test_processes_share_the_limits_of_a_target(acme: str) -> None:
    """Together they ask no more than one would, and none of them moves a clock that others look at."""
    run = Run(RunOptions("winter26", targets=[acme], variants=["lower-case-bearer"]), EmbeddedTargets, shares=4)
    limits = run.target("acme").limits
    assert (limits.requests_per_second, limits.requests) == (10, 24)
    assert run.is_shared("acme")
    assert not run.is_shared("lower-case-bearer")
    assert run.address("lower-case-bearer").startswith("embedded: Writes the scheme of its challenges in lower case")


def test_all_variants_are_a_choice() -> None:
    assert len(Run(RunOptions("winter26", variants=["all"]), EmbeddedTargets).target_names) > 30
    assert problems_of(variants=["lower-bearer"]) == [
        "--variant: there is no variant 'lower-bearer'; near it are lower-case-bearer"
    ]


def test_an_address_where_nothing_listens_is_told_before_the_run(acme: str) -> None:
    """Once, with the way out."""
    first, second = Run(RunOptions("winter26", targets=[acme]), EmbeddedTargets).unreachable()
    assert first.endswith("acme.yaml: single_access: http://127.0.0.1:9 can't be reached (connection refused)")
    assert second == "check the address, the network, and proxy: in the target file"


def test_a_target_that_never_answers_is_left_alone_until_it_does(run: Run) -> None:
    """After five cases in a row."""
    for _ in range(5):
        assert not run.lost(REFERENCE)
        run.heard(REFERENCE, answered=False, problem="connection reset")
    assert run.lost(REFERENCE)
    assert run.why_lost(REFERENCE).startswith("the target gave no answer to several cases in a row (connection reset)")
    run.heard(REFERENCE, answered=True)
    assert not run.lost(REFERENCE)


# --------------------------------------------------------------------- verdicts


def judged(run: Run, *cases: tuple[str, Outcome], target: str = "acme") -> Run:
    run.cases += [Case(identifier, target, "", outcome) for identifier, outcome in cases]
    run.selected |= {(target, identifier) for identifier, _ in cases}
    return run


def test_each_target_has_its_own_verdict_in_the_order_of_the_profile(acme: str) -> None:
    run = Run(RunOptions("winter26", targets=[acme], variants=["lower-case-bearer"]), EmbeddedTargets)
    judged(run, ("SAB-02", Outcome.FAILED), ("SAB-01", Outcome.PASSED), ("SAB-01", Outcome.PASSED))
    judged(run, ("SAB-01", Outcome.PASSED), target="lower-case-bearer")
    assert [verdict.requirement.id for verdict in run.verdicts("acme")] == ["SAB-01", "SAB-02"]
    assert run.verdict("acme") is RunVerdict.NOT_CONFORMANT
    assert run.verdict("lower-case-bearer") is RunVerdict.CONFORMANT


def test_what_was_selected_and_never_ran_leaves_the_run_incomplete(acme: str) -> None:
    run = judged(Run(RunOptions("winter26", targets=[acme]), EmbeddedTargets), ("SAB-01", Outcome.PASSED))
    run.selected.add(("acme", "SAB-02"))
    assert run.verdict("acme") is RunVerdict.INCOMPLETE


def test_a_waived_deviation_is_shown_as_waived_at_once(acme: str, tmp_path: Path) -> None:
    """And what could not be judged is not."""
    (tmp_path / "waivers.yaml").write_text(WAIVERS)
    run = Run(RunOptions("winter26", targets=[acme], waivers=str(tmp_path / "waivers.yaml")), EmbeddedTargets)
    shown = [
        run.outcome_with_waiver(Case(identifier, "acme", "", outcome)).outcome
        for identifier, outcome in (
            ("SAB-01", Outcome.FAILED),
            ("SAB-01", Outcome.INCONCLUSIVE),
            ("SAB-02", Outcome.FAILED),
        )
    ]
    assert shown == [Outcome.WAIVED, Outcome.INCONCLUSIVE, Outcome.FAILED]
    assert judged(run, ("SAB-01", Outcome.FAILED)).verdict("acme") is RunVerdict.CONFORMANT


def test_a_strict_run_fails_on_a_warning(acme: str) -> None:
    for strict, expected in ((False, RunVerdict.CONFORMANT), (True, RunVerdict.NOT_CONFORMANT)):
        run = Run(RunOptions("winter26", targets=[acme], strict=strict), EmbeddedTargets)
        assert judged(run, ("SAB-07", Outcome.WARNED)).verdict("acme") is expected
