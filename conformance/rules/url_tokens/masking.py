"""What may be shown of a URL that holds a credential."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

from conformance.rules.url_tokens.decoding import unquoted
from conformance.rules.url_tokens.finding import Level
from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.judging import Judgement, judged, opened
from conformance.rules.url_tokens.places import split
from conformance.rules.url_tokens.signed import is_expiring
from conformance.rules.url_tokens.values import SHORTEST, Value, classify

if TYPE_CHECKING:
    from collections.abc import Collection

MASK = b"REDACTED"
_SIGNATURES = re.compile(rb"(?i)(?:\A|[-_.])(?:signature|sig|security-token|credential)\Z")
_LONG_SIGNATURES = re.compile(rb"(?i)(?:signature|sig|sign|hmac|mac|hm|secret|verify)\Z")
_LONG = 16
_LONGEST_WORD = 40
_WITHIN = re.compile(rb"(?i)((?:hmac|signature|sig|md5)(?:=|%3d))[^~&;,%]{16,}")
_DELIMITERS = re.compile(rb"([&;])")
_HEXADECIMAL = re.compile(rb"(?i)[0-9a-f]{8,}")
_SHOWN = re.compile(rb"[\w.~-]+")


def masked(value: bytes, shown: int) -> str:
    """What is shown of a credential: its public beginning and its length."""
    head = value[:shown] if shown < len(value) // 2 else b""
    return f"{head.decode('ascii', 'replace')}…({len(value)} characters)"


def parameter(judgement: Judgement) -> str:
    """The name of a parameter as it may be shown, with the names around it."""
    piece = judgement.piece
    names = (*piece.outer, piece.name) if piece.name else piece.outer
    return " > ".join(_shown(name) for name in names)


def _shown(name: bytes) -> str:
    plain = unquoted(name)
    if len(plain) > 80 or tokens(plain) or (len(plain) >= 16 and classify(plain) is Value.RANDOM):
        return f"(redacted, {len(plain)} characters)"
    return plain.decode("utf-8", "replace").replace("\x00", "")


def path_template(path: bytes, secrets: Collection[bytes] = ()) -> str:
    """A path with identifiers and secrets replaced, at most 200 characters."""
    segments = [_segment(segment.partition(b";")[0], secrets) for segment in path.split(b"/", 40)[:40]]
    return "/".join(segments)[:200]


def _segment(segment: bytes, secrets: Collection[bytes]) -> str:
    text = unquoted(segment)
    if not text:
        return ""
    if any(secret == text or (len(secret) >= SHORTEST and secret in text) for secret in secrets):
        return "{secret}"
    return _kind(text) if len(text) <= _LONGEST_WORD else "{secret}" if tokens(text) else "{id}"


@lru_cache(4096)  # the paths of a log have few
def _kind(text: bytes) -> str:
    """The segment itself if it is a word; otherwise what it is."""
    if tokens(text):
        return "{secret}"
    if text.isdigit() or _HEXADECIMAL.fullmatch(text) or b":" in text:
        return "{id}"
    if classify(text) in (Value.IDENTIFIER, Value.RANDOM, Value.POSSIBLE):
        return "{id}"
    return text.decode("utf-8", "replace")


def redacted_url(target: bytes, *, host: bytes = b"") -> bytes:
    """The same URL with every credential in it masked, signatures included.

    What only the traffic shows to be a credential is known to `Detector.redacted` alone.

    Args:
        target: a request target or a URL, as it was sent.
        host: the host that was asked, where the target does not name it.
    """
    return redacted(target, {one.secret for one in judged(opened(split(target, host)))})


def leaked(target: bytes, *, host: bytes = b"") -> set[bytes]:
    """The credentials that leak in a URL, decoded; the arguments are those of `redacted_url`."""
    return {one.secret for one in judged(opened(split(target, host))) if one.level is Level.LEAK}


def redacted(target: bytes, secrets: set[bytes]) -> bytes:
    """A URL with these secrets and all signatures masked; nothing but a mask if there are more than a hundred."""
    secrets.discard(b"")
    if len(secrets) > _MOST:
        return MASK
    return _redacted(target, secrets) if secrets or may_be_signed(target) else target


def may_be_signed(target: bytes) -> bool:
    """Whether a URL may hold a signature, which is no finding and is masked all the same."""
    return _SIGNED.search(target) is not None


_MOST = 100
_SIGNED = re.compile(
    rb"(?i)sig|security-token|credential|hmac|mac=|hm=|secret|verify|exp|until|deadline|valid|[?&;](?:e|ex|oe|se)=|time="
)


def _redacted(url: bytes, secrets: set[bytes]) -> bytes:
    parts = split(url)
    rest, hash_sign, fragment = url.partition(b"#")
    rest, mark, query = rest.partition(b"?")
    if parts.userinfo:
        user, colon, _ = parts.userinfo.partition(b":")
        safe = user + b":" + MASK if colon and not _holds(user, secrets) else MASK
        rest = rest.replace(parts.userinfo + b"@", safe + b"@", 1)
    head = rest[: len(rest) - len(parts.path)]
    path = b"/".join(_matrix(segment, secrets) for segment in parts.path.split(b"/"))
    signed = _pairs(query, secrets, is_expiring=is_expiring(parts))
    return head + path + mark + signed + hash_sign + _pairs(fragment, secrets)


def _matrix(segment: bytes, secrets: set[bytes]) -> bytes:
    first, semicolon, rest = segment.partition(b";")
    return (MASK if _holds(first, secrets) else first) + semicolon + _pairs(rest, secrets)


def _pairs(text: bytes, secrets: set[bytes], *, is_expiring: bool = False) -> bytes:
    return b"".join(
        one if one in {b"&", b";"} else _pair(one, secrets, is_expiring=is_expiring) for one in _DELIMITERS.split(text)
    )


def _pair(pair: bytes, secrets: set[bytes], *, is_expiring: bool) -> bytes:
    name, equals, value = pair.partition(b"=")
    if not equals:
        return MASK if _holds(pair, secrets) else pair
    if _holds(name, secrets):
        return MASK + b"=" + MASK
    if _is_signature(unquoted(name), unquoted(value), is_expiring=is_expiring):
        return name + b"=" + MASK
    pair = name + b"=" + _WITHIN.sub(rb"\1" + MASK, value)
    holds, decoded = _holds(value, secrets), unquoted(value)
    if b"=" in decoded and b"?" in decoded and decoded != value and (holds or may_be_signed(decoded)):
        inner = _redacted(decoded, secrets)  # a URL: keep what is public of it
        quoted = quote_from_bytes(inner, safe="/:").encode()
        if not _holds(quoted, secrets):
            return pair if inner == decoded else name + b"=" + quoted
    return name + b"=" + MASK if holds else pair


def _is_signature(name: bytes, value: bytes, *, is_expiring: bool) -> bool:
    """Whether a parameter signs its URL: by its name, or as what looks random where the URL says when it ends."""
    if _SIGNATURES.search(name) or (_LONG_SIGNATURES.search(name) and len(value) >= _LONG):
        return not _WITHIN.search(value)
    return is_expiring and classify(value) is Value.RANDOM and not _WITHIN.search(value)


def _holds(text: bytes, secrets: set[bytes]) -> bool:
    """Whether a part holds a secret in any encoding."""
    if not text:
        return False
    if any(secret in view for view in (text, unquoted(text)) for secret in secrets):
        return True
    found = judged(opened(split(b"?" + text)))
    return any(one.secret in secrets for one in found)
