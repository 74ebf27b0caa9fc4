"""The headers that matter: which repeat a URL, which carry a credential, and what of them may be shown.

All who read, teach or show headers ask here: the detector, the audit, the proxy, the writers of HARs and of evidence.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.formats import URL_SAFE, tokens
from conformance.rules.url_tokens.names import Named, named
from conformance.rules.url_tokens.values import SHORTEST_RANDOM, Value, classify, is_uuid

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST_URLS = {
    b"referer": "header:Referer",
    b"x-original-url": "header:X-Original-URL",
    b"x-original-uri": "header:X-Original-URI",
    b"x-rewrite-url": "header:X-Rewrite-URL",
    b"x-forwarded-uri": "header:X-Forwarded-Uri",
    b"hx-current-url": "header:HX-Current-URL",
    b"destination": "header:Destination",
}
RESPONSE_URLS = {
    b"location": "header:Location",
    b"content-location": "header:Content-Location",
    b"link": "header:Link",
    b"refresh": "header:Refresh",
    b"x-original-url": "header:X-Original-URL",
}
"""Headers that repeat a URL, in lower case, with the place that a finding in them has."""

STAYS_OPEN = {b"upgrade": b"websocket", b"accept": b"text/event-stream"}
"""What a request says that opens a stream."""

PROTOCOLS = b"sec-websocket-protocol"
"""Browsers can send no other header when they open a WebSocket, so tokens are sent in its list of subprotocols."""

ENDINGS = (
    "token", "key", "secret", "password", "passwd", "passphrase", "session", "session-id", "sessionid", "jwt",
    "assertion", "authorization", "authentication", "credential", "credentials", "auth",
)  # fmt: skip
"""A header whose name ends like this carries a credential, unless what comes before says otherwise."""

OTHERS = frozenset((b"cookie", b"x-honeycomb-team", b"x-amzn-oidc-data", b"x-sap-logon-ticket", PROTOCOLS))
"""Headers that carry a credential under another name."""

_ENDING = re.compile(f"(?:{'|'.join(ENDINGS)})\\Z".encode())
_KEYS_OF_THINGS = re.compile(
    rb"(?:websocket|cache|surrogate|edge|partition|sort|routing|shard|hash|object|file|row|range|primary|foreign|event"
    rb"|message|feature|project|space|issue|lookup|group|page|order|request|trac(?:e|ing|king)|correlation|dedup\w*"
    rb"|translation|ranking|public|publishable|site|unique|natural|business|idempotenc[ye])[-_]?key\Z"
)
_NO_AUTH = re.compile(rb"www-auth|proxy-authenticate|sec-token-binding|x-atlassian-token\Z|authentication-info\Z")
_COOKIE = re.compile(rb"(?i)sess|sid\Z|sid_|auth|token|jwt|remember|login")
_NO_COOKIE = re.compile(
    rb"(?i)csrf|xsrf|_ga|state|nonce|pkce|verifier|visitor|device|client_?id|anon|consent|correl|request|trac[ek]"
    rb"|experiment|affinity|route|awsalb|__cf_bm|_fbp|locale|lang"
)
_PARAMETER = re.compile(rb"(?i)(?<![\w-])(?:access_|oauth_|auth)?(?:token|api_?key)=\"?([^\s\",]{8,})")
_PROOFS = frozenset(
    (b"digest", b"aws4-hmac-sha256", b"hawk", b"signature", b"oauth", b"negotiate", b"ntlm", b"dpop-proof")
)
_ANNOUNCED = re.compile(
    rb"(?i)(?:.*[^a-z])?(?:bearer|token|jwt|auth|authorization|api[-_]?key|key|session|access[-_]?token)\Z"
)
_WITHIN = re.compile(
    rb"(?i)(.*(?:bearer|token|jwt|auth(?:orization)?|api[-_]?key|session|header)(?:.*[.:]|[.:_-]))([^.:\s]{16,})"
)


@lru_cache(4096)
def carries(name: bytes) -> bool:
    """Whether a request's header of this name, in lower case, carries a credential."""
    if name in OTHERS:
        return True
    if not _ENDING.search(name) or _NO_AUTH.search(name) or _KEYS_OF_THINGS.search(name):
        return False
    return named(name) is not Named.PUBLIC


@lru_cache(4096)
def hides(name: bytes) -> bool:
    """Whether the value of a header of this name, in lower case, is shown to nobody; nor are the tokens of forms."""
    return name == b"set-cookie" or carries(name) or b"csrf" in name or b"xsrf" in name


@lru_cache(4096)
def of_request(name: bytes) -> bool:
    """Whether a request's header of this name, in lower case, says anything to the detector."""
    return name in REQUEST_URLS or name in STAYS_OPEN or carries(name)


def of_response(name: bytes) -> bool:
    """Whether an answer's header of this name, in lower case, says anything to the detector."""
    return name in RESPONSE_URLS or name == b"set-cookie"


def credentials(name: bytes, value: bytes) -> Iterator[bytes]:
    """The credentials in a header that carries some, to be recognised elsewhere; the name in lower case."""
    if name == b"cookie":
        yield from session_cookies(value)
    elif name == b"set-cookie":
        yield from filter(None, [set_session(value)])
    elif name == PROTOCOLS:
        yield from _in_protocols(value)
    else:
        found = authorization(value)
        if found and (name.endswith(b"authorization") or _can_be(found)):
            yield found


def _can_be(value: bytes) -> bool:
    """Whether a value can be a credential: a header may be called a key and hold the name of an event."""
    return bool(tokens(value)) or is_uuid(value) or classify(value) in (Value.RANDOM, Value.POSSIBLE)


def authorization(value: bytes) -> bytes:
    """The credential in an Authorization header; of Basic the password alone, because user names are public."""
    scheme, _, credential = value.strip().partition(b" ")
    credential = credential.strip()
    if scheme.lower() == b"basic":
        try:
            return binascii.a2b_base64(credential).partition(b":")[2]
        except ValueError:
            return b""
    if match := _PARAMETER.search(credential):
        return match[1]
    if scheme.lower() in _PROOFS:
        return b""  # made anew for each request
    return credential if credential else scheme


def session_cookies(value: bytes) -> Iterator[bytes]:
    """The session values in a Cookie header."""
    for pair in value.split(b";"):
        name, _, content = pair.strip().partition(b"=")
        if len(content) >= SHORTEST_RANDOM and _COOKIE.search(name) and not _NO_COOKIE.search(name):
            yield content


def set_session(value: bytes) -> bytes:
    """The session value that a Set-Cookie header sets; empty if it sets none."""
    pair, _, attributes = value.partition(b";")
    name, _, content = pair.strip().partition(b"=")
    if len(content) < SHORTEST_RANDOM or _NO_COOKIE.search(name):
        return b""
    return content if b"httponly" in attributes.lower() or _COOKIE.search(name) else b""


def _in_protocols(value: bytes) -> Iterator[bytes]:
    """The credentials in a list of subprotocols, and what they are the Base64 of."""
    for protocol, start in _protocols(value):
        if start >= 0:
            yield protocol[start:]
            yield from filter(None, [_base64(protocol[start:])])


def _protocols(value: bytes) -> Iterator[tuple[bytes, int]]:
    """The subprotocols in a list, and where in each a credential begins; -1 where there is none."""
    announced = False
    for protocol in (one.strip() for one in value.split(b",")):
        found, within = tokens(protocol), _WITHIN.fullmatch(protocol)
        if found:
            yield protocol, found[0].start
        elif within is not None and _is_credential(within[2]):
            yield protocol, within.start(2)
        elif (announced and len(protocol) >= SHORTEST_RANDOM) or (b"." not in protocol and _is_credential(protocol)):
            yield protocol, 0
        else:
            yield protocol, -1
        announced = _ANNOUNCED.fullmatch(protocol) is not None


def _is_credential(value: bytes) -> bool:
    return classify(value) is Value.RANDOM


def _base64(value: bytes) -> bytes | None:
    digits = value.rstrip(b"=").translate(URL_SAFE)
    try:
        text = binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    except ValueError:
        return None
    return text if len(text) >= SHORTEST_RANDOM and text.isascii() else None


def parts(name: str, value: str) -> list[tuple[str, bool]]:
    """The value of a header whose value is shown to nobody, in pieces: each with whether it has to be hidden.

    What is public of it stays readable: the scheme, the names and attributes of cookies, the plain subprotocols.
    """
    lower = name.lower()
    if lower == "cookie":
        pairs = [pair.partition("=") for pair in value.split(";")]
        return [
            one for key, equals, content in pairs for one in ((f"{key}{equals}", False), (content, True), (";", False))
        ][:-1]
    if lower == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        key, equals, content = pair.partition("=")
        return [(key + equals, False), (content, True), (semicolon + attributes, False)]
    if lower == PROTOCOLS.decode():
        shown: list[tuple[str, bool]] = []
        for protocol, start in _protocols(value.encode("utf-8", "surrogateescape")):
            text = protocol.decode("utf-8", "surrogateescape")
            shown += [(", ", False)] if shown else []
            shown += [(text, False)] if start < 0 else [(text[:start], False), (text[start:], True)]
        return shown
    scheme, blank, credential = value.strip().partition(" ")
    is_scheme = blank and lower.endswith("authorization")
    return [(scheme + blank, False), (credential, True)] if is_scheme else [(value, True)]
