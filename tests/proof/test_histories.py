"""The state machine: how many histories it takes to find a planted loss, and how short the told one is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from conformance.config.target import Target
from conformance.http.client import Client
from conformance.judging.journal import Journal
from conformance.judging.matchers import CaseRecord
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.reference.variants import Variant, variants
from conformance.rules.outcome import NonConformant
from conformance.suites.change_triggers.driver import BusinessSystemDriver
from conformance.suites.change_triggers.history import BOUNDS, History
from conformance.suites.change_triggers.known_histories import known_histories
from conformance.suites.stateful import explore

pytestmark = pytest.mark.proves("change_triggers")

MOST_EXAMPLES = 300
MOST_STEPS = 6
LOSSES = {name: variant for name, variant in variants().items() if "POL-17" in variant.kills}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(autouse=True)
def _as_in_a_run() -> None:
    hypothesis.settings.register_profile("histories", database=None, derandomize=True, deadline=None)
    hypothesis.settings.load_profile("histories")


def system_on(server: Server, folder: Path, variant: Variant | None) -> BusinessSystemDriver:
    role = variant.role if variant is not None else None
    target = Target.model_validate(describe(server.serve(reference_app(role)), "histories", role))
    assert target.business_system is not None
    journal = Journal.open(folder, "histories")
    return BusinessSystemDriver(target.business_system, Client(target), CaseRecord(), journal, {}, has_clock=True)


def look_for(
    name: str, server: Server, folder: Path, known: Callable[[BusinessSystemDriver], list[Any]]
) -> tuple[int, list[str]]:
    """How many histories it takes to find a loss, and the time line that tells it."""
    system = system_on(server, folder, LOSSES[name])
    tried: list[History] = []

    def begin() -> History:
        tried.append(History(system))
        return tried[-1]

    _, steps = BOUNDS["standard"]
    with pytest.raises(NonConformant) as caught:
        explore(begin, examples=MOST_EXAMPLES, steps=steps, known=known(system))
    system.close()
    story = str(caught.value).partition("after these calls:\n")[2]
    until_found = next(number for number, history in enumerate(tried, 1) if history.flaw)
    return until_found, story.splitlines()


@pytest.mark.parametrize("name", LOSSES)
def test_a_planted_loss_is_found_soon_and_told_briefly(server: Server, tmp_path: Path, name: str) -> None:
    """As in a run: the histories in which systems are known to lose changes come first, and are the same each time."""
    until_found, story = look_for(name, server, tmp_path, known_histories)

    assert until_found < MOST_EXAMPLES
    steps_of_its_own = [line for line in story if "at the end" not in line and "between two pages" not in line]
    assert len(steps_of_its_own) <= MOST_STEPS, story
    assert all(re.match(r" *\d+ ms  \w", line) for line in story)
    assert look_for(name, server, tmp_path, known_histories)[0] == until_found


def test_a_loss_that_shows_in_many_orders_is_found_by_the_machine_alone(server: Server, tmp_path: Path) -> None:
    until_found, story = look_for("deletions-are-hidden", server, tmp_path, lambda system: [])

    assert until_found < MOST_EXAMPLES
    assert story
