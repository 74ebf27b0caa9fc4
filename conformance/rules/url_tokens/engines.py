"""The engines that search bytes for many expressions at once."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Engine(Protocol):
    """Searches bytes for its expressions."""

    @property
    def matches(self) -> Callable[[bytes], object]:
        """Says by a true value that something in some bytes matches."""


class RE2:
    """google-re2: time linear in the data, whatever the data.

    Args:
        groups: the expressions, in one group or in several.

    Attributes:
        matches: gives the numbers of the groups of which something matches; None if nothing does.
    """

    def __init__(self, *groups: Sequence[str]) -> None:
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = 64 << 20
        options.never_capture = True
        options.dot_nl = True
        options.log_errors = False
        self._search = re2.compile(_either([one for group in groups for one in group]), options).search
        answers = re2.Set.SearchSet(options)  # a short question in half the time
        for group in groups:
            answers.Add(_either(group))
        answers.Compile()
        self.matches: Callable[[bytes], Sequence[int] | None] = answers.Match

    def end(self, data: bytes, start: int, stop: int) -> int:
        """Where the first match in `data[start:stop]` ends; -1 if nothing matches."""
        match = self._search(data, start, stop)
        return -1 if match is None else match.end()


class Standard:
    """The standard library alone, where google-re2 has no build."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self.matches: Callable[[bytes], object] = re.compile(_either(expressions), re.DOTALL).search


@cache
def engine(expressions: tuple[str, ...]) -> Engine:
    """The engine of the process for these expressions: google-re2, or the standard library where it is missing."""
    try:
        return RE2(expressions)
    except ImportError:
        return Standard(expressions)


def _either(expressions: Sequence[str]) -> bytes:
    return "|".join(f"(?:{one})" for one in expressions).encode("latin-1")
