"""The fields of the reference's records: what their types take, and how a value is kept."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
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


class RecordFields(ABC):
    """How the values of a record are kept: a step for each type of field.

    All raise Invalid where the field does not take the value.
    """

    def kept(self, name: str, value: object) -> object:
        """One value as it is kept."""
        about = FIELDS.get(name)
        if about is None:
            raise Invalid(f"{name} is not a field")
        if value is None:
            if about.get("required"):
                raise Invalid(f"{name} is required")
            return None
        return self.steps()[about["type"]](name, value)

    def steps(self) -> Mapping[str, Callable[[str, object], object]]:
        """The step for each type."""
        return {
            "string": self.kept_text,
            "text": self.kept_text,
            "integer": self.kept_integer,
            "decimal": self.kept_decimal,
            "percent": self.kept_decimal,
            "boolean": self.kept_boolean,
            "date": self.kept_date,
            "datetime": self.kept_datetime,
            "time": self.kept_time,
            "enumeration": self.kept_choice,
            "multi_enumeration": self.kept_choices,
            **dict.fromkeys(_FORMATS, self.kept_formatted),
            "lookup": self.kept_lookup,
            **dict.fromkeys(_PARTS, self.kept_structure),
        }

    def kept_text(self, name: str, value: object) -> str:
        """A text of at most the greatest length."""
        if not isinstance(value, str):
            raise Invalid(f"{name} is a text")
        if len(value) > FIELDS[name]["max_length"]:
            raise Invalid(f"{name} takes at most {FIELDS[name]['max_length']} characters")
        return value

    def kept_integer(self, name: str, value: object) -> int:
        """An integer in the range of its field."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(f"{name} is an integer")
        if not FIELDS[name]["minimum"] <= value <= FIELDS[name]["maximum"]:
            raise Invalid(f"{name} is out of range")
        return value

    def kept_decimal(self, name: str, value: object) -> Decimal:
        """A decimal or a percentage, with as many digits as its field takes."""
        about = FIELDS[name]
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise Invalid(f"{name} is a number")
        number = Decimal(value)
        if number.adjusted() >= about["digits"] - about["scale"] or -int(number.as_tuple().exponent) > about["scale"]:
            raise Invalid(f"{name} has too many digits")
        if not about.get("minimum", number) <= number <= about.get("maximum", number):
            raise Invalid(f"{name} is out of range")
        return number

    def kept_boolean(self, name: str, value: object) -> object:
        """True or false."""
        if not isinstance(value, bool):
            raise Invalid(f"{name} is true or false")
        return value

    def kept_date(self, name: str, value: object) -> str:
        """A day of the calendar."""
        try:
            return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
        except ValueError:
            raise Invalid(f"{name} is a date such as 2026-03-31") from None

    def kept_datetime(self, name: str, value: object) -> str:
        """A moment, in UTC."""
        return written(milliseconds(value, name))

    def kept_time(self, name: str, value: object) -> str:
        """A time of day."""
        if not isinstance(value, str) or _TIME.fullmatch(value) is None:
            raise Invalid(f"{name} is a time such as 12:00:00")
        return value

    def kept_choice(self, name: str, value: object) -> object:
        """One value of an enumeration."""
        if value not in FIELDS[name]["values"]:
            raise Invalid(f"{name} is one of {', '.join(FIELDS[name]['values'])}")
        return value

    def kept_choices(self, name: str, value: object) -> list[object]:
        """Several values of an enumeration."""
        values = FIELDS[name]["values"]
        if not isinstance(value, list) or not all(one in values for one in value):
            raise Invalid(f"{name} is a list of {', '.join(values)}")
        return value

    def kept_formatted(self, name: str, value: object) -> str:
        """An e-mail address, a phone number or a URL."""
        kind = kind_of(name)
        if not isinstance(value, str) or _FORMATS[kind].fullmatch(value) is None:
            raise Invalid(f"{name} is no {kind}")
        return value

    def kept_lookup(self, name: str, value: object) -> str:
        """The id of another record."""
        if not isinstance(value, str):
            raise Invalid(f"{name} is the id of an account")
        self.look_up(value)
        return value

    @abstractmethod
    def look_up(self, identifier: str) -> None:
        """Refuse the id of a record that is not there."""

    def kept_structure(self, name: str, value: object) -> dict[str, Any]:
        """A currency, an address or a position, with its parts."""
        parts = _PARTS[kind_of(name)]
        if not isinstance(value, dict) or not value.keys() <= parts:
            raise Invalid(f"{name} has the parts {', '.join(sorted(parts))}")
        return value


def kind_of(name: str) -> str:
    """The type of a field."""
    return str(FIELDS[name]["type"])


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
