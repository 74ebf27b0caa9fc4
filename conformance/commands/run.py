"""A run of pytest, for people who have no project that it is installed in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import IO


def run_pytest(words: Sequence[str], output: IO[str] | None = None) -> int:
    """Run pytest with these words in a process of its own, and return its exit code.

    Args:
        words: its arguments.
        output: a file that it prints to, instead of standard output.

    An interrupt reaches that process too, which ends the run in order, so it is waited for all the same.
    """
    process = subprocess.Popen([sys.executable, "-m", "pytest", *words], stdout=output)  # noqa: S603 - the words of the user
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
