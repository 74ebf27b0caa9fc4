"""Calls in any order against a small model. A failure tells the shortest order that shows it."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.verdict import NonConformant


class StateMachine(RuleBasedStateMachine):
    """A state machine that remembers its calls in words.

    Attributes:
        calls: what was done so far, a line each, such as `rotate` or `authenticate with pair 2: refused`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []


def explore(machine: Callable[[], StateMachine], *, examples: int, steps: int, shrinks: bool = True) -> None:
    """Run a state machine in many orders.

    Args:
        machine: makes a new machine, on a target in its first state.
        examples: how many orders are tried at most; none for 0.
        steps: how many calls an order has at most.
        shrinks: whether a shorter order is looked for where one shows a flaw.

    Raises:
        NonConformant: the target left the model; the message lists the calls of the shortest order that was found.
    """
    last: list[StateMachine] = []
    if not examples:
        return

    def begin() -> StateMachine:
        last[:] = [machine()]
        return last[0]

    phases = [phase for phase in hypothesis.settings().phases if shrinks or phase is not hypothesis.Phase.shrink]
    bounds = hypothesis.settings(max_examples=examples, stateful_step_count=steps, phases=phases)
    try:
        run_state_machine_as_test(begin, settings=bounds)  # type: ignore[arg-type] # any factory will do
    except FlakyFailure as failure:
        found, _ = failure.split(NonConformant)
        if found is None:
            raise
        # What was seen once was seen, although the same order does not show it each time: two things raced.
        raise NonConformant(f"{_first(found)}\nin some order of calls, though not each time") from None
    except NonConformant as flaw:
        # The last order that was run is the shortest one, run once more to be sure.
        raise _told(flaw, last[0]) from None


def walk(machine: StateMachine, *steps: str) -> None:
    """Make calls in a given order.

    Args:
        machine: on a target in its first state.
        steps: the names of its methods without arguments.

    Raises:
        NonConformant: the target left the model; the message lists the calls.
    """
    try:
        for step in steps:
            getattr(machine, step)()
        machine.teardown()
    except NonConformant as flaw:
        raise _told(flaw, machine) from None


def _told(flaw: NonConformant, machine: StateMachine) -> NonConformant:
    story = "\n".join(f"{number}. {call}" for number, call in enumerate(machine.calls, 1))
    return NonConformant(f"{flaw}\nafter these calls:\n{story}")


def _first(group: BaseExceptionGroup[NonConformant]) -> NonConformant:
    found = group.exceptions[0]
    return found if isinstance(found, NonConformant) else _first(found)
