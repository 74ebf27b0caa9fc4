"""JSON in which a number keeps every digit: fractions are `Decimal`, never binary floating point."""

from __future__ import annotations

import json
from decimal import Decimal

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read(body: bytes) -> object:
    """The value of a JSON text (RFC 8259), with `Decimal` for numbers that have a fraction or an exponent.

    Raises:
        ValueError: it is no JSON, or cannot be read; the message holds nothing of it.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("not JSON that can be read") from None


def write(value: object) -> str:
    """The JSON text of a value. A `Decimal` is written digit by digit, without an exponent.

    Raises:
        TypeError: JSON has no such value.
    """
    try:
        text = _ENCODER.encode(value)
    except TypeError:  # a `Decimal`, or what JSON has not
        return _by_hand(value)
    return text if text.isascii() else _by_hand(value)  # names are written with escapes


def _by_hand(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join(f"{json.dumps(str(name))}:{_by_hand(inner)}" for name, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_by_hand, value)) + "]"
        case _:
            return _ENCODER.encode(value)


def _no_constant(name: str) -> object:
    raise ValueError(name)
