"""The redacted view of an exchange that was overheard: nobody registered its secrets, so they are looked for.

Credentials in headers are registered in the vault and show as `token#2`; cookies lose their values; every URL passes
the detector's own masking. Bodies are left out: what is asked here is what stands in the heads.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.http.exchange import Evidence, Exchange
from conformance.redaction import SHORTEST, VAULT
from conformance.rules.url_tokens import Detector, leaked, redacted_url
from conformance.rules.url_tokens.headers import hides, parts
from conformance.rules.url_tokens.masking import may_be_signed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.http.exchange import Headers

MASK = "…"

_REGISTERED = 16  # a shorter value of a cookie or a URL may be a setting, and would be masked in every text
_WORD = re.compile(r"""[^\s"'<>]+""")
_MOST = 4096  # values registered here, so that no client fills the vault
_registered: set[str] = set()
_suspicious = Detector(correlate=False).suspicious


def evidence_of(exchange: Exchange) -> Evidence:
    """The evidence of an overheard exchange, without any credential of its heads and without bodies."""
    return Evidence.of(without_credentials(exchange))


def without_credentials(exchange: Exchange) -> Exchange:
    """An overheard exchange without any credential of its heads, and without bodies."""
    request, response = exchange.request, exchange.response
    sent, came = _shown(request.headers), _shown(response.headers) if response else ()
    return replace(
        exchange,
        request=replace(request, url=redacted_text(request.url), headers=sent, body=b""),
        response=replace(response, headers=came, body=b"") if response else None,
        problem=redacted_text(exchange.problem),
    )


def redacted_text(text: str) -> str:
    """The text with the credentials masked that stand in its URLs; any word may be one."""
    return VAULT.redact(_WORD.sub(_masked_word, text))


def printable(text: str) -> str:
    """The text with every character escaped that a terminal would obey, or that would hide another."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def register(kind: str, values: Iterable[bytes]) -> None:
    """Remember credentials by value, so that they show as labels in every output."""
    for value in values:
        if len(value) >= SHORTEST and len(_registered) < _MOST:
            _registered.add(VAULT.register(value.decode("latin-1"), kind))


def register_leaks(exchange: Exchange) -> None:
    """Remember what leaks in its URLs: elsewhere the same value may stand where nothing shows what it is."""
    response = exchange.response
    heads = (*exchange.request.headers, *(response.headers if response else ()))
    for text in (exchange.request.url, *(value for _, value in heads)):
        for word in _WORD.findall(text):
            raw = word.encode("utf-8", "surrogateescape")
            if len(word) >= _REGISTERED and _suspicious(raw):
                register("token", (one for one in leaked(raw) if len(one) >= _REGISTERED))


def _masked_word(found: re.Match[str]) -> str:
    word = found[0]
    raw = word.encode("utf-8", "surrogateescape")
    if len(word) < SHORTEST or not (_suspicious(raw) or may_be_signed(raw)):
        return word
    return redacted_url(raw).decode("utf-8", "replace")


def _shown(headers: Headers) -> Headers:
    return tuple((name, _value(name.lower(), value)) for name, value in headers)


def _value(name: str, value: str) -> str:
    if not hides(name.encode("utf-8", "replace")):
        return redacted_text(value)
    kind, shortest = ("cookie", _REGISTERED) if name.endswith("cookie") else ("token", SHORTEST)
    return "".join(_label(part, kind, shortest) if secret else part for part, secret in parts(name, value))


def _label(credential: str, kind: str, shortest: int) -> str:
    return VAULT.register(credential, kind) if len(credential) >= shortest else MASK
