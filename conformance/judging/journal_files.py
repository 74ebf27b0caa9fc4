"""Reading the journals that earlier runs have left, and noting in them what is finished.

What is read here decides which calls are made with a target's credentials. So a journal that others can write is not
read, and nothing that cannot be read is taken for nothing.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from conformance.documents import UsageProblem
from conformance.judging.journal import Entry, State, Undo, shared_with_others, write_line

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_BYTES = 50_000_000
_LATEST = 1e11  # a time in seconds since 1970 that a calendar still has
_STATES = get_args(State.__value__)
_ADDED = ("what", "undo", "ends", "kind", "key")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the journals of a directory hold.

    Attributes:
        entries: what is not undone, oldest journal first.
        damaged: the places that cannot be read, such as `run-1.jsonl, line 3`.
        refused: the files that are not read, each with the reason.
        busy: the files whose runs still go on. Their entries are not among `entries`.
    """

    entries: list[Entry] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    busy: list[Path] = field(default_factory=list)


def open_entries(directory: Path) -> list[Entry]:
    """What earlier runs left, oldest journal first."""
    return read_journals(directory).entries


def read_journals(directory: Path) -> Reading:
    """Read all journals of a directory. One that cannot be read costs no other one.

    Raises:
        UsageProblem: others can write to the directory, or it cannot be read.
    """
    try:
        if flaw := shared_with_others(directory.stat()):
            problem = f"{directory}: {flaw}, so its journals are not trusted; look through them, then make it yours"
            raise UsageProblem([f"{problem}: chmod go-w {directory}"])
        names = sorted(os.listdir(directory))
    except FileNotFoundError:
        return Reading()
    except OSError as error:
        raise UsageProblem([f"{directory}: the journals cannot be read: {error.strerror}"]) from None
    reading = Reading()
    for file in sorted((directory / name for name in names if name.endswith(".jsonl")), key=_age):
        _read(file, reading)
    return reading


def settle(entry: Entry) -> None:
    """Note that an entry of an earlier run is gone."""
    descriptor = os.open(entry.file, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    try:
        write_line(descriptor, {"id": entry.id, "state": "undone"})
    finally:
        os.close(descriptor)


def remove_finished(files: Iterable[Path]) -> None:
    """Delete the journals among some files in which everything is undone. A damaged one is kept."""
    for file in set(files):
        reading = Reading()
        _read(file, reading)
        if reading == Reading():
            file.unlink(missing_ok=True)


# ------------------------------------------------------------------ details


def _read(file: Path, into: Reading) -> None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return  # its run has ended meanwhile, and left nothing
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror or "it cannot be read"
        into.refused.append(f"{file}: {reason}")
        return
    try:
        status = os.fstat(descriptor)
        flaw = shared_with_others(status) if stat.S_ISREG(status.st_mode) else "it is not a file"
        if flaw:
            into.refused.append(f"{file}: {flaw}")
        elif _is_locked(descriptor):
            into.busy.append(file)
        else:
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                _read_lines(file, stream.read(_MAX_BYTES + 1), status.st_mtime, into)
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EAGAIN)
    return False


def _read_lines(file: Path, content: bytes, written: float, into: Reading) -> None:
    entries: dict[str, Entry] = {}
    lines = content[:_MAX_BYTES].split(b"\n")
    if not content.strip():
        into.damaged.append(f"{file}, which is empty")
    if len(content) > _MAX_BYTES:
        into.damaged.append(f"{file}, from byte {_MAX_BYTES} on")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = _entry(json.loads(line), entries)
        except (ValueError, TypeError, KeyError, RecursionError):
            into.damaged.append(f"{file}, line {number}")
        else:
            entries[entry.id] = replace(entry, file=file, since=entry.since or written)
    into.entries.extend(entry for entry in entries.values() if entry.state != "undone")


def _entry(line: dict[str, Any], known: dict[str, Entry]) -> Entry:
    """The entry that a line makes of what is known. Raises ValueError, TypeError or KeyError where it is not one."""
    if line["state"] not in _STATES:
        raise ValueError("an unknown state")
    values = {name: _value(name, value) for name, value in line.items() if name in _TYPES}
    before = known.get(values["id"])
    if before is None:
        values["undo"] = _undo(line.get("undo"))
        return Entry(**values)
    if not values.keys() <= {"id", "state", "since", *_ADDED}:
        raise ValueError("one id for two entries")
    if "undo" in line:
        values["undo"] = _undo(line["undo"])
    return replace(before, **values)


_TYPES: dict[str, type] = {
    one.name: float if one.name in ("until", "since") else str
    for one in fields(Entry)
    if one.name not in ("undo", "file")
}


def _value(name: str, value: object) -> Any:
    if _TYPES[name] is str and isinstance(value, str):
        return value
    if _TYPES[name] is float and isinstance(value, int | float) and 0 <= value < _LATEST:
        return float(value)
    raise TypeError(name)


def _undo(value: object) -> Undo | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("undo")
    call = [value["method"], value["url"], value["role"]]
    rest = [value.get("body", ""), value.get("note", "")]
    headers = tuple((name, text) for name, text in value.get("headers", ()))
    texts = [*call, *rest, *(text for header in headers for text in header)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("undo")
    "".join(texts).encode()  # half a surrogate pair cannot be sent
    return Undo(call[0], call[1], call[2], headers, rest[0], rest[1])


def _age(file: Path) -> tuple[float, str]:
    try:
        return file.lstat().st_mtime, file.name
    except OSError:
        return 0.0, file.name
