"""`python -m tests.unit.bounded SECONDS BYTES MODULE WORDS…`: a module that the system ends if it takes more.

The seconds are of the processor, and the bytes are addresses, most of which are never touched.
"""

from __future__ import annotations

import resource
import runpy
import sys


def main() -> None:
    """Become the module."""
    seconds, addresses, module, *words = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(addresses), int(addresses)))
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
