"""The engines that search bytes for many expressions at once."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Engine(Protocol):
    """Searches bytes for its expressions."""

    @property
    def matches(self) -> Callable[[bytes], object]:
        """Says by a true value that something in some bytes matches."""

    def end(self, data: bytes, start: int, stop: int) -> int:
        """Where the first match in `data[start:stop]` ends; -1 if nothing matches."""


class RE2:
    """google-re2: time linear in the data, whatever the data.

    Args:
        groups: the expressions, in one group or in several.

    Attributes:
        matches: gives the numbers of the groups of which something matches; None if nothing does.
    """

    def __init__(self, *groups: Sequence[str]) -> None:
        import re2

        self._groups = groups
        self._options = re2.Options()
        self._options.encoding = re2.Options.Encoding.LATIN1
        self._options.max_mem = 64 << 20
        self._options.never_capture = True
        self._options.dot_nl = True
        self._options.log_errors = False

    # Each is compiled when it is asked for: some need the one alone, and some the other.

    @cached_property
    def matches(self) -> Callable[[bytes], Sequence[int] | None]:
        import re2

        answers = re2.Set.SearchSet(self._options)  # a short question in half the time
        for group in self._groups:
            answers.Add(_either(group))
        answers.Compile()
        return answers.Match  # type: ignore[no-any-return] # it has no types

    @cached_property
    def _search(self) -> Callable[[bytes, int, int], re.Match[bytes] | None]:
        import re2

        return re2.compile(_either([one for group in self._groups for one in group]), self._options).search  # type: ignore[no-any-return] # as above

    def end(self, data: bytes, start: int, stop: int) -> int:
        match = self._search(data, start, stop)
        return -1 if match is None else match.end()

    def finds(self, data: bytes) -> bool:
        """Whether something matches, for data in which it mostly does: `matches` goes on, and makes many states."""
        return self._search(data, 0, len(data)) is not None


class Standard:
    """The standard library alone, where google-re2 has no build."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._search = re.compile(_either(expressions), re.DOTALL).search
        self.matches: Callable[[bytes], object] = self._search

    def end(self, data: bytes, start: int, stop: int) -> int:
        match = self._search(data, start, stop)
        return -1 if match is None else match.end()


@cache
def engine(expressions: tuple[str, ...]) -> Engine:
    """The engine of the process for these expressions: google-re2, or the standard library where it is missing."""
    try:
        return RE2(expressions)
    except ImportError:
        return Standard(expressions)


def matching(engine: Engine, texts: Sequence[bytes]) -> Iterator[int]:
    """The numbers of the texts in which something matches that has no line feed; searched together, that is cheaper."""
    joined = b"\n".join(texts)
    at, ends = 0, list[int]()
    while at < len(joined) and (end := engine.end(joined, at, len(joined))) >= 0:
        ends = ends or list(accumulate(len(text) + 1 for text in texts))  # mostly nothing matches
        number = bisect_left(ends, end)
        yield number
        at = ends[number]


def _either(expressions: Sequence[str]) -> bytes:
    return "|".join(f"(?:{one})" for one in expressions).encode("latin-1")
