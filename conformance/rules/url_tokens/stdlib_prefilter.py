"""What the automaton of the prefilter finds, found by the standard library, where google-re2 has no build.

The `re` module tries an expression at each place of a text, so what costs is to try in vain. Each expression here
begins with characters that are rare, and looks back from there: at the end of a name, not at its beginning. And none
goes on for long, since a text may be made to let it begin everywhere. It lets through whatever the automaton lets
through, and a little more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.rules.url_tokens import formats, webhooks
from conformance.rules.url_tokens.decoding import ENCODED_CHARACTER, TEXT_START
from conformance.rules.url_tokens.expressions import (
    CAPABILITY_VALUE,
    EQUALS,
    LONG_PASSWORD,
    NAME_END,
    QUOTE,
    RANDOM,
    SLASH,
    VALUE,
    either,
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
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HEX = "[0-9A-Fa-f]"
_RANDOM_VALUE = f"(?={RANDOM}{{16}})(?:{RANDOM}{{0,56}}?[A-Za-z0-9]{{8}}|{RANDOM}{{64}})"
_LETTERS = 3  # of the words before the last one that are compared


def _endings(names: Iterable[str]) -> dict[str, set[str]]:
    """The last words of names, each with what may stand before it: letters of the words before, nothing for a name."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for plain in {name.replace("?", ""), re.sub(r".\?", "", name)}:
            *words, last = plain.split()
            if last.isalnum():
                found[last].add("".join(words)[-_LETTERS:])
    return found


def _looking_back(names: Iterable[str], *, whole: bool) -> str:
    """Matches behind the character that follows one of these names; `whole` if nothing else may stand before it."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word, before in sorted(_endings(names).items()):
        by_letter[word[-1]].append(f"(?<={word}.){either(*_before(word, before, whole=whole))}")
    return either(*(f"(?<={letter}.){either(*words)}" for letter, words in sorted(by_letter.items())))


def _before(word: str, before: set[str], *, whole: bool) -> Iterator[str]:
    if "" in before and not whole:
        yield ""
    elif "" in before:
        for marks in ("", "[-_.]", "[-_.][-_.]"):
            yield f"(?<=[^A-Za-z0-9_.-]{marks}{word}.)"
            yield from (f"(?<={escape}{_HEX}{_HEX}{marks}{word}.)" for escape in ("%", "%25", "%2525", "x", "u00"))
    for size in range(1, _LETTERS + 1):
        if ends := sorted(end for end in before if len(end) == size):
            yield f"(?<={either(*ends)}{word}.)"
            yield f"(?<={either(*ends)}[-_.]{word}.)"
    if before - {""}:
        yield f"(?<=[-_.][-_.]{word}.)"


_NOT_PUBLIC = "".join(
    f"(?<!{either(*words)}token.)(?<!{either(*words)}[-_.]token.)"
    for _, same in groupby(sorted((word for word in PUBLIC_TOKENS if word.isalpha()), key=len), key=len)
    for words in [list(same)]
)


def _named(equals: str) -> str:
    """Matches behind the character that follows a name, where a value comes that is worth a look."""
    credential = _looking_back([*CREDENTIALS, *ONE_TIME, OAUTH1], whole=False) + equals + VALUE
    generic = _looking_back(GENERIC, whole=True) + equals + QUOTE + _RANDOM_VALUE
    product = _looking_back(["code verifier"], whole=False) + equals + QUOTE + _RANDOM_VALUE
    token = f"(?<=token.){_NOT_PUBLIC}{equals}{QUOTE}{_RANDOM_VALUE}"
    password = _looking_back(PASSES, whole=True) + equals + QUOTE + LONG_PASSWORD
    capability = _looking_back(CAPABILITY, whole=True) + equals + CAPABILITY_VALUE
    return f"(?i:{either(credential, generic, product, token, password, capability)})"


def _by_letter(heads: Iterable[str]) -> str:
    """Matches any of these; only those are tried that begin as the text does."""
    letters = groupby(sorted(heads), key=lambda head: head[0])
    return either(*(letter + either(*(head[1:] for head in ones)) for letter, ones in letters))


_EQUALS = either(
    "(?<=[=:])",
    rf"(?<=%)(?:25)*(?:3[dDaA]|{_HEX}{{2}}{NAME_END}{EQUALS}|5[bB][^=&%]*{ESCAPE}5[dD]{NAME_END}{EQUALS})",
    rf"(?<=\[)[^\[\]=&]*\]{NAME_END}{EQUALS}",
    r"(?<=\\)(?:u003|x3)[dDaA]",
    f"(?<=[^=:]){NAME_END}{EQUALS}",
)
_HOOKS = [head.removeprefix(SLASH) for head in webhooks.HEADS if head.startswith(SLASH)]
_BEHIND_SLASH = either(
    _by_letter(head for head in _HOOKS if head[0].isalnum()),
    *(head for head in _HOOKS if not head[0].isalnum()),
)
_FORMAT = either(_by_letter(formats.PREFIXES) + formats.TAIL, "e(?:y[JA]|w[o0])[A-Za-z0-9_-]{8}")
_BLANK = f"(?:[ +]|{ESCAPE}20|{ESCAPE}2[bB])"
_SCHEMES = either(*(f"(?<={scheme}.)" for scheme in ("bearer", "basic", "token", "oauth", "apikey")))
_EXPRESSIONS = (
    rf"[=:%\[\\]{_named(_EQUALS)}",
    rf"[^A-Za-z0-9&?/#;,=:%\[\\](?![A-Za-z0-9]){_named(NAME_END + EQUALS)}",
    f"[^A-Za-z0-9]{_FORMAT}",
    f"%(?:25)*{_HEX}{{2}}{_FORMAT}",
    f"/{_BEHIND_SLASH}",
    f"%(?:25)*2[fF]{_BEHIND_SLASH}",
    rf"\\/{_BEHIND_SLASH}",
    "@(?<!/@)",
    "%(?:25)*40",
    "![A-Za-z0-9._-]{40}",
    "%(?:25)*21[A-Za-z0-9._-]{40}",
    ENCODED_CHARACTER,
    rf"[ +%](?i:{_SCHEMES}(?:(?<=[ +])|(?:25)*(?:20|2[bB])){_BLANK}*[^\s&;#]{{12}})",
    *(head for head in webhooks.HEADS if head.startswith("[.]")),
    "-(?<=[a-f0-9]-)us[0-9]",
    f"pat[A-Za-z0-9]{{14}}{formats.DOT}[a-f0-9]",
    f"force(?::|{ESCAPE}3[aA])",
    "[0-9](?::|%(?:25)*3[aA])AA[A-Za-z0-9_-]{33}",
    "[78]Q~[A-Za-z0-9_~.-]{31}",
    f"PRIVATE(?:[ +]|{ESCAPE}2[0bB])KEY-----",
    "(?i:aspsessionid)",
    r"CONNECT [^\s\x22/@]*@",
)
_BASE64 = (f"[^A-Za-z0-9+_%-]{TEXT_START}", f"%(?:25)*[2-7]{_HEX}{TEXT_START}")

_CONNECTION = re.compile(rb"(EIO=[^/?#\s\"]{0,100}?[&;])sid")


class StdlibSearch:
    """Does what `prefilter.Re2Search` does."""

    def __init__(self) -> None:
        self._but_base64 = [re.compile(one.encode("latin-1"), re.DOTALL) for one in _EXPRESSIONS]
        self._base64 = [re.compile(one.encode("latin-1"), re.DOTALL) for one in _BASE64]

    def matches(self, data: bytes) -> Sequence[int] | None:
        """What the rules could find in bytes: 1 the Base64 of a text, 0 anything else; None for nothing."""
        if self.matches_but_base64(data):
            return (0,)
        return (1,) if _any(self._base64, b"\n" + data) else None

    def matches_but_base64(self, data: bytes) -> bool:
        """The same, but for what stands there as Base64, or encoded where nothing has to be."""
        return _any(self._but_base64, _without_connections(b"\n" + data))

    def places(self, text: bytes, start: int, stop: int) -> Iterator[int]:
        """Places in the lines in which the rules could find something, in their order."""
        plain = _without_connections(b"\n" + text[start:stop])
        expressions = (*self._but_base64, *self._base64)
        yield from sorted(start + found.start() for one in expressions for found in one.finditer(plain))


def _without_connections(text: bytes) -> bytes:
    """A text of the same length, without the names of what Engine.IO calls a sid: the number of a connection."""
    return _CONNECTION.sub(rb"\1   ", text)


def _any(expressions: list[re.Pattern[bytes]], data: bytes) -> bool:
    return any(one.search(data) for one in expressions)
