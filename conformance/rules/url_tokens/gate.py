"""The gate: one automaton over bytes that lets through whatever the rules could report, and little else.

It over-approximates the rules: a name that announces a credential, with a value behind it; the head of every known
format; user information with a password; the paths of `webhooks`; the Base64 of readable text. Letters and digits have
no reason to be percent-encoded, so a text in which they are is decoded and looked at once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.url_tokens import formats, webhooks
from conformance.rules.url_tokens.decoding import ENCODED, ENCODED_CHARACTER, TEXT_START, spelled_out
from conformance.rules.url_tokens.engines import Engine, engine
from conformance.rules.url_tokens.formats import ESCAPE
from conformance.rules.url_tokens.names import CAPABILITY, CREDENTIALS, GENERIC, OAUTH1, ONE_TIME, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator


_NAME_END = rf"(?:[^A-Za-z0-9=:&?/#;,]|{ESCAPE}[0-9A-Fa-f]{{2}}|\[[^\]=&]*\]|{ESCAPE}5[bB][^=&%]*{ESCAPE}5[dD])*"
_EQUALS = rf"(?:[=:]|{ESCAPE}3[dDaA]|\\u003[dDaA]|\\x3[dDaA])"
_QUOTE = rf"(?:[\x22'+\s\\]|{ESCAPE}2[027bB])*"
_BOUNDARY = rf"(?:^|[^A-Za-z0-9_.-]|{ESCAPE}[0-9A-Fa-f]{{2}}|\\(?:u00|x)[0-9A-Fa-f]{{2}})"
_RANDOM = "[A-Za-z0-9_.~+/=!*$@:|,%-]"
_RANDOM_VALUE = (
    # Sixteen characters with a run of eight letters and digits in them.
    f"(?:[A-Za-z0-9]{{8}}{_RANDOM}{{8}}|{_RANDOM}{{1,7}}[A-Za-z0-9]{{8}}{_RANDOM}|{_RANDOM}{{8,}}[A-Za-z0-9]{{8}})"
)
_COLON, _SLASH, _AT = f"(?::|{ESCAPE}3[aA])", f"(?:/|{ESCAPE}2[fF]|\\\\/)", f"(?:@|{ESCAPE}40)"


def _either(*options: str) -> str:
    return "(?:" + "|".join(options) + ")"


_NAMED = _either(*map(spelled, sorted({*CREDENTIALS, *ONE_TIME, OAUTH1})))
_GENERIC = _either(*map(spelled, sorted(GENERIC)))
_CAPABILITY = _either(*map(spelled, sorted(CAPABILITY)))

EXPRESSIONS: tuple[str, ...] = (
    f"(?i:{_NAMED}{_NAME_END}{_EQUALS}[^;#]{{3}})",
    f"(?i:{_BOUNDARY}(?:{_GENERIC}{_NAME_END}{_EQUALS}{_QUOTE}{_RANDOM_VALUE}"
    f"|{_CAPABILITY}{_NAME_END}{_EQUALS}[^;#\\s]{{6}}))",
    f"(?i:(?:bearer|basic|token|oauth|apikey)(?:[ +]|{ESCAPE}20|{ESCAPE}2[bB])+[^\\s&;#]{{12}})",
    rf"{_SLASH}{_SLASH}[^/?#\s\x22]*{_COLON}[^/?#\s\x22]*{_AT}",
    rf"{_SLASH}{_SLASH}[^/?#\s\x22@]{{20}}[^/?#\s\x22@]*{_AT}",
    rf"(?:^|[^A-Za-z0-9+_%-]|{ESCAPE}[2-7][0-9A-Fa-f]){TEXT_START}",
    *formats.HEADS,
    *webhooks.HEADS,
    ENCODED_CHARACTER,
)
"""What the gate looks for: whatever the rules find matches at least one of them."""

WINDOW = 256 << 10
"""How many bytes are searched at once: what fits into the cache of a core."""


class Gate:
    """Tells whether the rules could find something.

    Args:
        searching: the engine, made from `EXPRESSIONS`; the fastest that is installed if left out.
    """

    def __init__(self, searching: Engine | None = None) -> None:
        self._engine = searching or engine(EXPRESSIONS)

    def opens(self, data: bytes) -> bool:
        """Whether the rules could find something in these bytes: never False where they do."""
        return self._engine.end(data, 0, len(data)) >= 0 and self._confirms(data)

    def lines(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines of a block in which the rules could find something, with their places, in order.

        Args:
            block: whole lines, best some hundred kilobytes of them; what follows the last line feed counts as a line.
        """
        for at, stop in _windows(block):
            first = at
            while first < stop and (end := self._engine.end(block, first, stop)) >= 0:
                start = block.rfind(b"\n", first, end - 1) + 1 or first
                last = block.find(b"\n", max(end - 1, start), stop)
                first = stop if last < 0 else last + 1
                line = block[start : stop if last < 0 else last]
                if self._confirms(line):
                    yield start, line

    def _confirms(self, data: bytes) -> bool:
        """Whether more than an encoded letter was found."""
        if b"%" not in data or not ENCODED.search(data):
            return True
        plain = spelled_out(data)
        return self._engine.end(plain, 0, len(plain)) >= 0


def _windows(block: bytes) -> Iterator[tuple[int, int]]:
    """Where to cut a block so that no line is cut."""
    at, size = 0, len(block)
    while at < size:
        stop = size if size - at <= WINDOW else block.rfind(b"\n", at, at + WINDOW) + 1
        if stop <= at:  # one line, longer than the window
            stop = (block.find(b"\n", at + WINDOW) + 1) or size
        yield at, stop
        at = stop
