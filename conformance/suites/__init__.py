"""The suites: one folder a family, one file a theme, one test a requirement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import hypothesis
import pytest


def requirement[F: Callable[..., Any]](identifier: str) -> Callable[[F], F]:
    """Say which requirement a test judges, such as `SAB-01`."""
    return pytest.mark.requirement(identifier)


def always[F: Callable[..., Any]](**cases: Sequence[object]) -> Callable[[F], F]:
    """Try a property with these values of its one argument at every depth, before any others.

    Args:
        cases: the argument's name, with the values, the plainest first.
    """
    [(name, values)] = cases.items()

    def decorate(test: F) -> F:
        for value in reversed(values):
            test = hypothesis.example(**{name: value})(test)
        return test

    return decorate
