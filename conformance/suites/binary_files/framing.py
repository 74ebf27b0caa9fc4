"""Bodies whose framing no HTTP library sends: chunks, transfer codings and lengths that are wrong (RFC 9112)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from conformance.suites.binary_files.samples import LETTERS

type Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Framing:
    """One body on the wire.

    Attributes:
        says: what is unusual about it, in words.
        headers: what frames it.
        body: its bytes.
        means: the file that it is to whoever understands it; None where it is none.
    """

    says: str
    headers: tuple[Header, ...]
    body: bytes
    means: bytes | None = None

    def __str__(self) -> str:
        return self.says


def _chunks(*chunks: bytes) -> bytes:
    """Chunks as they have to be (RFC 9112, section 7.1)."""
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def _coded(coding: str) -> tuple[Header, ...]:
    return (("Transfer-Encoding", coding),)


_CHUNKED = _coded("chunked")
_FIRST = b"5\r\nfirst\r\n"
_NEW = b"0123456789"

MALFORMED_CHUNKS = (
    Framing("a size that is not a number", _CHUNKED, _FIRST + b"xyz\r\nsecond\r\n0\r\n\r\n"),
    Framing("a size below 0", _CHUNKED, _FIRST + b"-6\r\nsecond\r\n0\r\n\r\n"),
    Framing("a chunk longer than its size", _CHUNKED, _FIRST + b"3\r\nsecond\r\n0\r\n\r\n"),
)
"""Chunks that break the grammar (RFC 9112, section 7.1), each behind a good one."""

# Both are to be ignored by whoever does not know them (RFC 9112, sections 7.1.1 and 7.1.2).
_EXTENDED = b'4;seasonproof="a;b"\r\n0123\r\n06;x\r\n456789\r\n0\r\nX-Seasonproof: a trailer\r\n\r\n'

CODINGS = (
    Framing("a coding that nobody knows", _coded("seasonproof, chunked"), _chunks(_NEW)),
    Framing("chunks inside another coding", _coded("chunked, gzip"), _chunks(_NEW)),
    Framing("chunks with extensions and a trailer", _CHUNKED, _EXTENDED, means=_NEW),
    Framing("gzip in chunks", _coded("gzip, chunked"), _chunks(gzip.compress(LETTERS, mtime=0)), means=LETTERS),
)
"""Transfer codings that are unknown, unusual, or whose last one is not chunked (RFC 9112, sections 6.1 to 7.1)."""

LENGTHS = (
    Framing("two lengths", (("Content-Length", "5"), ("Content-Length", "10")), _NEW),
    Framing("two lengths in a list", (("Content-Length", "5, 10"),), _NEW),
    Framing("a length with a sign", (("Content-Length", "+10"),), _NEW),
    Framing("a length with a letter", (("Content-Length", "10x"),), _NEW),
)
"""Lengths that are no length (RFC 9112, section 6.3). The same number twice is one that a server may accept."""
