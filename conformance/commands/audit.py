"""`seasonproof audit`: what it reads, what it prints, and how it ends."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.commands.audit_choice import Choice
from conformance.commands.sequences import FOLDER, Sequences, graver
from conformance.documents import UsageProblem, did_you_mean
from conformance.judging.verdict import ExitCode
from conformance.reporting.findings import FORMATS, summary
from conformance.reporting.outputs import unwritable
from conformance.rules.url_tokens import Level
from conformance.traffic.audit.acceptance import Acceptance, Accepting
from conformance.traffic.audit.judging import CAPTURES, mistake
from conformance.traffic.audit.place import Place
from conformance.traffic.audit.repositories import check_repository, versions
from conformance.traffic.audit.skipping import Skipping
from conformance.traffic.audit.sources import STDIN, places
from conformance.traffic.audit.workers import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.traffic.audit.auditing import Audit

LONG_WORK = 64 << 20
"""The bytes from which on progress is shown."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What the user asked for.

    Attributes:
        paths: files, folders, or `-` for standard input.
        accepting: what is accepted.
        format: one of `FORMATS`.
        out: the file of the report; None for standard output.
        redact: where a sanitized copy of the HAR is written; None for nowhere.
        strict: whether warnings fail.
        statement: the folder of the statement and its page; None for none.
        jobs: how many processes judge; 0 for one on each core.
        skip_unknown: what is skipped if it is in no format that is read, see `Skipping`.
        git: repositories whose history is judged.
        client: who is judged by what the captures show beside their URLs.
        choice: which part is judged, and how several runs become one audit.
    """

    paths: Sequence[str]
    accepting: Accepting = field(default_factory=Accepting)
    format: str = "text"
    out: Path | None = None
    redact: Path | None = None
    strict: bool = False
    skip_unknown: Sequence[str] = ()
    statement: Path | None = None
    jobs: int = 1
    git: Sequence[str] = ()
    client: Sequences = field(default_factory=Sequences)
    choice: Choice = field(default_factory=Choice)


def run(options: AuditOptions, say: Callable[[str], None], warn: Callable[[str], None]) -> ExitCode:
    """Audit, and report.

    Args:
        options: what the user asked for.
        say: prints to standard output, without a line break of its own.
        warn: prints a line to standard error.

    Raises:
        UsageProblem: what was asked for cannot be done; nothing is reported then.
    """
    if options.format not in FORMATS:
        raise UsageProblem([f"--format {options.format} is not known; {did_you_mean(options.format, list(FORMATS))}"])
    if not options.paths and not options.git:
        raise UsageProblem(["there is nothing to audit: name a PATH, or a repository with --git"])
    options.choice.check(options.paths, options.git)
    found_places = [] if options.choice.merge else places(options.paths)
    if sum(one.path is None and one.origin is None for one in found_places) > 1:
        raise UsageProblem([f"{STDIN} is given more than once; standard input can be read once"])
    accepted = Acceptance(options.accepting)
    _check(options, found_places)
    try:
        return _run(options, found_places, accepted, say, warn)
    except (UsageProblem, KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # whatever it is, its message may quote what was read
        warn(f"seasonproof audit failed: {mistake(error)}")
        return ExitCode.INTERNAL_ERROR


def _check(options: AuditOptions, found_places: list[Place]) -> None:
    """Raise before anything is judged what would lose the findings at the end."""
    for repository in options.git:
        check_repository(repository)
    options.client.check()
    written = options.accepting.write_baseline
    for path in (options.out, written and Path(written)):
        if path:
            _check_writable(path, path)
    if options.statement is not None:
        from conformance.commands.statements import check_folder

        check_folder(options.statement)
    if options.redact is not None:
        from conformance.traffic.audit.redacting import copied, unfinished_copy

        if options.git:
            raise UsageProblem(["--redact copies a HAR file, and no repository: leave out --git"])
        copied(found_places, options.redact)
        _check_writable(unfinished_copy(options.redact), options.redact)


def _check_writable(path: Path, named: Path) -> None:
    if reason := unwritable(path):
        raise _unwritable(named, reason)


def _unwritable(path: Path, reason: str) -> UsageProblem:
    return UsageProblem([f"{path}: cannot be written: {reason}"])


def _run(
    options: AuditOptions,
    found_places: list[Place],
    accepted: Acceptance,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> ExitCode:
    skipping, started = Skipping(options.skip_unknown), datetime.now(UTC)
    jobs = options.jobs or cores()
    with _progress(found_places) as progress:
        audit = accepted.audit(skipping)
        if options.choice.merge:
            audit = options.choice.merged(options.paths, audit, progress, jobs)
        else:
            audit = options.choice.judge(partial(_everything, options, found_places), audit, progress, jobs)
    if audit.apart:
        warn(f"credentials that captures show, to be looked for in other shards by --merge: {audit.apart:,}")
    for line in accepted.settle(audit, date.today()):
        warn(line)
    _report(FORMATS[options.format](audit), options.out, say)
    if options.statement is not None:
        from conformance.commands.statements import write_statement
        from conformance.reporting.other_statements import of_audit

        write_statement(
            options.statement, of_audit(audit, [*options.paths, *options.git], started, strict=options.strict)
        )
    if not audit.is_complete and (options.format != "text" or options.out is not None):
        warn(summary(audit))
    for unneeded in skipping.unneeded:
        warn(f"--skip-unknown={unneeded} skips nothing here")
    for line in accepted.write(audit):
        warn(line)
    if options.redact is not None:
        from conformance.traffic.audit.redacting import redact

        for line in redact(found_places, options.redact):
            warn(line)
    code = _ending(audit, strict=options.strict)
    return graver(code, _judge_clients(options, audit, warn)) if options.client.roles else code


def _everything(options: AuditOptions, found_places: list[Place]) -> Iterator[Place]:
    return chain(found_places, chain.from_iterable(map(versions, options.git)))


def _judge_clients(options: AuditOptions, audit: Audit, warn: Callable[[str], None]) -> ExitCode:
    """Judge the client of each capture. What is not a capture shows no sequences."""
    from conformance.traffic.captures import capture_at

    known = [path for one in audit.read if one.kind in CAPTURES and (path := capture_at(one.name))]
    captures = list(dict.fromkeys(known))
    others = len(audit.read) + len(audit.unknown) - len(known)
    if others:
        warn(f"files by which no client is judged, because they are no captures, or in an archive: {others}")
    if not captures:
        warn("--client-role: no HAR and no flows of mitmproxy are among the files, so no client was judged")
        return ExitCode.INCOMPLETE
    is_read_by_programs = options.format != "text" and options.out is None
    folder = None if options.statement is None else options.statement / FOLDER
    return options.client.judge(captures, folder, sys.stderr if is_read_by_programs else None)


def _ending(audit: Audit, *, strict: bool) -> ExitCode:
    """A leak counts most, because it is one whatever else is there."""
    leaks = audit.open(Level.LEAK) or audit.beyond.get(Level.LEAK)
    warnings = audit.open(Level.WARN) or audit.beyond.get(Level.WARN)
    if leaks or (strict and warnings):
        return ExitCode.NOT_CONFORMANT
    return ExitCode.CONFORMANT if audit.is_complete else ExitCode.INCOMPLETE


def _report(text: str, out: Path | None, say: Callable[[str], None]) -> None:
    if out is None:
        say(text)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        say(text)
        raise _unwritable(out, error.strerror or "no reason is given") from None


@contextlib.contextmanager
def _progress(found_places: list[Place]) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error, if somebody sees it and the work is long."""
    total = sum(one.size for one in found_places)
    has_end = all(one.size or one.path is not None for one in found_places)
    if not sys.stderr.isatty() or (has_end and total < LONG_WORK):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total if has_end else None)
        yield lambda read: bar.advance(task, read)
