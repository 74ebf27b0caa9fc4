"""Encodings undone, as far as URLs use them: percent-encoding and Base64 of text."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from conformance.rules.url_tokens.formats import ESCAPE, URL_SAFE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 3
"""How many layers of percent-encoding are undone."""
DEPTH = 4
"""How deep URLs, JSON and Base64 inside each other are followed."""

ENCODED_CHARACTER = f"{ESCAPE}(?:2[dDeE]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])"
"""Matches a percent-encoded letter, digit or mark that has no reason to be encoded (RFC 3986, 2.3)."""

ENCODED = re.compile(ENCODED_CHARACTER.encode())

# Base64 of readable text shows it: of every four characters the first three stem from bytes without their highest bit.
_FIRST, _SECOND, _THIRD = "[I-Za-f]", "[C-HS-Xi-nyz0-3]", "[ABEFIJMNQRUVYZcdghklopstwx014589]"
_FOURTH = "[A-Za-z0-9+/_-]"
_ESCAPED_FOURTH = f"(?:{_FOURTH}|{ESCAPE}2[bBfF])"
TEXT_START = 4 * f"{_FIRST}{_SECOND}{_THIRD}{_ESCAPED_FOURTH}"
"""Matches the beginning of the Base64 of readable text, also with + and / percent-encoded; for the prefilter."""

_TEXT = re.compile((4 * f"{_FIRST}{_SECOND}{_THIRD}{_FOURTH}" + "[A-Za-z0-9+/_-]*={0,2}").encode())
SHORTEST_BASE64 = 20
"""Characters of Base64 from which on it is decoded."""
_LONGEST = 1 << 16
_READABLE = bytes(range(32, 127)) + b"\r\n\t"


def unquoted(text: bytes) -> bytes:
    """The text with up to three layers of percent-encoding undone."""
    for _ in range(ROUNDS):
        if b"%" not in text:
            break
        decoded = unquote_to_bytes(text)
        if decoded == text:
            break
        text = decoded
    return text


def spelled_out(text: bytes) -> bytes:
    """The text with encoded letters, digits and marks decoded, and everything that delimits left as it is."""
    for _ in range(ROUNDS):
        if not ENCODED.search(text):
            break
        text = ENCODED.sub(_character, text)
    return text


def _character(escape: re.Match[bytes]) -> bytes:
    return bytes((int(escape[0][-2:], 16),))


_RUN = re.compile(b"[A-Za-z0-9+/_-]{%d,}={0,2}" % SHORTEST_BASE64)


def base64_texts(text: bytes) -> Iterator[bytes]:
    """The readable texts whose Base64 stands in a decoded text: as any value, or as any segment of a path."""
    for run in _RUN.findall(text):
        for value in {run, *run.split(b"/")}:
            if (found := base64_text(value)) is not None:
                yield found


def base64_text(value: bytes) -> bytes | None:
    """The readable text that a value is the Base64 of, else None."""
    if not SHORTEST_BASE64 <= len(value) <= _LONGEST or not _TEXT.fullmatch(value):
        return None
    digits = value.rstrip(b"=").translate(URL_SAFE)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    text = binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    return text if len(text.translate(None, _READABLE)) <= 0.1 * len(text) else None
