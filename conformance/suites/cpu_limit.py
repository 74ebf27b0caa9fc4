"""A bound on the time that a computation in Python takes, such as a search for a text that fits a hostile pattern."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN = 0.5  # seconds; a library may swallow what is raised in it


class TimeIsUp(BaseException):
    """The time is up. It derives from `BaseException`, so that no library takes it for an error of its own."""


class CpuLimit:
    """Seconds of processor time that several computations share.

    A system without such a timer, and a thread that is not the main one, know no limit.

    Args:
        seconds: how many there are.
    """

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Bound what is done inside. Raises TimeIsUp."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return
        if self.left <= 0:
            raise TimeIsUp
        former, began = signal.signal(signal.SIGVTALRM, self._end), time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, self.left, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, former)
            self.left -= time.process_time() - began

    def _end(self, *_: object) -> None:
        self.left = 0  # the timer counts in coarser steps than the clock, and may be ahead of it
        raise TimeIsUp
