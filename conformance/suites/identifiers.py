"""Ids that a target gives to what is new."""

from __future__ import annotations

import re

from conformance.rules.outcome import Inconclusive

_FAR = 1_000_000_000
_LONG = 16

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
        raise Inconclusive(f"the id of {whose} is not text that an address can hold") from None
    if len(identifier) > LONGEST:
        raise Inconclusive(f"the id of {whose} has {len(identifier)} characters, which no address can hold")
    return identifier


def unknown_id(known: str) -> str:
    """An id of the same shape that nothing has: far ahead of one that is counted, and another end of a long one."""
    counted = re.search(r"\d+$", known, re.ASCII)
    if counted is not None and (len(known) < _LONG or known == counted[0]):
        number = int(counted[0])
        return f"{known[: counted.start()]}{number + _FAR if number < _FAR else number * 2}"
    return known[:-6] + "".join(map(_another, known[-6:]))


def _another(letter: str) -> str:
    """Another letter of the same kind, so that a hexadecimal number remains one."""
    if letter.isdecimal():
        return str((int(letter) + 5) % 10)
    if not letter.isalpha():
        return letter
    other = "b" if letter in "aA" else "a"
    return other.upper() if letter.isupper() else other
