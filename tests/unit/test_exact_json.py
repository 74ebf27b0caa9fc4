"""JSON is written digit by digit, and values are found in it as RFC 9535 says, whichever way is the faster one."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import jsonpath_rfc9535
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.documents import exact_json
from conformance.documents.json_path import all_at

NAMES = st.sampled_from(["a", "b", "items", "_c1", "é", "a b", ""])
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@given(documents(PLAIN | st.decimals(allow_nan=False, allow_infinity=False)))
def test_what_is_written_is_read_again_with_every_digit(value: object) -> None:
    assert exact_json.read(exact_json.write([value, Decimal("1.10")]).encode("utf-8", "surrogatepass")) == [
        value,
        Decimal("1.10"),
    ]


@given(documents(PLAIN))
def test_a_value_is_written_alike_beside_a_decimal_and_without_one(value: object) -> None:
    """Without one the library writes all of it at once."""
    beside = exact_json.write([value, Decimal("1.10")])
    assert beside == f"[{exact_json.write(value)},1.10]"
    assert json.loads(beside)[0] == value


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": {1, 2}}, object()])
def test_what_json_has_not_is_not_written(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        exact_json.write(value)


PATHS = ["$", "$.a", "$.a.b", "$.items[*]", "$[*]", "$._c1.items[*]", "$['a']", "$.items[0].a", "$..a", "$.é"]


@given(documents(PLAIN), st.sampled_from(PATHS))
def test_a_path_finds_what_the_library_finds(value: object, path: str) -> None:
    assert all_at(path, value) == list(jsonpath_rfc9535.find(path, value).values())  # type: ignore[arg-type] # as it is


@pytest.mark.parametrize("path", ["", "a", "$.", "$.1a", "$.a[", "$.a[*][*", "$.a-b"])
def test_what_is_no_path_finds_nothing(path: str) -> None:
    assert all_at(path, {"a": 1, "1a": 2, "a-b": 3, "": 4}) == []
