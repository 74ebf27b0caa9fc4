"""Finishing what a run that was cut off could not: `seasonproof cleanup`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.config.target import Target, load_target
from conformance.documents import UsageProblem
from conformance.http.client import Client
from conformance.http.credentials import authorization
from conformance.http.exchange import Request
from conformance.judging.journal import Entry, Journal, Undo, default_directory, open_entries
from conformance.rules.outcome import Stopped
from conformance.suites.rotation_lifecycle.staging import finish

DONE = (404, 410)
"""Whoever asks to delete what is gone has what was wanted."""


def clean(targets: Sequence[str], *, dry_run: bool, say: Callable[[str], None]) -> bool:
    """Undo what the journals hold, and say what was done.

    Args:
        targets: target files; without one, each entry's own target file is read.
        dry_run: say what would be called, and call nothing.
        say: takes one line.

    Returns:
        Whether something is left that could not be undone.

    Raises:
        UsageProblem: a target file is wrong.
    """
    loaded = {target.name: target for target in map(load_target, targets)}
    entries = open_entries(default_directory())
    if not entries:
        say("nothing is left of earlier runs")
    left = False
    for entry in entries:
        left |= not _finish(entry, loaded, dry_run=dry_run, say=say)
    return left


def _finish(entry: Entry, loaded: dict[str, Target], *, dry_run: bool, say: Callable[[str], None]) -> bool:
    what = f"{entry.target}: {entry.what}"
    if entry.undo is None:
        say(f"{what}: ends {entry.ends}")
        if not dry_run:
            Journal.settle(entry)
        return True
    call = f"{entry.undo.method} {entry.undo.url}"
    if dry_run:
        say(f"{what}: would call {call}")
        return True
    problem = ""
    try:
        target = loaded.get(entry.target) or load_target(entry.target_file)
        with Client(target, requirement=entry.requirement, run=entry.run) as client:
            problem = FINISHES.get(entry.undo.role, _call)(target, client, entry.undo)
    except (UsageProblem, Stopped, OSError) as error:
        problem = str(error)
    if problem:
        say(f"{what}: not undone, {problem}; by hand: {call}")
        return False
    Journal.settle(entry)
    say(f"{what}: undone")
    return True


def _call(target: Target, client: Client, undo: Undo) -> str:
    """Make the call that undoes a creation. Returns what went wrong; empty if nothing did."""
    credentials = authorization(client.send, target, undo.role)
    exchange = client.send(Request(undo.method, undo.url, credentials), retry=True)
    status = exchange.response.status if exchange.response is not None else 0
    is_done = 200 <= status < 300 or status in DONE
    return "" if is_done else exchange.problem or f"the target answered {status}"


FINISHES: dict[str, Callable[[Target, Client, Undo], str]] = {"staged_credentials": finish}
"""How a role is left, where that takes more than the call of the journal."""
