"""JSON and YAML documents as plain values that know their lines.

Nothing here recurses over nesting, follows an alias more often than a bound allows, or makes anything but texts, lists
and mappings.

It is not `conformance.documents`, which reads what is written for this program: that refuses a second document, a tag,
or aliases that stand for too much, and says how to put it right. Here the text is somebody else's. What can be read of
it is judged, the documents before a mistake too; and what an alias names is judged once, where it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
import yaml
from jsonpointer import escape

from conformance.traffic.audit.readers.records import NoJson, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 100
"""How deep a YAML document may be nested."""

MAX_VALUES: Final = 2_000_000
"""How many values a YAML document may have."""

_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_JSON_MARKS = re.compile(rb'("(?:[^"\\]++|\\.)*+")(\s*:)?|[{}\[\],\n]', re.DOTALL)


class NotReadable(Exception):
    """A document is no JSON or YAML, or is too deep or too large; the message shows nothing of its content."""


@dataclass(slots=True)
class Tree:
    """A document.

    Attributes:
        data: what it says.
        lines: the line of each value by its JSON pointer; of JSON only those that were asked for.
    """

    data: object
    text: bytes = field(repr=False)
    lines: dict[str, int] = field(default_factory=dict, repr=False)
    is_json: bool = True

    def line(self, pointer: str) -> int:
        """The line on which a value begins; where it is missing, that of what is around it."""
        if self.is_json and not self.lines:
            self.lines = dict(_json_lines(self.text))
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


def trees(text: bytes) -> Iterator[Tree]:
    """Read a document, or each of several in one YAML text.

    Raises:
        NotReadable: it is neither JSON nor YAML.
    """
    text = text.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] == b"{":
        try:
            yield Tree(decoded(text), text)
        except NoJson:
            pass
        else:
            return
    try:
        yield from _yaml(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        raise NotReadable("is neither JSON nor YAML that can be read") from None


def _json_lines(text: bytes) -> Iterator[tuple[str, int]]:
    """The pointers of members, mappings and lists, with their lines."""
    line = 1
    above: list[str] = []  # the pointers of what is open
    positions: list[int] = []  # the number of the next item in it; -1 in a mapping
    here = ""
    for mark in _JSON_MARKS.finditer(text):
        token = mark[0]
        if mark[1]:
            if mark[2] and positions and positions[-1] < 0:
                here = f"{above[-1]}/{escape(_decoded(mark[1]))}"
                yield here, line
            line += token.count(b"\n")
        elif token == b"\n":
            line += 1
        elif token in b"{[":
            if positions and positions[-1] >= 0:
                here = f"{above[-1]}/{positions[-1]}"
                yield here, line
            above.append(here)
            positions.append(-1 if token == b"{" else 0)
        elif token == b",":
            if positions and positions[-1] >= 0:
                positions[-1] += 1
        elif positions:
            above.pop()
            positions.pop()


def _decoded(token: bytes) -> str:
    try:
        return str(msgspec.json.decode(token))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is being filled."""

    value: dict[str, object] | list[object]
    pointer: str
    key: str | None = None
    key_line: int = 0

    def next_pointer(self) -> str | None:
        """The pointer of what comes next; None if a key does."""
        if isinstance(self.value, list):
            return f"{self.pointer}/{len(self.value)}"
        return None if self.key is None else f"{self.pointer}/{escape(self.key)}"

    def take(self, value: object) -> None:
        """Add a value, or remember it as a key."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is None:
            self.key = value if isinstance(value, str) else str(value)
        else:
            self.value[self.key] = value
            self.key = None


def _yaml(text: bytes) -> Iterator[Tree]:
    """The documents of a YAML text; aliases give what they name, once, and nothing where that holds aliases."""
    loader = _Loader(text.decode("utf-8"))
    tree = Tree(None, b"", is_json=False)
    open_: list[_Open] = []
    anchors: dict[str, object] = {}
    values = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            values += 1
            if values > MAX_VALUES or len(open_) > MAX_DEPTH:
                raise NotReadable("has too many values or is nested too deeply")
            if isinstance(event, yaml.DocumentEndEvent):
                yield tree
                tree, anchors = Tree(None, b"", is_json=False), {}
            elif isinstance(event, yaml.CollectionEndEvent):
                open_.pop()
            elif isinstance(event, yaml.NodeEvent):
                _add(event, tree, open_, anchors)
    finally:
        loader.dispose()


def _add(event: yaml.NodeEvent, tree: Tree, open_: list[_Open], anchors: dict[str, object]) -> None:
    line = event.start_mark.line + 1  # type: ignore[union-attr] # parsers set marks
    pointer = open_[-1].next_pointer() if open_ else ""
    if pointer is None:
        open_[-1].key_line = line
    else:
        tree.lines[pointer] = (open_[-1].key_line if open_ else 0) or line
    value = _value(event, anchors)
    if open_:
        open_[-1].take(value)
    else:
        tree.data = value
    if isinstance(event, yaml.CollectionStartEvent):
        open_.append(_Open(value, pointer or ""))  # type: ignore[arg-type] # a list or a mapping
    if not isinstance(event, yaml.AliasEvent) and event.anchor:
        anchors[event.anchor] = value


def _value(event: yaml.NodeEvent, anchors: dict[str, object]) -> object:
    if isinstance(event, yaml.ScalarEvent):
        return _WORDS.get(event.value, event.value) if event.implicit[0] else event.value
    if isinstance(event, yaml.AliasEvent):
        named = anchors.get(event.anchor or "")
        return named if isinstance(named, str) else None  # what it names is judged where it stands
    return {} if isinstance(event, yaml.MappingStartEvent) else []
