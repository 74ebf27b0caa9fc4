"""Statements on disk: written while the run goes on, so that a crash leaves the header and what was judged."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from conformance.documents import UsageProblem, pydantic_errors
from conformance.judging.statement import FORMAT, Statement
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.judging.statement import Header
    from conformance.judging.statement_contents import StatedRequirement
    from conformance.judging.verdict import Case

NAME = "statement.json"
"""What the file is called in its folder."""

FLEET = "fleet.json"
"""What a statement is called that was merged from others."""

MAX_BYTES = 500_000_000
_END = b"\n]\n}\n"
_PROBLEMS = 5  # of a damaged statement that are named


class StatementFile:
    """The file of a run. At every moment it holds valid JSON; it has no footer until the run has come to its end.

    Args:
        path: where it is; its folder is there.
        header: what is known before the first verdict.
        requirements: all that were chosen.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, header: Header, requirements: Iterable[StatedRequirement]) -> None:
        self.path = path
        begun = Statement(statement=FORMAT, header=header, requirements=tuple(requirements)).as_json()
        begun = f'{_redacted(begun).removesuffix("\n}\n")},\n"verdicts": ['
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        self._at = _put(self._file, begun.encode(), 0)
        self._separator = "\n"
        _put(self._file, _END, self._at)

    def add(self, case: Case) -> None:
        """Write a case, which is redacted already.

        Raises:
            OSError: it cannot be written.
        """
        plain = {
            "target": case.target,
            "requirement": case.requirement,
            "outcome": str(case.outcome),
            "cases": [case.as_json()],
        }
        line = f"{self._separator}{json.dumps(plain, ensure_ascii=False)}".encode("utf-8", "backslashreplace")
        _put(self._file, line + _END, self._at)
        self._at += len(line)
        self._separator = ",\n"

    def finish(self, statement: Statement) -> None:
        """Put the whole statement, with its footer, in the place of what was written so far.

        Raises:
            OSError: it cannot be written.
        """
        write(self.path, statement)
        self.close()

    def close(self) -> None:
        """Leave it as it is. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _put(file: int, content: bytes, at: int) -> int:
    """Write all of it, and return its length. A disk that is nearly full takes a part, and refuses only the rest."""
    done = 0
    while done < len(content):
        done += os.pwrite(file, content[done:], at + done)
    return done


def write(path: Path, statement: Statement) -> None:
    """Write a whole statement in one step.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(_redacted(statement.as_json()), "utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_statement(path: Path) -> Statement:
    """Read a statement: that of a file, or of the folder that `--statement` named.

    Raises:
        UsageProblem: there is none, it is of another version of the format, or it is damaged.
    """
    path = path / NAME if path.is_dir() else path
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageProblem([f"{path}: larger than {MAX_BYTES:,} bytes, so it is not read"])
        raw = path.read_bytes()
    except OSError as error:
        raise UsageProblem([f"{path}: cannot be read: {error.strerror}"]) from None
    try:
        return Statement.model_validate_json(raw)  # from JSON, because a list is a tuple there
    except ValidationError as error:
        raise UsageProblem(list(_what_is_wrong(path, raw, error))) from None


def statements_in(paths: Iterable[Path]) -> dict[Path, Statement]:
    """The statements in files and, at any depth, in folders, by their paths.

    Raises:
        UsageProblem: one cannot be read, or there are none; every problem at once.
    """
    found: dict[Path, Statement] = {}
    problems: list[str] = []
    for path, read in each_statement(paths):
        if isinstance(read, UsageProblem):
            problems += read.problems
        else:
            found[path] = read
    if problems:
        raise UsageProblem(problems)
    return found


def each_statement(paths: Iterable[Path]) -> Iterator[tuple[Path, Statement | UsageProblem]]:
    """The statements in files and folders, or why one cannot be read, or a folder has none."""
    for path in paths:
        files = statement_files(path) if path.is_dir() else [path]
        if not files:
            yield path, UsageProblem([f"{path}: there are no statements in this folder"])
        for file in files:
            try:
                yield file, read_statement(file)
            except UsageProblem as problem:
                yield file, problem


def statement_files(folder: Path) -> list[Path]:
    """The statements in a folder, at any depth, in the order of their paths.

    What was merged from others is left out beside them: it says nothing more.
    """
    found = [file for file in sorted(folder.rglob("*.json")) if _looks_like_one(file)]
    return [file for file in found if file.name != FLEET] or found


# ------------------------------------------------------------------ details


def _what_is_wrong(path: Path, raw: bytes, error: ValidationError) -> Iterator[str]:
    """Why a file cannot be used as a statement, in lines."""
    try:
        plain = json.loads(raw)
    except (ValueError, RecursionError):
        yield f"{path}: not JSON, so not a statement; name a statement.json that a run wrote"
        return
    if not isinstance(plain, dict) or "statement" not in plain:
        yield f"{path}: not a statement; name a statement.json that a run wrote"
        return
    if plain["statement"] != FORMAT:
        text = f"format {VAULT.shown(str(plain['statement']), 10)}, and this seasonproof reads format {FORMAT}"
        yield f"{path}: statement: {text}; run the suite again, or update seasonproof"
        return
    found = [f"{'.'.join(map(str, at))}: {text}".lstrip(": ") for at, text in pydantic_errors.of(error, Statement)]
    yield from (f"{path}: {one}" for one in found[:_PROBLEMS])
    if len(found) > _PROBLEMS:
        yield f"{path}: and {len(found) - _PROBLEMS} more problems"


def _looks_like_one(file: Path) -> bool:
    """Whether a file begins as statements do: a folder of reports holds other JSON too."""
    try:
        with file.open("rb") as opened:
            return b'"statement"' in opened.read(40)
    except OSError:
        return False


def _redacted(text: str) -> str:
    """JSON without the secrets that became known since its parts were redacted."""
    if not VAULT.leaks_in(text.encode()):
        return text
    return json.dumps(_without_secrets(json.loads(text)), ensure_ascii=False)


def _without_secrets(plain: object) -> object:
    if isinstance(plain, str):
        return VAULT.redact(plain, firm=True)
    if isinstance(plain, list):
        return [_without_secrets(one) for one in plain]
    if isinstance(plain, dict):
        return {name: _without_secrets(value) for name, value in plain.items()}
    return plain
