"""Undoing what a run has left in a business system."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from conformance.judging.journal import Entry, Journal, same_address
from conformance.judging.matchers import CaseRecord
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.change_triggers.ledger import CLOCK, LOST_RECORD, RECORD, TRANSACTION
from conformance.suites.change_triggers.polls import Polls
from conformance.suites.identifiers import addressable

if TYPE_CHECKING:
    from conformance.config.target import Target
    from conformance.http.client import Client

_ANOTHER = "the target file now means another system"


def _delete(system: Polls, entry: Entry) -> str:
    undo = system.ledger.deletion_of(entry.key)
    if undo is None or entry.undo is None or not same_address(entry.undo.url, undo.url):
        return _ANOTHER
    problem = system.remove(entry.key)
    return "" if entry.state == "refused" else problem


def _look_for(system: Polls, entry: Entry) -> str:
    """Find a record by its label, which no other record has, and delete it."""
    if system.role.delete is None:
        return "the target file does not say how records are deleted (business_system.delete)"
    try:
        if time.time() < entry.since + system.polling.delay_seconds:
            return "a poll may not show it yet"
        found = system.ids_of(entry.key)
    except (NotTested, Inconclusive) as stopped:
        return f"it cannot be looked for: {stopped}"
    return "; ".join(filter(None, (system.remove(addressable(identifier, "the record")) for identifier in found)))


def _commit(system: Polls, entry: Entry) -> str:
    undo = system.ledger.commit_of(entry.key)
    if undo is None or entry.undo is None or not same_address(entry.undo.url, undo.url):
        return _ANOTHER
    status = system.commit_id(entry.key).status
    return "" if 200 <= status < 300 or status in (404, 410) else f"its commit is answered {status}"


def _start_the_clock(system: Polls, entry: Entry) -> str:
    if entry.undo is None or not same_address(entry.undo.url, system.role.clock or ""):
        return _ANOTHER
    system.start_the_clock()
    return ""


def _with_the_system(act: Callable[[Polls, Entry], str]) -> Callable[[Target, Client, Entry], str]:
    def finish(target: Target, client: Client, entry: Entry) -> str:
        if target.business_system is None:
            return "the target file does not declare business_system"
        journal = Journal.open(entry.file.parent, entry.run)  # nothing is created, so nothing is written
        return act(Polls(target.business_system, client, CaseRecord(), journal, {}, has_clock=True), entry)

    return finish


FINISHES: Mapping[str, Callable[[Target, Client, Entry], str]] = {
    RECORD: _with_the_system(_delete),
    LOST_RECORD: _with_the_system(_look_for),
    TRANSACTION: _with_the_system(_commit),
    CLOCK: _with_the_system(_start_the_clock),
}
"""What undoes each kind of entry. It returns what went wrong, empty if nothing did, or raises Stopped."""
