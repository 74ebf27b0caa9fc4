"""What a run creates on a target, on disk before it is created, so that it can be removed after a crash.

A journal is a file of JSON lines, one file a run and process, only ever appended to. A line is an entry, or says
that an entry was undone. The last line of a crashed process may be torn.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self
from uuid import uuid4

from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.config.target import Target

_MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Undo:
    """The call that removes what was created.

    Attributes:
        method: its method.
        url: its address.
        role: the role of the target whose credentials it is made with.
    """

    method: str
    url: str
    role: str = "single_access"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was, or was about to be, created on a target.

    Attributes:
        id: unique in the journal.
        run: the run's identifier.
        target: the target's name.
        target_file: the path of its file, empty for an embedded target.
        requirement: the id of the requirement whose test created it.
        what: what it is, redacted.
        undo: the call that removes it; None where nothing can.
        ends: how it ends by itself, such as `by the org's session timeout`.
        state: whether it still stands, as far as is known.
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
    state: Literal["created", "undone"] = "created"
    file: Path = field(default=Path(), compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the journals of a directory hold: open entries, oldest journal first, and the count of unreadable lines."""

    entries: list[Entry]
    damaged: int


class Journal:
    """The journal of one run in one process. The file appears with its first entry. Safe in several threads."""

    def __init__(self, file: Path, run: str) -> None:
        self._file = file
        self._run = run
        self._lock = threading.Lock()
        self._open: set[str] = set()

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
        self, requirement: str, target: Target, what: str, *, undo: Undo | None = None, ends: str = ""
    ) -> Entry:
        """Note what is about to be created. When this returns, the entry is on the disk.

        Args:
            requirement: the id of the requirement whose test creates it.
            target: where.
            what: what it is; redacted before it is written.
            undo: the call that removes it.
            ends: how it ends by itself where no call removes it.

        Raises:
            ValueError: the address of `undo` holds a secret. It would be redacted, and the call would miss.
            OSError: the journal cannot be written, so nothing may be created.
        """
        if undo is not None and VAULT.redact(undo.url) != undo.url:
            raise ValueError("the address which undoes a creation holds a secret, so the journal cannot keep it")
        source = str(Path(target.source).absolute()) if target.source else ""
        what, ends = VAULT.redact(what), VAULT.redact(ends)
        entry = Entry(uuid4().hex[:12], self._run, target.name, source, requirement, what, undo, ends, file=self._file)
        with self._lock:
            _append(self._file, {name: value for name, value in asdict(entry).items() if name != "file"})
            self._open.add(entry.id)
        return entry

    def undone(self, entry: Entry) -> None:
        """Note that an entry stands no longer."""
        with self._lock:
            if entry.id in self._open:
                _append(self._file, _undone(entry))
                self._open.discard(entry.id)

    def close(self) -> None:
        """Delete the file if everything in it is undone."""
        with self._lock:
            if not self._open:
                self._file.unlink(missing_ok=True)

    @staticmethod
    def settle(entry: Entry) -> None:
        """Note that an entry of an earlier run stands no longer; delete its journal with the last one."""
        if not entry.file.is_file():
            return
        _append(entry.file, _undone(entry))
        entries, damaged = _entries_of(entry.file)
        if not damaged and all(other.state == "undone" for other in entries):
            entry.file.unlink(missing_ok=True)


def default_directory() -> Path:
    """Where journals are: `$XDG_STATE_HOME/seasonproof/journal`, or the same below `~/.local/state`."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "seasonproof" / "journal"


def open_entries(directory: Path) -> list[Entry]:
    """What earlier runs left standing, oldest journal first."""
    return read_journals(directory).entries


def read_journals(directory: Path) -> Reading:
    """Read all journals of a directory. What cannot be read is counted, never an error."""
    found: list[Entry] = []
    damaged = 0
    for file in sorted(directory.glob("*.jsonl"), key=_age):
        entries, unreadable = _entries_of(file)
        found += [entry for entry in entries if entry.state == "created"]
        damaged += unreadable
    return Reading(found, damaged)


# ------------------------------------------------------------------ details


def _undone(entry: Entry) -> dict[str, object]:
    return {"id": entry.id, "state": "undone"}


def _append(file: Path, line: dict[str, object]) -> None:
    is_new = not file.exists()
    if is_new:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # The line break in front ends a line which a crash has torn.
        content = f"\n{json.dumps(line, ensure_ascii=False)}\n".encode()
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_directory(file.parent)


def _sync_directory(directory: Path) -> None:
    with suppress(OSError):  # not every system can open a directory
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _age(file: Path) -> tuple[float, str]:
    try:
        return file.stat().st_mtime, file.name
    except OSError:
        return 0.0, file.name


def _entries_of(file: Path) -> tuple[list[Entry], int]:
    try:
        with file.open("rb") as stream:
            lines = stream.read(_MAX_BYTES).split(b"\n")
    except OSError:
        return [], 1
    entries: dict[str, Entry] = {}
    damaged = 0
    for line in filter(bytes.strip, lines):
        try:
            entry = _entry(json.loads(line), entries, file)
        except (ValueError, TypeError, KeyError, RecursionError):
            damaged += 1
        else:
            entries[entry.id] = entry
    return list(entries.values()), damaged


def _entry(line: dict[str, object], known: dict[str, Entry], file: Path) -> Entry:
    if line["state"] == "undone":
        return replace(known[str(line["id"])], state="undone")
    undo = line.get("undo")
    if line["state"] != "created" or not isinstance(undo, dict | None):
        raise ValueError("is no entry")
    names = ("id", "run", "target", "target_file", "requirement", "what", "ends")
    texts = {name: line[name] for name in names}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("is no entry")
    return Entry(
        **{name: str(text) for name, text in texts.items()},  # type: ignore[arg-type]
        undo=Undo(str(undo["method"]), str(undo["url"]), str(undo["role"])) if undo is not None else None,
        file=file,
    )
