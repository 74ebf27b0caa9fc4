"""Shards as they are written: a part of so many, such as `3/20`."""

from __future__ import annotations

import re

from conformance.documents import UsageProblem

_SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


def shard_numbers(text: str) -> tuple[int, int]:
    """The number of a shard, from 1 on, and how many shards there are.

    Raises:
        UsageProblem: the text is not of that form, or the number is larger than how many there are.
    """
    found = _SHARD.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise UsageProblem([f"--shard={text}: must be a part and how many there are, such as 3/20"])
    return int(found[1]), int(found[2])
