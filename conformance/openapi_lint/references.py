"""References of an OpenAPI document: followed inside the document alone, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from jsonpointer import JsonPointer, JsonPointerException

from conformance.documents import Location

MAX_HOPS = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands, behind all references that lead to it."""

    at: Location
    value: Any = field(repr=False)

    def get(self, key: str | int) -> Node:
        """A member or an item; None stands for what is missing."""
        inner = None
        if isinstance(self.value, dict):
            inner = self.value.get(key)
        elif isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            inner = self.value[key]
        return Node((*self.at, key), inner)

    def has(self, key: str) -> bool:
        """Whether it is a mapping with this key."""
        return isinstance(self.value, dict) and key in self.value

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of a mapping of fields; extensions (`x-…`) are left out."""
        yield from ((key, node) for key, node in self.named() if not key.startswith("x-"))

    def named(self) -> Iterator[tuple[str, Node]]:
        """The members of a mapping whose keys are names, such as headers and media types: `x-` begins a name there."""
        if isinstance(self.value, dict):
            yield from ((key, Node((*self.at, key), value)) for key, value in self.value.items())

    def items(self) -> Iterator[Node]:
        """The items of a list."""
        if isinstance(self.value, list):
            yield from (Node((*self.at, index), value) for index, value in enumerate(self.value))


def resolved(root: Node, node: Node) -> Node:
    """What a node refers to inside the document; its value is None where a reference leads nowhere."""
    for _ in range(MAX_HOPS):
        if not (node.has("$ref") and isinstance(node.value["$ref"], str)):
            return node
        node = target(root, node.value["$ref"]) or Node(node.at, None)
    return Node(node.at, None)


def target(root: Node, reference: str) -> Node | None:
    """What a reference names inside the document; None where that is nothing."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        return None
    try:
        parts: list[str] = JsonPointer(unquote(reference[1:])).parts
    except JsonPointerException:
        return None
    node = root
    for part in parts:
        key: str | int = part
        if isinstance(node.value, list) and str(key).isdecimal() and len(str(key)) < 10:
            key = int(key)
        if not (node.has(str(key)) or (isinstance(key, int) and key < len(node.value))):
            return None
        node = node.get(key)
    return node


def pointer(at: Location) -> str:
    """A location as a JSON pointer (RFC 6901)."""
    return str(JsonPointer.from_parts(at).path)
