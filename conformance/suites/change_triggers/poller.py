"""A poller that does everything right: whatever it misses, no poller can get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.rules.change_feed import Item, latest, moment
from conformance.suites.change_triggers.polls import Polls


@dataclass(slots=True)
class Poller:
    """Asks again for what has the time of its mark, takes no state twice, and moves the mark after a whole poll.

    Attributes:
        system: what it polls.
        mark: the latest time that it has seen, or the mark that the feed gave.
        taken: the states that it took.
        listed: what its last poll listed, in order.
    """

    system: Polls
    mark: str
    taken: set[object] = field(default_factory=set)
    listed: list[Item] = field(default_factory=list)

    def poll(
        self, size: int | None = None, meanwhile: Callable[[], None] | None = None, most: int | None = None
    ) -> list[Item]:
        """What is new to it, after all pages.

        Args:
            size: how large a page may be; as large as the target file says if left out.
            meanwhile: done once, after the first page, if there is another one.
            most: how many new records it takes, the earliest first; all of them if left out. It leaves its mark where
                the next poll lists the others again.
        """
        self.listed = listed = list[Item]()
        known, mark, room = set(self.taken), self.mark, most
        for page in self.system.pages(self.mark, size=size):
            is_first = not listed
            listed += page.items
            if meanwhile is not None and not is_first:
                meanwhile()
                meanwhile = None
            room = None if room is None else room - sum(item.state not in known for item in page.items)
            if room is None or room >= 0:
                mark = page.mark or mark
        new = [item for item in listed if item.state not in known]
        if most is not None and not self.system.polling.has_marks:
            new.sort(key=_time)
        left = new[most:] if most is not None else []
        new = new[:most]
        self.taken |= {item.state for item in new}
        self.mark = mark if self.system.polling.has_marks else self._behind(listed, left)
        return new

    def _behind(self, listed: list[Item], left: list[Item]) -> str:
        """The mark behind what was taken, and not behind what was left: the earliest time of that, or one before it."""
        if not left:
            return self._later(latest(listed))
        if self.system.polling.boundary == "inclusive":
            return left[0].modified or self.mark
        return self._later(latest(item for item in listed if _time(item) < _time(left[0])))

    def _later(self, mark: str | None) -> str:
        points = [moment(text) for text in (mark, self.mark) if text]
        if mark is None or points[0] is None or (points[-1] and points[-1].nanoseconds > points[0].nanoseconds):
            return self.mark
        return mark


def _time(item: Item) -> int:
    point = moment(item.modified or "")
    return point.nanoseconds if point is not None else 0
