"""JSON text to plain values, and back from a value's place among them to its place in the text.

The standard decoder keeps no positions, so they are looked up afterwards, for the few values that are reported:
it skips whole values at its own speed wherever nothing is wanted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from json.decoder import JSONDecodeError
from typing import Any

from conformance.documents import Location

MAX_DEPTH = 200

COMMENTS = ("//", "/*")
"""How what looks like a comment begins, where somebody took JSON for JavaScript."""

_scanstring: Any = json.decoder.scanstring  # type: ignore[attr-defined] # typeshed does not list it
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BLANK = re.compile(r"[ \t\n\r]*")
_STRING_OR_BLANKS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[ \t\n\r]+', re.DOTALL)

type _Wanted = dict[str | int, "_Wanted"]


class BadJsonError(Exception):
    """The text is no JSON. Its text says why; `line` where."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


def parse(text: str) -> tuple[Any, tuple[Location, ...]]:
    """The value that a text stands for, and the members whose key stands more than once in its object.

    Raises:
        BadJsonError: it is no JSON, or is nested too deep.
    """
    twice: dict[int, list[str]] = {}  # by the identity of an object, which lives as long as the whole

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice[id(found)] = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        return found

    try:
        data = json.loads(text, object_pairs_hook=members, parse_constant=_no_constant)
    except JSONDecodeError as error:
        raise BadJsonError(f"{_said(error)}, in column {error.colno}", error.lineno) from None
    except RecursionError:
        raise BadJsonError(f"values are nested deeper than {MAX_DEPTH} levels", 1) from None
    except ValueError as error:  # a number of thousands of digits, or NaN
        raise BadJsonError(str(error).partition(";")[0], 1) from None
    if _SURROGATE.search(text) and not _is_unicode(data):
        raise BadJsonError("an escape such as \\ud800 is alone, so it is not a character", 1)
    duplicates: list[Location] = []
    for at, value in _containers(data):
        if len(at) > MAX_DEPTH:
            raise BadJsonError(f"values are nested deeper than {MAX_DEPTH} levels", 1)
        if id(value) in twice:
            duplicates += [(*at, name) for name in twice[id(value)]]
    return data, tuple(duplicates)


def _said(error: JSONDecodeError) -> str:
    if error.doc.startswith(COMMENTS, error.pos):
        return "a comment, which JSON does not have"
    return f"{error.msg[:1].lower()}{error.msg[1:]}"


def length_without_indentation(text: str) -> int:
    """The characters of a text but for those that only lay it out. It need not be valid."""
    return len(text) - sum(
        found.end() - found.start() for found in _STRING_OR_BLANKS.finditer(text) if found[0][0] != '"'
    )


def positions(text: str, locations: Iterable[Location]) -> Mapping[Location, tuple[int, int]]:
    """The line and the column of values of a text that was parsed: of a member its key's, else the value's own."""
    wanted: _Wanted = {}
    for at in locations:
        inner = wanted
        for part in at:
            inner = inner.setdefault(part, {})
    offsets: dict[Location, int] = {}
    _Finder(text, offsets).value(_BLANK.match(text, 0).end(), wanted, ())  # type: ignore[union-attr] # it matches nothing too
    return dict(_lines(text, offsets))


# ------------------------------------------------------------------ details


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _is_unicode(data: object) -> bool:
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _containers(data: object) -> Iterator[tuple[Location, dict[str, Any] | list[Any]]]:
    pending: list[tuple[Location, Any]] = [((), data)]
    while pending:
        at, value = pending.pop()
        if isinstance(value, dict):
            yield at, value
            pending += [((*at, key), inner) for key, inner in value.items() if inner and isinstance(inner, dict | list)]
        elif isinstance(value, list):
            yield at, value
            pending += [((*at, n), inner) for n, inner in enumerate(value) if inner and isinstance(inner, dict | list)]
        if len(at) > MAX_DEPTH:
            return


class _Finder:
    """Walks a text of valid JSON along the wanted values, and skips all others."""

    def __init__(self, text: str, offsets: dict[Location, int]) -> None:
        self.text = text
        self.offsets = offsets
        self.decoder = json.JSONDecoder()

    def value(self, start: int, wanted: _Wanted, at: Location) -> int:
        """Note the offsets of what is wanted inside the value which starts here; where the value ends."""
        if not wanted or self.text[start] not in "{[":
            return self.decoder.raw_decode(self.text, start)[1]
        is_object = self.text[start] == "{"
        index, here = 0, self._blank(start + 1)
        while self.text[here] not in "}]":
            part: str | int = index
            offset = here
            if is_object:
                part, here = _scanstring(self.text, here + 1, True)
                here = self._blank(self._blank(here) + 1)  # behind the colon
            if part in wanted:
                self.offsets[(*at, part)] = offset
            here = self._blank(self.value(here, wanted.get(part, {}), (*at, part)))
            if self.text[here] == ",":
                here = self._blank(here + 1)
            index += 1
        return here + 1

    def _blank(self, start: int) -> int:
        found = _BLANK.match(self.text, start)
        return found.end() if found else start


def _lines(text: str, offsets: Mapping[Location, int]) -> Iterator[tuple[Location, tuple[int, int]]]:
    line, passed = 1, 0
    for at, offset in sorted(offsets.items(), key=lambda item: item[1]):
        line += text.count("\n", passed, offset)
        passed = offset
        yield at, (line, offset - text.rfind("\n", 0, offset))
