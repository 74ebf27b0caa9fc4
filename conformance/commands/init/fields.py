"""The fields of a record, as a target file declares them, by what a schema or a record says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from conformance.openapi_lint.openapi import properties
from conformance.rules.change_feed import moment

if TYPE_CHECKING:
    from conformance.openapi_lint.openapi import OpenApi
    from conformance.openapi_lint.references import Node

type Field = dict[str, object]

_OWN = re.compile(r"^_?(?:id|uuid|guid|key|version|etag|rev)$|creat|modif|updat|chang|delet", re.IGNORECASE)
_MODIFIED = re.compile(r"modif|updat|chang", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_MOST = 12  # fields of a target file that somebody reads
_LONG = 1_000_000
_A_BILLION = 1_000_000_000


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


def fields_written(api: OpenApi, schema: Node) -> dict[str, Field]:
    """The properties of a schema that are plain values and may be written."""
    required = api.resolved(schema).get("required").value
    found = {}
    for name, node in properties(api.resolved(schema)):
        field = _field(api, node)
        if field is not None and not _is_read_only(api, node):
            more = {"required": True} if isinstance(required, list) and name in required else {}
            more |= {"nullable": True} if field["type"] == "string" and _may_be_null(api, node) else {}
            found[name] = field | more
    return found


def modified_in(api: OpenApi, schema: Node) -> str | None:
    """The property of a schema that by its name and type is the time of the last change."""
    shown = {name: field for name, node in properties(api.resolved(schema)) if (field := _field(api, node))}
    return modified_of(shown)


def _may_be_null(api: OpenApi, node: Node) -> bool:
    """Whether null is a value: by a word in OpenAPI 3.0, by one of two types or alternatives in 3.1."""
    schema = api.resolved(node)
    kinds = [schema.get("type").value, *(api.resolved(one).get("type").value for one in schema.get("anyOf").items())]
    return schema.get("nullable").value is True or any(kind == "null" or kind == ["string", "null"] for kind in kinds)


def _is_read_only(api: OpenApi, node: Node) -> bool:
    return any(one.get("readOnly").value is True for one in (node, api.resolved(node)))


def _field(api: OpenApi, node: Node) -> Field | None:
    """A property as a field; None if it is not a plain value."""
    found: Any = _without_null(api, api.resolved(node)).value
    if not isinstance(found, dict):
        return None
    kinds = found.get("type")
    kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
    return _of_kind(str(kind), found)


def _without_null(api: OpenApi, schema: Node) -> Node:
    """What a value is where it is not null, which OpenAPI 3.1 writes as one of two alternatives."""
    for word in ("anyOf", "oneOf", "allOf"):
        others = [one for node in schema.get(word).items() if (one := api.resolved(node)).get("type").value != "null"]
        if len(others) == 1:
            return others[0]
    return schema


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


def is_when_changed(name: str, value: object) -> bool:
    """Whether a member of a record is by its name the time of the last change, in whatever format: such as HTTP's."""
    is_one = isinstance(value, str) or (
        isinstance(value, int) and value > _A_BILLION
    )  # seconds since 1970, or their parts
    return bool(_MODIFIED.search(name)) and is_one and moment(str(value)) is not None


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
        case "string", "decimal":
            return {"type": "decimal", **_digits(str(schema.get("pattern"))), "as_text": True}
        case "integer", _:
            bounds = {"minimum": schema.get("minimum"), "maximum": schema.get("maximum")}
            return {"type": "integer"} | {key: bound for key, bound in bounds.items() if isinstance(bound, int)}
        case "number", _:
            return {"type": "decimal"}
        case "boolean", _:
            return {"type": "boolean"}
    return None


def _digits(pattern: str) -> dict[str, object]:
    """How many digits a decimal has, where a pattern says it as Django REST framework writes it."""
    found = re.fullmatch(r"\^-\?\\d\{0,(\d{1,2})\}\(\?:\\\.\\d\{0,(\d{1,2})\}\)\?\$", pattern)
    return {"digits": int(found[1]) + int(found[2]), "scale": int(found[2])} if found else {}
