r"""Other spellings of the characters of a URL, in JSON, in pages and in commands: `\u0026`, `\/`, `&amp;`."""

from __future__ import annotations

import re
import sys
from html.entities import html5
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYERS: Final = 3
_BACKSLASH: Final = re.compile(
    rb"(?<!\\)\\++(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbf])(?![A-Za-z])|([^\w\s\"'\\]))"
)
_PAIR: Final = re.compile(rb'"([\w.\[\]-]{1,60})"(\s*+),(\s*+)(?:"[vV]alue"(\s*+):(\s*+))?"')
_VALUE_FIRST: Final = re.compile(
    rb'"[vV]alue"(\s*+):(\s*+)("(?:[^"\\]++|\\.)*+")(\s*+),(\s*+)"(?:[nN]ame|[kK]ey)"(\s*+):(\s*+)("[\w.\[\]-]{1,60}")'
)
_ENTITY: Final = re.compile(rb"&(?:[A-Za-z]{2,12}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


def respelled(text: bytes) -> Iterator[bytes]:
    """The text in spellings in which a search for credentials finds what it does not see in this one; often none.

    It is quick to say that there is none. `&amp;` asks for none: what follows it begins a name, as after a semicolon.
    """
    if (b"\\" in text and _BACKSLASH.search(text) is not None) or (b"#" in text and b"&#" in text):
        yield unescaped(text)
    if b"{" in text and (b'alue"' in text or b'[["' in text):
        # The names and values of a list as members are written, whichever comes first; each line break stays.
        yield _PAIR.sub(rb'\2\3\4\5"\1":"', _VALUE_FIRST.sub(rb"\1\2\4\5\6\7\8:\3", text))


def unescaped(text: bytes) -> bytes:
    """The same text with every character as it is. No line ends where none did, and quotation marks stay what they are.

    A text in a text is escaped as often as that happened, so up to three layers are undone.
    """
    for _ in range(_LAYERS):
        before = text
        if b"\\" in text:
            text = _BACKSLASH.sub(_character, text.replace(b"\\/", b"/"))
        if b"&" in text:
            text = _ENTITY.sub(_named, text)
        if text == before:
            break
    return text


def _character(escape: re.Match[bytes]) -> bytes:
    number = escape[1] or escape[2]
    if number:
        return _encoded(chr(int(number, 16)))
    return b" " if escape[3] else escape[4]


def _named(entity: re.Match[bytes]) -> bytes:
    name = entity[0][1:].decode("ascii")
    if not name.startswith("#"):
        return _encoded(html5[name]) if name in html5 else entity[0]
    number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
    return _encoded(chr(number)) if number <= sys.maxunicode else entity[0]


def _encoded(character: str) -> bytes:
    return b" " if character.isspace() else character.encode("utf-8", "replace")
