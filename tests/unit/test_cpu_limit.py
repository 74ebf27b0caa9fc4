"""Computations that are bounded in time, such as a search for a text that fits a hostile pattern."""

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from conformance.suites.cpu_limit import CpuLimit, TimeIsUp


def search_for_ever() -> None:
    re.match("(a+)+$", "a" * 200 + "b")


def test_what_takes_too_long_ends() -> None:
    with pytest.raises(TimeIsUp), CpuLimit(0.05).applied():
        search_for_ever()


def test_what_is_swallowed_is_raised_again() -> None:
    """A library may catch everything."""

    def careless_library() -> None:
        with suppress(BaseException):
            search_for_ever()
        search_for_ever()

    with pytest.raises(TimeIsUp), CpuLimit(0.05).applied():
        careless_library()


def test_several_computations_share_the_time() -> None:
    limit = CpuLimit(0.05)
    with suppress(TimeIsUp), limit.applied():
        search_for_ever()
    with pytest.raises(TimeIsUp), limit.applied():
        pass


def test_afterwards_the_signal_is_as_it_was() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with CpuLimit(5).applied():
        assert signal.getsignal(signal.SIGVTALRM) != before
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_a_thread_that_is_not_the_main_one_has_no_limit() -> None:
    """Python hands signals to the main thread alone."""

    def compute() -> str:
        with CpuLimit(0).applied():
            return "done"

    with ThreadPoolExecutor() as threads:
        assert threads.submit(compute).result() == "done"
