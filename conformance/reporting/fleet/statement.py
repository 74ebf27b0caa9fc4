"""The statement of a fleet: one file of the same format, with the verdicts that count, each as its run wrote it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from conformance.judging.statement import FORMAT, Footer

if TYPE_CHECKING:
    from conformance.judging.statement import Header
    from conformance.judging.statement_contents import Record
    from conformance.reporting.fleet.merging import Fleet


def write_statement(path: Path, fleet: Fleet) -> None:
    """Write it in one step. Verdicts go from file to file, so that a large fleet needs little memory.

    Raises:
        OSError: a file cannot be read or written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            _write(file, fleet)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


# ------------------------------------------------------------------ details


class _File(msgspec.Struct):
    """A statement, of which nothing but the verdicts is read, and they as they stand there."""

    verdicts: list[msgspec.Raw]


class _Verdict(msgspec.Struct):
    """A verdict, of which nothing but the target is read."""

    target: str


def _write(file: IO[bytes], fleet: Fleet) -> None:
    header = _header(fleet)
    rows = ",\n".join(map(_json, fleet.requirements.values()))
    begun = f'{{\n"statement": {FORMAT},\n"header": {_json(header)},\n"requirements": [\n{rows}\n],\n"verdicts": ['
    file.write(begun.encode())
    separator = b"\n"
    for line in _verdicts(fleet):
        file.write(separator + line)
        separator = b",\n"
    file.write(f'\n],\n"footer": {_json(_footer(fleet, header))}\n}}\n'.encode())


def _json(record: Record) -> str:
    return record.model_dump_json(exclude_defaults=True)


def _header(fleet: Fleet) -> Header:
    targets = tuple(one.target.model_copy(update={"selected": len(one.judged)}) for one in fleet.targets)
    files = {file for one in fleet.targets for file in one.parts}
    started = min((one.header.started for one in fleet.targets), default=fleet.header.started)
    said = {"run": f"{len(files)} runs, merged", "targets": targets, "profile": fleet.profile, "started": started}
    return fleet.header.model_copy(update=said)


def _verdicts(fleet: Fleet) -> Iterator[bytes]:
    by_file: dict[Path, set[str]] = {}
    for one in fleet.targets:
        for file in sorted(one.parts):
            by_file.setdefault(file, set()).add(one.target.name)
    for file, names in by_file.items():
        for raw in msgspec.json.decode(file.read_bytes(), type=_File).verdicts:
            if msgspec.json.decode(raw, type=_Verdict).target in names:
                yield bytes(raw)


def _footer(fleet: Fleet, header: Header) -> Footer:
    ended = max((one.ended for one in fleet.targets if one.ended is not None), default=header.started)
    return Footer(
        ended=ended,
        seconds=round((ended - header.started).total_seconds(), 3),
        results=tuple(one.result for one in fleet.targets if one.result is not None),
        broken=tuple(fleet.problems),
    )
