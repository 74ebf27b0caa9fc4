"""YAML text to plain values with their positions: with the values that JSON has, so that a date stays text.

The tree is built from the parser's events, without recursion and within bounds. Aliases share one value, so a bomb of
aliases costs nothing to read; it is refused for the size that it would have once they are followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from conformance.documents.location import Location, Position

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_PLAIN = frozenset({"null", "bool", "int", "float"})  # what JSON has besides text

_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF = "an escape stands for half a character; write the character itself"
_SYNTAX = (
    (r"tab character|'\\t' that cannot start", "a tab where only spaces are allowed; indent with spaces"),
    (r"cannot start any token", "text begins with a character that YAML reserves; put the text in quotes"),
    (
        r"mapping values are not allowed",
        "a second `: ` in one line, or a wrong indentation; put text that has `: ` in it in quotes",
    ),
    (r"find expected ':'", "a line without `: ` after its key"),
    (r"alphabetic or numeric", "text begins with * or &; put the text in quotes"),
    (r"tag handle|expected URI|tag", "text begins with !; put the text in quotes"),
    (r"unexpected end of stream", "a quote or a bracket is opened and never closed"),
    (r"expected ',' or", "a bracket is opened and not closed before the next field"),
    (r"expected <block end>|expected key", "wrong indentation: fields of one mapping begin in the same column"),
    (r"<document start>", "wrong indentation, or text behind the end of the document"),
    (r"invalid Unicode character escape", _HALF),
    (r"unknown escape|escape sequence", "a backslash in double quotes means an escape; use single quotes"),
)
"""What both parsers say, and what it means."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text may hold.

    Attributes:
        depth: how deep values may be nested, once aliases are followed.
        values: how many values it may have, once aliases are followed.
        merges: whether `<<` merges mappings; else it is a problem.
    """

    depth: int
    values: int
    merges: bool = True


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
        begins: where the root begins.
        duplicates: members whose key is in its mapping more than once, with the line of the later one; the data have
            the last one.
        problems: what cannot be kept as a value, each with the location of what holds it; a tag, a mapping as a key.
        marks: by the identity of a mapping or list, the line and column of each key or index.
        is_empty: whether the text has no value at all, such as comments alone.
    """

    data: Any = None
    begins: Position = (1, 1)
    duplicates: list[tuple[Location, int, int]] = field(default_factory=list)
    problems: list[tuple[Location, int, str]] = field(default_factory=list)
    marks: dict[int, dict[str | int, Position]] = field(default_factory=dict)
    is_empty: bool = True

    def position(self, at: Location) -> Position | None:
        """The line and the column of a value; None where there is none."""
        value, mark = self.data, self.begins
        for part in at:
            found = self.marks.get(id(value), {}).get(part)
            if found is None:
                return None
            value, mark = value[part], found
        return mark

    def positions(self, locations: Iterable[Location]) -> Mapping[Location, Position]:
        """The line and the column of values; those that are not there are left out."""
        found = ((at, self.position(at)) for at in locations)
        return {at: mark for at, mark in found if mark is not None}


def parse(text: str, limits: Limits) -> Tree:
    """The value that a text has, with positions.

    Raises:
        BadYamlError: it is no YAML, is empty, holds several documents, or is too deep or too large.
    """
    builder = _Builder(limits)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        # A control character may be anywhere; the reader counts in what it has read so far.
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else 1
        raise BadYamlError("holds a control character, so it is not YAML text", line) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_problem(text, error) from None
    except RecursionError:
        raise builder.too_deep(1) from None
    return builder.tree


# ------------------------------------------------------------------ details


@dataclass(slots=True)
class _Open:
    """A mapping or a list which is being read."""

    value: dict[str, Any] | list[Any]
    marks: dict[str | int, Position]
    anchor: str | None
    begins: Position
    part: str | int | None
    key: str | None = None
    key_mark: Position = (1, 1)
    size: int = 1
    depth: int = 1
    merges: list[Any] = field(default_factory=list)


class _Builder:
    """Puts values together from events."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
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
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            self.tree.is_empty = False
            if self.documents > 1:
                raise self._bad(event, "the file holds two documents (---); keep one")

    def too_deep(self, line: int) -> BadYamlError:
        """What to raise for a text that is nested deeper than allowed."""
        return BadYamlError(f"values are nested deeper than {self.limits.depth} levels", line)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            # The name is not shown: a secret that begins with * is read as an alias.
            raise self._bad(event, "an alias has no anchor of its name, or leads back into itself; "
                                   "text that begins with * goes in quotes")  # fmt: skip
        value, size, depth = self.anchors[event.anchor]
        self._place(value, event, size, depth, raw=str(value) if isinstance(value, str | int | float) else None)

    def _begin(self, event: Any) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"{_CORE}{'map' if is_mapping else 'seq'}"):
            self._refuse_tag(event)
        if len(self.open) >= self.limits.depth:
            raise self.too_deep(event.start_mark.line + 1)
        if event.anchor:
            self.anchors.pop(event.anchor, None)  # inside itself it is not complete, and names nothing
        value: dict[str, Any] | list[Any] = {} if is_mapping else []
        if not self.open:
            self.tree.begins = _mark(event)
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
        begins: Position | None = None,
    ) -> None:
        if not self.open:
            self.tree.data = value
            self.tree.begins = begins or _mark(event)
            return
        holder = self.open[-1]
        holder.size += size
        holder.depth = max(holder.depth, depth + 1)
        if len(self.open) + depth > self.limits.depth:
            raise self._bad(
                event, f"values are nested deeper than {self.limits.depth} levels once aliases are followed"
            )
        if holder.size > self.limits.values:
            most = f"{self.limits.values:,}"
            raise self._bad(event, f"the document holds more than {most} values once its aliases are followed")
        if isinstance(holder.value, list):
            holder.marks[len(holder.value)] = begins or _mark(event)
            holder.value.append(value)
        elif holder.key is None:
            if raw is None:
                line = begins[0] if begins else event.start_mark.line + 1
                self._problem(line, "has a list or a mapping as a key; a reference is written ${NAME}")
                raw = ""
            holder.key, holder.key_mark = raw, _mark(event)
        else:
            self._member(holder, value, event)

    def _member(self, holder: _Open, value: Any, event: Any) -> None:
        key, holder.key = holder.key or "", None
        if key == "<<" and isinstance(value, dict | list):
            self._merge(holder, value, event)
            return
        if key in holder.marks:
            self.tree.duplicates.append(((*self._path(), key), holder.key_mark[0], holder.marks[key][0]))
        holder.marks[key] = holder.key_mark
        holder.value[key] = value  # type: ignore[call-overload]

    def _merge(self, holder: _Open, value: dict[str, Any] | list[Any], event: Any) -> None:
        merged = value if isinstance(value, list) else [value]
        if not self.limits.merges:
            self._problem(holder.key_mark[0], "merges with <<, which is not supported; write the fields out")
        elif not all(isinstance(one, dict) for one in merged):
            raise self._bad(event, "<< merges mappings only")
        else:
            holder.merges += merged

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
            self._refuse_tag(event)
            return None
        if not event.implicit[0] and event.tag in (None, "!"):
            if event.style == '"' and _SURROGATE.search(event.value):  # libyaml refuses it itself
                raise self._bad(
                    event, "not valid YAML: an escape stands for half a character; write the character itself"
                )
            return event.value  # in quotes, or a block
        text: str = event.value
        if event.tag is None and text in self.scalars:
            return self.scalars[text]
        tag = event.tag or self.loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        if tag.startswith(f"{_CORE}python/"):
            self._refuse_tag(event)
            return None
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

    def _refuse_tag(self, event: Any) -> None:
        # A token that begins with ! is read as a tag, so the tag's name is not shown.
        part = self._part()
        text = "has a YAML tag (it begins with !), which is not supported; put text in quotes"
        at = self._path() if part is None else (*self._path(), part)
        self.tree.problems.append((at, event.start_mark.line + 1, text))

    def _problem(self, line: int, text: str) -> None:
        self.tree.problems.append((self._path(), line, text))

    def _bad(self, event: Any, reason: str) -> BadYamlError:
        return BadYamlError(reason, event.start_mark.line + 1)


def _mark(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _syntax_problem(text: str, error: yaml.MarkedYAMLError) -> BadYamlError:
    mark, opened = error.problem_mark or error.context_mark, error.context_mark
    last = text.count("\n", 0, len(text.rstrip())) + 1  # libyaml finds an end behind the last line
    line = min(mark.line + 1, last) if mark else 1
    said = f"{error.problem or ''} {error.context or ''}"
    lines = text.split("\n")
    if mark and mark.line < len(lines) and lines[mark.line][mark.column :].startswith("\t"):
        said = "tab character"  # libyaml does not say which character it is
    meaning = next((meaning for pattern, meaning in _SYNTAX if re.search(pattern, said)), "")
    if not meaning:
        return BadYamlError(f"not valid YAML: {(error.problem or 'it cannot be read').removeprefix('error: ')}", line)
    since = f" (it begins in line {opened.line + 1})" if opened and mark and opened.line + 1 != line else ""
    return BadYamlError(f"not valid YAML: {meaning}{since}", line)
