"""Situations in the feed of a business system that several tests begin with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conformance.documents.json_path import first_at, members_at
from conformance.rules.change_feed import Item, counts_whole_seconds, in_zone, is_a_number, moment, moved
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.change_triggers.polls import Polls
from conformance.suites.change_triggers.shapes import to_write
from conformance.suites.identifiers import addressable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.suites.change_triggers.answers import Reply

LATER_SECONDS = 2
_MORE_THAN_A_SECOND = 1.05

_CENTURY = 100 * 365 * 86_400  # seconds

MOST_ALONE, MOST_IN_BULK = 100, 1000
"""The largest page that is filled to its end, by single writes and by one: servers stop without a word at these."""


class Feeds(Polls):
    """A business system with records whose times are as a test needs them."""

    # ----------------------------------------------------------------- times

    def time_of(self, record: str) -> str:
        """The time of a record, which is a mark.

        Raises:
            NotTested: the marks of this feed are not times.
            Inconclusive: the record has no time.
        """
        if self.polling.has_marks:
            self._lacking("time_marks", "the marks of this feed come from its answers and are not times")
        found = self.item(record).modified
        if found is None:
            raise Inconclusive(f"the record has no time at {self.time_path}", "business_system.modified: $.modified")
        return found

    def with_a_time(self, item: Item) -> Item:
        """A record that has a time. Raises NotTested where records have none."""
        if item.modified is None:
            self.time_path  # noqa: B018 # NotTested where none is declared
        elif is_a_number(item.modified):
            self.case.note("the times of this system are numbers, which mean the same in every time zone")
        return item

    def with_a_state(self, item: Item) -> Item:
        """A record that has a time or a version. Raises NotTested where records have neither."""
        if item.modified is None and item.version is None:
            self._lacking("times")
        return item

    def mark_of_a_stopped_clock(self) -> str:
        """A mark, after which no time passes but by `tick`."""
        self.transactions  # noqa: B018 # NotTested where there are none
        self.stop_the_clock()
        mark = self.time_of(self.created())
        self.later()
        return mark

    def mark_in_zone(self, mark: str, hours: int) -> str:
        """The same mark as another time zone writes it. Raises NotTested where marks are not date-times."""
        found = in_zone(mark, hours)
        if found is None:
            raise NotTested("the marks of this feed are not date-times, so they have no time zone")
        return found

    def future_mark(self) -> str:
        """A mark of the same format that lies far ahead. Raises NotTested where marks are not times."""
        found = moved(self.time_of(self.created()), seconds=_CENTURY)
        if found is None:
            raise NotTested("the marks of this feed are not times, so none of them lies in the future")
        return found

    def mark_of_an_empty_window(self) -> str:
        """A mark after which nothing has changed: what the feed says at its end, or two seconds after a new record.

        One second would not do: some filters are coarser than times, and take a mark as up to a second earlier.

        Raises:
            NotTested: marks are cursors, and the record at a cursor belongs to its window.
            Inconclusive: the time of the record is no mark that can be moved.
        """
        if self.polling.has_marks:
            if self.polling.boundary == "inclusive":
                self._lacking("time_marks", "the record at a mark belongs to its window, so no window is empty")
            return self.mark()
        self.stop_the_clock()
        mark = self.time_of(self.created())
        self.later()
        found = moved(mark, seconds=LATER_SECONDS)
        if found is None:
            raise Inconclusive(f"the time {mark} is not a date-time, so nothing tells a mark behind it")
        return found

    def mark_of_an_answer(self, mark: str) -> str:
        """The mark that the answers to a poll give, or the one that was asked with where they give none."""
        pages = list(self.pages(mark))
        return (pages[-1].mark or mark) if self.polling.has_marks else mark

    def let_seconds_pass(self) -> None:
        """Let more than two seconds pass. Where no clock can be moved, they are waited for; cursors need none."""
        if self.has_clock:
            self.later()
        elif not self.polling.has_marks:
            time.sleep(LATER_SECONDS + 1)  # times may be whole seconds

    def listed_from_before(self, reply: Reply, mark: str) -> list[Item]:
        """The records of an answer, all of which changed before the mark.

        Raises:
            Inconclusive: some did not, so somebody else has written meanwhile.
        """
        begin, found = moment(mark), self.items_in(reply)
        times = [moment(item.modified or "") for item in found]
        if any(begin is None or time is None or time.nanoseconds >= begin.nanoseconds for time in times):
            raise Inconclusive("somebody else writes records at the same time, so no window is empty")
        return found

    def needs_nothing_new(self, reply: Reply, mark: str) -> None:
        """An answer lists nothing that changed since the mark. Raises Inconclusive where it does."""
        if self.listed_from_before(reply, mark):
            self.case.note("no answer was empty, since records from before the mark are listed (POL-13)")

    def instead_of_a_mark(self, text: str) -> str:
        """What is no mark. A day of no calendar is tried where marks are times."""
        if self.polling.has_marks and text[0].isdecimal():
            raise NotTested("the marks of this feed are not times")
        return text

    def until(self, mark: str) -> str:
        """The end of a window. Raises NotTested where a poll has none."""
        if not self.polling.has("until"):
            self._lacking("windows")
        return mark

    def item_of(self, data: object) -> Item:
        """A record as the target file's paths find it."""
        found = super().item_of(data)
        if found.modified is not None:
            self._counts_seconds = counts_whole_seconds(found.modified)
        return found

    def later(self) -> None:
        """Move a stopped clock on by whole seconds, as most times are apart.

        Where no clock can be moved, and times are whole seconds, the next one is waited for: within one of them all
        changes have the same time, so none would come behind another, as it does where a day lies between them.
        """
        if self.has_clock:
            self.tick(LATER_SECONDS)
        elif self._counts_seconds and not (self.role.poll is not None and self.role.poll.has_marks):
            time.sleep(_MORE_THAN_A_SECOND)

    _counts_seconds = False

    # --------------------------------------------------------------- records

    def spread_out(self, count: int) -> tuple[str, list[str]]:
        """A mark, and records that were created after it, each at a time of its own where there is a clock."""
        self.stop_the_clock()
        mark = self.mark()
        records = []
        for _ in range(count):
            self.later()
            records.append(self.created())
        return mark, records

    def burst(self, count: int) -> tuple[str, list[str]]:
        """A mark, and records that were created after it as close together as can be."""
        self.stop_the_clock()
        mark = self.mark()
        self.later()
        if self.role.create_many is not None:
            return mark, self.bulk(count)
        if self.role.transactions is None:
            return mark, self.created_at_once([self.plain_record() for _ in range(count)])
        transaction = self.begin()
        records = [self.created(transaction=transaction) for _ in range(count)]
        self.commit(transaction)
        return mark, records

    def old_records_and_changes(self, count: int) -> tuple[list[Item], str]:
        """Some records, and a mark some seconds behind them, after which others were created."""
        self.stop_the_clock()
        old = [self.item(self.created()) for _ in range(count)]
        self.let_seconds_pass()
        mark, _ = self.spread_out(count)
        return old, mark

    def bulk(self, count: int) -> list[str]:
        """Records of one write. Raises NotTested where a write creates one alone."""
        return self.created_in_bulk([self.plain_record() for _ in range(count)])

    def batch(self, mark: str, records: Sequence[Mapping[str, Any]]) -> tuple[Reply, list[bool]]:
        """The answer to a write of several records, some of them invalid, and which of them a poll lists then."""
        entries = [self.ledger.record(record.get(self.label), self.label, None) for record in records]
        sent = [to_write(self.role, record, self.role.constants) for record in records]
        reply = self.call(self.bulk_creation, record=sent)
        for entry in entries:
            # Some may be there although the answer is a refusal.
            self.ledger.heard(entry, 500 if 400 <= reply.exchange.status < 500 else reply.exchange.status)
        listed = {item.fields.get(self.label): item.id for item in self.polled(mark) if not item.deleted}
        found = [listed.get(record[self.label]) for record in records]
        for entry, identifier in zip(entries, found, strict=True):
            if identifier is None:
                self.ledger.undone(entry)
            else:
                self.ledger.found(entry, addressable(identifier, "a record"))
        return reply, [identifier is not None for identifier in found]

    def says_what_was_written(self, reply: Reply, written: list[bool]) -> None:
        """The answer to a batch says for each record whether it was written."""
        bulk = self.bulk_creation
        if 400 <= reply.status < 500:
            said = [False] * len(written)
        elif bulk.results is not None:
            said = [first_at(bulk.success, result) is True for result in members_at(bulk.results, reply.content)]
        else:
            said = [True] * len(members_at(bulk.ids, reply.content))
        told = f"a batch is answered {reply.status}, as if {sum(said)} of {len(written)} records were written"
        flaw = None if said == written else f"{told}, and {sum(written)} were"
        self.case.judge(flaw, "what became of each record", "batch", reply.exchange)

    def more_than_a_page(self) -> tuple[str, list[str]]:
        """A mark, and one record more behind it than the largest page holds, as far as that is affordable."""
        wanted = self.polling.largest_page
        most = MOST_IN_BULK if self.role.create_many is not None else MOST_ALONE
        if wanted > most:
            more = "" if most == MOST_IN_BULK else "; business_system.create_many tries more"
            self.case.note(f"{most + 1} records were tried, and the largest page has {wanted}{more}")
        return self.burst(min(wanted, most) + 1)

    def needs_a_tie(self, records: list[str]) -> None:
        """Some of the records have the same time. Raises NotTested where none have: there is no tie to page through."""
        if not self.polling.has_marks and len({self.item(record).modified for record in records}) > len(records) - 3:
            why = f"of {len(records)} records that were written at once no four share a time"
            self._lacking("bulk_creation" if self.role.create_many is None else "ties", why)

    def page_of(self, size: int) -> int:
        """The size of a page. Raises NotTested where a poll cannot choose it."""
        if not self.can_size:
            self._lacking("page_sizes")
        return size

    def changed_later(self, record: str) -> None:
        """Change a record at a later time."""
        self.later()
        self.updated(record)

    def something_later(self, what: str) -> Callable[[str], None]:
        """What deletes a record, or creates another one, at a later time."""

        def happens(record: str) -> None:
            self.later()
            if what == "delete":
                self.delete(record).works("deleting a record")
            else:
                self.created()

        return happens

    def relabelled(self, record: str) -> str:
        """The new label of a record."""
        label = self.new_label()
        self.updated(record, **{self.label: label})
        return label

    def needs_tombstones(self) -> None:
        """The feed shows deletions. Raises NotTested where the target file does not say so."""
        if self.polling.deletes != "shown":
            self._lacking("deleted_records")
        self.deletion  # noqa: B018 # NotTested where there is none

    def items_in(self, reply: Reply) -> list[Item]:
        """The records of a page."""
        return [self.item_of(data) for data in members_at(self.polling.items, reply.content)]
