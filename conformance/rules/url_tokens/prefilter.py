"""The prefilter: it lets through whatever the rules could report, and little else, in one go over bytes.

It over-approximates the rules: a name that announces a credential, with a value behind it; the head of every known
format; user information with a password; the paths of `webhooks`; the Base64 of readable text. Letters and digits have
no reason to be percent-encoded, so a text in which they are is decoded and looked at once more; and so is what stands
there as Base64.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from conformance.rules.url_tokens import formats, webhooks
from conformance.rules.url_tokens.decoding import (
    DEPTH,
    ENCODED_CHARACTER,
    TEXT_START,
    base64_texts,
    spelled_out,
    unquoted,
)
from conformance.rules.url_tokens.engines import RE2
from conformance.rules.url_tokens.expressions import (
    CAPABILITY_VALUE,
    EQUALS,
    ESCAPED,
    LONG_PASSWORD,
    NAME_END,
    QUOTE,
    RANDOM_VALUE,
    SLASH,
    VALUE,
    either,
    not_behind,
    together,
)
from conformance.rules.url_tokens.formats import ESCAPE
from conformance.rules.url_tokens.names import (
    CAPABILITY,
    CREDENTIALS,
    GENERIC,
    OAUTH1,
    ONE_TIME,
    PASSES,
    PUBLIC_TOKENS,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_BOUNDARY = rf"(?:^|[^A-Za-z0-9_.-]|{ESCAPED})[-_.]{{0,2}}"
_COLON, _AT = f"(?::|{ESCAPE}3[aA])", f"(?:@|{ESCAPE}40)"
_NAMED = either(*map(spelled, sorted({*CREDENTIALS, *ONE_TIME, OAUTH1})))
_GENERIC = either(*map(spelled, sorted({*GENERIC} - {"sid"})))
_PASSES = either(*sorted(PASSES))
# Pages of lists and forms are asked for by tokens in every tenth line of some logs. Each word before such a token
# multiplies the states of an automaton, which every process builds for itself: all words would take it as long as 300
# MB of a log. So the search knows those that are common in logs, and a line that it finds is searched again for all.
_PUBLIC = tuple(word for word in PUBLIC_TOKENS if word.isalpha())
_COMMON = ("page", "next", "csrf", "xsrf", "sync", "skip", "delta")
_CAPABILITY = either(*map(spelled, sorted(CAPABILITY)))

# Engine.IO polls with a sid that authenticates nobody, in every second line of some logs: between the start of a query
# and its sid stands no EIO=.
_NOT_EIO = r"(?:[^E\s\x22]|E(?:E|IE|IOE)*(?:[^EI\s\x22]|I[^EO\s\x22]|IO[^E=\s\x22]))*(?:E(?:E|IE|IOE)*I?O?)?"
_SID = (
    rf"(?:^|[^A-Za-z0-9_.&;-]|{ESCAPED}|(?:^|[/?#\s\x22]){_NOT_EIO}[&;])"
    f"(?i:[-_.]{{0,2}}sid{NAME_END}{EQUALS}{QUOTE}{RANDOM_VALUE})"
)

_OTHERS = (
    f"(?i:{_NAMED}{NAME_END}{EQUALS}{VALUE})",
    f"(?i:{_BOUNDARY}(?:{_GENERIC}{NAME_END}{EQUALS}{QUOTE}{RANDOM_VALUE}"
    f"|{_PASSES}{NAME_END}{EQUALS}{QUOTE}{LONG_PASSWORD}"
    f"|{_CAPABILITY}{NAME_END}{EQUALS}{CAPABILITY_VALUE}))",
    _SID,
    f"(?i:(?:bearer|basic|token|oauth|apikey)(?:[ +]|{ESCAPE}20|{ESCAPE}2[bB])+[^\\s&;#]{{12}})",
    rf"{SLASH}{SLASH}[^/?#\s\x22]*{_COLON}[^/?#\s\x22]*{_AT}",
    rf"{SLASH}{SLASH}[^/?#\s\x22@]{{20}}[^/?#\s\x22@]*{_AT}",
    r"CONNECT [^\s\x22/@]*@",
    *formats.HEADS,
    *together(SLASH, webhooks.HEADS),
    ENCODED_CHARACTER,
)
_BASE64 = (rf"(?:^|[^A-Za-z0-9+_%-]|{ESCAPE}[2-7][0-9A-Fa-f]){TEXT_START}",)


def _but_base64(public: Iterable[str]) -> tuple[str, ...]:
    """All that the rules could find, but for Base64 and for tokens behind these words."""
    product = either(f"{not_behind(public)}token", spelled("code verifier"))
    return f"(?i:{product}{NAME_END}{EQUALS}{QUOTE}{RANDOM_VALUE})", *_OTHERS


EXPRESSIONS = (*_but_base64(_COMMON), *_BASE64)
"""What the prefilter looks for: whatever the rules find matches at least one of them."""

WINDOW = 128 << 10
"""How many bytes are searched at once: what fits into the cache of a core."""

type Scan = Callable[[bytes, int, int], Iterator[tuple[int, bytes]]]
"""Finds lines between two places of a text; gives each with its place."""


class Search(Protocol):
    """Answers whether something matches the expressions, and where."""

    @property
    def matches(self) -> Callable[[bytes], Sequence[int] | None]:
        """Tells what the rules could find in bytes: 1 the Base64 of a text, 0 anything else; None for nothing."""

    def matches_but_base64(self, data: bytes, /) -> bool:
        """The same, but for what stands there as Base64."""

    def places(self, text: bytes, start: int, stop: int) -> Iterator[int]:
        """Places in the lines in which the rules could find something, in their order."""


class Re2Search:
    """google-re2: one automaton for all expressions, and a larger one for the lines that it finds."""

    def __init__(self) -> None:
        but_base64 = _but_base64(_COMMON)
        self._all, self._but_base64 = RE2(but_base64, _BASE64), RE2(but_base64)
        self._exact = RE2(_but_base64(_PUBLIC), _BASE64)
        self.matches = self._all.matches

    def matches_but_base64(self, data: bytes) -> bool:
        return self._but_base64.finds(data)

    def places(self, text: bytes, start: int, stop: int) -> Iterator[int]:
        for place in _each_line(self._all, text, start, stop):
            if self._exact.finds(text[_line(text, place, start, stop)]):
                yield place


def _each_line(engine: RE2, text: bytes, at: int, stop: int) -> Iterator[int]:
    while at < stop:
        window = _window(text, at, stop)
        # From the line feed before it, because the beginning of the text is the only one that an expression knows.
        while at < window and (end := engine.end(text, max(at - 1, 0), window)) >= 0:
            yield end - 1
            at = text.find(b"\n", end - 1, window) + 1 or window
        at = window


def _line(text: bytes, place: int, start: int, stop: int) -> slice:
    """The line, of those between `start` and `stop`, that goes over a place."""
    end = text.find(b"\n", place, stop)
    return slice(text.rfind(b"\n", start, place) + 1 or start, stop if end < 0 else end)


def _window(text: bytes, at: int, stop: int) -> int:
    """Where the lines end that are searched at once: those that fit into the window, or one that does not."""
    if stop - at <= WINDOW:
        return stop
    return text.rfind(b"\n", at, at + WINDOW) + 1 or text.find(b"\n", at + WINDOW, stop) + 1 or stop


@cache
def search() -> Search:
    """The search of the process: by google-re2, or by the standard library where that is missing."""
    try:
        return Re2Search()
    except ImportError:
        from conformance.rules.url_tokens.stdlib_prefilter import StdlibSearch

        return StdlibSearch()


def _nothing(_: bytes) -> bool:
    return False


class Prefilter:
    """Tells whether the rules could find something.

    Args:
        holds: whether a text holds a credential that was seen elsewhere; asked about what stands there as Base64.
        by: how the expressions are searched; the fastest way that is installed if left out.

    Attributes:
        possible: the first look at some bytes; what it lets through has to be confirmed.
    """

    def __init__(self, holds: Callable[[bytes], bool] = _nothing, by: Search | None = None) -> None:
        self._holds = holds
        self._search = by or search()
        self.possible = self._search.matches

    def passes(self, data: bytes) -> bool:
        """Whether the rules could find something in these bytes: never False where they do."""
        return self._passes(data, DEPTH)

    def lines(self, text: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The lines of a text in which the rules could find something, with their places, in order.

        Args:
            text: whole lines; what follows the last line feed counts as a line.
            start: where the first line begins.
            stop: where the last line ends; the end of the text if left out.
        """
        stop = len(text) if stop is None else stop
        after = start
        for place in self._search.places(text, start, stop):
            if place >= after:
                where = _line(text, place, after, stop)
                after = where.stop + 1
                if self.confirms(line := text[where]):
                    yield where.start, line

    def confirms(self, data: bytes, found: Sequence[int] = (), depth: int = DEPTH) -> bool:
        """Whether more was found than an encoded letter, or the Base64 of a text without anything, such as a cursor.

        Args:
            data: the bytes.
            found: what is possible in them, if that is known.
            depth: how many layers of Base64 may be opened.
        """
        if found and b"%" not in data:  # it can't be said more plainly
            if 0 in found:
                return True
        elif self._search.matches_but_base64(spelled_out(data)):
            return True
        inside = unquoted(data)
        if b"%" in inside:  # encoded too often to say
            return True
        return any(not depth or self._holds(text) or self._passes(text, depth - 1) for text in base64_texts(inside))

    def _passes(self, data: bytes, depth: int) -> bool:
        found = self.possible(data)
        return found is not None and self.confirms(data, found, depth)
