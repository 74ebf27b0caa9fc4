"""Hypothesis strategies for the values of fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from conformance.suites.change_triggers.values import of_units, units_of, written

if TYPE_CHECKING:
    from conformance.config.roles import RecordField

_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"))


def texts(most: int) -> st.SearchStrategy[str]:
    """Texts of any script. Blanks at the ends belong to no value here."""
    return st.text(_LETTERS, min_size=1, max_size=most).map(str.strip).filter(bool)


def integers(about: RecordField) -> st.SearchStrategy[Any]:
    """Integers of the whole range."""
    return st.integers(about.least, about.greatest).map(lambda number: written(number, about))


def decimals(about: RecordField) -> st.SearchStrategy[Any]:
    """Decimals of all digits."""
    return st.integers(*units_of(about)).map(lambda number: written(of_units(number, about), about))


def moments(about: RecordField) -> st.SearchStrategy[str]:
    """Date-times with any offset, and with as many digits of a second as the field has."""

    def text(moment: datetime, hours: int, fraction: int) -> str:
        digits = f".{fraction:09d}"[: about.fraction_digits + 1] if about.fraction_digits else ""
        return f"{moment.replace(tzinfo=timezone(timedelta(hours=hours))):%Y-%m-%dT%H:%M:%S}{digits}{hours:+03d}:00"

    days = st.datetimes(datetime(1971, 1, 2), datetime(2099, 12, 30))
    return st.builds(text, days, st.integers(-11, 13), st.integers(0, 999_999_999))


def days() -> st.SearchStrategy[str]:
    """Calendar days."""
    return st.dates(date(1971, 1, 2), date(2099, 12, 30)).map(date.isoformat)
