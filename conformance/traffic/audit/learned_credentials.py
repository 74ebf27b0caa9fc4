"""What an audit learns of credentials from all contents, and which contents are read again because of it.

A content is judged by what it shows itself. What another one shows is known only once all were read, so what may hold
it is read a second time. Nobody keeps values: a credential is known by keyed hashes alone.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from conformance.rules.url_tokens import MOST_MARKS
from conformance.traffic.audit.findings import Damage, Learned, Position, Read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.traffic.audit.findings import Kept
    from conformance.traffic.audit.place import Place


class LearnedCredentials:
    """The credentials that contents show, in the order of the places.

    Attributes:
        beyond: the first file with credentials that are not looked for elsewhere, because there are too many; empty if
            there is none.
    """

    def __init__(self) -> None:
        self._marks: dict[bytes, None] = {}
        self._ordered = b""
        self.beyond = ""

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, event: Learned) -> None:
        """Note what a content shows."""
        for mark in event.marks:
            if len(self._marks) < MOST_MARKS:
                self._marks[mark] = None
            elif mark not in self._marks:
                self.beyond = self.beyond or event.name

    def extend(self, events: Iterable[Kept]) -> None:
        """Note what the contents of a piece show."""
        for event in events:
            if isinstance(event, Learned):
                self.add(event)

    @property
    def marks(self) -> bytes:
        """All of them, the same for any order."""
        return b"".join(sorted(self._marks))

    @property
    def digest(self) -> str:
        """What they are known by, all of them together; empty if there are none."""
        return blake2b(self.marks, digest_size=8).hexdigest() if self._marks else ""

    def are_new_to(self, own: frozenset[bytes] | None, with_others: str = "") -> bool:
        """Whether a piece was judged without some of them.

        Args:
            own: see `own_marks`.
            with_others: the digest of the lessons that it was judged with.
        """
        return own is not None and with_others != self.digest and not self._marks.keys() <= own

    def changed(self, events: Iterable[Kept]) -> Damage | None:
        """What is to be said of a piece that shows something else when it is read again; None if it does not."""
        for one in events:
            if isinstance(one, Learned) and not self.beyond and not self._marks.keys() >= set(one.marks):
                reason = "changed while it was judged; what it shows now was not looked for in other files"
                return Damage(Position(one.name), reason, may_pass=True)
        return None

    def unsaid(self) -> Damage | None:
        """What is to be said if there are too many; None if there are not."""
        if not self.beyond:
            return None
        reason = f"shows credentials beyond the first {MOST_MARKS:,} of the audit, which are looked for here alone"
        return Damage(Position(self.beyond), reason)


def own_marks(events: Iterable[Kept]) -> frozenset[bytes] | None:
    """What a piece was searched for by itself: what all its contents show, in time; None if nothing in it was read."""
    events = list(events)
    shown = {one.name: frozenset(one.marks) for one in events if isinstance(one, Learned) and not one.is_late}
    each = [shown.get(one.name, frozenset()) for one in events if isinstance(one, Read)]
    return frozenset.intersection(*each) if each else None


def is_there_again(place: Place) -> bool:
    """Whether a place can be read once more: standard input and pipes cannot."""
    return place.origin is not None or (place.path is not None and bool(place.version))


def unsearched(name: str, why: str) -> Damage:
    """What is to be said of a place that was not read again."""
    return Damage(Position(name), f"was not searched for the credentials that other files show: {why}")
