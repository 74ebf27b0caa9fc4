"""Values for the fields of a record, by their declared types: plain ones, all kinds of valid ones, and ones beyond."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from conformance.config.roles import RecordField

TELLING_TEXTS = (
    "Zoë Müller",
    "日本語 עברית",
    "👩‍👩‍👧 🏳️‍🌈",
    '"quoted" \\ back/slash & <b>\'s',
    "null",
    "00123",
    "%41+%2B=1",
)
"""Texts that careless systems change, tried at every depth."""

DAYS = ("2024-02-29", "2026-03-29", "1999-12-31", "2026-01-01")
"""Days that turn into others where a time zone gets in."""

CRLF = "first line\r\nsecond line\r\n\r\nfourth line\twith a tab"

_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"))


def plain_value(about: RecordField) -> Any:
    """A value of a field that nobody refuses."""
    match about.type:
        case "string" | "text":
            return "plain"[: about.max_length]
        case "integer":
            return written(min(max(1, about.least), about.greatest), about)
        case "decimal":
            least, greatest = _units(about)
            is_one_inside = least <= 10**about.scale <= greatest
            return written(Decimal(1) if is_one_inside else _of_units(greatest, about), about)
        case "boolean":
            return True
        case "date":
            return "2026-03-31"
        case "datetime":
            return "2026-03-31T12:00:00Z"
        case _:
            return about.values[0]


def written(number: int | Decimal, about: RecordField) -> Any:
    """A number as the field is written: as JSON number or as text."""
    return format(number, "f") if about.as_text else number


def texts(most: int) -> st.SearchStrategy[str]:
    """Texts of any script. Blanks at the ends belong to no value here."""
    return st.text(_LETTERS, min_size=1, max_size=most).map(str.strip).filter(bool)


def shortened(text: str, about: RecordField) -> str:
    """A text that is shorter than the field's limit."""
    return text[: about.max_length - 1].strip() or "x" if about.max_length else text


def long_text(length: int) -> str:
    """A text of so many characters, whose end tells whether anything was cut off."""
    return ("0123456789" * (length // 10 + 1))[: length - 1] + "!"


def integers(about: RecordField) -> st.SearchStrategy[Any]:
    """Integers of the whole range."""
    return st.integers(about.least, about.greatest).map(lambda number: written(number, about))


def telling_integers(about: RecordField) -> list[Any]:
    """The ends of the range, and what binary floating point cannot hold."""
    wanted = (about.least, about.greatest, 0, 2**53 + 1, -(2**53) - 1, 2**31, about.greatest - 1)
    inside = [number for number in wanted if about.least <= number <= about.greatest]
    return [written(number, about) for number in dict.fromkeys(inside)]


def decimals(about: RecordField) -> st.SearchStrategy[Any]:
    """Decimals of all digits."""
    return st.integers(*_units(about)).map(lambda number: written(_of_units(number, about), about))


def telling_decimals(about: RecordField) -> list[Any]:
    """The ends of the range, and tenths."""
    least, greatest = _units(about)
    inside = [number for number in (greatest, least, 1, 3, 0) if least <= number <= greatest]
    return [written(_of_units(number, about), about) for number in dict.fromkeys(inside)]


def _units(about: RecordField) -> tuple[int, int]:
    """The least and the greatest decimal of a field, in units of its last place."""
    most, one = 10**about.digits - 1, 10**about.scale
    least = -most if about.minimum is None else max(-most, about.minimum * one)
    greatest = most if about.maximum is None else min(most, about.maximum * one)
    return least, greatest


def _of_units(number: int, about: RecordField) -> Decimal:
    return Decimal(number).scaleb(-about.scale)


def moments(about: RecordField) -> st.SearchStrategy[str]:
    """Date-times with any offset, and with as many digits of a second as the field has."""

    def text(moment: datetime, hours: int, fraction: int) -> str:
        digits = f".{fraction:09d}"[: about.fraction_digits + 1] if about.fraction_digits else ""
        return f"{moment.replace(tzinfo=timezone(timedelta(hours=hours))):%Y-%m-%dT%H:%M:%S}{digits}{hours:+03d}:00"

    days = st.datetimes(datetime(1971, 1, 2), datetime(2099, 12, 30))
    return st.builds(text, days, st.integers(-11, 13), st.integers(0, 999_999_999))


def telling_moments(about: RecordField) -> list[str]:
    """Instants around midnight, a change of clocks and a leap day, each with its offset."""
    digits = f".{'123456789'[: about.fraction_digits]}" if about.fraction_digits else ""
    return [f"2026-03-29T02:30:00{digits}+01:00", f"2024-02-29T23:59:59{digits}-11:00", f"2026-01-01T00:00:00{digits}Z"]


def days() -> st.SearchStrategy[str]:
    """Calendar days."""
    return st.dates(date(1971, 1, 2), date(2099, 12, 30)).map(date.isoformat)


def beyond(about: RecordField) -> list[tuple[str, Any]]:
    """Values that the field cannot keep as they are, each with what is wrong with it."""
    match about.type:
        case "integer":
            return [
                ("an integer above the range", written(about.greatest + 1, about)),
                ("an integer below the range", written(about.least - 1, about)),
            ]
        case "decimal":
            many = Decimal(10 ** (about.digits - about.scale))
            fine = Decimal(1).scaleb(-about.scale - 1) * 5
            least, greatest = _units(about)
            found = [
                ("a decimal with more digits than the field has", many),
                ("a decimal with more places than the field has", Decimal(plain_value(about)) + fine),
            ]
            if about.minimum is not None:
                found.append(("a decimal below the range", _of_units(least - 1, about)))
            if about.maximum is not None:
                found.append(("a decimal above the range", _of_units(greatest + 1, about)))
            return [(what, written(number, about)) for what, number in found]
        case "date":
            return [("a day that no calendar has", "2026-02-30")]
        case "datetime":
            return [("a time that no day has", "2026-02-30T25:00:00Z")]
        case _:
            return []


def invalid(about: RecordField) -> Any:
    """A value of another type than the field's; None where every value is of its type."""
    match about.type:
        case "integer" | "decimal" | "boolean":
            return "not a number"
        case "date" | "datetime":
            return "not a date"
        case "enumeration":
            return f"{about.values[0]} unknown"
        case _:
            return None
