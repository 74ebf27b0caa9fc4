"""The least that a value of a schema holds: characters, items and properties together.

A schema of one line can ask for a list of ten thousand lists of ten thousand texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 200  # of schemas in schemas; what is deeper counts for nothing
_MOST = 1_000_000_000  # what is larger counts as this much: a document may name infinity, and numbers of any length


def minimum_size(schema: object, named: Mapping[str, Any]) -> int:
    """The size of the smallest value, or somewhat more: of alternatives all count.

    Args:
        schema: the schema.
        named: the schemas that others refer to, by the last part of a reference.
    """
    return _Least(named).of(schema, 0)


class _Least:
    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named
        self._known: dict[str, int] = {}

    def of(self, schema: object, depth: int) -> int:
        if not isinstance(schema, dict) or depth > _MAX_DEPTH:
            return 0
        alternatives = [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, ())]
        alternatives += [schema.get(key) for key in ("then", "else")]
        required, properties = schema.get("required"), schema.get("properties", {})
        names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        items = _number(schema, "minItems") * max(1, self.of(schema.get("items"), depth + 1))
        if "contains" in schema:
            items += max(1, _number(schema, "minContains")) * max(1, self.of(schema["contains"], depth + 1))
        return min(
            _MOST,
            max(_number(schema, "minLength"), _number(schema, "minProperties"), items)
            + sum(self.of(one, depth + 1) for one in alternatives)
            + sum(1 + self.of(properties.get(name), depth + 1) for name in names)
            + self._of_reference(schema, depth),
        )

    def _of_reference(self, schema: Mapping[str, Any], depth: int) -> int:
        if "$ref" not in schema:
            return 0
        name = schema["$ref"].rpartition("/")[2]
        if name not in self._known:
            self._known[name] = 0  # what leads back to itself is not counted again
            self._known[name] = self.of(self._named.get(name), depth + 1)
        return self._known[name]


def _number(schema: Mapping[str, Any], key: str) -> int:
    value = schema.get(key)
    return int(min(value, _MOST)) if isinstance(value, int | float) and value > 0 else 0
