"""YAML text to plain values with their positions, as OpenAPI uses YAML: with the values that JSON has.

The tree is built from the parser's events, without recursion and within bounds. Aliases share one value, so a bomb of
aliases costs nothing to read; it is refused for the size that it would have once they are followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from conformance.documents import Location

MAX_DEPTH = 200
MAX_VALUES = 1_500_000  # once aliases are followed; a document of 3,000,000 characters rarely has a tenth of it

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_PLAIN = frozenset({"null", "bool", "int", "float"})  # what JSON has besides text; a date stays text


class BadYamlError(Exception):
    """The text is no YAML that can be used. Its text says why; `line` where."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(slots=True)
class Tree:
    """Plain values, and where each member and each item begins.

    Attributes:
        data: the root.
        duplicates: members whose key stands more than once in its mapping.
        marks: by the identity of a mapping or list, the line and column of each key or index.
    """

    data: Any = None
    duplicates: list[Location] = field(default_factory=list)
    marks: dict[int, dict[str | int, tuple[int, int]]] = field(default_factory=dict)

    def positions(self, locations: Iterable[Location]) -> Mapping[Location, tuple[int, int]]:
        """The line and the column of values; those that are not there are left out."""
        found: dict[Location, tuple[int, int]] = {}
        for at in locations:
            value = self.data
            for depth, part in enumerate(at, 1):
                mark = self.marks.get(id(value), {}).get(part)
                if mark is None:
                    break
                if depth == len(at):
                    found[at] = mark
                value = value[part]
        return found


def parse(text: str) -> Tree:
    """The value that a text stands for, with positions.

    Raises:
        BadYamlError: it is no YAML, holds several documents or tags of its own, or is too deep or too large.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        # A control character may stand anywhere; the reader counts in what it has read so far.
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else 1
        raise BadYamlError("holds a control character, so it is no YAML text", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = (error.problem or "it cannot be read").removeprefix("error: ")
        raise BadYamlError(f"not valid YAML: {reason}", mark.line + 1 if mark else 1) from None
    except RecursionError:
        raise BadYamlError(f"values are nested deeper than {MAX_DEPTH} levels", 1) from None
    if not isinstance(builder.tree.data, dict):
        raise BadYamlError("is no OpenAPI document: it holds no mapping", 1)
    return builder.tree


# ------------------------------------------------------------------ details


@dataclass(slots=True)
class _Open:
    """A mapping or a list which is being read."""

    value: dict[str, Any] | list[Any]
    marks: dict[str | int, tuple[int, int]]
    anchor: str | None
    begins: tuple[int, int]
    part: str | int | None
    key: str | None = None
    key_mark: tuple[int, int] = (1, 1)
    size: int = 1
    depth: int = 1
    merges: list[Any] = field(default_factory=list)


class _Builder:
    """Puts values together from events."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}  # value, size and depth
        self.documents = 0
        self.scalars: dict[str, Any] = {}  # plain text to value: a document repeats few of them very often
        self.loader = yaml.SafeLoader("")

    def take(self, event: Any) -> None:
        """The next event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._anchor(event.anchor, value, 1, 0)
            self._place(value, event, 1, 0, raw=event.value)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self._bad(event, f"the alias *{event.anchor} has no anchor, or leads back into itself")
            value, size, depth = self.anchors[event.anchor]
            self._place(value, event, size, depth, raw=str(value) if isinstance(value, str | int | float) else None)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._bad(event, "the file holds two documents (---); keep one")

    def _begin(self, event: Any) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"{_CORE}{'map' if is_mapping else 'seq'}"):
            raise self._bad(event, "has a YAML tag (it begins with !), which OpenAPI does not know; remove it")
        if len(self.open) >= MAX_DEPTH:
            raise self._bad(event, f"values are nested deeper than {MAX_DEPTH} levels")
        if event.anchor:
            self.anchors.pop(event.anchor, None)  # inside itself it is not complete, and names nothing
        value: dict[str, Any] | list[Any] = {} if is_mapping else []
        self.open.append(_Open(value, {}, event.anchor, _mark(event), self._part()))
        self.tree.marks[id(value)] = self.open[-1].marks

    def _end(self, event: Any) -> None:
        closed = self.open.pop()
        for merged in closed.merges:
            for key, inner in merged.items():
                if key not in closed.value:
                    closed.value[key] = inner
                    closed.marks[key] = self.tree.marks[id(merged)][key]
        self._anchor(closed.anchor, closed.value, closed.size, closed.depth)
        self._place(closed.value, event, closed.size, closed.depth, begins=closed.begins)

    def _place(
        self,
        value: Any,
        event: Any,
        size: int,
        depth: int,
        *,
        raw: str | None = None,
        begins: tuple[int, int] | None = None,
    ) -> None:
        if not self.open:
            self.tree.data = value
            return
        holder = self.open[-1]
        holder.size += size
        holder.depth = max(holder.depth, depth + 1)
        if len(self.open) + depth > MAX_DEPTH:
            raise self._bad(event, f"values are nested deeper than {MAX_DEPTH} levels once aliases are followed")
        if holder.size > MAX_VALUES:
            raise self._bad(event, f"the document holds more than {MAX_VALUES:,} values once its aliases are followed")
        if isinstance(holder.value, list):
            holder.marks[len(holder.value)] = begins or _mark(event)
            holder.value.append(value)
        elif holder.key is None:
            if raw is None:
                raise self._bad(event, "a list or a mapping stands where a name is expected")
            holder.key, holder.key_mark = raw, _mark(event)
        else:
            self._member(holder, value, event)

    def _member(self, holder: _Open, value: Any, event: Any) -> None:
        key, holder.key = holder.key or "", None
        if key == "<<" and isinstance(value, dict | list):
            merged = value if isinstance(value, list) else [value]
            if not all(isinstance(one, dict) for one in merged):
                raise self._bad(event, "<< merges mappings only")
            holder.merges += merged
            return
        if key in holder.marks:
            self.tree.duplicates.append((*self._path(), key))
        holder.marks[key] = holder.key_mark
        holder.value[key] = value  # type: ignore[call-overload]

    def _part(self) -> str | int | None:
        if not self.open:
            return None
        holder = self.open[-1]
        return len(holder.value) if isinstance(holder.value, list) else holder.key

    def _path(self) -> Location:
        return tuple(one.part for one in self.open if one.part is not None)

    def _anchor(self, name: str | None, value: Any, size: int, depth: int) -> None:
        if name:
            self.anchors[name] = (value, size, depth)

    def _scalar(self, event: Any) -> Any:
        if event.tag not in (None, "!") and not event.tag.startswith(_CORE):
            raise self._bad(event, "has a YAML tag (it begins with !), which OpenAPI does not know; remove it")
        if not event.implicit[0] and event.tag in (None, "!"):
            return event.value  # in quotes, or a block
        text: str = event.value
        if event.tag is None and text in self.scalars:
            return self.scalars[text]
        tag = event.tag or self.loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        value: Any = text
        if tag.removeprefix(_CORE) in _PLAIN:
            try:
                value = self.loader.construct_object(yaml.ScalarNode(tag, text))
            except (ValueError, KeyError, yaml.YAMLError):
                value = text
            if isinstance(value, int | float) and not -1e308 < value < 1e308:
                value = text  # JSON has neither infinity nor NaN, and nobody numbers of a thousand digits
        if event.tag is None:
            self.scalars[text] = value
        return value

    def _bad(self, event: Any, reason: str) -> BadYamlError:
        return BadYamlError(reason, event.start_mark.line + 1)


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
