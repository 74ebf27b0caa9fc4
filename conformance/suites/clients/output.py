"""What a client prints: what is kept of it is searched for secrets, and what is not is told."""

from __future__ import annotations

import os
import re
import threading
from typing import IO

KEPT = 1_048_576
"""How many bytes are kept of the beginning, and how many of the end."""

LINES = 8
"""How many of the last lines are shown."""

_PIECE = 65_536
_FRAME = re.compile(r"\s+(at|from) \S|\s*\.\.\. \d+ more$|Node\.js v\d")


class Output:
    """Reads a pipe to its end in a thread of its own, whatever comes, without keeping it all.

    Args:
        pipe: what is read.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until all is read that was printed; who printed it has ended."""
        self._thread.join(5)
        self._pipe.close()

    @property
    def text(self) -> bytes:
        """The beginning and the end, which is all of it where it is short."""
        between = b"\n" if self._size > 2 * KEPT else b""
        return bytes(self._head) + between + bytes(self._tail)

    @property
    def unkept(self) -> str:
        """What was not kept, as a phrase; empty for nothing."""
        return f"what it printed between the first and the last {KEPT >> 20} MB" if self._size > 2 * KEPT else ""

    @property
    def last_lines(self) -> list[str]:
        """The last lines, without the frames of a call stack, which Node.js and Java write below their message."""
        lines = [line for line in self.text.decode("utf-8", "replace").splitlines() if line.strip()]
        told = [line for line in lines if not _FRAME.match(line)]
        return [line.strip() for line in (told or lines)[-LINES:]]

    def _drain(self) -> None:
        while True:
            try:
                piece = os.read(self._pipe.fileno(), _PIECE)
            except (OSError, ValueError):
                return
            if not piece:
                return
            self._size += len(piece)
            room = KEPT - len(self._head)
            self._head += piece[:room]
            self._tail += piece[room:]
            del self._tail[:-KEPT]
