"""`seasonproof gate`: may I release? Each declared target has a fresh statement that says so, or a line why not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.fleet import Chosen, load_fleet
from conformance.config.profile import load_profile
from conformance.documents import UsageProblem
from conformance.judging.statement_file import statements_in
from conformance.judging.verdict import RunVerdict

if TYPE_CHECKING:
    from conformance.config.profile import Profile
    from conformance.config.target import Target
    from conformance.judging.statement import Statement

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def gate(
    statements: Path, targets: Path, max_age: str, profile_name: str, now: datetime | None = None
) -> tuple[bool, list[str]]:
    """Whether every declared target is ready, and a line about each.

    Args:
        statements: the folder of the statements.
        targets: a target file, or a folder of target files.
        max_age: how old a statement may be, such as `7d`.
        profile_name: what is demanded.
        now: the time, for tests.

    Raises:
        UsageProblem: a statement or a target file that is named by itself can't be read, or no target is declared.
    """
    age = _age(max_age)
    profile = load_profile(profile_name)
    fleet = load_fleet([str(targets)], Chosen(), needs_secrets=False)
    known = statements_in([statements])
    lines, is_open = [f"{path}: not ready: {said[0]}" for path, said in fleet.broken.items()], not fleet.broken
    for target in fleet.targets.values():
        why = _why_not(target, profile, known, age, now or datetime.now(UTC))
        is_open = is_open and not why
        lines.append(f"{target.name}: {why or 'ready'}")
    return is_open, lines


# ------------------------------------------------------------------ details


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,4})([hdw])", text)
    if found is None:
        raise UsageProblem([f"--max-age {text}: write a number of hours, days or weeks, such as 12h, 7d or 2w"])
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _why_not(target: Target, profile: Profile, known: Mapping[Path, Statement], age: timedelta, now: datetime) -> str:
    """Why a target is not ready; empty if it is."""
    runs = [
        (file, one)
        for file, one in known.items()
        if target.name in one.target_names and one.header.kind in ("suites", "clients", "traffic")
    ]
    if not runs:
        return "not ready: no statement names it"
    fitting = [run for run in runs if run[1].header.profile.digest == profile.digest]
    if not fitting:
        names = sorted({f"{one.header.profile.name} {one.header.profile.digest[:12]}" for _, one in runs})
        asked = f"{profile.name} {profile.digest[:12]}"
        return f"not ready: its statements are by {' and '.join(names)}, and {asked} is asked for; run it again"
    fitting.sort(key=lambda run: run[1].header.started)
    whole = [run for run in fitting if _is_whole(run[1], target.name)]
    if not whole:
        return "not ready: its statements are of a part of the profile; run all of it"
    file, last = whole[-1]
    return next(_reasons(target, file, last, fitting[fitting.index(whole[-1]) + 1 :], age, now), "")


def _is_whole(statement: Statement, name: str) -> bool:
    return statement.target(name).selected == statement.total(name)


def _reasons(
    target: Target,
    file: Path,
    last: Statement,
    later: Sequence[tuple[Path, Statement]],
    age: timedelta,
    now: datetime,
) -> Iterator[str]:
    name = target.name
    result, footer = last.result(name), last.footer
    if result is None or footer is None:
        yield f"not ready: {file} has no verdict, because its run ended early"
        return
    if result.verdict is not RunVerdict.CONFORMANT:
        yield f"not ready: {file} says {result.verdict}"
    if footer.ended > now + timedelta(hours=1):
        yield f"not ready: {file} is from {footer.ended:%Y-%m-%d}, which has not come yet"
    if now - footer.ended > age:
        yield f"not ready: {file} is {(now - footer.ended).days} days old; run it again"
    if last.target(name).digest != target.digest:
        yield f"not ready: {target.source} changed since {file}; run it again"
    for newer, one in later:
        part = one.result(name)
        if part is None or part.verdict is RunVerdict.NOT_CONFORMANT:
            said = part.verdict if part is not None else "nothing, because its run ended early"
            yield f"not ready: {newer}, a later run of a part, says {said}"
