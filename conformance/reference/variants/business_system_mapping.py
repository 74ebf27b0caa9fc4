"""Defects of a business system in its fields: what comes back is not what went in."""

from __future__ import annotations

import json
import re
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
        if kind_of(name) in ("decimal", "percent") and isinstance(value, Decimal):
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
        if kind_of(name) in ("decimal", "percent") and "minimum" in about and isinstance(value, int | Decimal):
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


# ------------------------------------------------- what is kept in another way


@fault(kills={"MAP-06"})
class LineFeedsGetCompany(BusinessSystem):
    """Keeps CR LF for each LF."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return re.sub(r"\r?\n", "\r\n", found) if isinstance(found, str) else found


@fault(kills={"MAP-15"})
class BlanksAreTrimmed(BusinessSystem):
    """Keeps a text without the blanks at its ends."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found.strip() if isinstance(found, str) else found


@fault(kills={"MAP-16"})
class FractionsAreCutOff(BusinessSystem):
    """Keeps the whole part of a fraction that is written into an integer."""

    def kept(self, name: str, value: object) -> object:
        is_a_fraction = kind_of(name) == "integer" and isinstance(value, Decimal)
        return super().kept(name, int(value) if is_a_fraction and isinstance(value, Decimal) else value)


@fault(kills={"MAP-16"})
class NumbersBecomeTruth(BusinessSystem):
    """Keeps true for any number but zero that is written into a boolean."""

    def kept(self, name: str, value: object) -> object:
        return super().kept(name, value != 0 if kind_of(name) == "boolean" and type(value) is int else value)


@fault(kills={"MAP-16"})
class StructuresBecomeText(BusinessSystem):
    """Keeps the JSON of a structure that is written into a text."""

    def kept(self, name: str, value: object) -> object:
        is_text = kind_of(name) in ("string", "text")
        return super().kept(name, json.dumps(value) if is_text and isinstance(value, dict | list) else value)


@fault(kills={"MAP-17"})
class MissingNumbersAreZero(BusinessSystem):
    """Gives a number that was not sent the value zero."""

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        return ({"quantity": 0} if is_new else {}) | super().valid(fields, is_new=is_new)


@fault(kills={"MAP-18"})
class UnknownFieldsAreDropped(BusinessSystem):
    """Takes a record with an unknown field, and keeps all but that."""

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        return super().valid({name: value for name, value in fields.items() if name in FIELDS}, is_new=is_new)


@fault(kills={"MAP-10"})
class DatesGetAMidnight(BusinessSystem):
    """Shows a date as a date-time."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return f"{found}T00:00:00Z" if kind_of(name) == "date" and found else found


@fault(kills={"MAP-10"})
class DatesOfNewRecordsAreADayEarly(BusinessSystem):
    """Takes the date of a new record for a midnight elsewhere; updates keep it as it is."""

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        found = super().valid(fields, is_new=is_new)
        if is_new and isinstance(day := found.get("day"), str):
            found["day"] = (datetime.fromisoformat(day) - timedelta(hours=1)).date().isoformat()
        return found


# ------------------------------------------------------------ further types


@fault(kills={"MAP-19"})
class OneChoiceIsKept(BusinessSystem):
    """Keeps the first one of several chosen values."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found[:1] if isinstance(found, list) else found


@fault(kills={"MAP-20"})
class TimesOfDayLoseTheirSeconds(BusinessSystem):
    """Keeps a time of day in whole minutes."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return f"{found[:5]}:00" if kind_of(name) == "time" and isinstance(found, str) else found


@fault(kills={"MAP-21"})
class TagsOfAddressesAreDropped(BusinessSystem):
    """Drops what follows a plus sign in an e-mail address."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return re.sub(r"\+[^@]*", "", found) if kind_of(name) == "email" and isinstance(found, str) else found


@fault(kills={"MAP-22"})
class LookupsAreCut(BusinessSystem):
    """Keeps the first fifteen characters of an id."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found[:15] if kind_of(name) == "lookup" and isinstance(found, str) else found


@fault(kills={"MAP-23"})
class LookupsLeadNowhere(BusinessSystem):
    """Takes the id of a record that never was."""

    def look_up(self, identifier: str) -> None:
        return


@fault(kills={"MAP-24"})
class CurrenciesAreDollars(BusinessSystem):
    """Keeps the amount, and always the same currency."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return {**found, "code": "USD"} if kind_of(name) == "currency" and isinstance(found, dict) else found


@fault(kills={"MAP-08"})
class SharesAreFractions(BusinessSystem):
    """Keeps a percentage as a fraction of one, with two places."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        is_share = kind_of(name) == "percent" and isinstance(found, Decimal)
        return round(Decimal(str(found)) / 100, 2) * 100 if is_share else found


@fault(kills={"MAP-14"})
class ThirtiethOfFebruaryIsInMarch(BusinessSystem):
    """Takes a day that February does not have for one of March."""

    def kept(self, name: str, value: object) -> object:
        is_late = kind_of(name) in ("date", "datetime") and isinstance(value, str) and "-02-30" in value
        return super().kept(name, str(value).replace("-02-30", "-03-02") if is_late else value)


@fault(kills={"MAP-21"})
class PhonesLoseTheirCountry(BusinessSystem):
    """Keeps a phone number without the code of its country."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found.removeprefix("+1") if kind_of(name) == "phone" and isinstance(found, str) else found


@fault(kills={"MAP-21"})
class AddressesOfTheWebLoseTheirFragment(BusinessSystem):
    """Drops what follows a number sign in a URL."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return found.partition("#")[0] if kind_of(name) == "url" and isinstance(found, str) else found


@fault(kills={"MAP-24"})
class PositionsAreWholeDegrees(BusinessSystem):
    """Keeps a position in whole degrees."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        if kind_of(name) != "geolocation" or not isinstance(found, dict):
            return found
        return {part: int(degrees) for part, degrees in found.items()}


@fault(kills={"MAP-24"})
class CountriesAreNotKept(BusinessSystem):
    """Keeps an address without its country."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return {**found, "country": None} if kind_of(name) == "address" and isinstance(found, dict) else found
