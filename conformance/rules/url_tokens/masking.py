"""What may be shown of a URL that holds a credential."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

from conformance.rules.url_tokens.decoding import unquoted
from conformance.rules.url_tokens.formats import tokens
from conformance.rules.url_tokens.judging import Judgement, judged, opened
from conformance.rules.url_tokens.places import split
from conformance.rules.url_tokens.values import SHORTEST, Value, classify

if TYPE_CHECKING:
    from collections.abc import Collection

MASK = b"REDACTED"
_SIGNATURES = re.compile(rb"(?i)(?:x-amz-|x-goog-|x-oss-|x-cos-)?(?:signature|sig|security-token|credential)\Z")
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
    if tokens(text) or any(secret == text or (len(secret) >= SHORTEST and secret in text) for secret in secrets):
        return "{secret}"
    if text.isdigit() or _HEXADECIMAL.fullmatch(text) or b":" in text or len(text) > 40:
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


def redacted(target: bytes, secrets: set[bytes]) -> bytes:
    """A URL with these secrets and all signatures masked; nothing but a mask if there are more than a hundred."""
    secrets.discard(b"")
    if len(secrets) > _MOST:
        return MASK
    return _redacted(target, secrets) if secrets or _SIGNED.search(target) else target


_MOST = 100
_SIGNED = re.compile(rb"(?i)sig|security-token|credential")


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
    return head + path + mark + _pairs(query, secrets) + hash_sign + _pairs(fragment, secrets)


def _matrix(segment: bytes, secrets: set[bytes]) -> bytes:
    first, semicolon, rest = segment.partition(b";")
    return (MASK if _holds(first, secrets) else first) + semicolon + _pairs(rest, secrets)


def _pairs(text: bytes, secrets: set[bytes]) -> bytes:
    return b"".join(one if one in {b"&", b";"} else _pair(one, secrets) for one in _DELIMITERS.split(text))


def _pair(pair: bytes, secrets: set[bytes]) -> bytes:
    name, equals, value = pair.partition(b"=")
    if not equals:
        return MASK if _holds(pair, secrets) else pair
    if _holds(name, secrets):
        return MASK + b"=" + MASK
    if _SIGNATURES.search(unquoted(name)):
        return name + b"=" + MASK
    if not _holds(value, secrets):
        return pair
    decoded = unquoted(value)
    if b"=" in decoded and b"?" in decoded and decoded != value:  # a URL inside: keep what is public of it
        inner = quote_from_bytes(_redacted(decoded, secrets), safe="/:")
        if not _holds(inner.encode(), secrets):
            return name + b"=" + inner.encode()
    return name + b"=" + MASK


def _holds(text: bytes, secrets: set[bytes]) -> bool:
    """Whether a part holds a secret in any encoding."""
    if not text:
        return False
    if any(secret in view for view in (text, unquoted(text)) for secret in secrets):
        return True
    found = judged(opened(split(b"?" + text)))
    return any(one.secret in secrets for one in found)
