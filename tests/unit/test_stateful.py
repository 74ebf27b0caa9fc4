"""Calls in any order: the shortest one that shows a flaw is told."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import rule

from conformance.rules.outcome import Inconclusive, NonConformant
from conformance.suites.stateful import StateMachine, explore


class Scales(StateMachine):
    """Breaks under more than fifteen."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = 0

    @rule(weight=st.integers(0, 9))
    def add(self, weight: int) -> None:
        self.calls.append(f"add {weight}")
        self.weight += weight

    @rule()
    def look(self) -> None:
        self.calls.append("look")
        if self.weight > 15:
            raise NonConformant("the scales are broken")


class Silent(StateMachine):
    """Nothing can be judged."""

    @rule()
    def look(self) -> None:
        raise Inconclusive("no answer")


class Sound(StateMachine):
    """Nothing breaks."""

    @rule()
    def look(self) -> None:
        self.calls.append("look")


class Moody(StateMachine):
    """Breaks at its first look and never again."""

    looks = 0

    @rule()
    def look(self) -> None:
        self.calls.append("look")
        Moody.looks += 1
        if Moody.looks == 1:
            raise NonConformant("the scales broke")


@pytest.fixture(autouse=True)
def _as_in_a_run() -> None:
    settings.register_profile(
        "stateful", database=None, derandomize=True, phases=[Phase.explicit, Phase.generate, Phase.shrink]
    )
    settings.load_profile("stateful")


def test_the_shortest_order_is_told() -> None:
    """Two weights and a look."""
    with pytest.raises(NonConformant, match="the scales are broken") as caught:
        explore(Scales, examples=100, steps=20)

    flaw, after, *story = str(caught.value).splitlines()
    assert (flaw, after) == ("the scales are broken", "after these calls:")
    assert [line.split()[1] for line in story] == ["add", "add", "look"]
    assert sum(int(line.split()[2]) for line in story[:2]) == 16


def test_what_cannot_be_judged_ends_it() -> None:
    """It is no flaw, and nothing is tried again."""
    with pytest.raises(Inconclusive, match="no answer"):
        explore(Silent, examples=100, steps=20)


def test_a_sound_machine_raises_nothing() -> None:
    """Every order was tried."""
    explore(Sound, examples=5, steps=3)


def test_what_was_seen_once_counts() -> None:
    """Where two things race, the same order does not show it each time."""
    with pytest.raises(NonConformant, match="the scales broke\nin some order of calls, though not each time"):
        explore(Moody, examples=5, steps=3)
