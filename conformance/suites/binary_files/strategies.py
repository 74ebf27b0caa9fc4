"""Hypothesis strategies for parts of files."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Part:
    """A range of bytes as a request asks for it (RFC 9110, section 14.1.2).

    Attributes:
        first: the first byte; None for as many as `last` says from the end.
        last: the last byte; None for all from `first` on.
    """

    first: int | None
    last: int | None = None

    def __str__(self) -> str:
        return self.header

    @property
    def header(self) -> str:
        """The value of the header Range."""
        return f"bytes={'' if self.first is None else self.first}-{'' if self.last is None else self.last}"

    def of(self, size: int) -> tuple[int, int]:
        """The first byte of a file of this size that is asked for, and the one behind the last."""
        if self.first is None:
            return max(0, size - (self.last or 0)), size
        return self.first, size if self.last is None else min(self.last + 1, size)


RANGES = (Part(0, 0), Part(0, 99), Part(1, 1), Part(100), Part(None, 10), Part(959, 9_999), Part(0, 959))
"""Ranges that are tried at every depth."""


def ranges(size: int) -> st.SearchStrategy[Part]:
    """Ranges that begin inside a file of this size."""
    inside = st.tuples(st.integers(0, size - 1), st.integers(0, size)).map(lambda p: Part(p[0], p[0] + p[1]))
    return st.one_of(inside, st.integers(0, size - 1).map(Part), st.integers(1, size).map(lambda n: Part(None, n)))
