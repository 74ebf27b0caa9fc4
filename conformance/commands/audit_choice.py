"""Which part of a lake of logs `seasonproof audit` judges, and how several runs become one audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.documents.shards import shard_numbers
from conformance.traffic.audit.auditing import Audit, audited
from conformance.traffic.audit.judging import ONE_RUN
from conformance.traffic.audit.learned_credentials import LearnedCredentials
from conformance.traffic.audit.selecting import Chosen, Selection, Shard, size_of
from conformance.traffic.audit.sources import STDIN, why
from conformance.traffic.audit.workers import in_order

if TYPE_CHECKING:
    from conformance.traffic.audit.auditing import Engine
    from conformance.traffic.audit.place import Place

DASK = "dask"

SHORTEST_SALT = 16
"""How many bytes a file of salt has at least."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user chose.

    Attributes:
        since: only what was written at this time or later.
        before: only what was written before this time.
        smallest: only what has so many bytes at least, as the user wrote it; None for any.
        largest: only what has so many bytes at most, the same.
        shard: only this part, such as `3/20`; None for all.
        journal: where what was judged is noted, and not judged again; None for nowhere.
        salt_file: holds the key of the fingerprints; None for one that nobody keeps.
        merge: whether the paths are journals of shards that become one audit.
        learned: journals of other shards, or folders of them, whose credentials are looked for too.
        engine: what judges beside the processes of this machine; None for nothing.
        scheduler: the address of its cluster.
    """

    since: datetime | None = None
    before: datetime | None = None
    smallest: str | None = None
    largest: str | None = None
    shard: str | None = None
    journal: Path | None = None
    salt_file: Path | None = None
    merge: bool = False
    engine: str | None = None
    scheduler: str | None = None
    learned: Sequence[Path] = ()

    def check(self, paths: Sequence[str], git: Sequence[str]) -> None:
        """See that it can be done.

        Raises:
            UsageProblem: it can't.
        """
        self._selection()
        self._salt()
        self._check_engine()
        chosen = (self.since, self.before, self.smallest, self.largest, self.shard, self.journal, self.learned)
        if self.merge and (any(chosen) or git):
            raise UsageProblem(["--merge reads journals, and takes neither another choice nor --git"])
        if self.journal and not self.salt_file:
            raise UsageProblem(
                ["--journal goes with --salt-file, the key of what it holds: head -c 32 /dev/urandom > salt"]
            )
        if self.learned and not self.journal:
            raise UsageProblem(
                ["--learned names the journals of other shards; it goes with --journal, that of this one"]
            )
        if STDIN in paths and (self.journal or self.shard or self.merge):
            raise UsageProblem([f"{STDIN} is standard input, which can neither be judged in parts nor be resumed"])

    def _check_engine(self) -> None:
        if self.engine and self.engine != DASK:
            raise UsageProblem([f"--engine={self.engine} is not known; {DASK} is"])
        if self.engine and not self.scheduler:
            raise UsageProblem([f"--engine={DASK} goes with --scheduler, the address of a cluster: tcp://host:8786"])
        if self.scheduler and not self.engine:
            raise UsageProblem([f"--scheduler goes with --engine={DASK}"])

    def _engine(self) -> Engine:
        if not (self.engine and self.scheduler):
            return in_order
        from conformance.traffic.audit import dask_engine

        return partial(dask_engine.in_order, scheduler=self.scheduler)

    def judge(
        self, everything: Callable[[], Iterable[Place]], audit: Audit, progress: Callable[[int], None] | None, jobs: int
    ) -> Audit:
        """Judge what is chosen.

        Args:
            everything: gives all places, as often as they are read.
            audit: an empty one that knows what is accepted and skipped.
            progress: told how many bytes were judged.
            jobs: how many processes judge.

        Returns:
            The audit given, or another one that knows the same.
        """
        if self.salt_file:
            audit.salt = self._keyed(audit, self._salt())
        chosen = Chosen(self._selection(), everything)
        if self.journal is None:
            audit = audited(chosen, progress, audit, jobs=jobs, engine=self._engine())
            audit.left_out = chosen.selection.left_out
        else:
            audit = self._resumed(chosen, self.journal, audit, progress, jobs)
        if chosen.selection.shard.of == 1 or self.learned:
            audit.apart = 0
        return audit

    def _resumed(
        self, chosen: Chosen, path: Path, audit: Audit, progress: Callable[[int], None] | None, jobs: int
    ) -> Audit:
        """What is chosen as far as the journal does not have it, and what the journal has."""
        from conformance.traffic.audit.journaling import joined, noted, of_a_shard
        from conformance.traffic.audit.journals import Joined, Journal

        engine, lessons = self._engine(), LearnedCredentials()
        others = self._others(path)
        is_whole = chosen.selection.shard.of == 1 or bool(self.learned)
        with Journal(path, audit.salt, chosen.selection.shard) as journal:
            noted(chosen, journal, audit.salt, lessons, progress, jobs, engine)
            if is_whole:
                lessons = Joined([path, *others], is_all=False).lessons
                noted(chosen, journal, audit.salt, lessons, None, jobs, engine)
            journal.end(chosen.selection.left_out)
        journals = Joined([path], is_all=False)
        if not is_whole:
            return of_a_shard(journals, audit)
        journals.lessons = lessons
        return joined(journals, audit, None, jobs, engine)

    def _others(self, own: Path) -> list[Path]:
        """The journals of the other shards."""
        each = [file for one in self.learned for file in (sorted(one.iterdir()) if one.is_dir() else [one])]
        return [one for one in each if not (own.exists() and one.exists() and one.samefile(own))]

    def merged(self, paths: Sequence[str], audit: Audit, progress: Callable[[int], None] | None, jobs: int) -> Audit:
        """The journals of all shards as one audit."""
        from conformance.traffic.audit.journaling import joined
        from conformance.traffic.audit.journals import Joined, digest_of

        salt = self._keyed(audit, self._salt())
        journals = Joined([Path(path) for path in paths])
        if salt and digest_of(salt) != journals.salt:
            raise UsageProblem([f"{self.salt_file}: is another salt than that of the journals"])
        audit.salt = salt or audit.salt
        return joined(journals, audit, progress, jobs, self._engine())

    def _keyed(self, audit: Audit, salt: bytes) -> bytes:
        if audit.salt != ONE_RUN:
            raise UsageProblem(["values in a baseline or in a triage have a salt of their own: accept places instead"])
        return salt

    def _selection(self) -> Selection:
        return Selection(
            since=self.since,
            before=self.before,
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
