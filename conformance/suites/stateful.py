"""Calls in any order against a small model. A failure tells the shortest order that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import hypothesis
from hypothesis.errors import Flaky, FlakyFailure
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.rules.outcome import NonConformant


class StateMachine(RuleBasedStateMachine):
    """A state machine that remembers its calls in words.

    Attributes:
        calls: what was done so far, a line each, such as `rotate` or `authenticate with pair 2: refused`.
        flaw: what the machine found wrong, if it notes that before it raises.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.flaw: NonConformant | None = None

    def story(self) -> str:
        """What was done so far, as a failure tells it."""
        return "\n".join(f"{number}. {call}" for number, call in enumerate(self.calls, 1))


def explore[M: StateMachine](
    machine: Callable[[], M],
    *,
    examples: int,
    steps: int,
    shrinks: bool = True,
    known: Sequence[Callable[[M], None]] = (),
) -> None:
    """Run a state machine in many orders.

    Args:
        machine: makes a new machine, on a target in its first state.
        examples: how many orders are tried at most besides the known ones; may be 0.
        steps: how many calls an order has at most.
        shrinks: whether a shorter order is looked for where one shows a flaw, which takes many orders more.
        known: orders that are tried before any others.

    Raises:
        NonConformant: the target left the model; the message lists the calls of the shortest order that was found.
    """
    last: list[M] = []
    flawed: list[M] = []

    def begin() -> M:
        flawed.extend(one for one in last if one.flaw and not flawed)
        last[:] = [machine()]
        return last[0]

    phases = [hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrinks else [])]
    try:
        for order in known:
            _walk(begin(), order)
        if examples:
            bounds = hypothesis.settings(max_examples=examples, stateful_step_count=steps, phases=phases)
            run_state_machine_as_test(begin, settings=bounds)  # type: ignore[arg-type] # any factory will do
    except Flaky as failure:
        # What was seen once was seen, although the same order does not show it each time: two things raced.
        raise _seen_once(failure, flawed) from None
    except NonConformant as flaw:
        # The last order that was run is the shortest one, run once more to be sure.
        raise flaw.saying(f"{flaw}\nafter these calls:\n{last[0].story()}") from None


def _walk[M: StateMachine](machine: M, order: Callable[[M], None]) -> None:
    try:
        order(machine)
    except BaseException:
        with suppress(NonConformant):
            machine.teardown()
        raise
    machine.teardown()


def _seen_once[M: StateMachine](failure: Flaky, flawed: Sequence[M]) -> Exception:
    if flawed:
        first = flawed[0]
        told = f"{first.flaw}, though not each time\nafter these calls:\n{first.story()}"
        return first.flaw.saying(told) if first.flaw else failure
    found = failure.split(NonConformant)[0] if isinstance(failure, FlakyFailure) else None
    if found is None:
        return failure
    one = _first(found)
    return one.saying(f"{one}\nin some order of calls, though not each time")


def _first(group: BaseExceptionGroup[NonConformant]) -> NonConformant:
    found = group.exceptions[0]
    return found if isinstance(found, NonConformant) else _first(found)
