"""Calls in any order against a small model. A failure tells the shortest order that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import hypothesis
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.verdict import NonConformant


class StateMachine(RuleBasedStateMachine):
    """A state machine that remembers its calls in words.

    Attributes:
        calls: what was done so far, a line each, such as `rotate` or `authenticate with pair 2: refused`.
        flaw: what the machine found wrong, if it notes that before it raises.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.flaw = ""

    def story(self) -> str:
        """What was done so far, as a failure tells it."""
        return "\n".join(f"{number}. {call}" for number, call in enumerate(self.calls, 1))


def explore[M: StateMachine](
    machine: Callable[[], M],
    *,
    examples: int,
    steps: int,
    shrink: bool = True,
    known: Sequence[Callable[[M], None]] = (),
) -> None:
    """Run a state machine in many orders.

    Args:
        machine: makes a new machine, on a target in its first state.
        examples: how many orders are tried at most.
        steps: how many calls an order has at most.
        shrink: whether a failure is made as short as can be, which takes many orders more.
        known: orders that are tried before any others.

    Raises:
        NonConformant: the target left the model; the message lists the calls of the last order that was tried.
    """
    last: list[M] = []
    flawed: list[M] = []

    def begin() -> M:
        flawed.extend(one for one in last if one.flaw and not flawed)
        last[:] = [machine()]
        return last[0]

    phases = [hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])]
    bounds = hypothesis.settings(max_examples=examples, stateful_step_count=steps, phases=phases)
    try:
        for order in known:
            _run(begin(), order)
        run_state_machine_as_test(begin, settings=bounds)  # type: ignore[arg-type] # any factory will do
    except NonConformant as flaw:
        # The last order that was run is the shortest one, run once more to be sure.
        raise NonConformant(f"{flaw}\nafter these calls:\n{last[0].story()}") from None
    except hypothesis.errors.Flaky:
        if not flawed:
            raise
        # A target that does not answer alike each time has the flaw all the same.
        first = flawed[0]
        raise NonConformant(f"{first.flaw}, though not each time\nafter these calls:\n{first.story()}") from None


def _run[M: StateMachine](machine: M, order: Callable[[M], None]) -> None:
    try:
        order(machine)
    finally:
        machine.teardown()
