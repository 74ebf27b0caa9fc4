"""The gate: one automaton over bytes that lets through whatever the rules could report, and little else.

It over-approximates the rules: a name that announces a credential, with a value behind it; the head of every known
format; user information with a password; the paths of `webhooks`; the Base64 of readable text. Letters and digits have
no reason to be percent-encoded, so a text in which they are is decoded and looked at once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.url_tokens import formats, webhooks
from conformance.rules.url_tokens.decoding import (
    DEPTH,
    ENCODED,
    ENCODED_CHARACTER,
    TEXT_START,
    base64_texts,
    spelled_out,
    unquoted,
)
from conformance.rules.url_tokens.engines import Engine, engine
from conformance.rules.url_tokens.formats import ESCAPE
from conformance.rules.url_tokens.names import CAPABILITY, CREDENTIALS, GENERIC, OAUTH1, ONE_TIME, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_NAME_END = rf"(?:[^A-Za-z0-9=:&?/#;,]|{ESCAPE}[0-9A-Fa-f]{{2}}|\[[^\]=&]*\]|{ESCAPE}5[bB][^=&%]*{ESCAPE}5[dD])*"
_EQUALS = rf"(?:[=:]|{ESCAPE}3[dDaA]|\\u003[dDaA]|\\x3[dDaA])"
_QUOTE = rf"(?:[\x22'+\s\\]|{ESCAPE}2[027bB])*"
_ESCAPED = rf"{ESCAPE}[0-9A-Fa-f]{{2}}|\\(?:u00|x)[0-9A-Fa-f]{{2}}"
_BOUNDARY = rf"(?:^|[^A-Za-z0-9_.-]|{_ESCAPED})"
_RANDOM = "[A-Za-z0-9_.~+/=!*$@:|,%-]"
_RANDOM_VALUE = (
    # Sixteen characters with a run of eight letters and digits in them.
    f"(?:[A-Za-z0-9]{{8}}{_RANDOM}{{8}}|{_RANDOM}{{1,7}}[A-Za-z0-9]{{8}}{_RANDOM}|{_RANDOM}{{8,}}[A-Za-z0-9]{{8}})"
)
_COLON, _SLASH, _AT = f"(?::|{ESCAPE}3[aA])", f"(?:/|{ESCAPE}2[fF]|\\\\/)", f"(?:@|{ESCAPE}40)"


def _either(*options: str) -> str:
    return "(?:" + "|".join(options) + ")"


_NAMED = _either(*map(spelled, sorted({*CREDENTIALS, *ONE_TIME, OAUTH1})))
_GENERIC = _either(*map(spelled, sorted({*GENERIC} - {"sid"})))
_CAPABILITY = _either(*map(spelled, sorted(CAPABILITY)))

# Engine.IO polls with a sid that authenticates nobody, in every second line of some logs: between the start of a query
# and its sid stands no EIO=.
_NOT_EIO = r"(?:[^E\s\x22]|E(?:E|IE|IOE)*(?:[^EI\s\x22]|I[^EO\s\x22]|IO[^E=\s\x22]))*(?:E(?:E|IE|IOE)*I?O?)?"
_SID = (
    rf"(?:^|[^A-Za-z0-9_.&;-]|{_ESCAPED}|(?:^|[/?#\s\x22]){_NOT_EIO}[&;])"
    f"(?i:sid{_NAME_END}{_EQUALS}{_QUOTE}{_RANDOM_VALUE})"
)

_BASE64 = rf"(?:^|[^A-Za-z0-9+_%-]|{ESCAPE}[2-7][0-9A-Fa-f]){TEXT_START}"
EXPRESSIONS: tuple[str, ...] = (
    f"(?i:{_NAMED}{_NAME_END}{_EQUALS}[^;#]{{3}})",
    f"(?i:{_BOUNDARY}(?:{_GENERIC}{_NAME_END}{_EQUALS}{_QUOTE}{_RANDOM_VALUE}"
    f"|{_CAPABILITY}{_NAME_END}{_EQUALS}[^;#\\s]{{6}}))",
    _SID,
    f"(?i:(?:bearer|basic|token|oauth|apikey)(?:[ +]|{ESCAPE}20|{ESCAPE}2[bB])+[^\\s&;#]{{12}})",
    rf"{_SLASH}{_SLASH}[^/?#\s\x22]*{_COLON}[^/?#\s\x22]*{_AT}",
    rf"{_SLASH}{_SLASH}[^/?#\s\x22@]{{20}}[^/?#\s\x22@]*{_AT}",
    r"CONNECT [^\s\x22/@]*@",
    *formats.HEADS,
    *webhooks.HEADS,
    ENCODED_CHARACTER,
    _BASE64,
)
"""What the gate looks for: whatever the rules find matches at least one of them."""

_BUT_BASE64 = tuple(one for one in EXPRESSIONS if one not in (_BASE64, ENCODED_CHARACTER))

# In an access log URLs stand in quotation marks: behind the method, behind the number of bytes (the Referer), or alone.
_OPENS = r"\x22(?:[A-Z]{3,12} | [0-9]{3} (?:[0-9]+|-) \x22|(?:[A-Za-z][A-Za-z0-9+.-]*:)?/)(?:[^\n\x22\\]|\\.)*"
IN_ACCESS_LOG: tuple[str, ...] = (
    f"{_OPENS}{_either(*EXPRESSIONS)}".replace("(?:^|", "(?:"),
    r"\x22CONNECT [^\n\x22@]*@",
)
"""The same in the quotation marks of an access log: the engine skips whatever stands between them."""

WINDOW = 256 << 10
"""How many bytes are searched at once: what fits into the cache of a core."""


type Scan = Callable[[bytes, int, int], Iterator[tuple[int, bytes]]]
"""Finds lines between two places of a text; gives each with its place."""


def _nothing(_: bytes) -> bool:
    return False


class Gate:
    """Tells whether the rules could find something.

    Args:
        holds: whether a text holds a credential that was seen elsewhere; asked about what stands there as Base64.
        make: makes engines from expressions; the fastest that is installed if left out.
    """

    def __init__(
        self, holds: Callable[[bytes], bool] = _nothing, make: Callable[[tuple[str, ...]], Engine] = engine
    ) -> None:
        self._holds = holds
        self._engine, self._in_log, self._but_base64 = make(EXPRESSIONS), make(IN_ACCESS_LOG), make(_BUT_BASE64)

    def opens(self, data: bytes) -> bool:
        """Whether the rules could find something in these bytes: never False where they do."""
        return self._engine.matches(data) and self._confirms(data)

    def lines(self, text: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The lines of a text in which the rules could find something, with their places, in order.

        Args:
            text: whole lines; what follows the last line feed counts as a line.
            start: where the first line begins.
            stop: where the last line ends; the end of the text if left out.
        """
        return self._lines(self._engine, text, start, len(text) if stop is None else stop)

    def log_lines(self, text: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The same for an access log in the common or combined layout; faster."""
        return self._lines(self._in_log, text, start, len(text) if stop is None else stop)

    def _lines(self, searching: Engine, text: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
        while at < stop:
            window = _window(text, at, stop)
            while at < window and (end := searching.end(text, at, window)) >= 0:
                start = text.rfind(b"\n", at, end - 1) + 1 or at
                last = text.find(b"\n", max(end - 1, start), window)
                at = window if last < 0 else last + 1
                line = text[start : window if last < 0 else last]
                if self._confirms(line):
                    yield start, line
            at = window

    def _confirms(self, data: bytes, depth: int = DEPTH) -> bool:
        """Whether more was found than an encoded letter, or the Base64 of a text without anything, such as a cursor."""
        plain = spelled_out(data)
        if self._but_base64.matches(plain) or ENCODED.search(plain):
            return True
        inside = unquoted(data)
        if b"%" in inside:  # encoded too often to say
            return True
        texts = base64_texts(inside)
        return any(
            not depth or self._holds(text) or (self._engine.matches(text) and self._confirms(text, depth - 1))
            for text in texts
        )


def _window(text: bytes, at: int, stop: int) -> int:
    """Where the lines end that are searched at once: those that fit into the window, or one that does not."""
    if stop - at <= WINDOW:
        return stop
    return text.rfind(b"\n", at, at + WINDOW) + 1 or text.find(b"\n", at + WINDOW, stop) + 1 or stop
