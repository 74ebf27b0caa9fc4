"""Finds many values in a text at once: the cost hangs on the text, hardly on the number of values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(rb"[A-Za-z0-9_]")
_GRAMS: tuple[tuple[Literal["i", "q"], int], ...] = (("i", 4), ("q", 8))  # as numbers, and their bytes

type Span = tuple[int, int, str]
"""Where a value begins and ends, and its label."""


class Index:
    """Finds which of many values a text contains: compares groups of 4 or 8 bytes, and looks closer at known ones."""

    def __init__(self) -> None:
        # A value of 7 bytes or more holds one of a text's grams of 4, and one of 15 or more one of its grams of 8.
        self._tables: dict[str, dict[int, tuple[tuple[bytes, int, str], ...]]] = {code: {} for code, _ in _GRAMS}

    def add(self, value: bytes, label: str) -> None:
        """Look for a value of 7 bytes or more from now on."""
        code, size = _GRAMS[len(value) >= 15]
        table = self._tables[code]
        grams = _grams_at_every_place(value, code, size)
        # Of any so many neighbours one is met. Those that few values have are found without looking at many values.
        ends = range(len(grams), size - 1, -size)
        fresh = (end for end in ends if table.keys().isdisjoint(grams[end - size : end]))
        end = next(fresh, 0) or min(
            ends, key=lambda end: max(len(table.get(gram, ())) for gram in grams[end - size : end])
        )
        for place in range(end - size, end):
            table[grams[place]] = (*table.get(grams[place], ()), (value, place, label))

    def find(self, text: bytes) -> Iterator[Span]:
        """Where each value is in a text; the places are not sorted."""
        for code, size in _GRAMS:
            table = self._tables[code]
            if not table:
                continue
            grams = memoryview(text)[: len(text) - len(text) % size].cast(code)
            if table.keys().isdisjoint(grams):
                continue
            listed = grams.tolist()
            known = table.keys() & listed
            for number in [number for number, gram in enumerate(listed) if gram in known]:
                for value, place, label in table[listed[number]]:
                    start = number * size - place
                    if start >= 0 and text.startswith(value, start):
                        yield start, start + len(value), label


def _grams_at_every_place(value: bytes, code: Literal["i", "q"], size: int) -> list[int]:
    grams = [0] * (len(value) - size + 1)
    for at in range(size):
        part = memoryview(value)[at:]
        grams[at::size] = part[: len(part) - len(part) % size].cast(code).tolist()
    return grams


def find_alone(value: bytes, label: str, text: bytes) -> Iterator[Span]:
    """Where a value is a word by itself, not part of a longer one."""
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        if not (_WORD.match(value) and _WORD.match(text[at - 1 : at])) and not (
            _WORD.match(value[-1:]) and _WORD.match(text[end : end + 1])
        ):
            yield at, end, label
        at = text.find(value, at + 1)
