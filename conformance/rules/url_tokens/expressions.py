"""What announces a credential, as expressions over the bytes of a URL, encoded or not; for the prefilter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.url_tokens.formats import ESCAPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME_END = rf"(?:[^A-Za-z0-9=:&?/#;,]|{ESCAPE}[0-9A-Fa-f]{{2}}|\[[^\[\]=&]*\]|{ESCAPE}5[bB][^=&%]*{ESCAPE}5[dD])*"
"""What may stand between a name and its equals sign: separators, brackets, blanks."""
EQUALS = rf"(?:[=:]|{ESCAPE}3[dDaA]|\\u003[dDaA]|\\x3[dDaA])"
"""What stands between a name and a value, also in JSON."""
QUOTE = rf"(?:[\x22'+\s\\]|{ESCAPE}2[027bB])*"
"""What may stand before a value."""
ESCAPED = rf"{ESCAPE}[0-9A-Fa-f]{{2}}|\\(?:u00|x)[0-9A-Fa-f]{{2}}"
"""An encoded character."""
SLASH = f"(?:/|{ESCAPE}2[fF]|\\\\/)"
"""A slash."""

RANDOM = "[A-Za-z0-9_.~+/=!*$@:|,%-]"
"""A character of a random value."""
RANDOM_VALUE = (
    f"(?:[A-Za-z0-9]{{8}}{RANDOM}{{8}}|{RANDOM}{{1,7}}[A-Za-z0-9]{{8}}{RANDOM}|{RANDOM}{{8,}}[A-Za-z0-9]{{8}})"
)
"""Sixteen characters with a run of eight letters and digits in them."""
VALUE, CAPABILITY_VALUE = "[^;#]{3}", r"[^;#\s]{6}"
"""The beginning of a value under a name that announces a credential, or a capability."""


LONG_PASSWORD = r"[^&;#\s]{16}"
"""Sixteen characters of a password, which punctuation may break into pieces."""


def not_behind(words: Iterable[str]) -> str:
    """Matches the end of a text, and any separators, so that none of these words stands before what follows.

    An automaton can't look back, so this spells out the last letters of all texts that end in no such word.
    """
    letters: dict[str, Any] = {}
    for word in words:
        node = letters
        for letter in reversed(word):
            node = node.setdefault(letter, {})
        node["whole"] = {}
    return f"{_ending(letters, '_.-')}[_.-]*"


def _ending(letters: dict[str, Any], also_not: str = "") -> str:
    either_ = [f"(?:^|[^{''.join(sorted(letters))}{also_not}])"]
    either_ += [_ending(before) + letter for letter, before in sorted(letters.items()) if "whole" not in before]
    return either(*either_)


def either(*options: str) -> str:
    """Any of these."""
    return "(?:" + "|".join(options) + ")"


def together(start: str, expressions: Iterable[str]) -> Iterator[str]:
    """The same expressions, of which those with this start are one: an automaton follows the start once."""
    ends: list[str] = []
    for one in expressions:
        if one.startswith(start):
            ends.append(one.removeprefix(start))
        else:
            yield one
    yield start + either(*ends)
