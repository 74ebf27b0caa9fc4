"""Cuts a HAR (http://www.softwareishard.com/blog/har-12-spec/) into its entries, without holding it as a whole.

In valid JSON a quotation mark inside a text is always escaped, so `},{"startedDateTime":` with plain marks can only be
the seam of two objects. Seams cut the stream into blocks; a block that a decoder accepts was cut right, and one that it
does not accept is taken apart entry by entry, so that a damaged entry costs nothing but itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.sources import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from conformance.traffic.audit.sources import Source

MAX_ENTRY = 32 << 20
"""The bytes of the largest entry that is read."""

_ENTRIES = re.compile(rb'[{,\s]"entries"\s*:\s*\[')
_SEAM = re.compile(
    rb'\}(\s*,\s*)\{\s*"(?:startedDateTime|pageref|request|response|cache|connection|serverIPAddress|time|timings'
    rb'|_initiator|_connectionId|_fromCache|_fromServiceWorker|_priority|_resourceType|_[A-Za-z]{1,40})"\s*:'
)
_LONGEST_SEAM = 4096  # pretty-printed HARs indent by a few blanks
_JOINED = 8  # a seam that is none (entries nested in an extension) is healed by joining so many pieces


class HarEntries[T]:
    """The entries of a HAR, decoded.

    Attributes:
        prologue: the text up to the bracket that opens the entries; set once the first block was given.
        epilogue: the text from the bracket that closes them; set at the end.
    """

    def __init__(self, source: Source, decode: Callable[[bytes], list[T]]) -> None:
        """Prepare to read.

        Args:
            source: the HAR's bytes.
            decode: turns the text of a JSON array of entries into objects; raises msgspec's errors.
        """
        self._source = source
        self._decode = decode
        self._is_closed = False
        self.prologue = b""
        self.epilogue = b""

    def __iter__(self) -> Iterator[list[T] | Damage]:
        """Blocks of entries, and damage where an entry cannot be read; `source.units` counts both."""
        text = self._opened()
        if text is None:
            yield Damage(Position(self._source.name), "no `entries` were found in this HAR")
            return
        searched = 0
        while not self._is_closed and (more := self._source.read(BLOCK)):
            text += more
            if _last_seam(text, searched):
                text = yield from self._up_to_seam(text, searched)
                searched = 0
            elif len(text) > MAX_ENTRY:
                yield self._damaged(f"is larger than {MAX_ENTRY >> 20} MiB; skipped")
                text, searched = self._beyond(), 0
            else:
                searched = max(0, len(text) - _LONGEST_SEAM)
        if not self._is_closed:
            text = yield from self._up_to_seam(text, 0)
        if not self._is_closed and text.strip():
            yield from self._block(text, is_last=True)
        if self._is_closed:
            self.epilogue += text + b"".join(iter(self._source.read, b""))
        else:
            yield Damage(Position(self._source.name), "the file ends before its entries do")

    def _up_to_seam(self, text: bytes, searched: int) -> Generator[list[T] | Damage, None, bytes]:
        """The entries before the last seam, if there is one; returns what is left."""
        seam = _last_seam(text, searched)
        if seam is None:
            return text
        kept = yield from self._block(text[: seam.start() + 1], is_last=False)
        return kept + text[seam.start() + 1 :] if kept else text[seam.end(1) :]

    def _opened(self) -> bytes | None:
        text = self._source.read(BLOCK)
        while (found := _ENTRIES.search(text)) is None:
            more = self._source.read(BLOCK)
            if not more or len(text) > MAX_ENTRY:
                return None
            text += more
        self.prologue = text[: found.end()]
        return text[found.end() :].lstrip()

    def _beyond(self) -> bytes:
        """What follows an entry that is too large, from the next seam on."""
        text = b""
        while more := self._source.read(BLOCK):
            text = text[-_LONGEST_SEAM:] + more
            if seam := _SEAM.search(text):
                return text[seam.end(1) :]
        return b""

    def _block(self, text: bytes, *, is_last: bool) -> Generator[list[T] | Damage, None, bytes]:
        """The entries in a text; returns what may be the beginning of one that goes on behind it."""
        entries = self._decoded(text)
        if entries is None:
            return (yield from self._piecewise(text, is_last=is_last))
        yield entries
        return b""

    def _piecewise(self, text: bytes, *, is_last: bool) -> Generator[list[T] | Damage, None, bytes]:
        seams = list(_SEAM.finditer(text))
        starts = [0, *(seam.end(1) for seam in seams)]
        ends = [*(seam.start() + 1 for seam in seams), len(text)]
        first = 0
        while first < len(starts):
            start = starts[first]
            closed = None
            for last in range(first, min(first + _JOINED, len(starts))):
                piece = text[start : ends[last]]
                if (entries := self._decoded(piece)) is not None:
                    break
                if (closed := _closing(piece)) is not None:
                    entries = self._decoded(piece[:closed])
                    break
            else:
                if not is_last and first + _JOINED > len(starts) and len(text) - start <= MAX_ENTRY:
                    return text[start:]
                last = first
            yield self._damaged("is damaged; skipped") if entries is None else entries
            if closed is not None:
                self._is_closed = True
                self.epilogue = text[start + closed :]
                return b""
            first = last + 1
        return b""

    def _decoded(self, text: bytes) -> list[T] | None:
        try:
            entries = self._decode(b"[%b]" % text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        self._source.units += len(entries)
        return entries

    def _damaged(self, how: str) -> Damage:
        self._source.units += 1
        return Damage(Position(self._source.name, entry=self._source.units), how)


def _last_seam(text: bytes, searched: int) -> re.Match[bytes] | None:
    """The last seam in a text, looked for from the end; what lies before `searched` has none."""
    end = len(text)
    while end > searched:
        start = max(searched, end - (256 << 10))
        *_, found = None, *_SEAM.finditer(text, start, min(len(text), end + _LONGEST_SEAM))
        if found is not None:
            return found
        end = start
    return None


def _closing(text: bytes) -> int | None:
    """Where the bracket stands that closes the array, if it follows the first object, or opens the text."""
    head = text.lstrip()
    if head.startswith(b"]"):
        return len(text) - len(head)
    if text.rstrip().endswith(b"}") and b"]" not in text:
        return None
    decoded = text.decode("latin-1")  # one character a byte
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(decoded, len(text) - len(head))
    except (ValueError, RecursionError):
        return None
    bracket = re.compile(r"\s*\]").match(decoded, end)
    return bracket.end() - 1 if bracket else None
