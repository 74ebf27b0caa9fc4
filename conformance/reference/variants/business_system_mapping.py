"""Defects of a business system in its fields: what comes back is not what went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from conformance.reference.business_system import BusinessSystem
from conformance.reference.record_fields import FIELDS, Invalid
from conformance.reference.variants import fault


def kind_of(name: str) -> str:
    """The type of a field."""
    return str(FIELDS.get(name, {}).get("type"))


@fault(kills={"MAP-01"})
class TextIsLatin(BusinessSystem):
    """Keeps question marks in place of what Latin-1 does not have."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found.encode("latin-1", "replace").decode("latin-1") if isinstance(found, str) else found


@fault(kills={"MAP-02"})
class LongTextIsRefused(BusinessSystem):
    """Refuses a text of exactly the greatest length."""

    def kept(self, name: str, value: object) -> object:
        if isinstance(value, str) and len(value) == FIELDS.get(name, {}).get("max_length"):
            raise Invalid(f"{name} is too long")
        return super().kept(name, value)


@fault(kills={"MAP-03"})
class LongTextIsCut(BusinessSystem):
    """Cuts a text that is too long."""

    def kept(self, name: str, value: object) -> object:
        most = FIELDS.get(name, {}).get("max_length")
        return super().kept(name, value[:most] if isinstance(value, str) and most else value)


@fault(kills={"MAP-04"})
class NullBecomesEmpty(BusinessSystem):
    """Keeps the empty text in place of null."""

    def kept(self, name: str, value: object) -> object:
        return "" if value is None and kind_of(name) == "string" else super().kept(name, value)


@fault(kills={"MAP-04"})
class EmptyBecomesNull(BusinessSystem):
    """Keeps null in place of the empty text."""

    def kept(self, name: str, value: object) -> object:
        return super().kept(name, value) or None if value == "" else super().kept(name, value)


@fault(kills={"MAP-05"})
class MissingTextIsFilledIn(BusinessSystem):
    """Gives a field that was not sent the empty text."""

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        return ({"code": ""} if is_new else {}) | super().valid(fields, is_new=is_new)


@fault(kills={"MAP-06"})
class LineBreaksAreChanged(BusinessSystem):
    """Keeps one character for each line break."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found.replace("\r\n", "\n") if isinstance(found, str) else found


@fault(kills={"MAP-07", "MAP-14"})
class IntegersAreFloats(BusinessSystem):
    """Keeps integers in binary floating point."""

    def kept(self, name: str, value: object) -> object:
        if kind_of(name) == "integer" and isinstance(value, int) and not isinstance(value, bool):
            return int(float(value))
        return super().kept(name, value)


@fault(kills={"MAP-08"})
class DecimalsAreFloats(BusinessSystem):
    """Keeps decimals in binary floating point."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return Decimal(float(found)) if isinstance(found, Decimal) else found


@fault(kills={"MAP-14"})
class DecimalsAreRounded(BusinessSystem):
    """Rounds a decimal with too many places."""

    def kept(self, name: str, value: object) -> object:
        if kind_of(name) == "decimal" and isinstance(value, Decimal):
            return super().kept(name, round(value, FIELDS[name]["scale"]))
        return super().kept(name, value)


@fault(kills={"MAP-14"})
class NumbersAreClipped(BusinessSystem):
    """Keeps the end of the range in place of an integer beyond it."""

    def kept(self, name: str, value: object) -> object:
        if kind_of(name) == "integer" and isinstance(value, int):
            return super().kept(name, min(max(value, FIELDS[name]["minimum"]), FIELDS[name]["maximum"]))
        return super().kept(name, value)


@fault(kills={"MAP-14"})
class DecimalsAreClipped(BusinessSystem):
    """Keeps the end of the range in place of a decimal beyond it."""

    def kept(self, name: str, value: object) -> object:
        about = FIELDS.get(name, {})
        if kind_of(name) == "decimal" and "minimum" in about and isinstance(value, int | Decimal):
            return super().kept(name, min(max(value, about["minimum"]), about["maximum"]))
        return super().kept(name, value)


@fault(kills={"MAP-09"})
class TruthIsText(BusinessSystem):
    """Shows true and false as text."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return str(found).lower() if isinstance(found, bool) else found


@fault(kills={"MAP-10"})
class DatesAreMidnights(BusinessSystem):
    """Keeps a date as a midnight elsewhere, which is the day before in UTC."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        if kind_of(name) == "date" and isinstance(found, str):
            return (datetime.fromisoformat(found) - timedelta(hours=1)).date().isoformat()
        return found


@fault(kills={"MAP-11"})
class OffsetsAreIgnored(BusinessSystem):
    """Takes the clock of a date-time and leaves its offset alone."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        if kind_of(name) == "datetime" and isinstance(value, str):
            local = datetime.fromisoformat(value).replace(tzinfo=UTC)
            return super().kept(name, local.isoformat(timespec="milliseconds"))
        return found


@fault(kills={"MAP-11"})
class FractionsOfASecondAreDropped(BusinessSystem):
    """Keeps whole seconds."""

    def kept(self, name: str, value: object) -> object:
        found: Any = super().kept(name, value)
        return f"{found[:19]}Z" if kind_of(name) == "datetime" and found else found


@fault(kills={"MAP-12"})
class EnumerationIsShouted(BusinessSystem):
    """Keeps the values of an enumeration in upper case."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found.upper() if kind_of(name) == "enumeration" and isinstance(found, str) else found


@fault(kills={"ACT-05", "MAP-13"}, blinds=True)
class EnumerationIsOpen(BusinessSystem):
    """Takes values in that are not in the enumeration."""

    def kept(self, name: str, value: object) -> object:
        return value if kind_of(name) == "enumeration" else super().kept(name, value)
