"""The fields of the reference's records: what their types take, and how a value is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

DESCRIBED = {
    "path": "/metadata",
    "required": "$.required",
    "length": "$.length",
    "values": "$.values[*]",
    "read_only": "$.read_only",
}
"""Where the description of the fields is, and what is where in it, as a target file says it."""

FIELDS: dict[str, dict[str, Any]] = {
    "name": {"type": "string", "required": True, "max_length": 80},
    "code": {"type": "string", "max_length": 20, "nullable": True},
    "note": {"type": "text", "max_length": 2000},
    "quantity": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "amount": {"type": "decimal", "digits": 18, "scale": 4},
    "share": {"type": "percent", "digits": 5, "scale": 2, "minimum": 0, "maximum": 100},
    "active": {"type": "boolean"},
    "day": {"type": "date"},
    "due": {"type": "datetime", "fraction_digits": 3},
    "stage": {"type": "enumeration", "values": ["new", "open", "won", "lost"]},
    "opens": {"type": "time"},
    "topics": {"type": "multi_enumeration", "values": ["law", "tax", "trade"]},
    "mail": {"type": "email"},
    "phone": {"type": "phone"},
    "site": {"type": "url"},
    "parent": {"type": "lookup"},
    "price": {"type": "currency"},
    "place": {"type": "address"},
    "position": {"type": "geolocation"},
}
"""The fields, in the words of a target file."""


class Invalid(Exception):
    """A value that its field does not take."""


def kept(name: str, value: object) -> object:
    """The value as it is stored.

    Raises:
        Invalid: the field does not take it.
    """
    about = FIELDS.get(name)
    if about is None:
        raise Invalid(f"{name} is not a field")
    if value is None:
        if about.get("required"):
            raise Invalid(f"{name} is required")
        return None
    return _KINDS[about["type"]](name, value, about)


def _text(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, str):
        raise Invalid(f"{name} is a text")
    if len(value) > about["max_length"]:
        raise Invalid(f"{name} takes at most {about['max_length']} characters")
    return value


def _integer(name: str, value: object, about: Mapping[str, Any]) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(f"{name} is an integer")
    if not about["minimum"] <= value <= about["maximum"]:
        raise Invalid(f"{name} is out of range")
    return value


def _decimal(name: str, value: object, about: Mapping[str, Any]) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Invalid(f"{name} is a number")
    number = Decimal(value)
    if number.adjusted() >= about["digits"] - about["scale"] or -int(number.as_tuple().exponent) > about["scale"]:
        raise Invalid(f"{name} has too many digits")
    if not about.get("minimum", number) <= number <= about.get("maximum", number):
        raise Invalid(f"{name} is out of range")
    return number


def _boolean(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, bool):
        raise Invalid(f"{name} is true or false")
    return value


def _day(name: str, value: object, about: Mapping[str, Any]) -> object:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise Invalid(f"{name} is a date such as 2026-03-31") from None


def _moment(name: str, value: object, about: Mapping[str, Any]) -> object:
    return written(milliseconds(value, name))


def _choice(name: str, value: object, about: Mapping[str, Any]) -> object:
    if value not in about["values"]:
        raise Invalid(f"{name} is one of {', '.join(about['values'])}")
    return value


def _time(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise Invalid(f"{name} is a time such as 12:00:00")
    return value


def _choices(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, list) or not all(one in about["values"] for one in value):
        raise Invalid(f"{name} is a list of {', '.join(about['values'])}")
    return value


def _formatted(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, str) or _FORMATS[about["type"]].fullmatch(value) is None:
        raise Invalid(f"{name} is no {about['type']}")
    return value


def _id(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, str):
        raise Invalid(f"{name} is the id of an account")
    return value


def _structure(name: str, value: object, about: Mapping[str, Any]) -> object:
    if not isinstance(value, dict) or not value.keys() <= _PARTS[about["type"]]:
        raise Invalid(f"{name} has the parts {', '.join(sorted(_PARTS[about['type']]))}")
    return value


_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_FORMATS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "phone": re.compile(r"[+0-9 ()-]+"),
    "url": re.compile(r"https?://\S+"),
}
_PARTS = {
    "currency": {"amount", "code"},
    "address": {"street", "city", "state", "postalCode", "country"},
    "geolocation": {"latitude", "longitude"},
}

_KINDS = {
    "string": _text,
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "percent": _decimal,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
    "time": _time,
    "enumeration": _choice,
    "multi_enumeration": _choices,
    **dict.fromkeys(("email", "phone", "url"), _formatted),
    "lookup": _id,
    **dict.fromkeys(("currency", "address", "geolocation"), _structure),
}

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)")


def milliseconds(value: object, name: str = "the time") -> int:
    """A date-time of RFC 3339 as milliseconds since 1970.

    Raises:
        Invalid: it is none, or has no offset.
    """
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        raise Invalid(f"{name} is a date-time with an offset, such as 2026-03-31T12:00:00.000Z")
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{name} is not a date-time of the calendar") from None
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def written(moment: int) -> str:
    """Milliseconds since 1970 as a date-time in UTC."""
    seconds, thousandths = divmod(moment, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{thousandths:03d}Z"
