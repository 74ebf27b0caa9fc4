"""How many schemas one value is checked against: a document of a few lines can make it billions.

Schemas in `allOf`, `anyOf` and the like apply to the value that the schema around them applies to. A validator follows
each of them as often as it is led to it, so a schema that is led to four times by one that is led to four times counts
sixteen times. The schemas of properties and items apply to other values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_APPLIED = 1_000
MAX_STEPS = 2_000_000  # of counting


class TooManySchemasError(Exception):
    """One value would be held against more schemas than `MAX_APPLIED`, or counting them takes too long."""


def most_applied(named: Mapping[str, Any], *others: object) -> int:
    """How many schemas one value is held against, at most.

    Args:
        named: the schemas that others refer to, by the last part of a reference.
        others: what else holds schemas.

    Raises:
        TooManySchemasError: they are too many.
    """
    count = _Count(named)
    mappings = {name: schema for name, schema in named.items() if isinstance(schema, dict)}
    most = max((count.of(schema, name) for name, schema in mappings.items()), default=1)
    pending: list[Any] = [*others, *named.values()]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            most = max(most, count.of(value))
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return most


# ------------------------------------------------------------------ details


class _Count:
    """Counts what applies to the same value as a schema does. One that leads back to itself is not counted again."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named = named
        self._known: dict[str, int] = {}
        self._steps = 0

    def of(self, schema: Any, name: str = "") -> int:
        """The count for one schema; `name` is what others call it."""
        total, is_cut = 1, False
        opened = {name}
        trail: list[tuple[str, Iterator[Any]]] = [(name, _in_place(schema))]
        while trail:
            inside, children = trail[-1]
            child = next(children, None)
            if child is None:
                trail.pop()
                opened.discard(inside)
                continue
            called = child if isinstance(child, str) else ""
            self._steps += 1
            total += self._known.get(called, 1)
            if total > MAX_APPLIED:
                raise TooManySchemasError(f"one value would be held against more than {MAX_APPLIED:,} schemas")
            if self._steps > MAX_STEPS:
                raise TooManySchemasError("its schemas refer to each other in too many ways")
            if called in opened and called:
                is_cut = True
            elif called not in self._known:
                opened.add(called)
                schema = self._named[called] if called else child
                trail.append((called, _in_place(schema) if isinstance(schema, dict) else iter(())))
        if name and not is_cut:
            self._known[name] = total
        return total


def _in_place(schema: Mapping[str, Any]) -> Iterator[Any]:
    """The schemas inside a schema that apply to the same value; the name of one that it refers to."""
    if isinstance(schema.get("$ref"), str):
        yield schema["$ref"].rpartition("/")[2]
    values = [schema.get(key) for key in ("allOf", "anyOf", "oneOf")]
    inner = [one for value in values if isinstance(value, list) for one in value]
    inner += [schema.get(key) for key in ("not", "if", "then", "else")]
    dependent = schema.get("dependentSchemas")
    inner += dependent.values() if isinstance(dependent, dict) else ()
    yield from (one for one in inner if isinstance(one, dict))
