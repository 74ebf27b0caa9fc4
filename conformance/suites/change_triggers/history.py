"""Writes and polls in any order: every change is delivered at least once, whatever happens between two polls.

A poller that does everything right runs beside the writes. At the end of a history it polls until nothing is new;
what it was not given by then, nobody can get. A failure tells the history as a time line.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from conformance.rules.change_feed import Item, order_differs
from conformance.rules.outcome import NonConformant
from conformance.suites.change_triggers.poller import Poller
from conformance.suites.change_triggers.polls import Polls
from conformance.suites.change_triggers.system import Transaction
from conformance.suites.stateful import StateMachine

BOUNDS = {"quick": (3, 6), "standard": (20, 8), "deep": (600, 16)}
"""How many histories are tried, and how many steps each has at most, by depth."""

QUIET_SECONDS = 10
"""How far a clock for tests moves between two histories."""

MOST_ROUNDS = 30
"""How many polls at the end of a history may bring something new: others may write without an end."""

_WHICH = st.integers(0, 20)
_LATER = st.booleans()


@dataclass(slots=True)
class Written:
    """A record of a history.

    Attributes:
        name: what the time line calls it.
        label: the text that its last change wrote into it.
        deleted: whether it was deleted.
        committed: whether the last change is committed.
        delivered: whether a poll has shown the last change.
    """

    name: str
    label: str
    deleted: bool = False
    committed: bool = True
    delivered: bool = False


_BETWEEN = {"update": "update", "two updates": "update", "delete": "delete", "create": "create"}
"""What may happen between two pages, with the call that does it."""


class History(StateMachine):
    """One history on one business system."""

    def __init__(self, system: Polls) -> None:
        super().__init__()
        self.system = system
        self.records: dict[str, Written] = {}
        self.transaction: Transaction | None = None
        self.milliseconds = 0
        self.size: int | None = None
        system.stop_the_clock()
        system.tick(QUIET_SECONDS)
        self.poller = Poller(system, system.mark())

    @initialize(data=st.data())
    def choose_a_size(self, data: st.DataObject) -> None:
        """The size of all pages of this history."""
        if self.system.can_size:
            self.size = data.draw(st.sampled_from((self.system.polling.largest_page, 1, 2, 3)))

    # ---------------------------------------------------------------- writes

    @rule(later=_LATER)
    def create(self, later: bool) -> None:
        """A new record, in the same moment as what was before, or later."""
        self._pass(later)
        self._add("create {}", 1)

    @rule(later=_LATER, count=st.integers(2, 6))
    def create_at_once(self, later: bool, count: int) -> None:
        """Several new records in parallel."""
        self._pass(later)
        self._add("create {} at once", count)

    @precondition(lambda self: self.system.role.create_many is not None)
    @rule(later=_LATER, count=st.integers(2, 6))
    def create_in_bulk(self, later: bool, count: int) -> None:
        """Several new records in one write, which gives them one time."""
        self._pass(later)
        self._add("create {} in bulk", count, in_bulk=True)

    @precondition(lambda self: self.system.role.update is not None and self._live())
    @rule(later=_LATER, which=_WHICH)
    def update(self, later: bool, which: int) -> None:
        """A change of a record."""
        self._pass(later)
        live = self._live()
        self._change(live[which % len(live)])

    @precondition(lambda self: self.system.role.delete is not None and self._live())
    @rule(later=_LATER, which=_WHICH)
    def delete(self, later: bool, which: int) -> None:
        """The end of a record."""
        self._pass(later)
        live = self._live()
        self._delete(live[which % len(live)])

    @precondition(lambda self: self.system.role.undelete is not None and self._gone())
    @rule(later=_LATER, which=_WHICH)
    def undelete(self, later: bool, which: int) -> None:
        """The return of a record."""
        self._pass(later)
        gone = self._gone()
        if not gone:
            return  # the id of the only one was given to another record
        record = self.records[gone[which % len(gone)]]
        self._tell(f"undelete {record.name}")
        self.system.undelete(gone[which % len(gone)]).works("undeleting a record")
        record.deleted = record.delivered = False

    # ---------------------------------------------------------- transactions

    @precondition(lambda self: self.system.role.transactions is not None and self.transaction is None)
    @rule(later=_LATER)
    def create_in_a_transaction(self, later: bool) -> None:
        """A new record that nobody sees until its transaction is committed."""
        self._pass(later)
        self.transaction = self.system.begin()
        self._add("create {} in a transaction", 1, self.transaction)

    @precondition(lambda self: self.transaction is not None)
    @rule(later=_LATER)
    def commit(self, later: bool) -> None:
        """The end of the transaction."""
        self._pass(later)
        self._commit()

    # ----------------------------------------------------------------- polls

    @rule(
        change=st.none() | _WHICH,
        again=_LATER,
        how=st.sampled_from(tuple(_BETWEEN)),
        most=st.none() | st.integers(1, 3),
    )
    def poll(self, change: int | None, again: bool, how: str = "update", most: int | None = None) -> None:
        """A poll, with or without a write after its first page, once or twice; it may leave records for the next."""
        line = self._tell(f"poll{self._pages()}{f', and take {most}' if most else ''}")
        live = self._live()
        mark = self.poller.mark
        meanwhile = None
        if change is not None and live and getattr(self.system.role, _BETWEEN[how]) is not None:

            def meanwhile() -> None:
                self._pass(later=True)
                self._write(how, live[change % len(live)], "between two pages: ")

        self._take(self.poller.poll(self.size, meanwhile, most), line)
        if again and len(self.calls) == line + 1:
            self._tell("the same poll once more")
            listed = [self._own(items) for items in (self.poller.listed, self.system.polled(mark, size=self.size))]
            self._judge(order_differs(*listed), "the same order in every poll", "same-order")

    def teardown(self) -> None:
        """Whatever was written has been delivered at the end."""
        try:
            self._finish()
        finally:
            self.system.clear()

    # --------------------------------------------------------------- details

    def story(self) -> str:
        """The history as a time line."""
        return "\n".join(self.calls)

    def _finish(self) -> None:
        if self.transaction is not None:
            self._commit("at the end, ")
        end = time.monotonic() + self.system.polling.delay_seconds
        rounds = 0
        while self._missing() and rounds < MOST_ROUNDS:
            line = self._tell(f"at the end, poll{self._pages()}")
            new = self.poller.poll(self.size)
            self._take(new, line)
            rounds += time.monotonic() >= end if new else MOST_ROUNDS * (time.monotonic() >= end)
        missing = self._missing()
        flaw = f"the last change of {_and(missing)} is delivered by no poll" if missing else None
        self._judge(flaw, "every change at least once", "delivered")

    def _judge(self, flaw: str | None, expected: str, judgement: str) -> None:
        try:
            self.system.case.judge(flaw, expected, judgement)
        except NonConformant as found:
            self.flaw = found
            raise

    def _missing(self) -> list[str]:
        shown = self.system.polling.deletes == "shown"
        return [
            record.name for record in self.records.values() if not record.delivered and (shown or not record.deleted)
        ]

    def _live(self) -> list[str]:
        return [key for key, record in self.records.items() if record.committed and not record.deleted]

    def _gone(self) -> list[str]:
        return [key for key, record in self.records.items() if record.deleted]

    def _write(self, how: str, identifier: str, when: str) -> None:
        match how:
            case "update":
                self._change(identifier, when)
            case "delete":
                self._delete(identifier, when)
            case "two updates":
                self._change_on_both_sides(when)
            case _:
                self._add(when + "create {}", 1)

    def _change_on_both_sides(self, when: str) -> None:
        """Change a record that was listed, and then one that is still to come: its time is the later one."""
        listed = {item.id for item in self.poller.listed}
        before = [key for key in self._live() if key in listed]
        behind = [key for key in self._live() if key not in listed]
        if before and behind:
            self._change(before[0], when)
            self._pass(later=True)
            self._change(behind[-1], when)

    def _delete(self, identifier: str, when: str = "") -> None:
        self._tell(f"{when}delete {self.records[identifier].name}")
        self.system.delete(identifier).works("deleting a record")
        self.records[identifier].deleted = True
        self.records[identifier].delivered = False

    def _add(self, what: str, count: int, transaction: Transaction | None = None, *, in_bulk: bool = False) -> None:
        values = [self.system.plain_record() for _ in range(count)]
        names = [_name(len(self.records) + number) for number in range(count)]
        self._tell(what.format(_and(names)))
        if in_bulk:
            identifiers = self.system.created_in_bulk(values)
        elif count > 1:
            identifiers = self.system.created_at_once(values)
        else:
            identifiers = [self.system.created(values[0], transaction)]
        for name, identifier, value in zip(names, identifiers, values, strict=True):
            label = value[self.system.label]
            self.records[identifier] = Written(name, label, committed=transaction is None)

    def _change(self, identifier: str, when: str = "") -> None:
        label = self.system.new_label()
        self._tell(f"{when}update {self.records[identifier].name}")
        self.system.updated(identifier, **{self.system.label: label})
        self.records[identifier].label = label
        self.records[identifier].delivered = False

    def _commit(self, when: str = "") -> None:
        if self.transaction is not None:
            self._tell(f"{when}commit the transaction")
            self.system.commit(self.transaction)
            self.transaction = None
        for record in self.records.values():
            record.committed = True

    def _take(self, new: list[Item], line: int) -> None:
        seen = []
        for item in new:
            record = self.records.get(item.id)
            if record is not None:
                seen.append(record.name)
                label = item.fields.get(self.system.label)
                record.delivered |= item.deleted if record.deleted else label is None or label == record.label
        self.calls[line] += f": {_and(seen)}" if seen else ": nothing new"

    def _own(self, items: list[Item]) -> list[Item]:
        return [item for item in items if item.id in self.records]

    def _pages(self) -> str:
        return f" in pages of {self.size}" if self.size else ""

    def _pass(self, later: bool) -> None:
        if later:
            self.system.tick()
            self.milliseconds += 1

    def _tell(self, what: str) -> int:
        when = f"{self.milliseconds:>3} ms  " if self.system.has_clock else ""
        self.calls.append(f"{when}{what}")
        return len(self.calls) - 1


def _name(number: int) -> str:
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _and(names: list[Any]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
