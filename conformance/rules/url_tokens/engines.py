"""The engines that search bytes for many expressions at once."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Engine(Protocol):
    """Searches bytes for its expressions."""

    def matches(self, data: bytes) -> bool:
        """Whether anything in these bytes matches."""


class RE2:
    """google-re2: time linear in the data, whatever the data."""

    def __init__(self, expressions: Sequence[str]) -> None:
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 64 << 20
        options.never_capture = True
        options.dot_nl = True
        options.log_errors = False
        self._search = re2.compile(_either(expressions), options).search
        self._set = re2.Set.SearchSet(options)  # answers a short question in half the time
        self._set.Add(_either(expressions))
        self._set.Compile()

    def end(self, data: bytes, start: int, stop: int) -> int:
        """Where the first match in `data[start:stop]` ends; -1 if nothing matches."""
        match = self._search(data, start, stop)
        return -1 if match is None else match.end()

    def matches(self, data: bytes) -> bool:
        return self._set.Match(data) is not None


class Standard:
    """The standard library alone, where google-re2 has no build."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._search = re.compile(_either(expressions), re.DOTALL).search

    def matches(self, data: bytes) -> bool:
        return self._search(data) is not None


@cache
def engine(expressions: tuple[str, ...]) -> Engine:
    """The engine of the process for these expressions: google-re2, or the standard library where it is missing."""
    try:
        return RE2(expressions)
    except ImportError:
        return Standard(expressions)


def _either(expressions: Sequence[str]) -> bytes:
    return "|".join(f"(?:{one})" for one in expressions).encode("latin-1")
