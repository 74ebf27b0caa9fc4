"""The records of the reference business system, in SQLite: each commit is one real transaction with one time."""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from conformance.documents import exact_json
from conformance.reference.org import Clock

_TABLE = """
CREATE TABLE record (
    id TEXT PRIMARY KEY, fields TEXT NOT NULL, modified INTEGER NOT NULL, version INTEGER NOT NULL UNIQUE,
    deleted INTEGER NOT NULL
);
CREATE INDEX feed ON record (modified, version);
"""


class WallClock:
    """The time of the system in milliseconds since 1970. It can be stopped and moved; it never goes back.

    Args:
        clock: what it moves with.
        behind: by how many milliseconds it is slow.
    """

    def __init__(self, clock: Clock, behind: int = 0) -> None:
        self._clock = clock
        self._ahead = time.time_ns() // 1_000_000 - int(clock.now() * 1000) - behind
        self._stopped_at: int | None = None

    def now(self) -> int:
        """The milliseconds since 1970."""
        running = int(self._clock.now() * 1000) + self._ahead
        return running if self._stopped_at is None else self._stopped_at

    @property
    def is_stopped(self) -> bool:
        """Whether no time passes."""
        return self._stopped_at is not None

    def stop(self, *, stopped: bool) -> None:
        """Stop the clock, or let it go on."""
        held, self._stopped_at = self.now(), None
        self._ahead += max(0, held - self.now())
        self._stopped_at = held if stopped else None

    def advance(self, milliseconds: int) -> None:
        """Move the clock forward."""
        if self._stopped_at is not None:
            self._stopped_at += max(0, milliseconds)
        else:
            self._ahead += max(0, milliseconds)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands.

    Attributes:
        id: its id.
        fields: its fields by name.
        modified: the time of its last change, in milliseconds since 1970.
        version: a number that grows with every change of any record.
        deleted: whether only its tombstone is left.
    """

    id: str
    fields: dict[str, Any]
    modified: int
    version: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One write that is not committed yet.

    Attributes:
        id: the record's id.
        fields: the fields to set; None deletes the record.
        begun: when the write was asked for, in milliseconds since 1970.
        replaces: whether the fields replace all others.
    """

    id: str
    fields: dict[str, Any] | None
    begun: int
    replaces: bool = False


class Records:
    """The table of records.

    Args:
        stamp: the time of a change in a commit, in milliseconds since 1970, from the change and the time of the commit.
    """

    def __init__(self, clock: WallClock, stamp: Callable[[Change, int], int]) -> None:
        self._clock = clock
        self._stamp = stamp
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLE)
        weakref.finalize(self, self._database.close)
        self._version = 0
        self._last = 0

    def commit(self, changes: Sequence[Change]) -> None:
        """Write changes in one transaction, all with the time of the commit, which is never before the last one."""
        self._last = max(self._last, self._clock.now())
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for change in changes:
                self._write(change, self._last)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def find(self, identifier: str) -> Record | None:
        """The record with this id, or its tombstone."""
        return next(self.select("id = ?", (identifier,), "version"), None)

    def alive(self, identifier: str) -> Record | None:
        """The record with this id, unless it is deleted."""
        found = self.find(identifier)
        return None if found is None or found.deleted else found

    def select(
        self, where: str, values: Sequence[object], order: str, limit: int = -1, skip: int = 0
    ) -> Iterator[Record]:
        """Records, in order. `where` and `order` are SQL of this package; what comes from a request is in `values`."""
        query = (
            f"SELECT id, fields, modified, version, deleted FROM record WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
        )
        for row in self._database.execute(query, (*values, limit, skip)).fetchall():
            identifier, fields, modified, version, deleted = row
            yield Record(identifier, exact_json.read(fields.encode()), modified, version, bool(deleted))  # type: ignore[arg-type] # as it was written

    def next_version(self) -> int:
        """The number of the next change."""
        self._version += 1
        return self._version

    def _write(self, change: Change, now: int) -> None:
        before = self.find(change.id)
        kept = before.fields if before is not None and not change.replaces else {}
        fields = exact_json.write(kept | (change.fields or {}))
        row = (change.id, fields, self._stamp(change, now), self.next_version(), change.fields is None)
        self._database.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)", row)


def new_id() -> str:
    """The id of a new record. It says nothing about the order of records."""
    return uuid4().hex
