"""Cuts any text into the JSON objects in it and what stands between them, without holding it as a whole.

A parser such as ijson stops at the first mistake, refuses bytes that are no UTF-8, and holds a value of any length.
Here only brackets and quotation marks are told apart: a damaged object costs nothing but itself, text before, between
and behind objects is given as text, and of an object that is too large the objects in it are given instead.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from conformance.traffic.audit.readers.escapes import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator

# A quotation that does not end on its line is a mark of a text, and no value of JSON.
_SKIPPED = rb'(?:[^"{}\[\]]++|"(?:[^"\\\n]++|\\[^\n])*+"|"(?=(?:[^"\\\n]++|\\[^\n])*+\\?+\n))*+'
_TO_BRACKET = re.compile(_SKIPPED + rb"(\{(?=\s*+\S)|[}\[\]])")
_NO_BRACKET = re.compile(_SKIPPED)
_QUOTED = re.compile(rb'(?:[^"\\\n]++|\\[^\n])*+')
_OBJECT = re.compile(rb'\{\s*+"')
_NAME = re.compile(rb'"((?:[^"\\\n]++|\\[^\n])*+)"\s*+:\s*+\Z')
_BREAKS = (b" ", b"\t", b'"', b"'", b"<")
_LONGEST_NAME: Final = 200
_LONGEST_LINE: Final = 1 << 20
_DEEPEST: Final = 1000
_DEEPEST_NAMED: Final = 4
_NONE: Final = -1


class Part(NamedTuple):
    """An object, or the text between two.

    Attributes:
        line: the number of the line on which it begins.
        text: as it stands.
        member: of an object, the name of the member or of the array that it is in, empty at the top; None of a text.
        number: of an object of the array that is counted, its number from 1; else 0.
    """

    line: int
    text: bytes
    member: str | None
    number: int = 0


@dataclass(slots=True)
class _Open:
    """A bracket that is open; `start` is where its object begins, or `_NONE` if that is not given as a whole."""

    is_object: bool
    is_counted: bool
    start: int
    member: str
    number: int


class Cutter:
    """Takes a text in pieces, and gives its parts in order.

    Args:
        largest: the bytes of the largest object that is given as a whole.
        counted: the names that lead to the array whose objects are numbered, and given one by one.
    """

    def __init__(self, largest: int, counted: tuple[str, ...] = ()) -> None:
        self.number = 0
        self._largest = largest
        self._counted = list(counted)
        self._text = b""
        self._at = 0  # up to here brackets are told apart
        self._given = 0  # up to here parts were given
        self._line = 1  # of what is given next
        self._open: list[_Open] = []
        self._whole = 0  # how many of them may be given as a whole
        self._held: deque[tuple[int, int, _Open]] = deque()  # objects that have ended inside one that is open
        self._is_quoted = False  # a value that is too long to be held goes on

    @property
    def is_open(self) -> bool:
        """Whether something has not ended."""
        return bool(self._open)

    @property
    def pending(self) -> int:
        """How many bytes are held."""
        return len(self._text)

    @property
    def is_counting(self) -> bool:
        """Whether the next object is one of the array that is counted."""
        return bool(self._open) and self._open[-1].is_counted

    @property
    def is_astray(self) -> bool:
        """Whether what was fed ends in an element that is damaged, if it ends where two objects of an array meet."""
        if self.is_counting or not any(one.is_counted for one in self._open):
            return False
        return self._at < len(self._text) or self._open[-1].is_object

    def restart(self) -> Part:
        """The element that is open, as far as it is held; what follows is the next one."""
        while not self.is_counting:
            self._open.pop()
        self._held.clear()
        self._whole, self._is_quoted, self._at = 0, False, len(self._text)
        damaged = Part(self._line, self._text[self._given :], "", self.number)
        self._pass(len(self._text))
        self._trim()
        return damaged

    def feed(self, more: bytes) -> Iterator[Part]:
        """The parts that are known once more of the text is."""
        self._text += more
        if self._is_quoted:
            self._skip_quoted()
        if not self._is_quoted:
            while found := _TO_BRACKET.match(self._text, self._at):  # none where a value goes on
                self._at = found.end()
                yield from self._bracket(self._at - 1, found[1])
        while self._whole and len(self._text) - (oldest := self._oldest()).start > self._largest:
            yield from self._give_up(oldest)
        if not self._whole:
            yield from self._text_to(self._end_of_text())
        self._trim()

    def close(self) -> Iterator[Part]:
        """The parts that are left at the end of the text."""
        yield from self.give_up()
        yield from self._text_to(len(self._text))
        self._trim()

    def give_up(self) -> Iterator[Part]:
        """The parts of the objects that are open: they are not given as a whole any more."""
        while self._whole:
            yield from self._give_up(self._oldest())

    def _bracket(self, at: int, mark: bytes) -> Iterator[Part]:
        is_object = mark in b"{}"
        if mark in b"{[":
            if len(self._open) >= _DEEPEST:
                yield from self.give_up()
                self._open.clear()
            if self._opens(at, is_object=is_object):
                yield from self.give_up()
            return
        while is_object and self._open and not self._open[-1].is_object:
            self._open.pop()  # an array that does not end
        if not self._open or self._open[-1].is_object is not is_object:
            return
        closed = self._open.pop()
        if closed.start == _NONE:
            return
        while self._held and self._held[-1][0] > closed.start:
            self._held.pop()
        self._held.append((closed.start, at + 1, closed))
        self._whole -= 1
        if not self._whole:
            yield from self._release(at + 1)

    def _opens(self, at: int, *, is_object: bool) -> bool:
        """Note a bracket; whether it opens the array that is counted."""
        above = self._open[-1] if self._open else None
        member = above.member if above and not above.is_object else self._name_before(at)
        number = 0
        if is_object and self.is_counting:
            number = self.number = self.number + 1
        is_counted = False
        if self._counted and not is_object:
            is_counted = [*(name for one in self._open if (name := one.member)), member] == self._counted
        start = at if is_object and _OBJECT.match(self._text, at) else _NONE
        self._whole += start != _NONE
        self._open.append(_Open(is_object, is_counted, start, member, number))
        return is_counted

    def _name_before(self, at: int) -> str:
        if len(self._open) > _DEEPEST_NAMED:
            return ""
        found = _NAME.search(self._text, max(0, at - _LONGEST_NAME), at)
        return unescaped(found[1]).decode("utf-8", "replace") if found else ""

    def _oldest(self) -> _Open:
        return next(one for one in self._open if one.start != _NONE)

    def _give_up(self, one: _Open) -> Iterator[Part]:
        one.start = _NONE
        self._whole -= 1
        yield from self._release(self._oldest().start if self._whole else self._at)

    def _release(self, end: int) -> Iterator[Part]:
        """The objects that are held and begin before a place, and the texts between them."""
        while self._held and self._held[0][0] < end:
            start, stop, one = self._held.popleft()
            yield from self._text_to(start)
            yield Part(self._line, self._text[start:stop], one.member, one.number)
            self._pass(stop)

    def _text_to(self, end: int) -> Iterator[Part]:
        if self._given < end:
            yield Part(self._line, self._text[self._given : end], None)
            self._pass(end)

    def _pass(self, end: int) -> None:
        self._line += self._text.count(b"\n", self._given, end)
        self._given = end
        self._at = max(self._at, end)

    def _end_of_text(self) -> int:
        """Up to where text is in no object: whole lines of it, or most of a line that goes on and on."""
        free = self._at if self._is_quoted else _end(_NO_BRACKET, self._text, self._at)
        lines = self._text.rfind(b"\n", 0, free) + 1
        if len(self._text) - max(lines, self._given) <= _LONGEST_LINE:
            return lines
        if not self._is_quoted and self._text[free : free + 1] == b'"':
            self._is_quoted = True
            self._at = free + 1
            self._skip_quoted()
            free = self._at
        return max(self._text.rfind(one, self._given, free) for one in _BREAKS) + 1 or free

    def _skip_quoted(self) -> None:
        """Go on behind a value that was too long to be held, if it ends."""
        self._at = _end(_QUOTED, self._text, self._at)
        mark = self._text[self._at : self._at + 1]
        self._is_quoted = mark in (b"", b"\\")
        self._at += mark == b'"'

    def _trim(self) -> None:
        cut = self._given
        if not cut:
            return
        self._text = self._text[cut:]
        self._at -= cut
        self._given = 0
        self._held = deque((start - cut, stop - cut, one) for start, stop, one in self._held)
        for one in self._open:
            if one.start != _NONE:
                one.start -= cut


def _end(expression: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = expression.match(text, at)
    return found.end() if found else at


def objects(line: bytes) -> list[bytes]:
    """The JSON objects in a line, as they stand."""
    cutter = Cutter(len(line) + 1)
    parts = [*cutter.feed(line + b"\n"), *cutter.close()]
    return [part.text for part in parts if part.member is not None]
