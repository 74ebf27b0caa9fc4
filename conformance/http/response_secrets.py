"""Registers the secrets that an exchange carried, so that what a target mints is masked from the moment it is read.

A secret is known by the name it is given, compared as the detector of URLs compares names: without case and separators.
How the name and the value are written does not matter: JSON, JSON in JSON, YAML, XML, a form, a page with a form in it.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from conformance.redaction import VAULT, Vault
from conformance.redaction.encoding_views import without_escapes, without_references
from conformance.rules.url_tokens import headers
from conformance.rules.url_tokens.engines import engine
from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.names import Named, named, normalised
from conformance.rules.url_tokens.values import Value, classify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.http.exchange import Exchange

SHORTEST = 16
"""How many characters a value has at least: a word like `invalid` would be masked in every text."""

_SEARCHED = 4_194_304  # bytes of a body
_SEARCHED_FOR_FORMATS = 65_536
_REMEMBERED = 1_024  # characters of a header that may come again
_AT_ONCE = 200  # a hostile answer may hold thousands of would-be secrets

_SURE = frozenset({Named.CREDENTIAL, Named.ONE_TIME})
_SURE_NAMES = frozenset({"secret", "sid", "otp", "pwd", "codeverifier"})
_UNSURE_NAMES = frozenset({"token", "session", "pass", "tkn"})
"""Names, normalised, under which only a random value counts."""

_HINTS = (
    b"token", b"secret", b"session", b"assertion", b"verifier", b"passw", b"passphrase", b"pwd", b"sid", b"otp",
    b"apikey", b"api_key", b"api-key", b"accesskey", b"access_key", b"access-key", b"privatekey", b"private_key",
    b"authorization", b"bearer", b"jwt", b"sess_id", b"sessid", b"credential",
)  # fmt: skip
"""What the names of secrets hold, in lower case."""
_HINTED = (f"(?i:{'|'.join(hint.decode() for hint in _HINTS)})",)
_PLACES = 20_000  # where a hint stands in one text

_QUOTE = r"\\{0,8}[\"']"
_VALUE = (
    rf"(?:\\{{0,8}}(?P<quote>[\"'])(?P<quoted>[^\"'\\\x00-\x20]{{{SHORTEST},8192}})\\{{0,8}}(?P=quote)"
    rf"|(?P<bare>[^\s\"'<>&;,\\{{}}()\[\]\x00-\x1f]{{{SHORTEST},8192}}))"
)
_REST = re.compile(
    (
        r"(?P<rest>[\w.\-\[\]]{1,24})(?:"
        rf"(?:{_QUOTE})?\s{{0,16}}(?::|=>?)\s{{0,16}}"  # JSON, YAML, a form, an attribute
        r"|(?:\s[^<>]{0,200})?>\s{0,64}(?:<!\[CDATA\[)?"  # an element
        rf"|(?:{_QUOTE})?[\s,][^<>{{}}]{{0,80}}?\b(?:value|content)(?:{_QUOTE})?\s{{0,4}}[:=]\s{{0,4}}"  # both of them
        r"|</\w{1,20}>\s{0,64}<\w{1,20}>\s{0,64}"  # an element for each
        rf"){_VALUE}"
    ).encode(),
    re.IGNORECASE,
)
_BEGINNING = re.compile(rb"[\w.\-\[\]]*\Z")
_TAGS = (b"<input", b"<meta", b"<param", b"<property", b"<add", b"<entry")
_TAG = re.compile(rb"<(?:input|meta|param|property|add|entry)\b([^<>]{0,4096})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"([\w-]+)\s{0,16}=\s{0,16}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")


def learn(exchange: Exchange, vault: Vault = VAULT) -> None:
    """Register credentials sent and set, and all values whose name says that they are secret."""
    request, response = exchange.request, exchange.response
    for name, value in request.headers:
        _learn_header(name, value, vault)
    _learn_text(request.url.partition("?")[2].encode("utf-8", "surrogatepass"), vault)
    _learn_text(request.body[:_SEARCHED], vault)
    if response is None:
        return
    for name, value in response.headers:
        _learn_header(name, value, vault)
    _learn_text(response.body[:_SEARCHED], vault)
    for token in tokens(response.body[:_SEARCHED_FOR_FORMATS]):
        _register(token.value, "token", vault)


def _learn_header(name: str, value: str, vault: Vault) -> None:
    found = _in_header(name, value) if len(value) <= _REMEMBERED else _in_header.__wrapped__(name, value)
    for secret, kind in found:
        _register(secret, kind, vault)


@lru_cache(4096)
def _in_header(name: str, value: str) -> tuple[tuple[bytes, str], ...]:
    """The secrets in a header, each with its kind. Most headers of a run are the same again and again."""
    lower = name.lower()
    if lower == "set-cookie":
        content = value.partition(";")[0].partition("=")[2].strip(' "')
        return ((content.encode("utf-8", "surrogatepass"), "cookie"),)
    if headers.carries(lower.encode("utf-8", "replace")):
        pieces = (piece for piece, is_hidden in headers.parts(name, value) if is_hidden)
        return tuple((piece.strip().encode("utf-8", "surrogatepass"), "token") for piece in pieces)
    return tuple(_in_text(value.encode("utf-8", "surrogatepass")))


def _learn_text(text: bytes, vault: Vault) -> None:
    for secret, kind in _in_text(text):
        _register(secret, kind, vault)


def _in_text(text: bytes) -> Iterator[tuple[bytes, str]]:
    if len(text) < SHORTEST:
        return
    if not engine(_HINTED).matches(text):
        return
    for plain in _readings(text):
        for name, value in islice(_pairs(plain), _AT_ONCE):
            yield value, _kind(name)


def _readings(text: bytes) -> Iterator[bytes]:
    """The text, and what it is once JSON in JSON, or XML and HTML in something else, are undone."""
    yield text
    if b"\\" in text:
        once = without_escapes(text)
        yield once
        if b"\\" in once:
            yield without_escapes(once)
    if b"&" in text:
        yield without_references(text)


def _pairs(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names and values of secrets in a text, whatever it is written in."""
    lower = text.lower()
    for start in islice(_places(lower), _PLACES):
        if (match := _REST.match(text, start)) is None:
            continue
        before = _BEGINNING.search(text[max(0, start - 64) : start])
        name, value = (before[0] if before else b"") + match["rest"], match["quoted"] or match["bare"]
        if _is_secret(name, value):
            yield name, value
    if any(tag in lower for tag in _TAGS):
        for tag in _TAG.finditer(text):
            found = {one[1].lower(): one[2] or one[3] or one[4] or b"" for one in _ATTRIBUTE.finditer(tag[1])}
            name = next((found[key] for key in (b"name", b"id", b"key", b"property") if found.get(key)), b"")
            value = html.unescape((found.get(b"value") or found.get(b"content") or b"").decode("utf-8", "replace"))
            if len(value) >= SHORTEST and _is_secret(name, value.encode()):
                yield name, value.encode()


def _places(lower: bytes) -> Iterator[int]:
    for hint in _HINTS:
        at = lower.find(hint)
        while at >= 0:
            yield at
            at = lower.find(hint, at + len(hint))


def _is_secret(name: bytes, value: bytes) -> bool:
    if b" " in value or len(set(value)) < 5:  # a mask, such as ****************
        return False
    if named(name) in _SURE or not _SURE_NAMES.isdisjoint(normalised(name)):
        return True
    return not _UNSURE_NAMES.isdisjoint(normalised(name)) and classify(value[:512]) is Value.RANDOM


def _register(value: bytes, kind: str, vault: Vault) -> None:
    for one in _spellings(value) if len(value) <= _REMEMBERED else _spellings.__wrapped__(value):
        vault.register(one, kind)


@lru_cache(4096)
def _spellings(value: bytes) -> tuple[str, ...]:
    text = value.decode("utf-8", "replace")
    before = text.partition("#")[0]  # of a URL, behind which its fragment follows
    every = dict.fromkeys((text, unquote(text), unquote_plus(text), before, unquote(before), unquote_plus(before)))
    return tuple(one for one in every if len(one) >= SHORTEST and " " not in one)


def _kind(name: bytes) -> str:
    normal = normalised(name)[-1] if normalised(name) else ""
    for ending, kind in (("secret", "secret"), ("password", "password"), ("sid", "session"), ("otp", "session")):
        if normal.endswith(ending):
            return kind
    return "session" if "sess" in normal else "token"
