"""The fields of a record, as a target file declares them, by what a schema or a record says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.openapi_lint.openapi import OpenApi
    from conformance.openapi_lint.references import Node

type Field = dict[str, object]

_OWN = re.compile(r"^_?(?:id|uuid|guid|key|version|etag|rev)$|creat|modif|updat|chang|delet", re.IGNORECASE)
_MODIFIED = re.compile(r"modif|updat|chang", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_MOST = 12  # fields of a target file that somebody reads
_LONG = 1_000_000


def without_what_the_system_writes(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The first few fields that a caller writes: ids and times of changes are the system's own."""
    kept = [(name, field) for name, field in fields.items() if not _OWN.search(name)]
    kept.sort(key=lambda pair: not pair[1].get("required", False))
    return dict(kept[:_MOST])


def label_of(fields: Mapping[str, Field]) -> dict[str, object]:
    """The first text field: the suite marks its records there. Empty where there is none."""
    name = next((name for name, field in fields.items() if field["type"] == "string"), None)
    return {} if name is None else {"label": name}


def modified_of(fields: Mapping[str, Field]) -> str | None:
    """The first field that by its name and type is the time of the last change."""
    times = (name for name, field in fields.items() if field["type"] == "datetime")
    return next((name for name in times if _MODIFIED.search(name)), None)


def field_of_schema(api: OpenApi, name: str, node: Node, parent: Node) -> Field | None:
    """A property of a schema as a field; None where it is no plain value, or may not be written."""
    schema = api.resolved(node)
    found: Any = schema.value
    if not isinstance(found, dict) or found.get("readOnly") is True:
        return None
    kinds = found.get("type")
    kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
    field = _of_kind(str(kind), found)
    if field is None:
        return None
    required = api.resolved(parent).get("required").value
    if isinstance(required, list) and name in required:
        field["required"] = True
    return field


def field_of_value(value: object) -> Field | None:
    """A value of a record as a field; None where nothing is known of it."""
    match value:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "decimal"}
        case str():
            return {"type": "datetime" if _TIME.match(value) else "string"}
    return None


def _of_kind(kind: str, schema: Mapping[str, Any]) -> Field | None:
    if isinstance(values := schema.get("enum"), list):
        texts = [value for value in values if isinstance(value, str)]
        return {"type": "enumeration", "values": texts} if texts and kind == "string" else None
    match kind, schema.get("format"):
        case "string", "date-time":
            return {"type": "datetime"}
        case "string", "date":
            return {"type": "date"}
        case "string", None:
            length = schema.get("maxLength")
            return {"type": "string"} | (
                {"max_length": length} if isinstance(length, int) and 0 < length < _LONG else {}
            )
        case "integer", _:
            bounds = {"minimum": schema.get("minimum"), "maximum": schema.get("maximum")}
            return {"type": "integer"} | {key: bound for key, bound in bounds.items() if isinstance(bound, int)}
        case "number", _:
            return {"type": "decimal"}
        case "boolean", _:
            return {"type": "boolean"}
    return None
