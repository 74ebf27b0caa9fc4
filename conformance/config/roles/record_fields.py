"""The fields of a business system's records: their types and limits, and where a record has them."""

from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from conformance.config.field_types import Count, FileModel
from conformance.config.roles.templates import JsonPath

type FieldType = Literal[
    "string",
    "text",
    "integer",
    "decimal",
    "percent",
    "boolean",
    "date",
    "time",
    "datetime",
    "enumeration",
    "multi_enumeration",
    "email",
    "phone",
    "url",
    "lookup",
    "currency",
    "address",
    "geolocation",
]

STRUCTURES = ("currency", "address", "geolocation")
"""The types whose values have parts."""

_PARTS: dict[str, dict[str, dict[str, Any]]] = {
    "currency": {"amount": {"type": "decimal"}, "code": {"type": "enumeration", "values": ["EUR", "USD"]}},
    "address": {name: {"type": "string"} for name in ("street", "city", "state", "postalCode", "country")},
    "geolocation": {
        "latitude": {"type": "decimal", "digits": 8, "scale": 6, "minimum": -90, "maximum": 90},
        "longitude": {"type": "decimal", "digits": 9, "scale": 6, "minimum": -180, "maximum": 180},
    },
}


class RecordField(FileModel):
    """The declared type of a field, and its limits."""

    type: FieldType = Field(description="Its type; text is a string of several lines.")
    required: bool = Field(default=False, description="Whether a record without it is refused.")
    nullable: bool = Field(default=False, description="Whether null is a value of its own, unlike the empty text.")
    example: Any = Field(default=None, description="A value that it takes, where not every value of its type will do.")
    default: Any = Field(default=None, description="The value that it gets where a new record lacks it.")
    read: JsonPath | None = Field(
        default=None, description="Where a record that is read has it, if not under its own name."
    )
    write: str | None = Field(
        default=None,
        pattern=r"^[^.\s]+(\.[^.\s]+)*$",
        description="Where a record that is written has it, if not under its own name: names with dots between them.",
    )
    max_length: Count | None = Field(default=None, gt=0, le=1_000_000, description="The most characters of a text.")
    minimum: Count | None = Field(default=None, description="The least number.")
    maximum: Count | None = Field(default=None, description="The greatest number.")
    digits: Count = Field(default=15, ge=1, le=38, description="How many digits a decimal has in all.")
    scale: Count = Field(default=2, ge=0, le=38, description="How many of them are behind the point.")
    as_text: bool = Field(default=False, description="Whether a number is written as JSON text.")
    fraction_digits: Count = Field(default=3, ge=0, le=9, description="The digits of a second in a date-time.")
    values: tuple[str, ...] = Field(default=(), description="The values of an enumeration.")
    separator: str | None = Field(
        default=None,
        min_length=1,
        description="What joins several values into one text; they are a list if left out.",
    )
    parts: dict[str, "RecordField"] = Field(
        default={}, description="The parts of a currency, an address or a geolocation, where they have other names."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.type in ("enumeration", "multi_enumeration") and not self.values:
            raise ValueError(f"{'an' if self.type[0] == 'e' else 'a'} {self.type} needs its values: [first, second]")
        if self.parts and self.type not in STRUCTURES:
            raise ValueError(f"only {', '.join(STRUCTURES)} have parts")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is greater than maximum")
        if self.scale > self.digits:
            raise ValueError("scale is greater than digits")
        is_decimal = self.type in ("decimal", "percent")
        if is_decimal and max(self.minimum or 0, -(self.maximum or 0)) >= 10 ** (self.digits - self.scale):
            raise ValueError("no decimal with so many digits lies between minimum and maximum")
        return self

    @property
    def least(self) -> int:
        """The least integer that the field takes: by default the least that every JSON reader keeps exact."""
        return self.minimum if self.minimum is not None else -(2**53 - 1)

    @property
    def greatest(self) -> int:
        """The greatest integer that the field takes."""
        return self.maximum if self.maximum is not None else 2**53 - 1

    @property
    def members(self) -> dict[str, "RecordField"]:
        """The parts of a structure, by name; the usual ones where the target file names none."""
        usual = _PARTS.get(self.type, {})
        return self.parts or {name: RecordField.model_validate(about) for name, about in usual.items()}

    @property
    def sample(self) -> Any:
        """The example, exact: a fraction of a YAML file is a binary one. None where there is no example."""
        return Decimal(str(self.example)) if isinstance(self.example, float) else self.example
