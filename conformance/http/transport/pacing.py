"""How fast and how often a target is asked, and how long it wants to be left alone."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.http.transport.shared_pace import SharedPace
from conformance.rules.outcome import NotTested

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Pace:
    """The rate and the budget of one target, shared by all its clients and threads in the process.

    What cleans up has a budget of its own, of the same size: a run that used up the first one leaves nothing behind.

    The bucket holds one token: requests start at least 1/rate seconds apart, however many clients there are.

    Args:
        per_second: the rate.
        budget: how many requests there may be.
        name: of the target, in the words that no other target has.
        folder: what other processes share that ask the target, or other targets on its hosts; None for nothing.
    """

    def __init__(self, per_second: float, budget: int, name: str = "", folder: Path | None = None) -> None:
        self._gap = 1 / per_second
        self._budget = budget
        self._used = {False: 0, True: 0}
        self._next = 0.0
        self._lock = threading.Lock()
        self._name = name
        self._folder = folder

    def take(self, sleep: Callable[[float], None], *, host: str = "", to_clean_up: bool = False) -> None:
        """Take the right to send one request, waiting for it if need be.

        Args:
            sleep: waits some seconds.
            host: the name and the port of what is asked.
            to_clean_up: whether the request undoes something.

        Raises:
            NotTested: the budget is used up.
        """
        with self._lock:
            if self._used[to_clean_up] >= self._budget:
                raise NotTested(
                    f"the request budget of {self._budget} is used up",
                    advice="raise limits.requests in the target file",
                )
            self._used[to_clean_up] += 1
            now = time.monotonic()
            wait = max(self._next - now, self._wait_for_others(host), 0.0)
            self._next = now + wait + self._gap
        if wait:
            sleep(wait)

    def _wait_for_others(self, host: str) -> float:
        """How long other processes make this one wait; not at all where nothing can be shared with them."""
        if self._folder is None:
            return 0.0
        names = (f"target {self._name}", f"host {host.lower()}")
        try:
            return max(SharedPace(self._folder, name).turn(self._gap) for name in names)
        except OSError:
            return 0.0


def retry_after(value: str | None, now: datetime | None = None) -> float:
    """The seconds that Retry-After asks for (RFC 9110, section 10.2.3): 1 where it is missing or makes no sense."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text[:12])
    if len(text) <= 64:
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return 1.0
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max((date - (now or datetime.now(UTC))).total_seconds(), 0.0)
    return 1.0
