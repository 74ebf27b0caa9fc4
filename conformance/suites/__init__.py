"""The suites: one folder a family, one file a theme, one test a requirement."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judging.matchers import name_of

if TYPE_CHECKING:
    from conformance.judging.matchers import CaseRecord


def requirement[F: Callable[..., Any]](identifier: str) -> Callable[[F], F]:
    """Say which requirement a test judges, such as `SAB-01`."""
    return pytest.mark.requirement(identifier)


def always[F: Callable[..., Any]](**listed: Sequence[object] | Mapping[str, object]) -> Callable[[F], F]:
    """Try a property with these values of its one argument at every depth, each of them, before any others.

    Others are generated where the target deviates at none of these. It stands above `given` and its settings.

    Args:
        listed: the argument's name, with the values, the plainest first, or with a mapping that gives each its name.
    """
    [(argument, given)] = listed.items()
    values = list(given.items()) if isinstance(given, Mapping) else [(None, value) for value in given]

    def decorate(test: F) -> F:
        judged: Callable[..., object] = test.hypothesis.inner_test  # type: ignore[attr-defined] # `given` sets it

        @functools.wraps(test)
        def each_and_others(**fixtures: Any) -> None:
            for each in _record_of(fixtures).each(values, lambda pair: pair[0] or name_of(pair[1])):
                with each as (_, value):
                    judged(**fixtures, **{argument: value})
            test(**fixtures)

        return each_and_others  # type: ignore[return-value] # it takes the fixtures of the test

    return decorate


def half[F: Callable[..., Any]](test: F) -> F:
    """Try a property with half of the examples of the chosen depth: where each costs a token that has to be revoked.

    It stands between `always`, whose values have the variety that decides, and `given`.
    """
    import hypothesis  # which the commands need not wait for

    examples = max(1, hypothesis.settings().max_examples // 2)
    halved: F = hypothesis.settings(max_examples=examples)(test)
    return halved


def _record_of(fixtures: Mapping[str, Any]) -> CaseRecord:
    """The record of the case, which every driver of a role has."""
    case: CaseRecord = next(fixture.case for fixture in fixtures.values() if hasattr(fixture, "case"))
    return case
