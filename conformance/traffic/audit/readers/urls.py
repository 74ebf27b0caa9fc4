"""The URLs in a text: absolute ones, paths with a query, and words with a query such as `example.com/a?b=c`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.rules.url_tokens.decoding import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSOLUTE = re.compile(rb"(?:https?|wss?)(?::|%3[aA])(?:/|\\/|%2[fF]){2}[^\s\"'<>`|^]+", re.IGNORECASE)
"""Matches a URL of the web in a text."""

_END = rb"\s\"'<>`|^"
_MASK = rb"(?<==)<[A-Za-z* _-]{1,20}>"  # a value may begin with one: <redacted>
_WORD = re.compile(  # with one of the marks without which it is no URL, or with a mask: few words have any
    rb"(?<![^%b])[^%b/?%%]*+(?:[/?%%]|%b)(?:[^%b]++|%b)*+" % (_END, _END, _MASK, _END, _MASK)
)
_SHORTEST: Final = 4
_SCHEME = re.compile(rb"(?:[A-Za-z][A-Za-z0-9+.-]{1,20}:|(?i:https?|wss?)%(?:25)*3[aA])(?:\\*/|%(?:25)*2[fF]){2}")
_PATH = re.compile(rb"(?<![\w.:/%+-])/")
_MARK = re.compile(rb"[?;#]")
_BASE64 = re.compile(rb"(?=[^+]*\+)[A-Za-z0-9+/]{200,}={0,2}")  # a picture, in which no slash begins a path


def urls_in(text: bytes) -> list[bytes]:
    """The URLs in a text, in its order."""
    return [url for word in _WORD.findall(text) if len(word) >= _SHORTEST for url in _in_word(word)]


def _in_word(word: bytes) -> Iterator[bytes]:
    """What a word is or holds: what stands before an absolute URL may be another one."""
    if _BASE64.fullmatch(word):
        return
    scheme = _SCHEME.search(word)
    before = word if scheme is None else word[: scheme.start()]
    if scheme is not None and b"%" in scheme[0] and b"=" in before:
        if not _MARK.search(before):  # the value of a field by itself, which ends where the next one begins
            yield unquoted(word[scheme.start() :].partition(b"&")[0])
        scheme, before = None, word  # a value in the query of the word
    mark = _MARK.search(before)
    path = _PATH.search(before, 0, mark.start() if mark else len(before))
    if path is not None:
        yield before[path.start() :].rstrip(b"\\")
    elif mark and b"=" in before[before.find(b"?") :] and b"?" in before:
        yield before.rstrip(b"\\")
    if scheme is not None:
        url = word[scheme.start() :].rstrip(b"\\")
        yield unquoted(url) if b"%" in scheme[0] else url
