"""Reads an OpenAPI document, JSON or YAML, into plain values that still know where they stand.

Documents come from generators, from the network and from strangers: nothing here follows a reference, runs a tag,
expands an alias without a bound, or goes deeper than a bound. What is no document at all is one message.
"""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from conformance.documents import Location, UsageProblem, content_of, json_text, yaml_text
from conformance.documents.location import Position

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

type Format = Literal["JSON", "YAML"]

LONGEST: dict[Format, int] = {"JSON": 10_000_000, "YAML": 3_000_000}
"""The characters that External Services takes (help.salesforce.com, External Services: System Limits)."""

READ: dict[Format, int] = {"JSON": 20_000_000, "YAML": 6_000_000}
"""The characters up to which a document that is too long is read all the same: more may be wrong with it.

The indentation of JSON does not count: it takes a search and no memory.
"""

_YAML = yaml_text.Limits(depth=200, values=1_500_000)  # a document of 3,000,000 characters rarely has a tenth of them
_MOST_PROBLEMS = 50

MAX_BYTES = 4 * LONGEST["JSON"] + 3  # UTF-8 needs four bytes a character at most, and three for a byte order mark

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """An OpenAPI document as plain values, and its text.

    Attributes:
        name: the file's name as the user gave it.
        format: how it is written.
        text: all of it.
        data: mappings with text keys, lists and scalars; None where the text is far too long to be read.
        duplicates: members whose key stands more than once in its mapping; the last one is in the data.
        is_cut: whether the text is the beginning of one that is longer than any document.
    """

    name: str
    format: Format
    text: str = field(repr=False)
    data: object = field(repr=False)
    duplicates: tuple[Location, ...]
    _positions: Callable[[Iterable[Location]], Mapping[Location, Position]] = field(repr=False)
    is_cut: bool = False

    @property
    def too_long(self) -> bool:
        """Whether the text has more characters than External Services takes."""
        return len(self.text) > LONGEST[self.format]

    @property
    def lines(self) -> list[str]:
        """The lines as their numbers are counted: YAML has more kinds of line breaks than JSON (YAML 1.1, 5.4)."""
        return re.split(r"\r\n|[\r\n\x85\u2028\u2029]" if self.format == "YAML" else "\n", self.text)

    def positions(self, locations: Iterable[Location]) -> dict[Location, Position]:
        """Where values stand; where one is missing, where stands what should hold it."""
        wanted = {at[:length] for at in locations for length in range(len(at) + 1)}
        return {(): (1, 1), **self._positions(wanted)}


def read_document(path: str) -> SourceDocument:
    """Read an OpenAPI document from a file; `-` is the standard input.

    Raises:
        UsageProblem: it cannot be read, or is neither JSON nor YAML, as far as it is no longer than any document.
    """
    name = "<stdin>" if path == "-" else path
    from_input = path == "-"
    content = sys.stdin.buffer.read(MAX_BYTES + 1) if from_input else content_of(path, MAX_BYTES, "OpenAPI document")
    text = _decoded(name, content[:MAX_BYTES], is_cut=len(content) > MAX_BYTES)
    return replace(parse_document(name, text), is_cut=len(content) > MAX_BYTES)


def parse_document(name: str, text: str) -> SourceDocument:
    """Turn text into an OpenAPI document; `name` is what messages call it.

    Raises:
        UsageProblem: it is neither JSON nor YAML, is empty, or is nested or expanded beyond all measure. What is too
            long anyway is said to be no more than that.
    """
    if not text.strip():
        raise UsageProblem([f"{name}: the document is empty"])
    as_json = text.lstrip().startswith(("{", "[", *json_text.COMMENTS))
    written: Format = "JSON" if as_json and not name.endswith((".yaml", ".yml")) else "YAML"
    if len(text) <= LONGEST[written]:
        return _parsed(name, text, written, as_json=as_json)
    try:
        if len(text) <= READ[written] or (as_json and json_text.length_without_indentation(text) <= READ["JSON"]):
            return _parsed(name, text, written, as_json=as_json)
    except UsageProblem:
        pass  # that it is too long is all that can be said
    return SourceDocument(name, written, text, None, (), lambda _: {})


def _parsed(name: str, text: str, written: Format, *, as_json: bool) -> SourceDocument:
    if as_json:
        try:
            return _json(name, text)
        except json_text.BadJsonError as error:
            if written == "JSON" and (name.endswith(".json") or not _is_yaml(name, text)):
                raise UsageProblem([f"{name}:{error.line}: not valid JSON: {error}"]) from None
    return _yaml(name, text)


# ------------------------------------------------------------------ details


def _json(name: str, text: str) -> SourceDocument:
    data, duplicates = json_text.parse(text)
    if not isinstance(data, dict):
        raise UsageProblem([f"{name}:1: is not an OpenAPI document: it holds no mapping"])
    return SourceDocument(name, "JSON", text, data, duplicates, lambda wanted: json_text.positions(text, wanted))


def _yaml(name: str, text: str) -> SourceDocument:
    try:
        tree = yaml_text.parse(text, _YAML)
    except yaml_text.BadYamlError as error:
        raise UsageProblem([f"{name}:{error.line}: {error}"]) from None
    if not isinstance(tree.data, dict):
        raise UsageProblem([f"{name}:1: is not an OpenAPI document: it holds no mapping"])
    if tree.problems:
        raise UsageProblem([f"{name}:{line}: {problem}" for _, line, problem in tree.problems[:_MOST_PROBLEMS]])
    return SourceDocument(name, "YAML", text, tree.data, tuple(at for at, _, _ in tree.duplicates), tree.positions)


def _is_yaml(name: str, text: str) -> bool:
    try:
        _yaml(name, text)
    except UsageProblem:
        return False
    return True


def _decoded(name: str, content: bytes, *, is_cut: bool) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            raise UsageProblem([f"{name}: is {encoding} text; save it as UTF-8"])
    try:
        text = content.decode("utf-8-sig", "ignore" if is_cut else "strict")  # a cut may go through a character
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageProblem([f"{name}:{line}: is not UTF-8 text; save it as UTF-8, or name another file"]) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageProblem([f"{name}:{line}: holds NUL characters, so it is not text; name an OpenAPI document"])
    return text
