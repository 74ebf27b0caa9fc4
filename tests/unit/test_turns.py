"""How processes take turns: together, or one of them alone."""

from __future__ import annotations

import fcntl
import threading
import time
from pathlib import Path

from conformance.plugin.turns import Turns

WAIT = 30


def wait_until_shut(gate: Path) -> None:
    """Wait until somebody keeps the gate."""
    end = time.monotonic() + WAIT
    with gate.open("wb") as file:
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(file, fcntl.LOCK_UN)
    raise AssertionError("nobody keeps the gate")


def test_cases_run_together(tmp_path: Path) -> None:
    """Each in a process of its own, here in a thread: a lock belongs to an open file."""
    both = threading.Barrier(2, timeout=WAIT)

    def case() -> None:
        with Turns(tmp_path).together():
            both.wait()

    threads = [threading.Thread(target=case) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert not both.broken


def test_a_case_is_alone_when_the_others_have_ended_and_before_any_other_begins(tmp_path: Path) -> None:
    """Who comes later waits for who wants to be alone, so that nobody waits for ever."""
    order: list[str] = []
    running, waiting = threading.Event(), threading.Event()

    def first() -> None:
        with Turns(tmp_path).together():
            running.set()
            waiting.wait(WAIT)
            order.append("first")

    def alone() -> None:
        running.wait(WAIT)
        with Turns(tmp_path).alone():
            order.append("alone")

    def later() -> None:
        with Turns(tmp_path).together():
            order.append("later")

    threads = [threading.Thread(target=target) for target in (first, alone)]
    for thread in threads:
        thread.start()
    running.wait(WAIT)
    wait_until_shut(tmp_path / "gate")
    late = threading.Thread(target=later)
    late.start()
    waiting.set()
    for thread in (*threads, late):
        thread.join(WAIT)
    assert order == ["first", "alone", "later"]
