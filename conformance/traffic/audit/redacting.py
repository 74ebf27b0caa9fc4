"""A copy of a HAR without its credentials, to be sent to somebody.

The archive is read twice: once to learn its credentials, once to write it without them, wherever they stand. Whatever
cannot be read, and every entry in whose URLs a credential would still be found, is left out.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from conformance.documents import UsageProblem
from conformance.traffic.audit.findings import Damage
from conformance.traffic.audit.formats import Kind, kind_of
from conformance.traffic.audit.masking import Masker
from conformance.traffic.audit.readers.har import leaks
from conformance.traffic.audit.readers.har_entries import HarEntries
from conformance.traffic.audit.sources import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.traffic.audit.place import Place

_MARK: Final = "the entries go here"
_SHELL: Final = b'{"log":{"version":"1.2","creator":{"name":"seasonproof","version":"1"},"entries":[]}}'


def unfinished_copy(out: Path) -> Path:
    """Where the copy is while it is not whole."""
    return out.with_name(f"{out.name}.unfinished")


def copied(places: list[Place], out: Path) -> Place:
    """The HAR that is copied.

    Raises:
        UsageProblem: there is not exactly one, in a file, or the copy would take the place of what is not a file.
    """
    place = places[0]
    if len(places) != 1 or place.path is None:
        raise UsageProblem(["--redact copies one HAR; give the path of one file"])
    if out.exists() and not out.is_file():
        raise UsageProblem([f"{out}: is a folder or a device; give the copy the name of a file"])
    if out.exists() and out.samefile(place.path):
        raise UsageProblem([f"{out}: is the HAR itself; give the copy a name of its own"])
    with opened(place) as source:
        if kind_of(source.head) is not Kind.HAR:
            raise UsageProblem([f"{place.name}: is not a HAR file; --redact copies nothing else"])
    return place


def redact(places: list[Place], out: Path, progress: Callable[[int], None] | None = None) -> list[str]:
    """Write the sanitized copy; returns what is to be said about it.

    Args:
        places: one HAR.
        out: the copy; readable by its owner alone. It replaces what was there only when it is whole.
        progress: told how many bytes were read, as they are.

    Raises:
        UsageProblem: it is not one HAR in a file, or the copy cannot be written.
    """
    place = copied(places, out)
    masker = Masker()
    shell = _learned(place, masker, progress)
    head, _, tail = json.dumps(masker.value(shell), ensure_ascii=False).partition(json.dumps(_MARK))
    unfinished = unfinished_copy(out)
    try:
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(head)
            written, left_out = _copy(place, masker, file, progress)
            file.write(tail)
        unfinished.replace(out)
    except OSError as error:
        raise UsageProblem([f"{out}: {error.strerror or 'cannot be written'}"]) from None
    finally:
        unfinished.unlink(missing_ok=True)
    said = f"{out}: {written:,} entries without their credentials"
    return [said, *([f"{out}: {left_out:,} entries left out, because they cannot be cleaned"] if left_out else [])]


@contextmanager
def _entries(place: Place, progress: Callable[[int], None] | None) -> Iterator[HarEntries[dict[str, Any]]]:
    with opened(place, progress) as source:
        yield HarEntries(source, msgspec.json.Decoder(list[dict[str, Any]]).decode, _entry)


def _entry(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _learned(place: Place, masker: Masker, progress: Callable[[int], None] | None) -> Any:
    """What is around the entries; the masker knows the credentials in them then."""
    with _entries(place, progress) as entries:
        for entry in _each(entries):
            if entry is not None:
                masker.learn(entry)
    try:
        shell = json.loads(entries.prologue + (entries.epilogue or b"]}}"))
    except (ValueError, RecursionError):
        shell = json.loads(_SHELL)
    log = shell["log"]
    log["entries"] = [_MARK]
    log["comment"] = "Credentials were replaced by seasonproof."
    return shell


def _copy(place: Place, masker: Masker, file: IO[str], progress: Callable[[int], None] | None) -> tuple[int, int]:
    """How many entries were written, and how many left out."""
    written = left_out = 0
    with _entries(place, progress) as entries:
        for entry in _each(entries):
            clean = None if entry is None else _cleaned(entry, masker)
            if clean is None:
                left_out += 1
                continue
            file.write(",\n" if written else "")
            file.write(clean)
            written += 1
    return written, left_out


def _each(entries: HarEntries[dict[str, Any]]) -> Iterator[dict[str, Any] | None]:
    for block in entries:
        if isinstance(block, list):
            yield from block
        elif isinstance(block, Damage) and block.at.entry:
            yield None


def _cleaned(entry: dict[str, Any], masker: Masker) -> str | None:
    """An entry without credentials as JSON; None if it cannot be cleaned."""
    try:
        text = json.dumps(masker.value(entry), ensure_ascii=False)
        return None if leaks(text.encode("utf-8", "replace")) else text.encode("utf-8", "replace").decode()
    except (RecursionError, ValueError):
        return None
