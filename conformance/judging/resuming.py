"""Which targets of a run have a finished statement already, so that --resume leaves them alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.judging.run import Kept, Run
from conformance.judging.statement_building import begun
from conformance.judging.statement_file import read_statement, statement_files
from conformance.judging.verdict import RunVerdict

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.judging.statement import Header, Statement


def finished(folder: Path, run: Run, seed: str, today: date) -> dict[str, Kept]:
    """The targets of a run that the statements in a folder speak of finally, in the order of their names.

    The last statement of a target counts: if its verdict is not *incomplete*, and it was given by the same suite and
    the same packages, just as deep and as strict, on the target file and on the requirements as they are now.

    Args:
        folder: of statements, at any depth; it may be missing. What cannot be read in it counts for nothing.
        run: what is going to be judged.
        seed: what chooses its examples.
        today: a verdict with a waiver that has ended is not final.
    """
    like, _ = begun(run, datetime.now(UTC), seed)
    wanted = run.wanted_of()
    latest: dict[str, tuple[Path, Statement]] = {}
    for file, statement in _readable(folder):
        for name in wanted.keys() & set(statement.target_names):
            known = latest.get(name)
            if known is None or known[1].header.started <= statement.header.started:
                latest[name] = file, statement
    found = {}
    for name, (file, statement) in sorted(latest.items()):
        result = statement.result(name)
        is_of_now = _is_alike(statement.header, like) and statement.target(name).digest == run.digest(name)
        if result is None or result.verdict is RunVerdict.INCOMPLETE or not is_of_now:
            continue
        if _covers(statement, name, wanted[name], today):
            found[name] = Kept(file, result.verdict)
    return found


# ------------------------------------------------------------------ details


def _readable(folder: Path) -> Iterator[tuple[Path, Statement]]:
    for file in statement_files(folder) if folder.is_dir() else ():
        try:
            yield file, read_statement(file)
        except UsageProblem:  # its targets are judged again
            continue


def _is_alike(header: Header, like: Header) -> bool:
    def basis(one: Header) -> Iterable[object]:
        return one.profile.name, one.suite, one.dependencies_digest, one.depth, one.seed, one.strict

    return basis(header) == basis(like)


def _covers(statement: Statement, name: str, wanted: Iterable[Requirement], today: date) -> bool:
    """Whether a statement judges all that is wanted of a target, in the words of now and with waivers that hold."""
    judged = {verdict.requirement.id: verdict for verdict in statement.of(name)}
    ends = [verdict.waiver.until for verdict in judged.values() if verdict.waiver is not None]
    if any(end and date.fromisoformat(end) < today for end in ends):
        return False
    return all(one.id in judged and statement.by_id[one.id].digest == one.digest for one in wanted)
