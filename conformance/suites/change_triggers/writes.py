"""Writes of several records: in parallel, and in one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.documents.json_path import first_at, members_at
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.answers import Reply
from conformance.suites.change_triggers.shapes import to_write
from conformance.suites.change_triggers.system import System, text_of
from conformance.suites.identifiers import addressable

if TYPE_CHECKING:
    from conformance.http.exchange import Headers

MANY_AT_ONCE = 8
"""How many writes run in parallel."""

_BUSY = (409, 423)


class Writes(System):
    """A business system in which several records are created together."""

    def created_at_once(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of records that are created in parallel.

        What a busy system refuses, answers with an error of its own or does not answer is created alone, afterwards.
        """
        replies = self.at_once([partial(self.create, record) for record in records])
        left = [_is_busy(reply) for reply in replies]
        if any(left):
            self.case.note(f"{sum(left)} of {len(records)} parallel creations failed, and were made again alone")
        return [
            self.created(record) if again else self._identified(reply, record)
            for record, reply, again in zip(records, replies, left, strict=True)
        ]

    def created_in_bulk(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of records that one write creates.

        Raises:
            NotTested: no such write is declared.
            Inconclusive: it does not work, or its answer has not one id for each record.
        """
        reply = self.create_many(records).works("creating records in bulk")
        found = self._ids_in(reply)
        if len(found) != len(records):
            told = f"the answer to a bulk creation has not one id for each record at {self.bulk_creation.ids}"
            raise Inconclusive(told, "business_system.create_many: {ids: '$[*].id'}")
        for identifier, record in zip(found, records, strict=True):
            self._labels[identifier] = record.get(self.label)
        return found

    def create_many(self, records: Sequence[Mapping[str, Any]], credentials: Headers | None = None) -> Reply:
        """Ask for several records in one write. Those that come of it are deleted at the end."""
        entries = [self.ledger.record(record.get(self.label), self.label, None) for record in records]
        status = 429  # until it is heard otherwise: it was refused by an overload, or it was never sent
        try:
            sent = [to_write(self.role, each, self.role.constants) for each in records]
            reply = self.call(self.bulk_creation, None, credentials, record=sent)
            status = reply.exchange.status
        finally:
            for entry in entries:
                self.ledger.heard(entry, status)
        found = self._ids_in(reply) if reply.succeeded else []
        if len(found) == len(entries):
            for entry, identifier in zip(entries, found, strict=True):
                self.ledger.found(entry, identifier)
        return reply

    def _ids_in(self, reply: Reply) -> list[str]:
        """The different ids in the answer to a bulk creation."""
        found = [text_of(value) or "" for value in members_at(self.bulk_creation.ids, reply.content)]
        return list(dict.fromkeys(addressable(one, "a new record") for one in found if one))

    def upsert(self, key: str, record: Mapping[str, Any], credentials: Headers | None = None) -> Reply:
        """Write the record with an external id. If a new one comes of it, it is deleted at the end."""
        entry = self.ledger.record(record.get(self.label), self.label, None)
        status = 429  # as above
        try:
            written = to_write(self.role, record, self.role.constants)
            reply = self.call(self.upserting, {"key": key}, credentials, record=written)
            status = reply.exchange.status
        finally:
            self.ledger.heard(entry, status)
        if reply.succeeded and (found := text_of(first_at(self.upserting.id, reply.content))):
            self.ledger.found(entry, addressable(found, "the record"))
            self._labels.setdefault(found, record.get(self.label))
        return reply

    def is_one_record(self, replies: Sequence[Reply]) -> None:
        """Several upserts with one external id have written one record: all that were accepted name the same id."""
        ids = [text_of(first_at(self.upserting.id, reply.content)) for reply in replies if reply.succeeded]
        if not ids or None in ids:
            raise Inconclusive(f"no upsert has an id at {self.upserting.id}", "business_system.upsert: {id: $.id}")
        self.stored(str(ids[0]))
        flaw = f"{len(ids)} upserts with one external id made {len(set(ids))} records" if len(set(ids)) > 1 else None
        self.case.judge(flaw, "one record for each external id", "one-record", *(reply.exchange for reply in replies))

    def at_once[T](self, actions: list[Callable[[], T]]) -> list[T]:
        """What some actions come to that run in parallel."""
        _ = self.credentials  # fetched once, not by each of them
        with ThreadPoolExecutor(MANY_AT_ONCE) as pool:
            return list(pool.map(lambda action: action(), actions))


def _is_busy(reply: Reply) -> bool:
    answer = reply.exchange.response
    return answer is None or answer.status in _BUSY or answer.status >= 500
