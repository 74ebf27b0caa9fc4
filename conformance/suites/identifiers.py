"""Ids that a target gives to what is new."""

from __future__ import annotations

from conformance.rules.outcome import Inconclusive

LONGEST = 1000
"""How many characters an id may have: longer ones stand in no address."""


def addressable(identifier: str, whose: str) -> str:
    """An id that can stand in an address.

    Args:
        identifier: the id as the target gave it.
        whose: what has it, such as `the new record`.

    Raises:
        Inconclusive: it cannot, such as half a surrogate pair: what was created cannot be asked for.
    """
    try:
        identifier.encode()
    except UnicodeEncodeError:
        raise Inconclusive(f"the id of {whose} is no text that can stand in an address") from None
    if len(identifier) > LONGEST:
        raise Inconclusive(f"the id of {whose} has {len(identifier)} characters, which stand in no address")
    return identifier
