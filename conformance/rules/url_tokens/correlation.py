"""Credentials seen elsewhere in the traffic, known by keyed hashes alone: in one content, and in all of an audit."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.decoding import ENCODED, ENCODED_CHARACTER, unquoted
from conformance.rules.url_tokens.engines import engine
from conformance.rules.url_tokens.formats import ESCAPE
from conformance.rules.url_tokens.values import Value, classify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SHORTEST = 16
"""How many characters a value has at least that is looked for."""
MOST = 4096
"""How many credentials are remembered; then all are forgotten."""
MOST_MARKS = 100_000
"""How many credentials of one audit are looked for in all its contents."""
MOST_HEARD = 500_000
"""How many beginnings of values in URLs are kept, in case that one turns out to be a credential."""

_CORE_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-"
_CORE = re.compile(rb"[A-Za-z0-9_.~-]{16,}")
_SPACED = bytes(byte if byte in _CORE_BYTES else 32 for byte in range(256))
_ESCAPE = re.compile(f"{ESCAPE}[0-9A-Fa-f]{{2}}".encode())
_HEAD = 12  # characters of a core by which it and its first piece are recognised
_LONG = f"[A-Za-z0-9_.~-]{{{_HEAD}}}"
_heads = re.compile(f"({_LONG})[A-Za-z0-9_.~-]*+".encode()).findall
_PERCENT = ord("%")
_SHORT = 512
_DIGEST, _HEAD_DIGEST = 16, 8  # bytes of a mark; the length of the core follows them
MARK = 26
"""How many bytes the mark of a credential has."""
_COUNTED = 64  # lengths from here on are not told apart by a search


class Marks:
    """Credentials that other files or entries show. Recognising one takes the salt.

    Args:
        marks: one after the other: a keyed hash of a core, one of its beginning, and its length; see `Memory.marks`.
        salt: the key.

    Attributes:
        digests: the hashes of the cores.
    """

    def __init__(self, marks: bytes, salt: bytes) -> None:
        self._salt = salt
        each = [marks[at : at + MARK] for at in range(0, len(marks), MARK)]
        self.digests = frozenset(one[:_DIGEST] for one in each)
        self._heads = frozenset(one[_DIGEST : _DIGEST + _HEAD_DIGEST] for one in each)
        self._lengths = frozenset(int.from_bytes(one[_DIGEST + _HEAD_DIGEST :]) for one in each)
        self._search = engine((*_runs_of(self._lengths), ENCODED_CHARACTER))

    def may_begin(self, heads: Collection[bytes]) -> bool:
        """Whether a core begins like one of these; False is certain."""
        return any(_head_digest(one, self._salt) in self._heads for one in heads)

    def lines(self, text: bytes, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """The lines of a text in which one of these stands by itself, with their places, in order."""
        at = start
        while at < stop and (found := self._search.end(text, max(0, at - 1), stop)) >= 0:
            place = text.rfind(b"\n", start, found - 1) + 1 or start
            end = text.find(b"\n", found - 1, stop)
            end = stop if end < 0 else end
            at = end + 1
            line = text[place:end]
            if self.holds(line):
                yield place, line

    def holds(self, text: bytes) -> bool:
        """Whether a text contains one of these as a whole, as it is or percent-encoded."""
        runs = _CORE.findall(_plain(text))
        return any(len(run) in self._lengths and _digest(run, self._salt) in self.digests for run in runs)


def _runs_of(lengths: Collection[int]) -> Iterator[str]:
    """Expressions for runs of these lengths, each with what is beside it."""
    core, other = "[A-Za-z0-9_.~-]", "[^A-Za-z0-9_.~-]"
    counts = sorted({f"{{{one}}}(?:{other}|$)" if one < _COUNTED else f"{{{_COUNTED}}}" for one in lengths})
    if counts:
        yield f"(?:^|{other}|{ESCAPE}[0-9A-Fa-f]{{2}})(?:{'|'.join(core + one for one in counts)})"


def _digest(core: bytes, salt: bytes) -> bytes:
    return blake2b(core, key=salt, digest_size=_DIGEST).digest()


def _head_digest(head: bytes, salt: bytes) -> bytes:
    return blake2b(head, key=salt, digest_size=_HEAD_DIGEST, person=b"head").digest()


class Memory:
    """Remembers credentials and finds them in URLs.

    A credential is known by its core: its longest run of characters that no encoding touches. What is kept is a keyed
    hash of the core, and Python's own keyed hash of its beginning, by which most values are told to be unknown in one
    look.

    Args:
        salt: the key.
        others: what other contents show.
        keeps: whether what is learned is kept for other contents.

    Attributes:
        marks: what was learned, for `Marks` elsewhere, in its order, up to `MOST_MARKS`.
        is_late: whether a credential was learned after a text that may contain it was searched.
    """

    def __init__(self, salt: bytes, others: Marks | None = None, *, keeps: bool = False) -> None:
        self._salt = salt
        self._others = others
        self._known: set[bytes] = set()
        self._heads: set[int] = set()
        self._shortest = 0
        self._heard: set[int] | None = set() if keeps else None
        self.marks: dict[bytes, None] = {}
        self.is_late = False

    def __bool__(self) -> bool:
        return bool(self._known) or self._others is not None

    def remember(self, value: bytes, kind: str) -> bytes:
        """Remember a credential, and return its core; empty if it is known, or has no 16 characters in a row.

        An address or a sentence in a cookie is not a credential.
        """
        core = max(_CORE.findall(unquoted(value)), key=len, default=b"")
        digest = _digest(core, self._salt)
        if not core or digest in self._known or (kind.endswith("cookie") and classify(core) is Value.WORDS):
            return b""
        head = hash(core[:_HEAD])
        self._mark(core, digest)
        if self._others is not None and digest in self._others.digests:
            return b""
        if (heard := self._heard) is not None:
            self.is_late = self.is_late or head in heard or len(heard) >= MOST_HEARD
        if len(self._known) >= MOST:  # all are forgotten: heads have no age
            self._known.clear()
            self._heads.clear()
            self.is_late = True
        self._shortest = min(self._shortest, len(core)) if self._known else len(core)
        self._known.add(digest)
        self._heads.add(head)
        return core

    def _mark(self, core: bytes, digest: bytes) -> None:
        """Keep what was learned; one more than the most says that there are more."""
        if self._heard is not None and len(self.marks) <= MOST_MARKS:
            length = min(len(core), 0xFFFF).to_bytes(2)
            self.marks[digest + _head_digest(core[:_HEAD], self._salt) + length] = None

    def may_hold(self, text: bytes) -> bool:
        """Whether a text may hold a remembered credential, also encoded or split; False is certain."""
        heads = self._heads
        if self._heard is None and self._others is None and (not heads or len(text) < self._shortest):
            return False  # no encoding makes it shorter
        text = _plain(text)
        if len(text) > _SHORT and not engine((_LONG,)).matches(text):
            return False  # hundreds of short words need not be looked at one by one
        found = _heads(text)
        if self._others is not None and self._others.may_begin({*found}):
            return True
        if self._heard is None:
            return not heads.isdisjoint(map(hash, found))
        marks = [*map(hash, found)]
        if len(self._heard) < MOST_HEARD:
            self._heard.update(marks)
        return not heads.isdisjoint(marks)

    def known(self, value: bytes) -> bytes | None:
        """The core of a remembered credential in a decoded value; None if there is none."""
        return next((run for run in _runs(value) if self._knows(run)), None)

    def joined(self, one: bytes, other: bytes) -> bytes | None:
        """The core that two neighbouring values are together; None if they are none."""
        ones, others = _runs(one), _runs(other)
        core = ones[-1] + others[0] if ones and others else b""
        return core if self._knows(core) else None

    def _knows(self, run: bytes) -> bool:
        if len(run) < SHORTEST:
            return False
        if self._others is not None:
            digest = _digest(run, self._salt)
            return digest in self._others.digests or digest in self._known
        return hash(run[:_HEAD]) in self._heads and _digest(run, self._salt) in self._known


def _plain(text: bytes) -> bytes:
    """A text in which what is percent-encoded is decoded, or is a blank where no core can be."""
    if _PERCENT not in text:
        return text
    return unquoted(text) if ENCODED.search(text) else _ESCAPE.sub(b" ", text)


def _runs(value: bytes) -> list[bytes]:
    return value.translate(_SPACED).split()


_JSON_MEMBER = re.compile(
    rb'"((?i:(?:access|refresh|id|auth|session|bearer)[_-]?token|token|jwt|session_?id|client_secret|clientSecret))"\s*:\s*'
    rb'"([^"\\]{16,8192})"'
)
TAUGHT = ("(?i:token|jwt|session_?id|client_?secret)", 'next\\\\{0,3}"')
"""What the names of these members end in; `next` is where the token of a page stands."""
TOKEN_TYPE = re.compile(rb"(?i)json|javascript|x-www-form-urlencoded")
"""Content types of token responses."""
LONGEST_ANSWER = 65_536
"""How many bytes a body may have that is searched for tokens."""


def may_teach(body: bytes) -> bool:
    """Whether a body, also one escaped as JSON, may hold the tokens of a token response or a page; False is certain."""
    return len(body) <= LONGEST_ANSWER and bool(engine(TAUGHT).matches(body))


def token_members(body: bytes) -> Iterator[tuple[bytes, str]]:
    """The tokens in the JSON of a token response, with their names."""
    for match in _JSON_MEMBER.finditer(body):
        yield match[2], match[1].decode("ascii")
