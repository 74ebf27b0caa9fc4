"""Audits that are noted in journals, and the journals of all shards as one audit.

What one shard shows as a credential is looked for in what the others have judged, when all are joined or before.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.traffic.audit.auditing import lost
from conformance.traffic.audit.findings import may_pass
from conformance.traffic.audit.judging import ONE_RUN, Key, Part, judge, judged_piece
from conformance.traffic.audit.learned_credentials import unsearched
from conformance.traffic.audit.pieces import pieces
from conformance.traffic.audit.sources import places
from conformance.traffic.audit.workers import Lost, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.traffic.audit.auditing import Audit, Engine
    from conformance.traffic.audit.journals import Joined, Journal, Judged
    from conformance.traffic.audit.learned_credentials import LearnedCredentials
    from conformance.traffic.audit.pieces import Piece
    from conformance.traffic.audit.place import Place

_NO_SALT = "give --merge their key, with --salt-file"
_NOT_HERE = "it is not here as it was then; judge its shard again, with --learned and all journals"
_FAILED = "it could not be read again"


def noted(
    wanted: Iterable[Place],
    journal: Journal,
    salt: bytes,
    lessons: LearnedCredentials,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
    engine: Engine = in_order,
) -> None:
    """Judge what is at these places and not in the journal yet, and note it there.

    Args:
        wanted: the places.
        journal: gets what is noted.
        salt: of the fingerprints.
        lessons: what is looked for as well.
        progress: told how many bytes were judged.
        jobs: how many processes judge.
        engine: does the work in them.
    """
    todo = (piece for piece in pieces(wanted) if not journal.has(piece, lessons))
    for piece, part in judged_pieces(todo, Key(salt, lessons.marks), jobs, engine):
        journal.write(piece, part, lessons)
        if progress is not None:
            progress(piece.size)


def judged_pieces(work: Iterable[Piece], key: Key, jobs: int, engine: Engine) -> Iterator[tuple[Piece, Part]]:
    """Judge pieces; what is noted of each, all of it, in their order."""
    do = partial(judged_piece, key=key)
    done = engine(do, work, jobs) if jobs > 1 or engine is not in_order else ((piece, do(piece)) for piece in work)
    for piece, part in done:
        if isinstance(part, Lost):
            part = Part([lost(piece)])
        elif part.is_full:
            part = Part()
            judge(piece, part, key)
        yield piece, part


def joined(
    journals: Joined,
    audit: Audit,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
    engine: Engine = in_order,
) -> Audit:
    """What all shards have noted, counted as if they were one audit.

    What was judged without the credentials that another shard shows is read once more, if the audit has the salt and
    the place can be read here; else it counts as not judged as a whole.

    Args:
        journals: of all shards.
        audit: an empty one that knows what is accepted and skipped, and the salt.
        progress: told how many bytes were read again.
        jobs: how many processes read again.
        engine: does the work in them.
    """
    again = _Again(journals, audit, jobs, engine)
    for one, part in _noted(journals, audit):
        if not journals.lacks(one):
            audit.extend(part, continues=one.start > 0)
            continue
        better, why_not = again.of(one)
        audit.extend(better or part, continues=one.start > 0)
        if why_not:
            audit.add(unsearched(one.name, why_not))
        elif progress is not None:
            progress(one.size)
    if unsaid := journals.lessons.unsaid():
        audit.add(unsaid)
    return audit


def of_a_shard(journals: Joined, audit: Audit) -> Audit:
    """What one shard has noted. What it shows as credentials is looked for in other files when all are joined."""
    for one, part in _noted(journals, audit):
        audit.extend(part, continues=one.start > 0)
    audit.apart = len(journals.lessons)
    return audit


def _noted(journals: Joined, audit: Audit) -> Iterator[tuple[Judged, Part]]:
    audit.left_out = journals.left_out
    for problem in journals.problems:
        audit.add(problem)
    return journals.parts()


class _Again:
    """Second readings of what a journal has, in its order, where that is still here."""

    def __init__(self, journals: Joined, audit: Audit, jobs: int, engine: Engine) -> None:
        self._has_salt = audit.salt != ONE_RUN
        lacking = [one for one in journals.pieces if journals.lacks(one)] if self._has_salt else []
        self._here = dict(_here(lacking))
        self._judged = judged_pieces(self._here.values(), Key(audit.salt, journals.lessons.marks), jobs, engine)

    def of(self, one: Judged) -> tuple[Part | None, str]:
        """What is noted of the next piece, read again; or why it was not."""
        if (one.name, one.start) not in self._here:
            return None, _NOT_HERE if self._has_salt else _NO_SALT
        _, part = next(self._judged)
        if any(map(may_pass, part.events)):
            return None, _FAILED
        return part, ""


def _here(lacking: list[Judged]) -> Iterator[tuple[tuple[str, int], Piece]]:
    """The pieces that are here as they were then, by name and place in their file."""
    for name, ones in groupby(lacking, attrgetter("name")):
        starts = {one.start: one.version for one in ones}
        try:
            found = places([name])
        except UsageProblem:
            continue
        if len(found) == 1 and found[0].version and {found[0].version} == set(starts.values()):
            for piece in pieces(found):
                if piece.start in starts:
                    yield (name, piece.start), piece
