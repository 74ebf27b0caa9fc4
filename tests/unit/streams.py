"""`python -m tests.unit.streams KIND MODULE WORDS…`: a module whose standard streams are not what one hopes for.

As a fork of the tests' process, it gets what the interpreter gives a process that starts with such streams.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable


def _gone() -> None:
    """The reader of the pipe has gone away."""
    read, write = os.pipe()
    os.close(read)
    os.dup2(write, 1)


def _full() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def _closed(*numbers: int) -> None:
    for number in numbers:
        os.close(number)
        setattr(sys, "stdout" if number == 1 else "stderr", None)


def _narrow() -> None:
    """A terminal of one column and of ASCII."""
    os.environ["COLUMNS"] = "1"


KINDS: dict[str, Callable[[], None]] = {
    "gone": _gone,
    "full": _full,
    "closed": lambda: _closed(1),
    "both closed": lambda: _closed(1, 2),
    "narrow": _narrow,
}


def main() -> None:
    """Become the module."""
    kind, module, *words = sys.argv[1:]
    KINDS[kind]()
    if sys.stdout is not None:
        sys.stdout = open(1, "w", encoding="ascii" if kind == "narrow" else "utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
