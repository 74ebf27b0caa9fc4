"""Loads modules as Python does, where pytest would look for assertions to rewrite and there are none.

pytest rewrites the modules of every distribution with a plugin: the suites', Hypothesis' and Schemathesis'. For that it
reads the source of each. Tests are left to it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import pytest

_ROOMS = frozenset({"conformance", "hypothesis", "schemathesis"})


class _PlainImports:
    """Finds the modules in these packages. The packages themselves are left to pytest, which warns otherwise."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module is; None for what pytest is to load."""
        package, dot, rest = name.partition(".")
        if not dot or package not in _ROOMS or rest.rpartition(".")[2].startswith("test_"):
            return None
        return PathFinder.find_spec(name, path, target)


def load_plainly(config: pytest.Config) -> None:
    """Load modules in this way until pytest ends."""
    finder = _PlainImports()
    sys.meta_path.insert(0, finder)

    def stop() -> None:
        with suppress(ValueError):
            sys.meta_path.remove(finder)

    config.add_cleanup(stop)
