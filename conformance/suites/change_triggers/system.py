"""What a suite says to a business system: it writes records of its own, polls, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.documents import exact_json
from conformance.documents.json_path import first_at
from conformance.http.exchange import Headers, Request
from conformance.judging.journal import Entry, Journal
from conformance.judging.matchers import CaseRecord
from conformance.rules.change_feed import Item
from conformance.rules.outcome import Inconclusive, NotTested, Stopped, Throttled
from conformance.suites.change_triggers.answers import Reply
from conformance.suites.change_triggers.connection import Connection
from conformance.suites.change_triggers.ledger import GOING, Ledger, new_id, new_label
from conformance.suites.change_triggers.requests import JSON, filled
from conformance.suites.change_triggers.shapes import as_read, to_write
from conformance.suites.change_triggers.values import plain_value
from conformance.suites.identifiers import addressable

if TYPE_CHECKING:
    from conformance.config.roles import BusinessSystem, RecordField
    from conformance.http.client import Client
    from conformance.http.credentials import Tokens

_GONE = (404, 410)
_NEEDS_A_CONDITION = 428  # RFC 6585, section 3
_CONDITION_FAILED = 412  # RFC 9110, section 15.5.13


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that is open."""

    id: str
    entry: Entry = field(compare=False)


class System(Connection):
    """A business system. Whatever is created through it is journaled, and deleted by `clear`."""

    def __init__(
        self,
        role: BusinessSystem,
        client: Client,
        case: CaseRecord,
        journal: Journal,
        tokens: Tokens,
        *,
        has_clock: bool,
    ) -> None:
        super().__init__(role, client, case, tokens)
        self.has_clock = has_clock and role.clock is not None
        self.ledger = Ledger(role, client, journal)
        self._open: list[Transaction] = []
        self._stopped_clock: Entry | None = None
        self._labels: dict[str, Any] = {}
        self._controlled: set[str] = set()

    # --------------------------------------------------------------- actions

    def new_label(self) -> str:
        """A text by which a record is told from all others."""
        about = self.role.fields.get(self.label)
        return new_label(about.max_length if about is not None else None)

    def plain(self, about: RecordField) -> Any:
        """A value of a field that nobody refuses; for a lookup without an example, a record of this collection."""
        if about.type == "lookup" and about.example is None:
            self._looked_up = self._looked_up if self._looked_up in self.ledger.records else None
            self._looked_up = self._looked_up or self.created()
            return self._looked_up
        return plain_value(about)

    _looked_up: str | None = None

    def plain_record(self, **values: Any) -> dict[str, Any]:
        """The least record that the system takes, with these values in it."""
        needed = {name: self.plain(about) for name, about in self.role.fields.items() if about.required}
        return {**needed, self.label: self.new_label(), **values}

    def full_record(self) -> dict[str, Any]:
        """A record with a plain value in every field."""
        return {**{name: self.plain(about) for name, about in self.role.fields.items()}, self.label: self.new_label()}

    def create(
        self,
        record: Mapping[str, Any],
        *,
        headers: Headers = (),
        credentials: Headers | None = None,
        body: bytes | None = None,
        once: bool = False,
    ) -> Reply:
        """Ask for a new record. If one comes of it, it is deleted at the end.

        Args:
            record: its fields.
            headers: further headers.
            credentials: whose; those of the connection if left out.
            body: any bytes, in place of the record.
            once: whether an overload is an answer like any other.

        Raises:
            Inconclusive: the new record has an id that can stand in no address.
        """
        chosen = new_id() if self.creation.has("id") else None
        who = self.credentials if credentials is None else credentials
        sent = to_write(self.role, record, self.role.constants)
        request = filled(self.creation, self.role.base_url, {"id": chosen}, record=sent, headers=(*who, *headers))
        if body is not None:
            request = replace(request, body=body)
        entry = self.ledger.record(record.get(self.label), self.label, chosen)
        try:
            reply = self.send(request, retry=credentials is None, once=once)
        except (Throttled, NotTested):  # it was refused by an overload, or it was never sent
            self.ledger.heard(entry, 429)
            raise
        self.ledger.heard(entry, reply.exchange.status)
        is_whole = reply.exchange.response is not None and not reply.exchange.problem
        if chosen is None and is_whole and reply.succeeded and (found := self.id_in(reply)):
            self.ledger.found(entry, addressable(found, "the new record"))
        return reply

    def id_in(self, reply: Reply) -> str | None:
        """The id of the record that a creation made."""
        if self.creation.has("id"):
            return urlsplit(reply.exchange.request.url).path.rpartition("/")[2]
        found = first_at(self.creation.id, reply.content)
        return None if found is None or isinstance(found, dict | list | bool) else str(found)

    def created(self, record: Mapping[str, Any] | None = None, transaction: Transaction | None = None) -> str:
        """The id of a new record, which is a control.

        Raises:
            Inconclusive: the system does not create it.
        """
        values = self.plain_record() if record is None else record
        return self._identified(self.create(values, headers=self._in(transaction)), values)

    def _identified(self, reply: Reply, values: Mapping[str, Any]) -> str:
        reply.works("creating a plain record")
        found = self.id_in(reply)
        if found is None:
            raise Inconclusive(
                f"the answer to a creation has no id at {self.creation.id}", "business_system.create: {id: $.id}"
            )
        if found in self._labels:
            raise Inconclusive("two creations are answered with the same id, so no record can be told from another")
        if self.ledger.is_past(found):
            self.case.note("the system gives the id of a deleted record again (ACT-12)")
        self._labels[found] = values.get(self.label)
        return found

    def label_of(self, identifier: str) -> Any:
        """The label with which a record was created."""
        return self._labels[identifier]

    def stored(self, identifier: str) -> Item:
        """A record as it stands after its creation, which is a control.

        Raises:
            Inconclusive: it does not show the label that was written, so it may be any record.
        """
        item = self.item(identifier)
        if item.fields.get(self.label) != self._labels[identifier]:
            raise Inconclusive(f"the record does not show its {self.label}, so nothing tells that it is the new one")
        return item

    def read(self, identifier: str, credentials: Headers | None = None) -> Reply:
        """Ask for a record."""
        return self.call(self.reading, {"id": identifier}, credentials)

    def item(self, identifier: str) -> Item:
        """A record as it stands, which is a control.

        Raises:
            Inconclusive: it cannot be read.
        """
        return self.item_in(self.read(identifier))

    def item_in(self, reply: Reply) -> Item:
        """The record that an answer shows. Raises Inconclusive where it is no success."""
        reply.works("reading a record that was just written")
        return self.item_of(first_at(self.reading.item, reply.content))

    def update(
        self,
        identifier: str,
        changes: Mapping[str, Any],
        *,
        headers: Headers = (),
        credentials: Headers | None = None,
        known: Item | None = None,
    ) -> Reply:
        """Ask to change fields of a record.

        Args:
            identifier: the record.
            changes: the fields with their new values.
            headers: further headers.
            credentials: whose; those of the connection if left out.
            known: the record as the caller knows it; it is read where an update needs it.
        """
        needs_it = self.updating.whole or self.updating.has("version")
        before = known or (self.item(identifier) if needs_it else None)
        base = {**before.whole, **self.role.constants} if before is not None and self.updating.whole else {}
        record = to_write(self.role, changes, base)
        places = {"id": identifier, "version": before.version if before else None}
        write = partial(self.call, self.updating, places, credentials, record=record)
        return self._conditionally(identifier, write, headers)

    def updated(self, identifier: str, **changes: Any) -> None:
        """Change a record, which is a control. Raises Inconclusive where the system does not do it."""
        self.update(identifier, changes or {self.label: self.new_label()}).works("changing a record")

    def delete(self, identifier: str, credentials: Headers | None = None) -> Reply:
        """Ask to delete a record, with the credentials of the connection or others."""
        version = self.item(identifier).version if self.deletion.has("version") else None
        return self._delete(identifier, version, credentials)

    def undelete(self, identifier: str, credentials: Headers | None = None) -> Reply:
        """Ask to bring a deleted record back. If it comes, it is deleted at the end."""
        entry = self.ledger.record(None, self.label, identifier)
        reply = self.call(self.undeletion, {"id": identifier}, credentials)
        self.ledger.heard(entry, reply.exchange.status)
        return reply

    def remove(self, identifier: str) -> str:
        """Delete a record, which is no evidence of anything.

        Returns:
            Why it is still there; empty once it is gone.
        """
        version = None
        if self.deletion.has("version"):
            reading = self.read(identifier)
            item = self.item_of(first_at(self.reading.item, reading.content))
            if reading.status in _GONE or item.deleted:
                self.ledger.forget(identifier)
                return ""
            version = item.version
        reply = self._delete(identifier, version)
        if reply.succeeded or reply.status in _GONE:
            return ""
        return f"its deletion is answered {reply.status}"

    def _delete(self, identifier: str, version: str | None, credentials: Headers | None = None) -> Reply:
        places = {"id": identifier, "version": version}
        reply = self._conditionally(identifier, partial(self.call, self.deletion, places, credentials))
        if reply.succeeded or (reply.status in _GONE and credentials is None):  # 404 may hide it from others
            self.ledger.forget(identifier)
            self._labels.pop(identifier, None)
        return reply

    def _conditionally(self, identifier: str, write: Callable[..., Reply], headers: Headers = ()) -> Reply:
        """The answer to a write. Where the system asks for the state that is meant, it is made once more with that."""
        reply = write(headers=headers)
        if self.role.read is None or not self._wants_a_condition(reply):
            return reply
        etag = self.read(identifier).response.header("etag")
        return write(headers=(*headers, ("If-Match", etag))) if etag is not None else reply

    def _wants_a_condition(self, reply: Reply) -> bool:
        """Whether a write is refused for want of a condition: some systems say 412 for that, though none was sent."""
        if reply.exchange.status != _CONDITION_FAILED or self.role.lock == "version":
            return reply.exchange.status == _NEEDS_A_CONDITION
        return not any(name.lower().startswith("if-") for name, _ in reply.exchange.request.headers)

    def item_of(self, data: object) -> Item:
        """A record as the target file's paths find it."""
        role = self.role
        found = first_at(role.record, data)
        whole = found if isinstance(found, dict) else {}
        return Item(
            id=text_of(first_at(role.id, data)) or "",
            modified=text_of(first_at(role.modified, data)),
            version=text_of(first_at(role.version, data)),
            deleted=bool(first_at(role.deleted, data)),
            fields=as_read(role, whole),
            whole=whole,
        )

    # ---------------------------------------------------------- transactions

    def begin(self) -> Transaction:
        """An open transaction. Raises Inconclusive where none can be begun."""
        reply = self.call(self.transactions.begin).works("beginning a transaction")
        found = text_of(first_at(self.transactions.begin.id, reply.content)) or ""
        identifier = addressable(found, "the new transaction")
        transaction = Transaction(identifier, self.ledger.transaction(identifier))
        self._open.append(transaction)
        return transaction

    def commit(self, transaction: Transaction) -> None:
        """Commit a transaction. Raises Inconclusive where that does not work."""
        self._open.remove(transaction)
        self.commit_id(transaction.id).works("committing a transaction")
        self.ledger.undone(transaction.entry)

    def commit_id(self, identifier: str) -> Reply:
        """Ask to commit the transaction of this id."""
        return self.call(self.transactions.commit, {"transaction": identifier})

    def _in(self, transaction: Transaction | None) -> Headers:
        return () if transaction is None else ((self.transactions.header, transaction.id),)

    # ----------------------------------------------------------------- clock

    def stop_the_clock(self) -> None:
        """Let no time pass but by `tick`, where the system has a clock for tests."""
        if self.has_clock:
            request = self._to_the_clock({"stopped": True})  # without credentials nothing is sent, and nothing noted
            entry = self._stopped_clock = self._stopped_clock or self.ledger.stopped_clock()
            status = self._send_quietly(request, retry=True).status
            self.ledger.heard(entry, status)
            if 400 <= status < 500:
                self._stopped_clock = None
            self._has_moved(status)

    def start_the_clock(self) -> None:
        """Let time pass again. Raises Inconclusive where that does not work."""
        self._has_moved(self._send_quietly(self._to_the_clock(GOING), retry=True).status)

    def tick(self, seconds: float = 0.001) -> None:
        """Move a stopped clock forward."""
        if self._stopped_clock is not None:
            request = self._to_the_clock({"advance_seconds": seconds})
            self._has_moved(self._send_quietly(request, retry=True).status)

    def _to_the_clock(self, wish: Mapping[str, object]) -> Request:
        body = exact_json.write(dict(wish)).encode()
        return Request("POST", self.role.clock or "", (JSON, *self.credentials), body)

    def _has_moved(self, status: int) -> None:
        if not 200 <= status < 300:
            raise Inconclusive("the clock of the system does not move", "business_system.clock: https://…")

    # -------------------------------------------------------------- clean-up

    def clear(self) -> None:
        """Delete what was created. It is no evidence of anything. What cannot be deleted stays in the journal."""
        self._is_clearing = True
        try:
            for transaction in list(self._open):
                with suppress(Inconclusive):
                    self.commit(transaction)
            for identifier in list(self.ledger.records) if self.role.delete is not None else ():
                problem = self.remove(identifier)
                if problem and self.ledger.was_refused(identifier):
                    self.ledger.forget(identifier)  # it was never there, and a system may refuse to talk about it
                elif problem:
                    self.case.note(f"a record is left: {problem}")
        except Stopped as stopped:  # an overload, or no answer: to go on would help nobody
            self.case.note(f"records are left: {stopped}")
        finally:
            self._is_clearing = False
        # A system may give an id again once nobody holds it.
        self._labels = {key: label for key, label in self._labels.items() if key in self.ledger.records}

    def close(self) -> None:
        """The end of a case: nothing is left behind, and time passes again."""
        self.clear()
        if self._stopped_clock is not None:
            self.start_the_clock()
            self.ledger.undone(self._stopped_clock)
            self._stopped_clock = None


def text_of(value: object) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)
