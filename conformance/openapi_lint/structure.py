"""Whether a document has the structure that OpenAPI gives it.

The shapes are compiled to a JSON Schema, which jsonschema-rs judges in milliseconds, where a validator in Python takes
a second. Where a reference may stand, the schema asks first whether one does, so that an error points at the field that
is wrong, and not at the object around it, as the `oneOf` of the published schemas does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.openapi_lint.openapi import OpenApi, Version
from conformance.openapi_lint.shapes import OPENAPI_3, SWAGGER_2
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

    from conformance.documents import Location

MAX_ERRORS = 200

_TYPES = frozenset({"string", "boolean", "number", "integer"})
_EXTENSIONS = {"^x-": True}
_ARRAY = {
    "if": {"properties": {"type": {"const": "array"}}, "required": ["type"]},
    "then": {"required": ["items"]},
}
_EXTRA: dict[str, dict[str, Any]] = {
    "2.0": {
        "Parameter": {
            "if": {"properties": {"in": {"const": "body"}}, "required": ["in"]},
            "then": {"required": ["schema"]},
            "else": {"required": ["type"]},
            "allOf": [_ARRAY],
        },
        "Items": _ARRAY,
        "Header": _ARRAY,
        "Responses": {"patternProperties": {"^([0-9]{3}|default)$": "@Response"}},
    },
    "3.0": {
        "Parameter": {
            "allOf": [
                {
                    "if": {"properties": {"in": {"const": "path"}}, "required": ["in"]},
                    "then": {"properties": {"required": {"const": True}}, "required": ["required"]},
                },
                {"if": {"required": ["content"]}, "else": {"required": ["schema"]}},
            ],
        },
        "Schema": _ARRAY,
        "Responses": {"patternProperties": {"^([1-5]([0-9]{2}|XX)|default)$": "@Response"}},
    },
}


def structural_errors(api: OpenApi) -> Iterator[tuple[Location, str]]:
    """What is not as the specification of the document's version has it: where, and in words. At most 200."""
    for count, error in enumerate(_validator(api.version).iter_errors(api.data)):
        if count >= MAX_ERRORS:
            return
        at = _location(api.data, error.instance_path)
        for inside, text in _said(error):
            yield (*at, *inside), text


# ------------------------------------------------------------------ details


@cache
def _validator(version: Version) -> Draft202012Validator:
    import jsonschema_rs  # nothing else of the command needs it

    return jsonschema_rs.Draft202012Validator(_json_schema(version), offline=True)


def _json_schema(version: Version) -> dict[str, Any]:
    shapes = SWAGGER_2 if version == "2.0" else OPENAPI_3
    definitions = {name: _object(fields) for name, fields in shapes.items()}
    definitions["Paths"] = {
        "type": "object",
        "patternProperties": {"^/": {"$ref": "#/$defs/PathItem"}, **_EXTENSIONS},
        "additionalProperties": False,
    }
    definitions["Callback"] = {
        "type": "object",
        "patternProperties": _EXTENSIONS,
        "additionalProperties": {"$ref": "#/$defs/PathItem"},
    }
    words = {"enum": ["array", "boolean", "file", "integer", "null", "number", "object", "string"]}
    definitions["TypeOrTypes"] = {"if": {"type": "array"}, "then": {"items": words, "minItems": 1}, "else": words}
    for name, extra in _EXTRA[version].items():
        definition = definitions.setdefault(name, {"type": "object", "minProperties": 1, "additionalProperties": False})
        for keyword, value in extra.items():
            if keyword == "patternProperties":
                value = {pattern: _typed(text) for pattern, text in value.items()} | _EXTENSIONS
            definition[keyword] = value
    return {"$ref": "#/$defs/Document", "$defs": definitions}


def _object(fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name[:-1] for name in fields if name.endswith("!")],
        "properties": {name.removesuffix("!"): _typed(text) for name, text in fields.items()},
        "patternProperties": _EXTENSIONS,
        "additionalProperties": False,
    }


def _typed(text: str) -> dict[str, Any]:
    if text.startswith("="):
        return {"enum": [word.removeprefix("=") for word in text.split(" ")]}
    if text.startswith("+"):
        return _typed(text[1:]) | {"minItems": 1}
    if text.startswith("[") and text.endswith("]"):
        return {"type": "array", "items": _typed(text[1:-1])}
    if text.startswith("{"):
        return {"type": "object", "additionalProperties": _typed(text[1:-1])}
    if "|" in text:
        first, _, second = text.partition("|")
        list_or_not = first.startswith("@")  # of two, one is told from the other by its JSON type
        return {
            "if": {"type": "object" if list_or_not else first},
            "then": _typed(first) if list_or_not else True,
            "else": _typed(second),
        }
    if text.startswith("@"):
        return {
            "if": {"type": "object", "required": ["$ref"]},
            "then": {"properties": {"$ref": {"type": "string"}}},
            "else": {"$ref": f"#/$defs/{text[1:]}"},
        }
    if text == "any":
        return {}
    if text == "natural":
        return {"type": "integer", "minimum": 0}
    return {"type": text} if text in _TYPES else {"$ref": f"#/$defs/{text}"}


def _location(data: Any, path: list[str | int]) -> Location:
    """The path as it stands in the document.

    The validator makes numbers of keys that look like one, such as status codes, and leaves empty keys out.
    """
    at: Location = ()
    for part in path:
        while isinstance(data, dict) and not (keys := [key for key in data if _is_key(key, part)]):
            if "" not in data:
                return at
            at, data = (*at, ""), data[""]
        key = keys[0] if isinstance(data, dict) else part
        at, data = (*at, key), data[key]
    return at


def _is_key(key: str, part: str | int) -> bool:
    return key == part or (isinstance(part, int) and key.isdecimal() and len(key) < 20 and int(key) == part)


def _said(error: ValidationError) -> Iterator[tuple[Location, str]]:
    """What is wrong in words, without the values around it; where the field is known, the location leads to it."""
    kind: Any = error.kind
    if kind.name == "required":
        yield (), f"{kind.property} is missing"
    elif kind.name == "additionalProperties":
        yield from (((name,), "is not a field that OpenAPI knows here") for name in kind.unexpected)
    elif kind.name == "type":
        types = kind.types if isinstance(kind.types, list) else [kind.types]
        yield (), f"must be {' or '.join(_TYPE_NAMES.get(str(one), 'null') for one in types)}"
    elif kind.name == "enum":
        yield (), f"must be one of {', '.join(map(str, kind.options))}"
    elif kind.name in ("minProperties", "minItems"):
        yield (), "is empty"
    elif kind.name == "const":
        yield (), f"must be {str(kind.expected_value).lower()}"
    else:
        yield (), VAULT.shown(re.sub(r"^.*? (is|has|does) ", r"\1 ", error.message, flags=re.DOTALL), 200)


_TYPE_NAMES = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
