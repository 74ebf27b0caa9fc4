"""The statements of a fleet as one: the last runs of each target count, and those before them are its history.

What cannot be used costs its target alone: the fleet is *incomplete* by it, and a line says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.fleet import first_problem
from conformance.documents import UsageProblem
from conformance.judging.statement_file import each_statement, read_statement
from conformance.judging.statement_merging import merged
from conformance.judging.verdict import RunVerdict
from conformance.reporting import view
from conformance.reporting.fleet.runs import TargetRun, run_of

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.config.fleet import Fleet as Declared
    from conformance.judging.statement import Header, Statement
    from conformance.judging.statement_contents import StatedProfile, StatedRequirement


_KINDS = ("suites", "clients", "traffic")  # the others judge no targets


@dataclass(frozen=True, slots=True)
class Fleet:
    """All targets, each by what counts of it.

    Attributes:
        header: that of the newest run.
        profile: what was asked for, with what is demanded of clients where a target is one.
        requirements: all that were judged, by id.
        targets: what counts, the worst first.
        earlier: the runs before those that count, by target, the oldest first.
        problems: why targets have no verdict, one line each.
        alarms: what else somebody has to know of the runs that count.
    """

    header: Header
    profile: StatedProfile
    requirements: Mapping[str, StatedRequirement]
    targets: Sequence[TargetRun]
    earlier: Mapping[str, Sequence[TargetRun]] = field(default_factory=dict)
    problems: Sequence[str] = ()
    alarms: Sequence[str] = ()

    @property
    def ready(self) -> int:
        """How many targets are conformant with the whole profile."""
        return sum(one.is_ready for one in self.targets)

    @property
    def verdict(self) -> RunVerdict:
        """The gravest of all. A target without a verdict leaves the fleet incomplete."""
        found = {one.verdict for one in self.targets}
        if RunVerdict.NOT_CONFORMANT in found:
            return RunVerdict.NOT_CONFORMANT
        is_whole = found == {RunVerdict.CONFORMANT} and not self.problems
        return RunVerdict.CONFORMANT if is_whole else RunVerdict.INCOMPLETE

    @property
    def headline(self) -> str:
        """How many targets are ready, in a sentence."""
        release = self.profile.release.partition(" (")[0]
        return f"{self.ready} of {len(self.targets) + len(self.problems)} targets are ready for {release}."

    def before(self, name: str) -> TargetRun | None:
        """The run before the one that counts."""
        runs = self.earlier.get(name, ())
        return runs[-1] if runs else None


def merge(paths: Iterable[Path], declared: Declared | None = None) -> Fleet:
    """Join statements.

    Args:
        paths: statements, and folders of statements.
        declared: the target files of the fleet, each of which should have a statement.

    Raises:
        UsageProblem: nothing can be read.
    """
    found = _Collected()
    for file, read in each_statement(paths):
        if isinstance(read, UsageProblem):
            found.problems.append(read.problems[0])
        elif read.header.kind in _KINDS:
            found.add(file, read)
    if not found.headers:
        raise UsageProblem(found.problems or ["no statement there is of a run of the suites"])
    newest = max(found.headers, key=lambda header: header.started)
    targets, earlier = _counted(found)
    now = _words_of_now(targets, newest)
    outdated = {one.target.name: _outdated(one, newest, now) for one in targets}
    kept = [one for one in targets if not outdated[one.target.name]]
    problems = [*found.problems, *filter(None, outdated.values()), *found.still_broken(kept)]
    if declared is not None:
        kept, missing = _compared(kept, declared)
        problems += missing
    profile = max((one.header.profile for one in kept), key=lambda one: len(one.families), default=newest.profile)
    kept.sort(key=lambda one: one.badness)
    files = dict.fromkeys(file for one in kept for file in sorted(one.parts))
    said = dict.fromkeys(line for file in files for line in found.alarms[file])
    return Fleet(newest, profile, now, kept, earlier, list(dict.fromkeys(problems)), list(said))


# ------------------------------------------------------------------ details


@dataclass
class _Collected:
    """What is kept of all statements that were read.

    Attributes:
        problems: why targets have no verdict.
        headers: of all statements.
        runs: by target.
        alarms: what else somebody has to know, by the file that says it.
    """

    problems: list[str] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    runs: dict[str, list[TargetRun]] = field(default_factory=dict)
    alarms: dict[Path, list[str]] = field(default_factory=dict)
    _broken: dict[str, tuple[datetime, str]] = field(default_factory=dict)  # the last that was said of a target file
    _known: dict[tuple[str, str], StatedRequirement] = field(default_factory=dict)  # the same text is kept once

    def add(self, file: Path, statement: Statement) -> None:
        """Keep what matters of a statement."""
        started = statement.header.started
        self.headers.append(statement.header)
        known = {one.id: self._known.setdefault((one.id, one.digest), one) for one in statement.requirements}
        for target in statement.header.targets:
            self.runs.setdefault(target.name, []).append(run_of(file, statement, target, known))
        self.alarms[file] = [line for line in view.alarms(statement) if not line.startswith(view.NOT_JUDGED)]
        for line in statement.footer.broken if statement.footer is not None else ():
            path = line.partition(":")[0]
            self._broken[path] = max(self._broken.get(path, (started, line)), (started, line))

    def still_broken(self, targets: Iterable[TargetRun]) -> list[str]:
        """What is said of target files that cannot be used, unless a later run could use them."""
        later = {one.target.about: one.header.started for one in targets}
        return [line for path, (at, line) in self._broken.items() if path not in later or later[path] <= at]


def _counted(found: _Collected) -> tuple[list[TargetRun], dict[str, list[TargetRun]]]:
    """What counts of each target, and the runs before it. What is wrong with one is noted."""
    targets: list[TargetRun] = []
    earlier: dict[str, list[TargetRun]] = {}
    for name, runs in found.runs.items():
        runs.sort(key=lambda one: one.header.started)
        try:
            counted, before = _what_counts(runs)
        except UsageProblem as problem:
            found.problems.append(f"{name}: {problem.problems[0]}")
            continue
        targets.append(counted)
        if before:
            earlier[name] = before
    return targets, earlier


def _what_counts(runs: Sequence[TargetRun]) -> tuple[TargetRun, list[TargetRun]]:
    """What counts of a target, and the runs before it.

    The last run counts that came to an end. Runs before it are joined with it that judge other requirements on the same
    target file: parts of one run.

    Raises:
        UsageProblem: no run came to an end, or its parts do not fit.
    """
    ended = [run for run in runs if run.result is not None]
    if not ended:
        raise UsageProblem([f"{runs[-1].file} has no verdict, because its run ended early"])
    parts, before = [ended[-1]], list[TargetRun]()
    name = runs[-1].target.name
    judged = set(ended[-1].ids)
    for run in reversed(ended[:-1]):
        if run.target.digest == parts[0].target.digest and not before and judged.isdisjoint(run.ids):
            parts.append(run)
            judged |= run.ids
        else:
            before.insert(0, run)
    if len(parts) == 1:
        return parts[0], before
    whole = merged({part.file: _only(read_statement(part.file), name) for part in reversed(parts)})
    files = {part.file for part in parts}
    return run_of(parts[0].file, whole, whole.target(name), whole.by_id, parts=files), before


def _only(statement: Statement, name: str) -> Statement:
    """A statement without its other targets."""
    footer = statement.footer
    if footer is not None:
        footer = footer.model_copy(update={"results": tuple(one for one in footer.results if one.target == name)})
    header = statement.header.model_copy(update={"targets": (statement.target(name),)})
    verdicts = tuple(one for one in statement.verdicts if one.target == name)
    return statement.model_copy(update={"header": header, "verdicts": verdicts, "footer": footer})


def _words_of_now(targets: Iterable[TargetRun], newest: Header) -> dict[str, StatedRequirement]:
    """The requirements as the newest runs have them."""
    found: dict[str, StatedRequirement] = {}
    for run in sorted(targets, key=lambda one: one.header.started):
        if run.header.profile.name == newest.profile.name:
            found |= {one.id: one for one in run.requirements}
    return found


def _outdated(run: TargetRun, newest: Header, now: Mapping[str, StatedRequirement]) -> str:
    """Why a run says nothing beside the newest ones; empty if it does."""
    name, header = run.target.name, run.header
    if header.profile.name != newest.profile.name:
        return f"{name}: {run.file} is by {header.profile.name}, and the newest run by {newest.profile.name}"
    if header.strict != newest.strict:
        return f"{name}: {run.file} and the newest run are not equally strict; run it again"
    other = next((one.id for one in run.requirements if now[one.id].digest != one.digest), "")
    return f"{name}: {run.file} is by an earlier text of {other}; run it again" if other else ""


def _compared(targets: Sequence[TargetRun], declared: Declared) -> tuple[list[TargetRun], list[str]]:
    """The targets that the fleet declares, and why others of it have no verdict."""
    known = {one.target.name: one for one in targets}
    kept, problems = [], []
    for name, target in declared.targets.items():
        run = known.get(name)
        if run is None:
            problems.append(f"{name}: no statement has a verdict on it")
        elif run.target.digest != target.digest:
            problems.append(f"{name}: {target.source} changed since {run.file}; run it again")
        else:
            kept.append(run)
    problems += [f"{path}: {first_problem(path, said)}" for path, said in declared.broken.items()]
    return kept, problems


def by_owner(targets: Iterable[TargetRun]) -> dict[str, list[TargetRun]]:
    """Targets by their owners, in the order of the names; those of nobody last."""
    found: dict[str, list[TargetRun]] = {}
    for one in targets:
        found.setdefault(one.target.owner, []).append(one)
    return dict(sorted(found.items(), key=lambda pair: (not pair[0], pair[0])))


def trend(fleet: Fleet, days: int = 12) -> list[tuple[str, Counter[str]]]:
    """How many targets came to which verdict, by the end of each of the last days on which anything ran."""
    runs = sorted(
        [*fleet.targets, *(one for those in fleet.earlier.values() for one in those)],
        key=lambda one: one.header.started,
    )
    latest: dict[str, str] = {}
    found: dict[str, Counter[str]] = {}
    for run in runs:
        latest[run.target.name] = run.shown
        found[f"{run.header.started:%Y-%m-%d}"] = Counter(latest.values())
    return list(found.items())[-days:]
