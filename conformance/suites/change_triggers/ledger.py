"""What a case has created in a business system: in memory, and in the journal, so that all of it is undone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

from conformance.documents import exact_json
from conformance.judging.journal import Entry, Journal, Undo
from conformance.suites.change_triggers.requests import JSON, filled

if TYPE_CHECKING:
    from conformance.config.roles import BusinessSystem
    from conformance.config.roles.templates import Call
    from conformance.http.client import Client

RECORD, LOST_RECORD, TRANSACTION, CLOCK = "record", "lost record", "transaction", "clock"
"""The kinds of entries in the journal. The id of a lost record is not known: it is found by its label."""

GOING: Mapping[str, object] = {"stopped": False}
"""What a clock is told, so that time passes again."""

_NUMBERS = itertools.count(1)
_ID, _VERSION = "{id}", "{version}"


@cache
def _stamp() -> str:
    """What tells the records of this process from all others."""
    return uuid4().hex[:6]


def new_label(longest: int | None) -> str:
    """A text that no other record has; where there is no space for that, none of this process."""
    number = next(_NUMBERS)
    texts = (f"seasonproof {_stamp()} {number}", f"seasonproof {number}", f"{number}")
    return next((text for text in texts if longest is None or len(text) <= longest), texts[-1][-(longest or 0) :])


def new_id() -> str:
    """An id that no other record has."""
    return f"seasonproof-{_stamp()}-{next(_NUMBERS)}"


class Ledger:
    """The records that are there, by their ids, and what else has to be undone.

    Args:
        role: what the target file says about the system.
        client: says in whose name something is created.
        journal: where it is noted.
    """

    def __init__(self, role: BusinessSystem, client: Client, journal: Journal) -> None:
        self.records: dict[str, Entry] = {}
        self._role = role
        self._client = client
        self._journal = journal
        self._past: set[str] = set()

    def knows(self, identifier: str) -> bool:
        """Whether a record is, or was, one of this case."""
        return identifier in self.records or self.is_past(identifier)

    def is_past(self, identifier: str) -> bool:
        """Whether a record of this case had the id, and was deleted."""
        return identifier in self._past

    # ------------------------------------------------------------------ before

    def record(self, label: object, name: str, chosen: str | None) -> Entry:
        """Note that a record is about to be created.

        Args:
            label: the text that shows whose it is, if it has one.
            name: the field that holds it.
            chosen: its id, where the caller chooses it.
        """
        if chosen is not None:
            undo = self.deletion_of(chosen)
            self.records[chosen] = entry = self._noted(f"the record {chosen}", undo=undo, kind=RECORD, key=chosen)
            return entry
        is_unique = isinstance(label, str) and _stamp() in label
        what = f"perhaps a record whose {name} is {label}" if isinstance(label, str) else "perhaps a record"
        ends = f"by hand: look for it and delete it{self._with_its_id()}, for the answer to its creation had no id"
        return self._noted(what, ends=ends, kind=LOST_RECORD if is_unique else "", key=f"{label}" if is_unique else "")

    def transaction(self, identifier: str) -> Entry:
        """Note that a transaction is open."""
        undo = self.commit_of(identifier)
        entry = self._noted(f"the open transaction {identifier}", undo=undo, kind=TRANSACTION, key=identifier)
        self._journal.heard(entry, 200)
        return entry

    def stopped_clock(self) -> Entry:
        """Note that the clock is about to be stopped."""
        undo = Undo("POST", self._role.clock or "", "business_system", (JSON,), exact_json.write(dict(GOING)))
        return self._noted("its clock, which is stopped", undo=undo, kind=CLOCK)

    # ------------------------------------------------------------------- after

    def heard(self, entry: Entry, status: int) -> None:
        """Note what was answered, 0 for nothing. A refusal creates nothing; one that may have a record is kept."""
        self._journal.heard(entry, status)
        if 400 <= status < 500 and entry not in self.records.values():
            self._journal.undone(entry)

    def found(self, entry: Entry, identifier: str) -> None:
        """Note the id of a new record."""
        if identifier in self.records:
            self._journal.undone(entry)  # a retry gets the same one
            return
        self.records[identifier] = entry
        undo, what = self.deletion_of(identifier), f"the record {identifier}"
        if undo is not None:
            self._journal.found(entry, what, undo=undo, kind=RECORD, key=identifier)
        else:
            ends = "by hand: the target file does not say how records are deleted (business_system.delete)"
            self._journal.found(entry, what, ends=ends)

    def undone(self, entry: Entry) -> None:
        """Note that something is undone."""
        self._journal.undone(entry)

    def forget(self, identifier: str) -> None:
        """Note that a record is gone."""
        self._past.add(identifier)
        if (entry := self.records.pop(identifier, None)) is not None:
            self._journal.undone(entry)

    def was_refused(self, identifier: str) -> bool:
        """Whether a record was never created."""
        return self._journal.state_of(self.records[identifier]) == "refused"

    # ------------------------------------------------------------------- calls

    def deletion_of(self, identifier: str) -> Undo | None:
        """The call that deletes a record; None where the target file does not say it."""
        return self._undo(self._role.delete, {"id": identifier}) if self._role.delete is not None else None

    def commit_of(self, identifier: str) -> Undo | None:
        """The call that commits a transaction; None where the target file does not say it."""
        transactions = self._role.transactions
        return self._undo(transactions.commit, {"transaction": identifier}) if transactions is not None else None

    # ----------------------------------------------------------------- details

    def _with_its_id(self) -> str:
        """The call that deletes what is found by hand, such as ` with DELETE https://erp.example.com/accounts/{id}`."""
        undo = self.deletion_of(_ID)
        return f" with {undo.method} {undo.url.replace(quote(_ID, safe=''), _ID)}" if undo is not None else ""

    def _noted(self, what: str, *, undo: Undo | None = None, ends: str = "", kind: str = "", key: str = "") -> Entry:
        requirement, target = self._client.requirement, self._client.target
        return self._journal.will_create(requirement, target, what, undo=undo, ends=ends, kind=kind, key=key)

    def _undo(self, call: Call, places: Mapping[str, str]) -> Undo:
        """A call as a person can make it. A version changes, so it keeps its place."""
        request = filled(call, self._role.base_url, {**places, "version": _VERSION})
        url = request.url.replace(quote(_VERSION, safe=""), _VERSION)
        headers = tuple((name, value) for name, value in request.headers if name.lower() != "accept")
        note = f"{_VERSION} is what the record shows at {self._role.version}" if call.has("version") else ""
        return Undo(request.method, url, "business_system", headers, request.body.decode(), note)
