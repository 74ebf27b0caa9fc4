"""Values for the fields of a record, by their declared types: plain ones, telling ones, and ones beyond."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.config.roles import RecordField
    from conformance.config.roles.record_fields import FieldType

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

LINES = {
    "CR LF": "first line\r\nsecond line\r\n\r\nfourth line\twith a tab",
    "LF alone": "first line\nsecond line\n\nfourth line",
    "CR alone": "first line\rsecond line",
}
"""Texts of several lines, by what ends a line."""

BLANKS = "  a "

WITH_A_RANGE: tuple[FieldType, ...] = ("integer", "decimal", "percent", "date", "time", "datetime")
MAY_BE_EMPTY: tuple[FieldType, ...] = (*WITH_A_RANGE, "boolean", "enumeration")
"""The types of fields that refuse some values of their kind, and those that have no value until one is sent."""

TIMES = ("00:00:00", "12:34:56", "23:59:59")
"""Times of a day, with its ends."""

_PLAIN: dict[str, str] = {
    "date": "2026-03-31",
    "time": "12:00:00",
    "datetime": "2026-03-31T12:00:00Z",
    "email": "seasonproof@example.com",
    "phone": "+1 202 555 0100",
    "url": "https://example.com/seasonproof",
}
_CHANGED: dict[str, str] = {
    "date": "2026-04-01",
    "time": "13:00:00",
    "datetime": "2026-04-01T12:00:00Z",
    "email": "season.proof+1@example.org",
    "phone": "+1 202 555 0199",
    "url": "https://example.org/seasonproof?a=1&b=%20#end",
}


def plain_value(about: RecordField) -> Any:
    """A value of a field that nobody refuses: its example, if it has one."""
    if about.example is not None:
        return about.sample
    match about.type:
        case "string" | "text":
            return "plain"[: about.max_length]
        case "integer":
            return written(min(max(1, about.least), about.greatest), about)
        case "decimal" | "percent":
            least, greatest = units_of(about)
            is_one_inside = least <= 10**about.scale <= greatest
            return written(Decimal(1) if is_one_inside else of_units(greatest, about), about)
        case "boolean":
            return True
        case "enumeration":
            return about.values[0]
        case "multi_enumeration":
            return chosen(about.values[:1], about)
        case "currency" | "address" | "geolocation":
            return {name: plain_value(part) for name, part in about.members.items()}
        case _:
            return _PLAIN.get(about.type)


def changed_value(about: RecordField) -> Any:
    """Another value than the plain one, which nobody refuses either; None where there is none."""
    plain = plain_value(about)
    match about.type:
        case _ if about.example is not None:
            return None
        case "string" | "text":
            others: Iterable[Any] = ("other"[: about.max_length],)
        case "integer":
            others = (written(number, about) for number in (about.least, about.greatest))
        case "decimal" | "percent":
            others = (written(of_units(number, about), about) for number in units_of(about))
        case "boolean":
            others = (False,)
        case "enumeration":
            others = about.values
        case "multi_enumeration":
            others = (chosen(about.values[-1:], about),)
        case _:
            others = filter(None, (_CHANGED.get(about.type),))
    return next((value for value in others if value != plain), None)


def chosen(values: Sequence[str], about: RecordField) -> Any:
    """Several values of an enumeration as the field is written: as list, or as one text."""
    return about.separator.join(values) if about.separator is not None else list(values)


def written(number: int | Decimal, about: RecordField) -> Any:
    """A number as the field is written: as JSON number or as text."""
    return format(number, "f") if about.as_text else number


def shortened(text: str, about: RecordField) -> str:
    """A text that is shorter than the field's limit, also where that counts in UTF-16: emoji are two there."""
    if about.max_length is None:
        return text
    units = text.encode("utf-16-le")[: 2 * (about.max_length - 1)]
    return units.decode("utf-16-le", "ignore").strip() or "x"


def long_text(length: int) -> str:
    """A text of so many characters, whose end tells whether anything was cut off."""
    return ("0123456789" * (length // 10 + 1))[: length - 1] + "!"


def telling_integers(about: RecordField) -> list[Any]:
    """The ends of the range, and what binary floating point cannot hold."""
    wanted = (about.least, about.greatest, 0, 2**53 + 1, -(2**53) - 1, 2**31, about.greatest - 1)
    inside = [number for number in wanted if about.least <= number <= about.greatest]
    return [written(number, about) for number in dict.fromkeys(inside)]


def telling_decimals(about: RecordField) -> list[Any]:
    """The ends of the range, and tenths."""
    least, greatest = units_of(about)
    inside = [number for number in (greatest, least, 1, 3, 0) if least <= number <= greatest]
    return [written(of_units(number, about), about) for number in dict.fromkeys(inside)]


def units_of(about: RecordField) -> tuple[int, int]:
    """The least and the greatest decimal of a field, in units of its last place."""
    most, one = 10**about.digits - 1, 10**about.scale
    least = -most if about.minimum is None else max(-most, about.minimum * one)
    greatest = most if about.maximum is None else min(most, about.maximum * one)
    return least, greatest


def _with_a_fraction(about: RecordField) -> Any:
    least, greatest = units_of(about)
    return written(of_units(min(max(10**about.scale + 3, least), greatest), about), about)


def of_units(number: int, about: RecordField) -> Decimal:
    """A decimal that is given in units of the last place of its field."""
    return Decimal(number).scaleb(-about.scale)


def telling_moments(about: RecordField) -> list[str]:
    """Instants around midnight, a change of clocks and a leap day, each with its offset."""
    digits = f".{'123456789'[: about.fraction_digits]}" if about.fraction_digits else ""
    return [f"2026-03-29T02:30:00{digits}+01:00", f"2024-02-29T23:59:59{digits}-11:00", f"2026-01-01T00:00:00{digits}Z"]


def beyond(about: RecordField) -> list[tuple[str, Any]]:
    """Values that the field cannot keep as they are, each with what is wrong with it."""
    match about.type:
        case "integer":
            odd = [] if about.greatest > 2**53 else [("an integer that binary floating point cannot hold", 2**53 + 1)]
            numbers = [("an integer above the range", about.greatest + 1), *odd]
            return [
                (what, written(number, about))
                for what, number in (*numbers, ("an integer below the range", about.least - 1))
            ]
        case "decimal" | "percent":
            many = Decimal(10 ** (about.digits - about.scale))
            fine = Decimal(1).scaleb(-about.scale - 1) * 5
            least, greatest = units_of(about)
            found = [
                ("a decimal with more digits than the field has", many),
                ("a decimal with more places than the field has", Decimal(plain_value(about)) + fine),
            ]
            if about.minimum is not None:
                found.append(("a decimal below the range", of_units(least - 1, about)))
            if about.maximum is not None:
                found.append(("a decimal above the range", of_units(greatest + 1, about)))
            return [(what, written(number, about)) for what, number in found]
        case "date":
            return [("a day that no calendar has", "2026-02-30")]
        case "datetime":
            return [
                ("a day that no calendar has", "2026-02-30T12:00:00Z"),
                ("an hour that no day has", "2026-02-28T25:00:00Z"),
            ]
        case "time":
            return [("an hour that no day has", "25:00:00")]
        case _:
            return []


def of_another_kind(about: RecordField) -> list[tuple[str, Any]]:
    """Values of another kind than the field's, which careless systems convert without a word."""
    match about.type:
        case "integer":
            return [
                ("the number 7.9", written(Decimal("7.9"), about)),
                ("the number 1.5", written(Decimal("1.5"), about)),
            ]
        case "boolean":
            return [("a number", 1), ("a text", "yes")]
        case _:
            return [("an object", {"a": 1}), ("a list", ["a"])]


def choices(about: RecordField) -> list[Any]:
    """Each value of an enumeration alone, and all of them together."""
    return [*(chosen([value], about) for value in about.values), chosen(about.values, about)]


def formatted(about: RecordField) -> list[str]:
    """An e-mail address, a phone number or an address of the web: the example, or a plain one and an unusual one."""
    return [about.sample] if about.example is not None else [_PLAIN[about.type], _CHANGED[about.type]]


def structures(about: RecordField) -> list[dict[str, Any]]:
    """A structure with a plain value in each of its parts, with another one in each, and with fractions."""
    plain = plain_value(about)
    if about.example is not None:
        return [plain]
    changed = {name: changed_value(part) for name, part in about.members.items()}
    fine = {name: _with_a_fraction(part) for name, part in about.members.items() if part.type == "decimal"}
    others = [{name: value for name, value in values.items() if value is not None} for values in (changed, fine)]
    return [plain, *(plain | other for other in others if other)]


def invalid(about: RecordField) -> Any:
    """A value of another type than the field's; None where every value is of its type."""
    match about.type:
        case "integer" | "decimal" | "percent" | "boolean":
            return "not a number"
        case "date" | "datetime" | "time":
            return "not a date"
        case "enumeration":
            return f"{about.values[0]} unknown"
        case "multi_enumeration":
            return chosen([f"{about.values[0]} unknown"], about)
        case _:
            return None
