"""Registers the secrets that an exchange carried, so that what a target mints is masked from the moment it is read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.redaction import VAULT, Vault

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

_NAMES = (
    "access_token|refresh_token|id_token|session_id|sessionId|client_secret|consumer_secret|consumerSecret|"
    "clientSecret|secret|subject_token|assertion|client_assertion|code_verifier|password|sid|otp"
)
_MEMBER = re.compile(rf'"({_NAMES})"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.){{16,8192}}")'.encode())
_PARAMETER = re.compile(rf"(?<![A-Za-z0-9_-])({_NAMES})=([^&;#\s\"'<>\\]{{16,8192}})")
_HINTS = (b"token", b"ecret", b"ession", b"assertion", b"verifier", b"password", b"sid", b"otp")  # searched for faster
_SEARCHED = 4_194_304  # bytes of a body
_CREDENTIAL = re.compile(r"(?:Bearer|OAuth|Basic)\s+(\S{16,})\s*\Z", re.IGNORECASE)
_KINDS = {
    "secret": "secret",
    "client_secret": "secret",
    "consumer_secret": "secret",
    "consumersecret": "secret",
    "clientsecret": "secret",
}
_KINDS |= {
    "secret": "secret",
    "password": "password",
    "sid": "session",
    "otp": "session",
    "session_id": "session",
    "sessionid": "session",
}
_AT_ONCE = 100  # a hostile answer may hold thousands of would-be secrets


def learn(exchange: Exchange, vault: Vault = VAULT) -> None:
    """Register credentials sent, cookies set, and the members and parameters whose name says that they hold a secret.

    Only values of 16 characters and more without a space count: a word like `invalid` would be masked in every text.
    """
    for name, value in exchange.request.headers:
        if name.lower() == "authorization" and (match := _CREDENTIAL.match(value)):
            vault.register(match[1])
    _learn_text(exchange.request.url.partition("?")[2], vault)
    _learn_body(exchange.request.body, vault)
    if exchange.response is None:
        return
    for name, value in exchange.response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            content = value.partition(";")[0].partition("=")[2].strip(' "')
            if len(content) >= 16 and " " not in content:
                vault.register(content, "cookie")
        else:
            _learn_text(value, vault)
    _learn_body(exchange.response.body, vault)


def _learn_body(body: bytes, vault: Vault) -> None:
    body = body[:_SEARCHED]
    if not any(hint in body for hint in _HINTS):
        return
    for _, match in zip(range(_AT_ONCE), _MEMBER.finditer(body), strict=False):
        try:
            value = json.loads(match[2])
        except ValueError:
            continue
        if " " not in value:
            vault.register(value, _kind(match[1].decode()))
    _learn_text(
        body.decode("utf-8", "replace").replace("\\u0026", "&").replace("&amp;", "&").replace("\\/", "/"), vault
    )


def _learn_text(text: str, vault: Vault) -> None:
    for _, match in zip(range(_AT_ONCE), _PARAMETER.finditer(text), strict=False):
        vault.register(unquote(match[2]), _kind(match[1]))


def _kind(name: str) -> str:
    return "secret" if name == "secret" else _KINDS.get(name.lower(), "token")
