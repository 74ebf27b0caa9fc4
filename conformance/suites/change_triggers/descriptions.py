"""What the metadata of a system says about its fields: from JSON, JSON Schema, OpenAPI and OPTIONS, or OData's CSDL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from conformance.documents.json_path import all_at, first_at

if TYPE_CHECKING:
    from conformance.config.roles.business_system import FieldList
    from conformance.config.roles.record_fields import RecordField

_NUMBERS = frozenset({"integer", "decimal", "percent"})
_TEXTS = frozenset({"string", "text", "enumeration", "email", "phone", "url", "lookup", "multi_enumeration"})
_TIMES = frozenset({"date", "time", "datetime"})

_MEANINGS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("int", "integer", "int16", "int32", "int64", "long"), frozenset({"integer"})),
    **dict.fromkeys(("decimal", "double", "float", "currency", "percent", "number"), _NUMBERS | {"currency"}),
    **dict.fromkeys(("boolean", "bool"), frozenset({"boolean"})),
    **dict.fromkeys(("date",), frozenset({"date"})),
    **dict.fromkeys(("datetime", "datetimeoffset", "timestamp"), frozenset({"datetime"})),
    **dict.fromkeys(("time", "timeofday"), frozenset({"time"})),
    **dict.fromkeys(("string", "text", "textarea", "varchar"), _TEXTS | _TIMES | _NUMBERS),
    **dict.fromkeys(("object",), frozenset({"currency", "address", "geolocation"})),
    **dict.fromkeys(("array",), frozenset({"multi_enumeration"})),
}
"""What the words of common type systems may stand for. JSON has no times, and some write numbers as text."""


def as_asked_for(about: FieldList) -> FieldList:
    """The request for a description in the format that can be read: CSDL may come as JSON too."""
    if about.format == "json":
        return about
    return about.model_copy(update={"headers": {"Accept": "application/xml", **about.headers}})


def described(about: FieldList, body: bytes, content: Any) -> dict[str, Any]:
    """The descriptions of the fields, by name; none where the answer cannot be read.

    Args:
        about: where the answer has them.
        body: the answer.
        content: its JSON; None where it has none.
    """
    if about.format == "csdl":
        return _of_csdl(body)
    if about.keyed:
        objects = (found for found in all_at(about.fields, content) if isinstance(found, dict))
        return {name: field for found in objects for name, field in found.items()}
    return {str(first_at(about.name, field)): field for field in all_at(about.fields, content)}


def _of_csdl(body: bytes) -> dict[str, Any]:
    """The properties of all entity types, in the words of a list of fields (OData CSDL XML 4.01, section 7)."""
    if b"<!" in body:  # a document type, with whatever it declares; CSDL has none
        return {}
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 # without a document type there are no entities
    except ElementTree.ParseError:
        return {}
    found = {}
    for each in root.iter():
        if each.tag.rpartition("}")[2] == "Property" and (name := each.get("Name")):
            length = each.get("MaxLength", "")
            found[name] = {
                "name": name,
                "type": each.get("Type", ""),
                "required": each.get("Nullable") == "false",
                "length": int(length) if length.isdecimal() else None,
            }
    return found


def contradictions(about: FieldList, said: Any, field: RecordField) -> list[tuple[str, str]]:
    """What a description says of a field that is otherwise.

    Args:
        about: where a description has what.
        said: the description.
        field: the field as records have it.

    Returns:
        What it is about (type, length, values, read-only), and the flaw.
    """
    word, length = first_at(about.type, said), first_at(about.length, said)
    values = [value for found in all_at(about.values, said) for value in _listed(found)] if about.values else []
    kind = str(word).rpartition(".")[2].replace("-", "").lower()
    found = []
    if kind in _MEANINGS and field.type not in _MEANINGS[kind]:
        found.append(("type", f"says {word} of a field of the type {field.type}"))
    if length is not None and field.max_length is not None and length != field.max_length:
        found.append(("length", f"says {length} of a field that takes {field.max_length} characters"))
    if values and field.values and set(values) != set(field.values):
        found.append(("values", f"lists other values than {', '.join(field.values)}"))
    if about.read_only is not None and first_at(about.read_only, said) is True:
        found.append(("read-only", "says that a field can't be written which can"))
    return found


def _listed(found: Any) -> list[str]:
    return [str(value) for value in found] if isinstance(found, list) else [str(found)]
