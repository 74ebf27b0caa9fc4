"""Which places are judged: by when they were written, by their size, and by the shard that they are in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from conformance.documents import UsageProblem

if TYPE_CHECKING:
    from conformance.traffic.audit.place import Place

_SIZE: Final = re.compile(r"([0-9]{1,15})\s*([kMGT]?)(i?)B?")
_POWER: Final = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, slots=True)
class Shard:
    """One of so many parts of all places, which has a place by its name, whatever else there is."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, name: str) -> bool:
        """Whether a place is in this part."""
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest) % self.of == self.number - 1


def size_of(option: str, text: str) -> int:
    """A number of bytes as it is written: `500`, `10MB`, `2GiB`.

    Raises:
        UsageProblem: it is none.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise UsageProblem([f"{option}={text}: must be a number of bytes, such as 500, 10MB or 2GiB"])
    size, unit = int(found[1]), 1024 if found[3] else 1000
    for _ in range(_POWER[found[2]]):
        size *= unit
    return size


@dataclass(slots=True)
class Selection:
    """What is wanted of all places.

    Attributes:
        since: written at this time or later; None for any.
        before: written before this time; None for any.
        smallest: with so many bytes at least.
        largest: with so many bytes at most; None for any.
        shard: the part of them.
        left_out: how many others there were, beside those of other shards.
    """

    since: datetime | None = None
    before: datetime | None = None
    smallest: int = 0
    largest: int | None = None
    shard: Shard = Shard()
    left_out: int = 0

    def of(self, places: Iterable[Place]) -> Iterator[Place]:
        """The places that are wanted, with their numbers among all. One whose time or size nobody knows is wanted."""
        for number, place in enumerate(places):
            if not self._is_wanted(place):
                self.left_out += 1
            elif self.shard.has(place.name):
                yield replace(place, number=number)

    def _is_wanted(self, place: Place) -> bool:
        if place.modified:
            written = datetime.fromtimestamp(place.modified, UTC)
            if (self.since and written < self.since) or (self.before and written >= self.before):
                return False
        return not place.size or (place.size >= self.smallest and (self.largest is None or place.size <= self.largest))


@dataclass(slots=True)
class Chosen:
    """The places that are wanted, as often as they are gone over.

    Attributes:
        selection: says which are.
        everything: gives all places.
    """

    selection: Selection
    everything: Callable[[], Iterable[Place]]

    def __iter__(self) -> Iterator[Place]:
        self.selection.left_out = 0
        return self.selection.of(self.everything())
