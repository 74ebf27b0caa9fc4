"""A rate that all processes of a user on this machine share: that of a host, or of a target."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from hashlib import sha256
from pathlib import Path

_MOMENT = struct.Struct("<d")
_WAITING = 100  # requests that wait at once: a moment later than theirs is of a clock that was set back


class SharedPace:
    """A file that holds the moment from which the next request may start. Runs beside each other find the same one.

    Args:
        folder: where all such files are; it is made if it is missing.
        name: of what is asked.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / sha256(name.encode()).hexdigest()[:16]

    def turn(self, gap: float) -> float:
        """Take the next moment, and keep everybody else away for some seconds after it.

        Returns:
            How many seconds to wait for it.

        Raises:
            OSError: the file cannot be used.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            now = time.time()
            written = os.pread(file, _MOMENT.size, 0)
            start = _MOMENT.unpack(written)[0] if len(written) == _MOMENT.size else now
            if not now <= start <= now + 1 + _WAITING * gap:
                start = now
            os.pwrite(file, _MOMENT.pack(start + gap), 0)
        finally:
            os.close(file)
        return float(start - now)
