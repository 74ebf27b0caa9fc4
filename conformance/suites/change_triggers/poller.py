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

    def poll(self, size: int | None = None, meanwhile: Callable[[], None] | None = None) -> list[Item]:
        """What is new to it, after all pages.

        Args:
            size: how large a page may be; as large as the target file says if left out.
            meanwhile: done once, after the first page, if there is another one.
        """
        self.listed = listed = list[Item]()
        mark = self.mark
        pages = self.system.pages(self.mark, size=size)
        for page in pages:
            if listed and meanwhile is not None:
                meanwhile()
                meanwhile = None
            listed += page.items
            mark = page.mark or mark
        new = [item for item in listed if item.state not in self.taken]
        self.taken |= {item.state for item in new}
        self.mark = mark if self.system.polling.mark else self._later(latest(listed))
        return new

    def _later(self, mark: str | None) -> str:
        points = [moment(text) for text in (mark, self.mark) if text]
        if mark is None or points[0] is None or (points[-1] and points[-1].nanoseconds > points[0].nanoseconds):
            return self.mark
        return mark
