"""Finishing what a run that was cut off could not: `seasonproof cleanup`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.client import Client
from conformance.credentials import authorization
from conformance.documents import UsageProblem
from conformance.exchange import Request
from conformance.journal import Entry, Journal, default_directory, open_entries
from conformance.target import Target, load_target
from conformance.verdict import Stopped

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
    try:
        target = loaded.get(entry.target) or load_target(entry.target_file)
        with Client(target, requirement=entry.requirement, run=entry.run) as client:
            credentials = authorization(client.send, target, entry.undo.role)
            request = Request(entry.undo.method, entry.undo.url, credentials)
            exchange = client.send(request, retry=True)
    except (UsageProblem, Stopped) as error:
        say(f"{what}: not undone, {error}; by hand: {call}")
        return False
    status = exchange.response.status if exchange.response is not None else 0
    if 200 <= status < 300 or status in DONE:
        Journal.settle(entry)
        say(f"{what}: undone")
        return True
    say(f"{what}: not undone, {exchange.problem or f'the target answered {status}'}; by hand: {call}")
    return False
