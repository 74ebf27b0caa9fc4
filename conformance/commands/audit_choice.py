"""Which part of a lake of logs `seasonproof audit` judges, and how several runs become one audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.documents.shards import shard_numbers
from conformance.traffic.audit.auditing import Audit, audited, joined, noted
from conformance.traffic.audit.journals import Joined, Journal
from conformance.traffic.audit.judging import ONE_RUN
from conformance.traffic.audit.selecting import Selection, Shard, size_of
from conformance.traffic.audit.sources import STDIN, why
from conformance.traffic.audit.workers import in_order

if TYPE_CHECKING:
    from conformance.traffic.audit.auditing import Engine
    from conformance.traffic.audit.sources import Place

DASK = "dask"

SHORTEST_SALT = 16
"""How many bytes a file of salt has at least."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose.

    Attributes:
        since: only what was written at this time or later.
        before: only what was written before this time.
        smallest: only what has so many bytes at least, as the user wrote it; empty for any.
        largest: only what has so many bytes at most, the same.
        shard: only this part, such as `3/20`; empty for all.
        journal: where what was judged is noted, and not judged again; None for nowhere.
        salt_file: holds the key of the fingerprints; None for one that nobody keeps.
        merge: whether the paths are journals of shards that become one audit.
        engine: what judges beside the processes of this machine; empty for nothing.
        scheduler: the address of its cluster.
    """

    since: datetime | None = None
    before: datetime | None = None
    smallest: str = ""
    largest: str = ""
    shard: str = ""
    journal: Path | None = None
    salt_file: Path | None = None
    merge: bool = False
    engine: str = ""
    scheduler: str = ""

    def check(self, paths: list[str], git: list[str]) -> None:
        """See that it can be done.

        Raises:
            UsageProblem: it can't.
        """
        self._selection()
        self._salt()
        self._check_engine()
        chosen = (self.since, self.before, self.smallest, self.largest, self.shard, self.journal, self.salt_file)
        if self.merge and (any(chosen) or git):
            raise UsageProblem(["--merge reads journals, and takes neither another choice nor --git"])
        if self.journal and not self.salt_file:
            raise UsageProblem(
                ["--journal goes with --salt-file, the key of what it holds: head -c 32 /dev/urandom > salt"]
            )
        if STDIN in paths and (self.journal or self.shard or self.merge):
            raise UsageProblem([f"{STDIN} is standard input, which can neither be judged in parts nor be resumed"])

    def _check_engine(self) -> None:
        if self.engine not in ("", DASK):
            raise UsageProblem([f"--engine={self.engine} is not known; {DASK} is"])
        if self.engine and not self.scheduler:
            raise UsageProblem([f"--engine={DASK} goes with --scheduler, the address of a cluster: tcp://host:8786"])
        if self.scheduler and not self.engine:
            raise UsageProblem([f"--scheduler goes with --engine={DASK}"])

    def _engine(self) -> Engine:
        if not self.engine:
            return in_order
        from conformance.traffic.audit import dask_engine

        return partial(dask_engine.in_order, scheduler=self.scheduler)

    def judge(
        self, everything: Iterable[Place], audit: Audit, progress: Callable[[int], None] | None, jobs: int
    ) -> Audit:
        """Judge what is chosen.

        Args:
            everything: all places.
            audit: an empty one that knows what is accepted and skipped.
            progress: told how many bytes were judged.
            jobs: how many processes judge.
        """
        if self.salt_file:
            audit.salt = self._keyed(audit, self._salt())
        selection = self._selection()
        places = selection.of(everything)
        if self.journal is None:
            audited(places, progress, audit, jobs=jobs, engine=self._engine())
            audit.left_out = selection.left_out
            return audit
        with Journal(self.journal, audit.salt, selection.shard) as journal:
            noted(places, journal, audit.salt, progress, jobs, self._engine())
            journal.end(selection.left_out)
        return joined(Joined([self.journal], is_all=False), audit)

    def merged(self, paths: list[str], audit: Audit) -> Audit:
        """The journals of all shards as one audit."""
        self._keyed(audit, b"")
        return joined(Joined([Path(path) for path in paths]), audit)

    def _keyed(self, audit: Audit, salt: bytes) -> bytes:
        if audit.salt != ONE_RUN:
            raise UsageProblem(["values in a baseline or in a triage have a salt of their own: accept places instead"])
        return salt

    def _selection(self) -> Selection:
        return Selection(
            since=self.since and self.since.replace(tzinfo=UTC),
            before=self.before and self.before.replace(tzinfo=UTC),
            smallest=size_of("--min-size", self.smallest) if self.smallest else 0,
            largest=size_of("--max-size", self.largest) if self.largest else None,
            shard=Shard(*shard_numbers(self.shard)) if self.shard else Shard(),
        )

    def _salt(self) -> bytes:
        if self.salt_file is None:
            return b""
        try:
            salt = self.salt_file.read_bytes()
        except OSError as error:
            raise UsageProblem([f"{self.salt_file}: {why(error)}"]) from None
        if len(salt) < SHORTEST_SALT:
            raise UsageProblem([f"{self.salt_file}: a salt has {SHORTEST_SALT} random bytes at least"])
        return salt
