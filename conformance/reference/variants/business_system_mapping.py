"""Defects of a business system in its fields: what comes back is not what went in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from conformance.reference.business_system import BusinessSystem
from conformance.reference.record_fields import FIELDS, Invalid, kind_of
from conformance.reference.variants import fault


@fault(kills={"MAP-01"})
class TextIsLatin(BusinessSystem):
    """Keeps question marks in place of what Latin-1 does not have."""

    def kept_text(self, name: str, value: object) -> str:
        return super().kept_text(name, value).encode("latin-1", "replace").decode("latin-1")


@fault(kills={"MAP-02"})
class LongTextIsRefused(BusinessSystem):
    """Refuses a text of exactly the greatest length."""

    def kept_text(self, name: str, value: object) -> str:
        if isinstance(value, str) and len(value) == FIELDS[name]["max_length"]:
            raise Invalid(f"{name} is too long")
        return super().kept_text(name, value)


@fault(kills={"MAP-03"})
class LongTextIsCut(BusinessSystem):
    """Cuts a text that is too long."""

    def kept_text(self, name: str, value: object) -> str:
        return super().kept_text(name, value[: FIELDS[name]["max_length"]] if isinstance(value, str) else value)


@fault(kills={"MAP-04"})
class NullBecomesEmpty(BusinessSystem):
    """Keeps the empty text in place of null."""

    def kept(self, name: str, value: object) -> object:
        found = super().kept(name, value)
        return "" if found is None and kind_of(name) == "string" else found


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

    def kept_text(self, name: str, value: object) -> str:
        return super().kept_text(name, value).replace("\r\n", "\n")


@fault(kills={"MAP-07", "MAP-14"})
class IntegersAreFloats(BusinessSystem):
    """Keeps integers in binary floating point."""

    def kept_integer(self, name: str, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return int(float(value))
        return super().kept_integer(name, value)


@fault(kills={"MAP-08"})
class DecimalsAreFloats(BusinessSystem):
    """Keeps decimals in binary floating point."""

    def kept_decimal(self, name: str, value: object) -> Decimal:
        return Decimal(float(super().kept_decimal(name, value)))


@fault(kills={"MAP-14"})
class DecimalsAreRounded(BusinessSystem):
    """Rounds a decimal with too many places."""

    def kept_decimal(self, name: str, value: object) -> Decimal:
        return super().kept_decimal(name, round(value, FIELDS[name]["scale"]) if isinstance(value, Decimal) else value)


@fault(kills={"MAP-14"})
class NumbersAreClipped(BusinessSystem):
    """Keeps the end of the range in place of an integer beyond it."""

    def kept_integer(self, name: str, value: object) -> int:
        about = FIELDS[name]
        clipped = min(max(value, about["minimum"]), about["maximum"]) if isinstance(value, int) else value
        return super().kept_integer(name, clipped)


@fault(kills={"MAP-14"})
class DecimalsAreClipped(BusinessSystem):
    """Keeps the end of the range in place of a decimal beyond it."""

    def kept_decimal(self, name: str, value: object) -> Decimal:
        about = FIELDS[name]
        if "minimum" in about and isinstance(value, int | Decimal):
            return super().kept_decimal(name, min(max(value, about["minimum"]), about["maximum"]))
        return super().kept_decimal(name, value)


@fault(kills={"MAP-09"})
class TruthIsText(BusinessSystem):
    """Shows true and false as text."""

    def kept_boolean(self, name: str, value: object) -> object:
        return str(super().kept_boolean(name, value)).lower()


@fault(kills={"MAP-10"})
class DatesAreMidnights(BusinessSystem):
    """Keeps a date as a midnight elsewhere, which is the day before in UTC."""

    def kept_date(self, name: str, value: object) -> str:
        midnight = datetime.fromisoformat(super().kept_date(name, value)) - timedelta(hours=1)
        return midnight.date().isoformat()


@fault(kills={"MAP-11"})
class OffsetsAreIgnored(BusinessSystem):
    """Takes the clock of a date-time and leaves its offset alone."""

    def kept_datetime(self, name: str, value: object) -> str:
        super().kept_datetime(name, value)
        local = datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
        return super().kept_datetime(name, local.isoformat(timespec="milliseconds"))


@fault(kills={"MAP-11"})
class FractionsOfASecondAreDropped(BusinessSystem):
    """Keeps whole seconds."""

    def kept_datetime(self, name: str, value: object) -> str:
        return f"{super().kept_datetime(name, value)[:19]}Z"


@fault(kills={"MAP-12"})
class EnumerationIsShouted(BusinessSystem):
    """Keeps the values of an enumeration in upper case."""

    def kept_choice(self, name: str, value: object) -> object:
        return str(super().kept_choice(name, value)).upper()


@fault(kills={"ACT-05", "MAP-13"}, blinds=True)
class EnumerationIsOpen(BusinessSystem):
    """Takes values in that are not in the enumeration."""

    def kept_choice(self, name: str, value: object) -> object:
        return value


# ------------------------------------------------- what is kept in another way


@fault(kills={"MAP-06"})
class LineFeedsGetCompany(BusinessSystem):
    """Keeps CR LF for each LF."""

    def kept_text(self, name: str, value: object) -> str:
        return re.sub(r"\r?\n", "\r\n", super().kept_text(name, value))


@fault(kills={"MAP-15"})
class BlanksAreTrimmed(BusinessSystem):
    """Keeps a text without the blanks at its ends."""

    def kept_text(self, name: str, value: object) -> str:
        return super().kept_text(name, value).strip()


@fault(kills={"MAP-16"})
class FractionsAreCutOff(BusinessSystem):
    """Keeps the whole part of a fraction that is written into an integer."""

    def kept_integer(self, name: str, value: object) -> int:
        return super().kept_integer(name, int(value) if isinstance(value, Decimal) else value)


@fault(kills={"MAP-16"})
class NumbersBecomeTruth(BusinessSystem):
    """Keeps true for any number but zero that is written into a boolean."""

    def kept_boolean(self, name: str, value: object) -> object:
        return super().kept_boolean(name, value != 0 if type(value) is int else value)


@fault(kills={"MAP-16"})
class StructuresBecomeText(BusinessSystem):
    """Keeps the JSON of a structure that is written into a text."""

    def kept_text(self, name: str, value: object) -> str:
        return super().kept_text(name, json.dumps(value) if isinstance(value, dict | list) else value)


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

    def kept_date(self, name: str, value: object) -> str:
        return f"{super().kept_date(name, value)}T00:00:00Z"


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

    def kept_choices(self, name: str, value: object) -> list[object]:
        return super().kept_choices(name, value)[:1]


@fault(kills={"MAP-20"})
class TimesOfDayLoseTheirSeconds(BusinessSystem):
    """Keeps a time of day in whole minutes."""

    def kept_time(self, name: str, value: object) -> str:
        return f"{super().kept_time(name, value)[:5]}:00"


@fault(kills={"MAP-21"})
class TagsOfAddressesAreDropped(BusinessSystem):
    """Drops what follows a plus sign in an e-mail address."""

    def kept_formatted(self, name: str, value: object) -> str:
        found = super().kept_formatted(name, value)
        return re.sub(r"\+[^@]*", "", found) if kind_of(name) == "email" else found


@fault(kills={"MAP-22"})
class LookupsAreCut(BusinessSystem):
    """Keeps the first fifteen characters of an id."""

    def kept_lookup(self, name: str, value: object) -> str:
        return super().kept_lookup(name, value)[:15]


@fault(kills={"MAP-23"})
class LookupsLeadNowhere(BusinessSystem):
    """Takes the id of a record that never was."""

    def look_up(self, identifier: str) -> None:
        return


@fault(kills={"MAP-24"})
class CurrenciesAreDollars(BusinessSystem):
    """Keeps the amount, and always the same currency."""

    def kept_structure(self, name: str, value: object) -> dict[str, Any]:
        found = super().kept_structure(name, value)
        return {**found, "code": "USD"} if kind_of(name) == "currency" else found


@fault(kills={"MAP-08"})
class SharesAreFractions(BusinessSystem):
    """Keeps a percentage as a fraction of one, with two places."""

    def kept_decimal(self, name: str, value: object) -> Decimal:
        found = super().kept_decimal(name, value)
        return round(found / 100, 2) * 100 if kind_of(name) == "percent" else found


@fault(kills={"MAP-14"})
class ThirtiethOfFebruaryIsInMarch(BusinessSystem):
    """Takes a day that February does not have for one of March."""

    def kept_date(self, name: str, value: object) -> str:
        return super().kept_date(name, self.moved(value))

    def kept_datetime(self, name: str, value: object) -> str:
        return super().kept_datetime(name, self.moved(value))

    def moved(self, value: object) -> object:
        """The value with the day that there is."""
        return value.replace("-02-30", "-03-02") if isinstance(value, str) else value


@fault(kills={"MAP-21"})
class PhonesLoseTheirCountry(BusinessSystem):
    """Keeps a phone number without the code of its country."""

    def kept_formatted(self, name: str, value: object) -> str:
        found = super().kept_formatted(name, value)
        return found.removeprefix("+1") if kind_of(name) == "phone" else found


@fault(kills={"MAP-21"})
class AddressesOfTheWebLoseTheirFragment(BusinessSystem):
    """Drops what follows a number sign in a URL."""

    def kept_formatted(self, name: str, value: object) -> str:
        found = super().kept_formatted(name, value)
        return found.partition("#")[0] if kind_of(name) == "url" else found


@fault(kills={"MAP-24"})
class PositionsAreWholeDegrees(BusinessSystem):
    """Keeps a position in whole degrees."""

    def kept_structure(self, name: str, value: object) -> dict[str, Any]:
        found = super().kept_structure(name, value)
        if kind_of(name) != "geolocation":
            return found
        return {part: int(degrees) for part, degrees in found.items()}


@fault(kills={"MAP-24"})
class CountriesAreNotKept(BusinessSystem):
    """Keeps an address without its country."""

    def kept_structure(self, name: str, value: object) -> dict[str, Any]:
        found = super().kept_structure(name, value)
        return {**found, "country": None} if kind_of(name) == "address" else found
