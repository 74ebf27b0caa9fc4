"""A business system at its limits: how often it answers, and how much."""

from __future__ import annotations

from itertools import batched
from typing import Any

from conformance.http.exchange import Exchange
from conformance.http.streamed_body import Received
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.answers import Reply
from conformance.suites.change_triggers.feeds import MOST_ALONE, MOST_IN_BULK
from conformance.suites.change_triggers.fields import Fields
from conformance.suites.change_triggers.values import long_text

_TOO_MANY = 429
_MARGIN = 1_048_576
"""How many bytes of an answer are read beyond a limit."""


class Limits(Fields):
    """A business system that is asked more often, or for more, than it may like."""

    def refused_for_load(self) -> tuple[Reply, str]:
        """The 429 to one of several writes in a row, and the label of the record that was refused.

        Raises:
            NotTested: no limit is declared.
            Inconclusive: a write has another answer, or all of them are accepted.
        """
        limit = self.rate_limit
        who = self.credentials if limit.access is None else self.credentials_of(limit.access)
        for _ in range(limit.writes + 1):
            record = self.plain_record()
            reply = self.create(record, credentials=who, once=True)
            if reply.status == _TOO_MANY:
                return reply, record[self.label]
            reply.works("a write below the limit")
        raise Inconclusive(
            f"{limit.writes + 1} writes in a row are accepted, so none is refused with 429",
            "business_system.rate_limit: {writes: …}, or limits.requests_per_second: more",
        )

    def is_not_carried_out(self, refusal: Reply, label: str, mark: str) -> None:
        """A poll does not list what was refused. A later record, which it lists, is the control."""
        later = self.created()
        items = self.polled(mark)
        if not any(item.id == later and self.label in item.fields for item in items):
            raise Inconclusive(
                f"the poll does not list the {self.label} of a new record, so a missing one says nothing"
            )
        found = [item.id for item in items if item.fields.get(self.label) == label and not item.deleted]
        for identifier in found:
            self.ledger.heard(self.ledger.record(label, self.label, identifier), 201)
        flaw = "a record is there although its creation was refused with 429" if found else None
        self.case.judge(flaw, "no record of a refused creation", "not-carried-out", refusal.exchange, self.case.last)

    def size_of_the_largest_page(self, most: int) -> tuple[int, Exchange]:
        """How many bytes the largest page has where each text is as long as it may be.

        Only as many records are written as it takes to pass a limit, and one alone where no page can pass it.

        Args:
            most: the limit.

        Returns:
            The size, and the answer that shows it.

        Raises:
            NotTested: it takes many records, and a write creates one alone.
        """
        self.stop_the_clock()
        mark = self.mark()
        self.later()
        self.created(self.longest_record())
        size, shown = self._size_of_a_page(mark, most)
        largest = self.polling.largest_page if self.can_size else most
        if size * largest <= most or size > most:
            return size, shown
        wanted = min(largest, most // size + 1)
        if wanted > MOST_ALONE or self.role.create_many is not None:
            for part in batched(range(wanted), MOST_IN_BULK):
                self.created_in_bulk([self.longest_record() for _ in part])
        else:
            self.created_at_once([self.longest_record() for _ in range(wanted)])
        return self._size_of_a_page(mark, most)

    def longest_record(self) -> dict[str, Any]:
        """A record with long texts. They lack the last character that they may have, which is for MAP-02 to judge."""
        longest = {
            name: long_text(about.max_length - 1)
            for name, about in self.role.fields.items()
            if about.max_length is not None
            and about.max_length > 1
            and about.type in ("string", "text")
            and about.example is None
        }
        return {**self.full_record(), **longest, self.label: self.new_label()}

    def _size_of_a_page(self, mark: str, most: int) -> tuple[int, Exchange]:
        request = self._first_request(self._window(mark, None, None))
        received = Received(at_most=most + _MARGIN)
        reply = self.send(request, into=received)
        if received.size <= most:
            reply.works("a poll")
        return received.size, reply.exchange
