"""Which targets of a fleet are chosen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.config.fleet import Chosen
from conformance.config.target import Target

NAMES = st.sets(st.text("abcdef", min_size=1, max_size=4), max_size=12)


@given(NAMES, st.integers(1, 5))
def test_shards_share_a_fleet_without_a_rest(names: set[str], parts: int) -> None:
    """Each target is in one part, whatever the order of the files."""
    targets = {name: Target(name=name) for name in names}
    found = [name for part in range(1, parts + 1) for name in Chosen(shard=f"{part}/{parts}").of(targets)]
    assert sorted(found) == sorted(names)


def test_owner_and_labels_have_to_match_all() -> None:
    targets = {
        "a": Target(name="a", owner="payments", labels={"env": "test"}),
        "b": Target(name="b", owner="payments"),
        "c": Target(name="c", labels={"env": "test"}),
    }
    assert list(Chosen(["owner=payments"]).of(targets)) == ["a", "b"]
    assert list(Chosen(["owner=payments", "env=test"]).of(targets)) == ["a"]
