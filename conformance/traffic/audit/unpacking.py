"""What lies in compressed content, and in text of two or four bytes a character: the same as plain bytes in UTF-8."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from conformance.traffic.audit.streams import Chained

if TYPE_CHECKING:
    from conformance.traffic.audit.streams import Pieces

_PACKED: Final = re.compile(
    rb"(?P<gzip>\x1f\x8b)|(?P<zstd>\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)|(?P<bzip2>BZh.1AY&SY)|(?P<xz>\xfd7zXZ\x00)"
    rb"|(?P<zlib>\x78[\x01\x9c\xda])",
    re.DOTALL,
)
_ENCODINGS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE: Final = 2048


class _Utf8:
    """A text in another encoding as UTF-8."""

    def __init__(self, below: Pieces, encoding: str) -> None:
        self._below = below
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read1(self, size: int = -1, /) -> bytes:
        while raw := self._below.read1(max(4, size // 2)):  # two bytes may become three
            if text := self._decoder.decode(raw):
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")


def unpacked(head: bytes, below: Pieces) -> Pieces | None:
    """What lies in the next layer; None if there is none.

    Args:
        head: the first bytes, which were taken from `below` already.
        below: gives what follows them.
    """
    pieces = Chained(head, below)
    if (packed := _PACKED.match(head)) and packed.lastgroup:
        from conformance.traffic.audit.decompressing import DECOMPRESSORS

        return DECOMPRESSORS[packed.lastgroup](pieces)
    encoding = _encoding(head)
    return _Utf8(pieces, encoding) if encoding else None


def _encoding(head: bytes) -> str | None:
    """The encoding of a text whose characters have two or four bytes: by its mark, or by where its zeros stand."""
    marked = next((name for mark, name in _ENCODINGS if head.startswith(mark)), None)
    if marked or not head.count(0, 0, _SAMPLE):
        return marked
    even, odd = head[:_SAMPLE:2], head[1:_SAMPLE:2]
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(zeros) >= 8 and zeros.count(0) > 0.7 * len(zeros) and not others.count(0):
            return name
    return None


def damages() -> tuple[type[Exception], ...]:
    """What is raised where compressed data is cut off or damaged; besides `OSError` without a number."""
    from conformance.traffic.audit.decompressing import DAMAGED

    return DAMAGED
