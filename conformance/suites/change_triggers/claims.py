"""What a suite can claim about polled changes. Records of others, who may write at the same time, count for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conformance.http.exchange import Exchange
from conformance.rules import change_feed
from conformance.rules.change_feed import Item
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.answers import Page, Reply
from conformance.suites.change_triggers.driver import BusinessSystemDriver
from conformance.suites.change_triggers.poller import Poller

_LEFT_OUT = object()


@dataclass(frozen=True, slots=True)
class Listed:
    """What one poll listed, in order. A claim that does not hold raises NonConformant.

    Attributes:
        system: the system that was polled.
        items: the records.
        shown: the first page and the last one.
    """

    system: BusinessSystemDriver
    items: Sequence[Item]
    shown: tuple[Exchange, ...] = ()

    def _judge(self, flaw: str | None, expected: str, judgement: str, *others: Exchange) -> None:
        self.system.case.judge(flaw, expected, judgement, *others, *self.shown)

    def holds(self, record: str, which: str) -> None:
        """A record is listed.

        Args:
            record: its id.
            which: what happened to it, as a clause after `a record`.
        """
        found = any(item.id == record for item in self.items)
        flaw = None if found else f"the poll does not list a record {which}"
        self._judge(flaw, "every record that changed since the mark", "listed")

    def shows_the_change(self, before: Item, field: str, value: object) -> None:
        """A record whose field was updated is listed, and where the poll shows the field, it is not as it was.

        What reading shows as it was is not judged by that, and a null that changes nothing is no update.
        """
        shown = [item.fields.get(field, _LEFT_OUT) for item in self.items if item.id == before.id]
        was = before.fields.get(field)
        is_old = all(one == was for one in shown)
        is_written = not is_old or self.system.item(before.id).fields.get(field) != was
        if value is None and not is_written:
            self.system.case.note(f"{field} takes null and stays as it was")
            return
        self.holds(before.id, f"whose {field} was updated")
        flaw = f"the poll shows {field} as it was before the update" if is_old and is_written else None
        self._judge(flaw, "the record as it is", "shown-as-it-is")

    def holds_all(self, records: Sequence[str], where: str) -> None:
        """All records are listed."""
        missing = len(change_feed.missing_ids(self.items, records))
        flaw = f"{missing} of {len(records)} records are missing" if missing else None
        self._judge(flaw, f"each record {where}", "all-listed")

    def keeps_the_boundary(self, record: str) -> None:
        """A record that changed exactly at the mark is listed where the boundary is inclusive, and only there."""
        boundary = self.system.polling.boundary
        is_listed = any(item.id == record for item in self.items)
        says = "lists" if is_listed else "does not list"
        flaw = f"the poll {says} a record that changed exactly at the mark"
        expected = f"the boundary that the target file declares: {boundary}"
        self._judge(None if is_listed is (boundary == "inclusive") else flaw, expected, "boundary")

    def and_also(self, other: Listed) -> Listed:
        """What both polls listed."""
        return replace(self, items=(*self.items, *other.items), shown=(*self.shown, *other.shown))

    def is_in_the_order_of(self, other: Listed) -> None:
        """This poll lists the same records in the same order as an earlier one."""
        own = [self.system.own(list(items)) for items in (other.items, self.items)]
        flaw = change_feed.order_differs(*own)
        self._judge(flaw, "the same order in every poll", "same-order", *other.shown)

    def is_the_same_for(self, other: Listed, records: Sequence[str]) -> None:
        """Both polls list the same ones of some records."""
        missing = [change_feed.missing_ids(listed.items, records) for listed in (self, other)]
        flaw = None if missing[0] == missing[1] else "the poll lists other records than for the same instant in UTC"
        self._judge(flaw, "the same records, however the instant is written", "same-instant", *other.shown)

    def holds_a_tombstone(self, record: str) -> None:
        """The deletion of a record is listed."""
        found = any(item.id == record and item.deleted for item in self.items)
        flaw = None if found else "the poll does not show that a record was deleted"
        self._judge(flaw, "its tombstone, as the target file declares", "tombstone")

    def is_all_of(self, later: Listed) -> None:
        """A later poll lists nothing that is not listed here."""
        new = len({item.state for item in later.items} - {item.state for item in self.items})
        flaw = f"{new} records changed while connections were tested" if new else None
        self._judge(flaw, "no change by the test of a connection", "changes-nothing")

    def is_empty(self) -> None:
        """Nothing is listed."""
        flaw = f"{len(self.items)} records are listed" if self.items else None
        self._judge(flaw, "no record that changed before the mark", "empty")


def polled(system: BusinessSystemDriver, since: str, *, until: str | None = None, size: int | None = None) -> Listed:
    """What a poll lists on all its pages."""
    return _of(system, list(system.pages(since, until=until, size=size)))


def quiet(system: BusinessSystemDriver, since: str) -> Listed:
    """What a poll lists where nobody else writes.

    Raises:
        Inconclusive: two polls in a row list different records, or a poll does not list what was just created.
    """
    system.later()
    record = system.created()
    first, second = polled(system, since), polled(system, since)
    if {item.state for item in first.items} != {item.state for item in second.items}:
        raise Inconclusive("somebody else writes records at the same time, so a change tells nothing")
    if change_feed.missing_ids(second.items, [record]):
        raise Inconclusive("the poll does not list a record that was just created, so it may hide a change too")
    return second


def polled_while(system: BusinessSystemDriver, since: str, happens: Callable[[str], object]) -> Listed:
    """What a poll in pages of one lists on all its pages, where something happens to the first record in between.

    Raises:
        Inconclusive: there was one page alone, so nothing could happen between two.
    """
    pages: list[Page] = []
    for page in system.pages(since, size=1):
        pages.append(page)
        if len(pages) == 1:
            for item in system.own(list(page.items))[:1]:
                happens(item.id)
    if len(pages) < 2:
        raise Inconclusive(
            "the poll has one page alone, so nothing can change between two", "business_system.poll.paging"
        )
    return _of(system, pages)


def _of(system: BusinessSystemDriver, pages: Sequence[Page]) -> Listed:
    items = [item for page in pages for item in page.items]
    return Listed(system, items, tuple(page.exchange for page in (*pages[:1], *pages[1:][-1:])))


MOST_POLLS = 30
"""How many polls may bring something new: others may write without an end."""


def taken_a_few_at_a_time(system: BusinessSystemDriver, since: str, most: int) -> Listed:
    """What a poller takes that leaves all but a few records for its next polls, and moves its mark no further.

    Raises:
        Inconclusive: each of many polls brings something new, such as records from before the mark.
    """
    poller = Poller(system, since)
    items: list[Item] = []
    for _ in range(MOST_POLLS):
        new = poller.poll(most=most)
        items += new
        if not new:
            return Listed(system, items)
    raise Inconclusive(f"each of {MOST_POLLS} polls brings something new, so the last of it is still to come")


def means_the_same(system: BusinessSystemDriver, mark: str, elsewhere: str, records: Sequence[str]) -> None:
    """A mark as another zone writes it lists the same records, or is refused, so that nobody takes it for another."""
    listed = polled(system, mark)
    status = system.ask(elsewhere).status
    if 400 <= status < 500:
        system.case.note(f"a mark with the offset of another zone is refused with {status}")
        system.case.judge(None, "the same records, or a refusal", "same-instant")
    else:
        polled(system, elsewhere).is_the_same_for(listed, records)


def fits(system: BusinessSystemDriver, size: int, most: int, shown: Exchange) -> None:
    """An answer has no more bytes than a connection takes."""
    flaw = f"a page of the poll has more than {most:,} bytes" if size > most else None
    system.case.judge(flaw, f"at most {most:,} bytes in an answer", "fits", shown)


def pages_have_at_most(system: BusinessSystemDriver, since: str, size: int) -> None:
    """No page of a poll has more records than it asks for."""
    largest = max(system.pages(since, size=size), key=lambda page: len(page.items))
    number = len(largest.items)
    flaw = f"a poll that asks for {size} records gets {number}" if number > size else None
    system.case.judge(flaw, "no more records than were asked for", "page-size", largest.exchange)


def is_an_empty_list(system: BusinessSystemDriver, reply: Reply, mark: str) -> None:
    """An answer to a poll is a list, with nothing from before its mark in it.

    Raises:
        Inconclusive: it lists something newer.
    """
    reply.is_json("a poll that has nothing to list")
    reply.names_no_error("a poll that has nothing to list")
    number = len(system.listed_from_before(reply, mark))
    flaw = f"{number} records are listed that changed before the mark" if number else None
    system.case.judge(flaw, "an empty list", "nothing-old", reply.exchange)


def pages_keep_to_the_mark(system: BusinessSystemDriver, since: str, size: int, old: Sequence[Item]) -> None:
    """A poll in small pages lists nothing from before its mark that the same poll in large pages leaves out.

    Args:
        system: the system that is polled.
        since: the mark.
        size: of a small page.
        old: records from before the mark. A feed of cursors may list the last of them, which stands right at the mark.

    Raises:
        Inconclusive: the poll in large pages lists the first of them, so the mark is not what leaves it out.
    """
    large = polled(system, since)
    if any(item.id == old[0].id for item in large.items):
        raise Inconclusive("the poll lists a record from before its mark, so no page can be seen to forget it")
    shown: list[Exchange] = []
    found: list[Item] = []
    for page in system.pages(since, size=size):
        shown = [*shown[:1], page.exchange]
        found = change_feed.as_old_as(old, page.items, beside=large.items)
        if found:  # what follows may be all that the system has
            break
    flaw = f"a page lists {found[0].id}, which has not changed since the mark" if found else None
    system.case.judge(flaw, "what has changed since the mark, on every page", "keeps-the-mark", *shown)


def none_is_doubled(system: BusinessSystemDriver, since: str, records: Sequence[str]) -> None:
    """A poll lists no other record with the label of one that was created once. One that it lists is deleted.

    Raises:
        Inconclusive: the poll does not list all the records with their labels.
    """
    listed = polled(system, since)
    labels = {system.label_of(record) for record in records}
    if missing := labels - {item.fields.get(system.label) for item in listed.items if item.id in records}:
        raise Inconclusive(f"the poll does not list {len(missing)} of the records with their {system.label}")
    known = system.own(list(listed.items))
    others = [item for item in listed.items if item not in known and item.fields.get(system.label) in labels]
    for item in others:
        system.remove(item.id)
    flaw = f"{len(others)} more with the same labels are listed beside {len(records)} records" if others else None
    system.case.judge(flaw, "one record for each creation", "one-each", *listed.shown)


def mark_of_a_listed_record(system: BusinessSystemDriver) -> str:
    """A mark after which a record is listed. Raises Inconclusive where it is not: only what shows can be hidden."""
    system.stop_the_clock()
    mark = system.mark()
    system.later()
    record = system.created()
    if change_feed.missing_ids(polled(system, mark).items, [record]):
        raise Inconclusive("the poll does not list a record that was just created, so a missing one tells nothing")
    return mark


def is_not_taken_for_a_quiet_window(system: BusinessSystemDriver, reply: Reply, whose: str, due: int) -> None:
    """An answer to a poll that should be refused is a refusal, or lists something all the same.

    Args:
        system: the system that was polled.
        reply: the answer.
        whose: the caller in words, such as `with wrong credentials`.
        due: the status that tells the caller.
    """
    hides = reply.succeeded and not system.items_in(reply)
    flaw = f"a poll {whose} is answered {reply.status}, as if nothing had changed" if hides else None
    system.case.judge(flaw, f"status {due}, so that somebody sees it", "seen-as-refused", reply.exchange)


def first_page(system: BusinessSystemDriver, since: str) -> Listed:
    """What the first page lists; nothing where the mark is refused."""
    reply = system.ask(since)
    if 400 <= reply.status < 500:
        return Listed(system, (), (reply.exchange,))
    if not reply.succeeded:
        raise Inconclusive(f"the poll is answered {reply.status}")
    if flaw := reply.unreadable("the poll"):
        raise Inconclusive(flaw)
    return Listed(system, system.items_in(reply), (reply.exchange,))


def is_in_no_other_state(system: BusinessSystemDriver, before: Item, after: Item) -> None:
    """A record has the time and the version that it had."""
    flaw = None if after.state == before.state else "a record has another time or version after it was read"
    system.case.judge(flaw, "no change by reading", "same-state")


def is_another_id(system: BusinessSystemDriver, old: str, new: str) -> None:
    """A new record has not the id of a deleted one."""
    flaw = "a new record has the id of a deleted one" if old == new else None
    system.case.judge(flaw, "an id that no record had before", "another-id")


def time_has_an_offset(system: BusinessSystemDriver, item: Item) -> None:
    """The time of a record says how far it is from UTC."""
    system.case.judge(change_feed.has_no_offset(item), "a date-time with Z or an offset (RFC 3339)", "offset")


def states_differ(system: BusinessSystemDriver, items: Sequence[Item]) -> None:
    """Each state of a record has its own time, or its own version."""
    known = len({item.state for item in items})
    told = "all have the same time and version" if known == 1 else f"have {known} times and versions between them"
    flaw = None if known == len(items) else f"{len(items)} states of a record {told}"
    system.case.judge(flaw, "another time or another version after each change", "states-differ")
