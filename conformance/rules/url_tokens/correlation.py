"""Credentials seen elsewhere in the same capture, known by keyed hashes alone."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.decoding import ENCODED, unquoted
from conformance.rules.url_tokens.engines import engine
from conformance.rules.url_tokens.formats import ESCAPE

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST = 16
"""How many characters a value has at least that is looked for."""
MOST = 4096
"""How many credentials are remembered; then all are forgotten."""

_CORE_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-"
_CORE = re.compile(rb"[A-Za-z0-9_.~-]{16,}")
_SPACED = bytes(byte if byte in _CORE_BYTES else 32 for byte in range(256))
_ESCAPE = re.compile(f"{ESCAPE}[0-9A-Fa-f]{{2}}".encode())
_HEAD = 12  # characters of a core by which it and its first piece are recognised
_LONG = f"[A-Za-z0-9_.~-]{{{_HEAD}}}"
_heads = re.compile(f"({_LONG})[A-Za-z0-9_.~-]*+".encode()).findall
_PERCENT = ord("%")
_SHORT = 512


class Memory:
    """Remembers credentials and finds them in URLs.

    A credential is known by its core: its longest run of characters that no encoding touches. What is kept is a keyed
    hash of the core, and Python's own keyed hash of its beginning, by which most values are told to be unknown in one
    look.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._known: dict[bytes, str] = {}
        self._heads: set[int] = set()
        self._shortest = 0

    def __bool__(self) -> bool:
        return bool(self._known)

    def remember(self, value: bytes, kind: str) -> bytes:
        """Remember a credential, and return its core; empty if it is known, or has no 16 characters in a row."""
        core = max(_CORE.findall(unquoted(value)), key=len, default=b"")
        digest = self._digest(core)
        if not core or digest in self._known:
            return b""
        if len(self._known) >= MOST:  # all are forgotten: heads have no age
            self._known.clear()
            self._heads.clear()
        self._shortest = min(self._shortest, len(core)) if self._known else len(core)
        self._known[digest] = kind
        self._heads.add(hash(core[:_HEAD]))
        return core

    def may_hold(self, text: bytes) -> bool:
        """Whether a text may hold a remembered credential, also encoded or split; False is certain."""
        heads = self._heads
        if not heads or len(text) < self._shortest:  # no encoding makes it shorter
            return False
        if _PERCENT in text:
            text = unquoted(text) if ENCODED.search(text) else _ESCAPE.sub(b" ", text)
        if len(text) > _SHORT and not engine((_LONG,)).matches(text):
            return False  # hundreds of short words need not be looked at one by one
        return not heads.isdisjoint(map(hash, _heads(text)))

    def known(self, value: bytes) -> bytes | None:
        """The core of a remembered credential in a decoded value; None if there is none."""
        return next((run for run in _runs(value) if self._knows(run)), None)

    def joined(self, one: bytes, other: bytes) -> bytes | None:
        """The core that two neighbouring values are together; None if they are none."""
        ones, others = _runs(one), _runs(other)
        core = ones[-1] + others[0] if ones and others else b""
        return core if self._knows(core) else None

    def _knows(self, run: bytes) -> bool:
        return len(run) >= SHORTEST and hash(run[:_HEAD]) in self._heads and self._digest(run) in self._known

    def _digest(self, core: bytes) -> bytes:
        return blake2b(core, key=self._salt, digest_size=16).digest()


def _runs(value: bytes) -> list[bytes]:
    return value.translate(_SPACED).split()


_JSON_MEMBER = re.compile(
    rb'"((?i:(?:access|refresh|id|auth|session|bearer)[_-]?token|token|jwt|session_?id|client_secret|clientSecret))"\s*:\s*'
    rb'"([^"\\]{16,8192})"'
)
TAUGHT = ("(?i:token|jwt|session_?id|client_?secret)",)
"""What the names of these members end in."""
TOKEN_TYPE = re.compile(rb"(?i)json|javascript|x-www-form-urlencoded")
"""Content types of token responses."""
LONGEST_ANSWER = 65_536
"""How many bytes a body may have that is searched for tokens."""


def may_teach(body: bytes) -> bool:
    """Whether a body, also one escaped as JSON, may hold the tokens of a token response; False is certain."""
    return len(body) <= LONGEST_ANSWER and bool(engine(TAUGHT).matches(body))


def token_members(body: bytes) -> Iterator[tuple[bytes, str]]:
    """The tokens in the JSON of a token response, with their names."""
    for match in _JSON_MEMBER.finditer(body):
        yield match[2], match[1].decode("ascii")
