"""Ids that a suite makes up: none that the target may know."""

from __future__ import annotations

import pytest

from conformance.suites.identifiers import unknown_id


@pytest.mark.parametrize("known", ["9", "a9", "acc-999999", "2000000000", "aaaaaa", "3f2a8c0d11e74b6f9a4c2d7e80b19999"])
def test_an_unknown_id_is_another_one_of_the_same_letters(known: str) -> None:
    unknown = unknown_id(known)
    assert unknown != known
    assert [letter.isalpha() for letter in unknown[: len(known)]] == [letter.isalpha() for letter in known]


def test_a_counted_id_is_far_from_those_that_come_next() -> None:
    assert unknown_id("acc-12") == "acc-1000000012"
    assert int(unknown_id("7")) > 1_000_000_000
