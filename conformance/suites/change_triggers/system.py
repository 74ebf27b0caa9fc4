"""What a suite says to a business system: it writes records of its own, polls, and leaves nothing behind."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.documents import exact_json
from conformance.documents.json_path import first_at
from conformance.http.credentials import bearer, carrying
from conformance.http.exchange import Exchange, Headers, Request
from conformance.judging.applicability import lacking
from conformance.judging.journal import Entry, Journal, Undo
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules.change_feed import Item
from conformance.rules.outcome import Inconclusive
from conformance.suites.change_triggers.answers import Reply
from conformance.suites.change_triggers.declared import Declared
from conformance.suites.change_triggers.requests import filled
from conformance.suites.change_triggers.values import plain_value

if TYPE_CHECKING:
    from conformance.config.roles import Access, BusinessSystem
    from conformance.config.roles.templates import Call
    from conformance.http.client import Client

TOKEN_SECONDS = 240
"""How long a token that was fetched is used again."""

MANY_AT_ONCE = 8
"""How many writes run in parallel."""

_GONE = (404, 410)
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that is open."""

    id: str


class System(Declared):
    """A business system. Whatever is created through it is journaled, and deleted by `clear`."""

    def __init__(
        self,
        role: BusinessSystem,
        client: Client,
        case: CaseRecord,
        journal: Journal,
        tokens: dict[str, tuple[float, Headers]],
        *,
        has_clock: bool,
    ) -> None:
        self.role = role
        self.case = case
        self.has_clock = has_clock and role.clock is not None
        self._client = client
        self._tokens = tokens
        self._journal = journal
        self._mine: dict[str, Entry | None] = {}  # by id: what stands, with the entry that would remove it
        self._intent: Entry | None = None
        self._open: list[Transaction] = []
        self._clock_is_stopped = False
        self._past: set[str] = set()
        self._labels: dict[str, Any] = {}
        self._is_clearing = False
        self._controlled: set[str] = set()

    # ----------------------------------------------------------- connections

    @cached_property
    def credentials(self) -> Headers:
        """The headers of the connection. A token serves several cases, for a few minutes."""
        name, now = self._client.target.name, time.monotonic()
        since, found = self._tokens.get(name, (0.0, ()))
        if not found or now - since > TOKEN_SECONDS:
            found = self.credentials_of(self.role.access)
            self._tokens[name] = now, found
        return found

    def credentials_of(self, access: Access) -> Headers:
        """The headers of a caller. A token that can be fetched is fetched anew."""
        return carrying(self._send_quietly, access, self._client.target.token_endpoint)

    def wrong_credentials(self) -> Headers:
        """Credentials of the same kind that are wrong in their last letters."""
        if not self.credentials:
            raise lacking(self.role, "credentials")
        [(name, value)] = self.credentials
        if value.startswith("Bearer "):
            return (bearer(_altered(value.removeprefix("Bearer "))),)
        return ((name, _altered(value).reveal()),)

    def call(
        self,
        call: Call,
        places: Mapping[str, str | None] | None = None,
        credentials: Headers | None = None,
        *,
        record: Mapping[str, Any] | None = None,
        headers: Headers = (),
    ) -> Reply:
        """Send what a template stands for."""
        who = self.credentials if credentials is None else credentials
        request = filled(call, self.role.base_url, places or {}, record=record, headers=(*who, *headers))
        return self.send(request, retry=credentials is None)

    def send(self, request: Request, *, retry: bool = True) -> Reply:
        """Send a request, and keep it as evidence. An overload is waited for where no refusal is expected."""
        exchange = self._client.send(request, retry=retry)
        if not self._is_clearing:
            self.case.exchanges.append(exchange)
        return Reply(self.case, exchange)

    # --------------------------------------------------------------- actions

    def new_label(self) -> str:
        """A text that no other record of this process has."""
        about = self.role.fields.get(self.label)
        return f"seasonproof {next(_NUMBERS)}"[: about.max_length if about else None]

    def plain_record(self, **values: Any) -> dict[str, Any]:
        """The least record that the system takes, with these values in it."""
        needed = {name: plain_value(about) for name, about in self.role.fields.items() if about.required}
        return {**needed, self.label: self.new_label(), **values}

    def create(self, record: Mapping[str, Any], *, headers: Headers = (), credentials: Headers | None = None) -> Reply:
        """Ask for a new record. If one comes of it, it is deleted at the end."""
        self._announce()
        chosen = f"seasonproof-{next(_NUMBERS)}-{id(self):x}" if self.creation.has("id") else None
        if chosen is not None:
            self._keep(chosen)
        reply = self.call(self.creation, {"id": chosen}, credentials, record=record, headers=headers)
        found = chosen if chosen is not None else self.id_in(reply)
        if reply.exchange.response is not None and reply.succeeded and found is not None and found not in self._mine:
            self._keep(found)
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
        reply = self.create(values, headers=self._in(transaction))
        reply.works("creating a plain record")
        found = self.id_in(reply)
        if found is None:
            raise Inconclusive(
                f"the answer to a creation has no id at {self.creation.id}", "business_system.create: {id: $.id}"
            )
        if found in self._labels:
            raise Inconclusive("two creations are answered with the same id, so no record can be told from another")
        self._labels[found] = values.get(self.label)
        return found

    def stored(self, identifier: str) -> Item:
        """A record as it stands after its creation, which is a control.

        Raises:
            Inconclusive: it does not show the label that was written, so it may be any record.
        """
        item = self.item(identifier)
        if item.fields.get(self.label) != self._labels[identifier]:
            raise Inconclusive(f"the record does not show its {self.label}, so nothing tells that it is the new one")
        return item

    def created_at_once(self, count: int) -> list[str]:
        """The ids of records that are created in parallel."""
        records = [self.plain_record() for _ in range(count)]
        return self.at_once([lambda record=record: self.created(record) for record in records])  # type: ignore[misc] # its one default is filled in

    def at_once[T](self, actions: list[Callable[[], T]]) -> list[T]:
        """What some actions come to that run in parallel."""
        self._announce()
        with ThreadPoolExecutor(MANY_AT_ONCE) as pool:
            return list(pool.map(lambda action: action(), actions))

    def read(self, identifier: str, credentials: Headers | None = None) -> Reply:
        """Ask for a record."""
        return self.call(self.reading, {"id": identifier}, credentials)

    def item(self, identifier: str) -> Item:
        """A record as it stands, which is a control.

        Raises:
            Inconclusive: it cannot be read.
        """
        reply = self.read(identifier).works("reading a record that was just written")
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
        record = {**before.fields, **changes} if before is not None and self.updating.whole else changes
        places = {"id": identifier, "version": before.version if before else None}
        return self.call(self.updating, places, credentials, record=record, headers=headers)

    def updated(self, identifier: str, **changes: Any) -> None:
        """Change a record, which is a control. Raises Inconclusive where the system does not do it."""
        self.update(identifier, changes or {self.label: self.new_label()}).works("changing a record")

    def delete(self, identifier: str) -> Reply:
        """Ask to delete a record."""
        version = self.item(identifier).version if self.deletion.has("version") else None
        reply = self.call(self.deletion, {"id": identifier, "version": version})
        if reply.succeeded or reply.status in _GONE:
            self._forget(identifier)
        return reply

    def item_of(self, data: object) -> Item:
        """A record as the target file's paths find it."""
        role = self.role
        fields = first_at(role.record, data)
        return Item(
            id=text_of(first_at(role.id, data)) or "",
            modified=text_of(first_at(role.modified, data)),
            version=text_of(first_at(role.version, data)),
            deleted=bool(first_at(role.deleted, data)),
            fields=fields if isinstance(fields, dict) else {},
        )

    # ---------------------------------------------------------- transactions

    def begin(self) -> Transaction:
        """An open transaction. Raises Inconclusive where none can be begun."""
        reply = self.call(self.transactions.begin).works("beginning a transaction")
        transaction = Transaction(text_of(first_at(self.transactions.begin.id, reply.content)) or "")
        self._open.append(transaction)
        return transaction

    def commit(self, transaction: Transaction) -> None:
        """Commit a transaction. Raises Inconclusive where that does not work."""
        self._open.remove(transaction)
        self.call(self.transactions.commit, {"transaction": transaction.id}).works("committing a transaction")

    def _in(self, transaction: Transaction | None) -> Headers:
        return () if transaction is None else ((self.transactions.header, transaction.id),)

    # ----------------------------------------------------------------- clock

    def stop_the_clock(self) -> None:
        """Let no time pass but by `tick`, where the system has a clock for tests."""
        if self.has_clock:
            self._move({"stopped": True})
            self._clock_is_stopped = True

    def tick(self, seconds: float = 0.001) -> None:
        """Move a stopped clock forward."""
        if self._clock_is_stopped:
            self._move({"advance_seconds": seconds})

    def _move(self, wish: Mapping[str, object]) -> None:
        body = exact_json.write(dict(wish)).encode()
        exchange = self._send_quietly(
            Request("POST", self.role.clock or "", (("Content-Type", "application/json"), *self.credentials), body),
            retry=True,
        )
        if exchange.response is None or exchange.response.status >= 300:
            raise Inconclusive("the clock of the system does not move", "business_system.clock: https://…")

    # -------------------------------------------------------------- clean-up

    def clear(self) -> None:
        """Delete what was created. It is no evidence of anything."""
        self._is_clearing = True
        try:
            for transaction in list(self._open):
                with suppress(Inconclusive):
                    self.commit(transaction)
            if self.role.delete is not None:
                for identifier in list(self._mine):
                    with suppress(Inconclusive):
                        self._undo(identifier)
        finally:
            self._is_clearing = False
        # A system may give an id again once nobody holds it.
        self._labels = {identifier: label for identifier, label in self._labels.items() if identifier in self._mine}
        if self._intent is not None and not self._mine:
            self._journal.undone(self._intent)
            self._intent = None

    def close(self) -> None:
        """The end of a case: nothing is left behind, and time passes again."""
        try:
            self.clear()
        finally:
            if self._clock_is_stopped:
                self._clock_is_stopped = False
                self._move({"stopped": False})

    def _undo(self, identifier: str) -> None:
        reply = self.delete(identifier)
        if identifier in self._mine:
            self.case.note(f"a record is left: its deletion is answered {reply.status}")

    def _announce(self) -> None:
        # The id of a new record is not known before: until it is, this entry says what to look for.
        if self._intent is None and not self.creation.has("id"):
            says = f"records whose {self.label} begins with seasonproof"
            ends = "by hand, where the answer to a creation was lost"
            self._intent = self._journal.will_create(self._client.requirement, self._client.target, says, ends=ends)

    def _keep(self, identifier: str) -> None:
        undo = None
        if self.role.delete is not None and not self.role.delete.has("version") and self.role.delete.method == "DELETE":
            undo = Undo(
                "DELETE", filled(self.role.delete, self.role.base_url, {"id": identifier}).url, "business_system"
            )
        self._mine[identifier] = self._journal.will_create(
            self._client.requirement, self._client.target, "a record", undo=undo, ends="" if undo else "by hand"
        )

    def _forget(self, identifier: str) -> None:
        entry = self._mine.pop(identifier, None)
        self._past.add(identifier)
        if entry is not None:
            self._journal.undone(entry)

    def _send_quietly(self, request: Request, *, retry: bool) -> Exchange:
        return self._client.send(request, retry=retry)


def text_of(value: object) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)


def _altered(value: str) -> Secret:
    """A value of the same shape with other last letters."""
    end = "".join("A" if letter != "A" else "B" for letter in value[-6:])
    return Secret(value[:-6] + end)
