"""Finishing what an interrupted run could not: `seasonproof cleanup`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.config.target import Target, load_target
from conformance.documents import UsageProblem
from conformance.judging.journal import LATE_SECONDS, Entry, default_directory
from conformance.judging.journal_files import Reading, read_journals, remove_finished, settle
from conformance.suites.leftovers import Cleaner, as_left, can_be_undone, in_a_line, named

LONGEST_SECONDS = 900.0
"""No request takes so long: whatever was begun before has been answered, or was given up."""


def clean(
    targets: Sequence[str],
    *,
    dry_run: bool,
    done: Sequence[str] = (),
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Undo what the journals of earlier runs hold, and say what was done.

    Args:
        targets: target files; without one, each entry's own target file is read.
        dry_run: say what would be called, and call nothing.
        done: the ids of entries, or of whole runs, that somebody has finished by hand.
        say: takes one line.
        sleep: waits some seconds.

    Returns:
        Whether something is left, or may be.

    Raises:
        UsageProblem: a target file is wrong, `done` names nothing, or others can write to the journals.
    """
    loaded = {target.name: target for target in map(load_target, targets)}
    reading = read_journals(default_directory())
    entries = list(_without(reading.entries, done, dry_run=dry_run, say=say))
    cleanup = _Cleanup(Cleaner(_Targets(loaded)), dry_run, say)
    for entry in entries:
        cleanup.finish(entry)
    cleanup.look_again(sleep)
    if not dry_run:
        remove_finished(entry.file for entry in reading.entries)
    warnings = list(map(in_a_line, _warnings(reading)))
    for warning in warnings:
        say(warning)
    if not reading.entries and not warnings:
        say("nothing is left of earlier runs")
    return cleanup.is_left or bool(warnings)


@dataclass
class _Cleanup:
    """What is said and noted about each entry.

    Attributes:
        is_left: whether something could not be undone.
    """

    cleaner: Cleaner
    dry_run: bool
    say: Callable[[str], None]
    is_left: bool = False
    _unsure: list[Entry] = field(default_factory=list)

    def finish(self, entry: Entry) -> None:
        """Undo what an entry names."""
        if not can_be_undone(entry):
            if 0 < entry.until < time.time():
                self._gone(entry, f"has ended {in_a_line(entry.ends)}")
            else:
                self._left(entry)
        elif self.dry_run:
            self.say(f"{named(entry)}: would {f'call {in_a_line(str(entry.undo))}' if entry.undo else 'look for it'}")
        elif problem := self.cleaner.finish(entry):
            self._left(entry, problem)
        elif entry.kind and entry.state == "created" and time.time() - entry.since < LONGEST_SECONDS:
            self._unsure.append(entry)  # the answer to the request that creates it never came
        else:
            self._gone(entry)

    def look_again(self, sleep: Callable[[float], None]) -> None:
        """Undo once more what may have appeared late."""
        if not self._unsure:
            return
        count = len(self._unsure)
        self.say(f"waiting {LATE_SECONDS:.0f} s: what {count} unanswered requests have created may still appear")
        sleep(LATE_SECONDS)
        for entry in self._unsure:
            if problem := self.cleaner.finish(entry):
                self._left(entry, problem)
            else:
                self._gone(entry)

    def _left(self, entry: Entry, problem: str = "") -> None:
        self.say(as_left(entry, problem))
        self.is_left = True

    def _gone(self, entry: Entry, how: str = "undone") -> None:
        if not self.dry_run:
            settle(entry)
        self.say(f"{named(entry)}: {how}")


class _Targets:
    """The targets of entries: those that were named, or those of the files that the journals name."""

    def __init__(self, named: Mapping[str, Target]) -> None:
        self._named = named
        self._loaded: dict[str, Target] = {}

    def __call__(self, entry: Entry) -> Target:
        if entry.target in self._named:
            return self._named[entry.target]
        if entry.target_file not in self._loaded:
            self._loaded[entry.target_file] = load_target(entry.target_file)
        return self._loaded[entry.target_file]


def _without(
    entries: Sequence[Entry], done: Sequence[str], *, dry_run: bool, say: Callable[[str], None]
) -> Iterator[Entry]:
    """The entries that are not done by hand. Those that are, are noted so."""
    known = {entry.id for entry in entries} | {entry.run for entry in entries}
    if unknown := ", ".join(name for name in done if name not in known):
        raise UsageProblem([f"--done: the journals hold no entry and no run with the id {unknown}"])
    for entry in entries:
        if not {entry.id, entry.run} & set(done):
            yield entry
            continue
        if not dry_run:
            settle(entry)
        say(f"{named(entry)}: done by hand")


def _warnings(reading: Reading) -> Iterator[str]:
    for place in reading.damaged:
        yield f"{place}: cannot be read, so what it names may be left; look at the target, then delete the file"
    for refused in reading.refused:
        yield f"{refused}, so it is not trusted; look through it, then make it yours alone (chmod 600) or delete it"
    for file in reading.busy:
        yield f"{file}: its run still goes on, so it is left alone"
