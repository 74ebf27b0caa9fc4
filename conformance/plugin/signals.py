"""How a run ends early: SIGTERM ends it like Ctrl-C, and what it created on a target is undone first.

A signal that arrives while a test is cleaning up waits until it has. A second Ctrl-C waits for nothing; what it leaves
stands in the journal. A second SIGTERM changes nothing: whoever sent it sends SIGKILL in the end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

type Handler = Callable[[int, FrameType | None], object] | int | None

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """The hooks that turn signals into an orderly end."""

    def __init__(self) -> None:
        self._former: dict[signal.Signals, Handler] = {}
        self._cleans_up = False
        self._held = False
        self._ends = False
        self._told = threading.Event()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Listen. Only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._former = {number: signal.signal(number, self._caught) for number in SIGNALS}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Let a test clean up before a signal ends the run."""
        try:
            with self.cleaning_up():
                return (yield)
        finally:
            if self._held:
                self._held = False
                self._end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """From now on everything cleans up, whichever signal it was."""
        self._ends = True
        self._told.set()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave the signals as they were."""
        for number, handler in self._former.items():
            signal.signal(number, handler)

    @contextmanager
    def cleaning_up(self) -> Iterator[None]:
        """Hold signals back for as long as something cleans up."""
        self._cleans_up = True
        try:
            yield
        finally:
            self._cleans_up = False

    def wait(self, seconds: float) -> None:
        """Wait, but not for longer than until somebody tells the run to end."""
        self._told.wait(seconds)

    # --------------------------------------------------------------- details

    def _caught(self, number: int, frame: FrameType | None) -> None:
        self._told.set()
        insists = number == signal.SIGINT and (self._ends or self._held)
        if self._cleans_up and not insists:
            self._held = True
        elif insists or not self._ends:
            self._end()

    def _end(self) -> None:
        self._ends = True
        raise KeyboardInterrupt
