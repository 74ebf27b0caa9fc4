"""Defects that only an order of calls shows: the state machine finds each one by itself, in few examples."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from conformance.config.target import Target
from conformance.http.client import Client
from conformance.judging.journal import Journal
from conformance.judging.matchers import CaseRecord
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.reference.variants import Variant, staged_credentials_orders, variants
from conformance.rules.outcome import NonConformant
from conformance.suites.rotation_lifecycle.calls import Memory
from conformance.suites.rotation_lifecycle.driver import StagedCredentialsOfAnApp
from conformance.suites.rotation_lifecycle.machine import BOUNDS, LifeCycle
from conformance.suites.stateful import explore

pytestmark = pytest.mark.proves("rotation_lifecycle")

MOST = 200
"""So many examples the measure allows."""

ORDERS = {
    name: variant
    for name, variant in variants().items()
    if "STG-48" in variant.kills and variant.role.__module__ == staged_credentials_orders.__name__
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def derandomized() -> Iterator[None]:
    """Hypothesis as in a run: the same examples each time, and nothing kept."""
    before = hypothesis.settings.get_current_profile_name()
    hypothesis.settings.register_profile(
        "orders",
        database=None,
        derandomize=True,
        deadline=None,
        report_multiple_bugs=False,
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("orders")
    yield
    hypothesis.settings.load_profile(before)


class Counted(LifeCycle):
    """Counts the examples up to the first one that shows a flaw."""

    examples = 0
    found = False

    def __init__(self, app: StagedCredentialsOfAnApp) -> None:
        super().__init__(app)
        type(self).examples += not self.found

    def _fail(self, flaw: str, judgement: str) -> None:
        type(self).found = True
        super()._fail(flaw, judgement)


def test_there_are_at_least_six_of_them() -> None:
    assert len(ORDERS) >= 6
    assert {frozenset(variant.kills) for variant in ORDERS.values()} == {frozenset({"STG-48"})}


@pytest.mark.usefixtures("derandomized")
@pytest.mark.parametrize(("name", "variant"), ORDERS.items(), ids=ORDERS)
def test_the_machine_finds_it_without_being_told_the_order(
    name: str, variant: Variant, server: Server, tmp_path: Path
) -> None:
    """Far less than two hundred examples are enough."""
    examples, _ = _explored(variant, server, tmp_path, shrinks=False)
    sys.stdout.write(f"{name}: found in example {examples}\n")
    assert examples < MOST


@pytest.mark.usefixtures("derandomized")
@pytest.mark.parametrize("name", ["repetition-spoils-the-deletion", "staging-ends-the-rotated-pair"])
def test_the_order_that_is_told_is_short(name: str, server: Server, tmp_path: Path) -> None:
    """The machine looks for fewer calls that show the same."""
    _, calls = _explored(ORDERS[name], server, tmp_path, shrinks=True)
    assert 0 < len(calls) <= 12, calls


def _explored(variant: Variant, server: Server, tmp_path: Path, *, shrinks: bool) -> tuple[int, list[str]]:
    """How many examples the machine tries until it finds a variant, and the calls that it tells."""
    target = Target.model_validate(describe(server.serve(reference_app(variant.role)), variant.name, variant.role))
    assert target.staged_credentials is not None
    counted = type("Counted", (Counted,), {})
    steps = BOUNDS["standard"]["steps"]
    with Client(target, requirement="STG-48") as client:
        journal = Journal.open(tmp_path, "orders")
        app = StagedCredentialsOfAnApp(target.staged_credentials, client, CaseRecord(), Memory(), {}, journal)
        with pytest.raises(NonConformant) as caught:
            explore(lambda: counted(app), examples=MOST, steps=steps, shrinks=shrinks)
        app.close()
    _, _, *calls = str(caught.value).splitlines()
    return counted.examples, calls


def test_an_order_says_what_was_done_before_it_began(server: Server, tmp_path: Path) -> None:
    """The main pair may be one that an earlier order has staged, so that it ends where a staged one would."""
    target = Target.model_validate(describe(server.serve(reference_app()), "reference"))
    assert target.staged_credentials is not None
    with Client(target, requirement="STG-48") as client:
        journal = Journal.open(tmp_path, "orders")
        app = StagedCredentialsOfAnApp(target.staged_credentials, client, CaseRecord(), Memory(), {}, journal)
        first = LifeCycle(app)
        assert first.story() == ""
        first.stage()
        first.rotate()
        second = LifeCycle(app)
        second.stage()
        app.close()

    before, then = second.story().splitlines()
    assert before == "1. find pair 1 as the main pair: it was staged and rotated before, in this run"
    assert then == "2. stage: pair 2"
