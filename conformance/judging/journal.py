"""What a run creates on a target, on disk before it is created, so that it can be removed after a crash.

A journal is a file of JSON lines, one file a run and process, only ever appended to, and locked for as long as its run
goes on. A line is an entry, or says what became of one. The last line of a crashed process may be torn.

What is created on an embedded target ends with the process, so nothing is written about it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self
from uuid import uuid4

from conformance.documents.user_state import state_folder
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from datetime import timedelta

    from conformance.config.target import Target
    from conformance.http.exchange import Headers

LATE_SECONDS = 8.0
"""So long after a request without an answer, what it created may still appear: "gone" is not believed before."""

_LABEL = re.compile(r"[\w-]*#\d+~?")
_OTHERS_CAN_WRITE = stat.S_IWGRP | stat.S_IWOTH

type State = Literal["created", "stored", "refused", "undone"]
"""What is known: a request may have created it; one did; every one was refused; it is gone."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The call that removes what was created, as a person can make it.

    Attributes:
        method: its method.
        url: its address.
        role: the role of the target whose credentials it is made with.
        headers: its headers besides the credentials.
        body: its body.
        note: what else a person has to know to make it.
    """

    method: str
    url: str
    role: str = "single_access"
    headers: Headers = ()
    body: str = ""
    note: str = ""

    def __str__(self) -> str:
        parts = [*(f"{name}: {value}" for name, value in self.headers), *filter(None, [self.body])]
        call = f"{self.method} {self.url}" + (f" with {', '.join(parts)}" if parts else "")
        return f"{call} ({self.note})" if self.note else call


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was, or was about to be, created on a target. No text in one that is noted holds a secret.

    Attributes:
        id: unique in the journal.
        run: the run's identifier.
        target: the target's name.
        target_file: the path of its file.
        requirement: the id of the requirement whose test created it.
        what: what it is.
        undo: the call that removes it; None where nobody knows one.
        ends: how it ends otherwise, such as `by the org's session timeout`.
        kind: what kind of thing it is, where undoing it takes more than one call.
        key: by what it is found then, such as the id of a record.
        until: when it has ended by itself, in seconds since 1970; 0 where it never does.
        state: what is known of it.
        since: when that was noted, in seconds since 1970.
        file: the journal that holds it.
    """

    id: str
    run: str
    target: str
    target_file: str
    requirement: str
    what: str
    undo: Undo | None = None
    ends: str = ""
    kind: str = ""
    key: str = ""
    until: float = 0.0
    state: State = "created"
    since: float = field(default=0.0, compare=False)
    file: Path = field(default=Path(), compare=False)


class Journal:
    """The journal of one run in one process. The file appears with its first entry. Safe in several threads.

    Args:
        file: where it is.
        run: the run's identifier.
        clock: seconds of a clock that is never set back.
    """

    def __init__(self, file: Path, run: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._run = run
        self._clock = clock
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._open: dict[str, Entry] = {}
        self._stored: set[str] = set()  # by id: what a request may have created
        self._asked: set[str] = set()  # by id: what a request is creating that is not answered yet
        self._lost: dict[str, float] = {}  # by id: when the last request ended that was not answered

    @classmethod
    def open(cls, directory: Path, run: str) -> Self:
        """A new journal.

        Args:
            directory: where the journals are; made if it is missing.
            run: the run's identifier.
        """
        name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in run)
        return cls(directory / f"{name}-{os.getpid()}-{uuid4().hex[:6]}.jsonl", run)

    def will_create(
        self,
        requirement: str,
        target: Target,
        what: str,
        *,
        undo: Undo | None = None,
        ends: str = "",
        kind: str = "",
        key: str = "",
        lasts: timedelta | None = None,
    ) -> Entry:
        """Note what is about to be created. When this returns, the entry is on the disk.

        Args:
            requirement: the id of the requirement whose test creates it.
            target: where. Of an embedded target nothing is noted.
            what: what it is.
            undo: the call that removes it.
            ends: how it ends where no call removes it.
            kind: what kind of thing it is, where undoing it takes more than one call.
            key: by what it is found then.
            lasts: how long it lasts at most, where it ends by itself.

        Raises:
            ValueError: `undo` holds a secret, and there is no kind by which the call could be made out again.
            OSError: the journal cannot be written, so nothing may be created.
        """
        source = str(Path(target.source).absolute()) if target.source else ""
        now = time.time()
        until = now + lasts.total_seconds() if lasts is not None else 0.0
        entry = Entry(uuid4().hex[:12], self._run, target.name, source, requirement, what, undo, ends, kind, key, until)
        if not source:
            return entry
        entry = replace(_redacted(entry), since=now, file=self._file)
        with self._lock:
            self._append({name: value for name, value in asdict(entry).items() if name != "file"}, durably=True)
            self._open[entry.id] = entry
            self._asked.add(entry.id)
        return entry

    def will_create_again(self, entry: Entry) -> None:
        """Note that one more request is about to be sent which may create it."""
        with self._lock:
            if entry.id in self._open:
                self._note(entry.id, "created")
                self._asked.add(entry.id)

    def heard(self, entry: Entry, *statuses: int) -> None:
        """Note what was answered to the requests that create it.

        Args:
            entry: what they create.
            statuses: the status codes; 0 where no answer came. Then, and with 5xx, it may be created all the same.
        """
        if all(400 <= status < 500 for status in statuses):
            self.refused(entry)
            return
        is_unknown = any(status == 0 or status >= 500 for status in statuses)
        with self._lock:
            if entry.id not in self._open:
                return
            self._stored.add(entry.id)
            if is_unknown:
                self._lost[entry.id] = self._clock()
            self._is_answered(entry.id)

    def refused(self, entry: Entry) -> None:
        """Note that the last request that would create it was refused, or never sent."""
        with self._lock:
            if entry.id in self._open:
                self._is_answered(entry.id)

    def found(
        self, entry: Entry, what: str, *, undo: Undo | None = None, ends: str = "", kind: str = "", key: str = ""
    ) -> None:
        """Note that it was created, and what is known of it only now, such as its id. Arguments as of `will_create`."""
        with self._lock:
            if (known := self._open.get(entry.id)) is not None:
                self._asked.discard(entry.id)
                self._stored.add(entry.id)
                self._open[entry.id] = _redacted(replace(known, what=what, undo=undo, ends=ends, kind=kind, key=key))
                self._note(entry.id, "stored", ("what", "undo", "ends", "kind", "key"))

    def undone(self, entry: Entry) -> None:
        """Note that it is gone. Where it may still appear, that is not believed, and the entry stays."""
        with self._lock:
            if entry.id in self._open and not self._doubt(entry.id):
                self._append({"id": entry.id, "state": "undone"})
                del self._open[entry.id]

    def doubt(self, entry: Entry) -> float:
        """For how many seconds something may still appear after a request that was not answered; 0 if it was."""
        with self._lock:
            return self._doubt(entry.id)

    def give_up(self) -> None:
        """Note that no request is waited for any more: those that were not answered are lost."""
        with self._lock:
            self._lost |= dict.fromkeys(self._asked, self._clock())
            self._asked.clear()

    def left(self) -> list[Entry]:
        """What is not undone, in the order in which it was created."""
        with self._lock:
            return list(self._open.values())

    def state_of(self, entry: Entry) -> State:
        """What is known of an entry by now."""
        with self._lock:
            return self._open.get(entry.id, entry).state

    def close(self) -> None:
        """End the journal. Its file is deleted if everything in it is undone."""
        with self._lock:
            if self._descriptor is None:
                return
            if not self._open:
                self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    # --------------------------------------------------------------- details

    def _doubt(self, identifier: str) -> float:
        if identifier in self._asked:
            return LATE_SECONDS
        since = self._lost.get(identifier)
        return max(0.0, since + LATE_SECONDS - self._clock()) if since is not None else 0.0

    def _is_answered(self, identifier: str) -> None:
        self._asked.discard(identifier)
        if not self._doubt(identifier):
            self._note(identifier, "stored" if identifier in self._stored else "refused")

    def _note(self, identifier: str, state: State, names: tuple[str, ...] = ()) -> None:
        entry = self._open[identifier] = replace(self._open[identifier], state=state, since=time.time())
        more = {name: value for name, value in asdict(entry).items() if name in names}
        self._append({"id": identifier, "state": state, "since": entry.since, **more})

    def _append(self, line: dict[str, object], *, durably: bool = False) -> None:
        # Only what may be created has to outlive a power failure: to undo what is undone does no harm.
        if self._descriptor is None:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with suppress(OSError):  # not every file system has locks
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sync_directory(self._file.parent)
        write_line(self._descriptor, line)
        if durably:
            os.fsync(self._descriptor)


def default_directory() -> Path:
    """Where journals are: `$XDG_STATE_HOME/seasonproof/journal`, or the same below `~/.local/state`."""
    return state_folder() / "journal"


def unusable(directory: Path, *, is_needed: bool) -> list[str]:
    """Why no journal can be kept in a directory: one line, or none.

    Args:
        directory: where the journals are; it may be missing.
        is_needed: whether anything will be written: else mistakes in its path alone count.
    """
    there = next(path for path in (directory, *directory.parents) if os.path.lexists(path))
    flaw = ""
    if not there.is_dir():
        flaw = f"{there} is not a folder"
    elif is_needed and there == directory:
        flaw = shared_with_others(there.stat())
    if not flaw and is_needed and not os.access(there, os.W_OK | os.X_OK):
        flaw = f"{there} cannot be written"
    way_out = "set XDG_STATE_HOME to a folder of your own"
    return [f"{directory}: the journal of what a run creates cannot be kept here: {flaw}; {way_out}"] if flaw else []


def shared_with_others(status: os.stat_result) -> str:
    """Why others may have written what a file or a folder holds; empty if its owner alone can, who runs this."""
    if status.st_uid != os.geteuid():
        return f"it belongs to another user (uid {status.st_uid})"
    mode = stat.S_IMODE(status.st_mode)
    return f"other users can write to it (mode {mode:o})" if mode & _OTHERS_CAN_WRITE else ""


def write_line(descriptor: int, line: dict[str, object]) -> None:
    """Append a line to a journal."""
    # The line break in front ends a line which a crash has torn.
    content = f"\n{json.dumps(line)}\n".encode()
    while content:
        content = content[os.write(descriptor, content) :]


def same_address(noted: str, url: str) -> bool:
    """Whether an address is the one that an entry names. Secrets have other labels in each process."""
    return _LABEL.sub("#", noted) == _LABEL.sub("#", VAULT.redact(url))


def _redacted(entry: Entry) -> Entry:
    """The entry without secrets. What is found by a secret alone can only be undone by hand."""
    undo, key = entry.undo, entry.key
    if undo is not None:
        headers = tuple((name, VAULT.redact(value)) for name, value in undo.headers)
        url, body, note = (VAULT.redact(text) for text in (undo.url, undo.body, undo.note))
        safe = replace(undo, url=url, headers=headers, body=body, note=note)
        if safe != undo and not entry.kind:
            raise ValueError("the call that undoes a creation holds a secret, so the journal cannot keep it")
        undo = safe
    if VAULT.redact(key) != key:
        entry = replace(entry, kind="", key="", ends=entry.ends or "by hand: its id is a secret")
        undo = None
    return replace(entry, undo=undo, what=VAULT.redact(entry.what), ends=VAULT.redact(entry.ends))


def _sync_directory(directory: Path) -> None:
    with suppress(OSError):  # not every system can open a directory
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
