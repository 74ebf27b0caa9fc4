"""Cuts a HAR (http://www.softwareishard.com/blog/har-12-spec/) into its entries, without holding it as a whole.

In valid JSON a quotation mark inside a text is always escaped, so `},{"startedDateTime":` with plain marks can only be
the seam of two objects. Seams cut the stream into blocks, and a block that a decoder accepts was cut right. That is the
fast way, for what most tools write. What it cannot cut or decode, and whatever is around the entries, goes through the
`Cutter`, which takes any JSON and goes on behind what is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from conformance.traffic.audit.findings import Damage, Position
from conformance.traffic.audit.readers.json_objects import Cutter, Part
from conformance.traffic.audit.readers.records import NoJson, decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from conformance.traffic.audit.sources import Source

BLOCK: Final = 256 << 10
"""How many bytes are decoded at once: what fits into the cache of a core."""

MAX_ENTRY: Final = 32 << 20
"""The bytes of the largest entry that is read as one."""

_OPENING = re.compile(rb'[{,\s]"entries"\s*:\s*\[')
_ENDING = re.compile(rb"\]\s*\}\s*\}\s*\Z")
_SEAM = re.compile(
    rb'\}(\s*,\s*)\{\s*"(?:startedDateTime|pageref|request|response|cache|connection|serverIPAddress|time|timings'
    rb'|comment|_[A-Za-z]{1,40})"\s*:'
)
_LONGEST_SEAM: Final = 4096  # pretty-printed HARs indent by a few blanks


class HarEntries[T]:
    """The entries of a HAR, decoded.

    Attributes:
        prologue: the text up to the first entry; set once the first block was given.
        epilogue: the text behind the last entry; set at the end.
    """

    def __init__(
        self,
        source: Source,
        decode: Callable[[bytes], list[T]],
        read: Callable[[object], T],
        says_enough: Callable[[T], bool] = lambda _: True,
    ) -> None:
        """Prepare to read.

        Args:
            source: the HAR's bytes.
            decode: turns the text of a JSON array of entries into objects; raises msgspec's errors.
            read: turns an element of the entries, whatever it is, into an object.
            says_enough: whether an object has what is needed; else its text is given as well.
        """
        self._source = source
        self._decode = decode
        self._read = read
        self._says_enough = says_enough
        self.prologue = b""
        self.epilogue = b""

    def __iter__(self) -> Iterator[list[T] | Damage | Part]:
        """Blocks of entries, damage where one cannot be read, and the other parts; `source.units` counts entries."""
        cutter = Cutter(MAX_ENTRY, ("log", "entries"))
        text = self._source.read(BLOCK)
        if opening := _OPENING.search(text):
            self.prologue, text = text[: opening.end()], text[opening.end() :]
            yield from cutter.feed(self.prologue)
        if cutter.is_counting:
            text = yield from self._fast(text)
            cutter.number = self._source.units
        yield from self._exact(cutter, text)

    def _fast(self, text: bytes) -> Generator[list[T], None, bytes]:
        """Entries by their seams; returns the text from the first block on for which that is not enough."""
        searched = 0
        while more := self._source.read(max(BLOCK, len(text))):  # an entry of many blocks is not copied for each
            text += more
            if seam := _last_seam(text, searched):
                entries = self._decoded(text[: seam.start() + 1])
                if entries is None:
                    return text
                yield entries
                text, searched = text[seam.end(1) :], 0
            elif len(text) > MAX_ENTRY:
                return text
            else:
                searched = max(0, len(text) - _LONGEST_SEAM)
        if (ending := _ENDING.search(text, max(0, len(text) - _LONGEST_SEAM))) is not None:
            entries = self._decoded(text[: ending.start()])
            if entries is not None:
                yield entries
                return text[ending.start() :]
        return text

    def _decoded(self, text: bytes) -> list[T] | None:
        whole = b"[%b]" % text
        try:
            entries = self._decode(whole)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            try:
                listed = msgspec.json.decode(whole, type=list[object])
                entries = [self._read(one) for one in listed if isinstance(one, dict)]  # as the cutter counts them
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return None
        if not all(map(self._says_enough, entries)):
            return None
        self._source.units += len(entries)
        return entries

    def _exact(self, cutter: Cutter, text: bytes) -> Iterator[list[T] | Damage | Part]:
        """Entries and the other parts by their brackets, from a place on that the cutter knows."""
        for part in self._parts(cutter, text):
            if isinstance(part, Damage):
                yield part
            elif not part.number:
                self.epilogue += part.text if len(self.epilogue) < MAX_ENTRY else b""
                yield part
            else:
                self.prologue, self.epilogue = self.prologue or self.epilogue, b""
                self._source.units = part.number
                try:
                    entry = self._read(decoded(part.text))
                    yield [entry]
                    if not self._says_enough(entry):
                        yield part
                except NoJson:
                    at = Position(self._source.name, entry=part.number)
                    yield Damage(at, "is damaged; judged as a text", len(part.text))
                    yield part
        self._source.units = max(self._source.units, cutter.number)  # an empty object is no part, and an entry

    def _parts(self, cutter: Cutter, text: bytes) -> Iterator[Part | Damage]:
        while text:
            at = 0
            for seam in _SEAM.finditer(text):
                yield from cutter.feed(text[at : seam.start() + 1])
                at = seam.start() + 1
                if cutter.is_astray:
                    yield cutter.restart()
            yield from cutter.feed(text[at:])
            text = self._source.read(BLOCK)
        if cutter.is_open:
            yield Damage(Position(self._source.name), "the file ends before its entries do", cutter.pending)
        yield from cutter.close()


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
