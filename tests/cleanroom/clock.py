"""A clock that tests stop and move, so that no verdict hangs on how fast a machine is."""

from __future__ import annotations

import time

from tests.cleanroom.wire import Answer, Asked


class Clock:
    def __init__(self) -> None:
        self._stopped: float | None = None
        self._ahead = 0.0

    def now(self) -> float:
        """In seconds since 1970."""
        return time.time() + self._ahead if self._stopped is None else self._stopped

    def answer(self, asked: Asked) -> Answer:
        """Stop the clock, let it go on from where it stopped, or move it."""
        wish = asked.json()
        now = self.now() + wish.get("advance_seconds", 0)
        self._ahead = now - time.time()
        self._stopped = now if wish.get("stopped", self._stopped is not None) else None
        return Answer.json(200, {"now": now})
