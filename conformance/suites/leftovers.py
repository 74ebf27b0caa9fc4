"""Undoing what a run has left on a target: at its end, and in later runs of `seasonproof cleanup`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.http.client import Client
from conformance.http.credentials import authorization
from conformance.http.exchange import Request
from conformance.http.transport.address import is_below
from conformance.redaction import VAULT
from conformance.rules.outcome import Stopped, Throttled
from conformance.suites.family import Finish, families

if TYPE_CHECKING:
    from conformance.config.roles import RoleModel
    from conformance.config.target import Target
    from conformance.judging.journal import Entry, Journal

_GONE = (404, 410)

NO_ANSWER = "the target gives no answer"
"""Why a target is left alone."""

MAY_APPEAR = "it may still appear, for the request that creates it was not answered"
"""Why something is not undone that cannot be seen."""


@dataclass
class Cleaner:
    """Undoes entries, and leaves a target alone that gives no answer.

    Args:
        target_of: finds the target of an entry. Raises UsageProblem where it cannot be used.
        left_alone: the names of targets that are not asked, with the reason.
    """

    target_of: Callable[[Entry], Target]
    left_alone: dict[str, str] = field(default_factory=dict)

    def finish(self, entry: Entry) -> str:
        """Undo what an entry names. Returns what went wrong; empty if it is gone."""
        if not can_be_undone(entry):
            return f"it ends {entry.ends}"
        if entry.target in self.left_alone:
            return self.left_alone[entry.target]
        try:
            target = self.target_of(entry)
            with Client(target, requirement=entry.requirement, run=entry.run) as client:
                client.cleans_up = True
                problem = _finish_of(entry)(target, client, entry)
                if problem and client.exchanges and client.exchanges[-1].response is None:
                    self.left_alone[entry.target] = NO_ANSWER
        except Throttled as overloaded:
            problem, self.left_alone[entry.target] = str(overloaded), "the target is overloaded"
        except UsageProblem as wrong:
            problem = "; ".join(wrong.problems)
        except (Stopped, OSError) as error:
            problem = str(error)
        return VAULT.shown(problem)


def finish_run(
    journal: Journal,
    target: Callable[[str], Target],
    *,
    lost: Iterable[str],
    wait: Callable[[float], None],
) -> list[str]:
    """Undo at the end of a run what the ends of its cases could not.

    Args:
        journal: the journal of the run.
        target: finds a target by its name.
        lost: the names of targets that give no answer.
        wait: waits some seconds, so that what a request without an answer has created can appear.

    Returns:
        What is left all the same, one line each.
    """
    journal.give_up()
    cleaner = Cleaner(lambda entry: target(entry.target), dict.fromkeys(lost, NO_ANSWER))
    problems = {entry.id: cleaner.finish(entry) for entry in journal.left()}
    for entry in journal.left():
        if not problems[entry.id]:
            journal.undone(entry)
    if unsure := [entry for entry in journal.left() if not problems[entry.id]]:
        wait(max(map(journal.doubt, unsure)))
        for entry in unsure:
            problems[entry.id] = cleaner.finish(entry)
            if not problems[entry.id]:
                journal.undone(entry)
    return [as_left(entry, problems[entry.id] or MAY_APPEAR) for entry in journal.left()]


def can_be_undone(entry: Entry) -> bool:
    """Whether there is anything to be tried."""
    return entry.undo is not None or bool(entry.kind)


def as_left(entry: Entry, problem: str = "") -> str:
    """The line that names something which is left, and says how it is undone by hand, or how it ends.

    Args:
        entry: what is left.
        problem: why it could not be undone, where that was tried.
    """
    if not can_be_undone(entry):
        until = f"{datetime.fromtimestamp(entry.until, UTC):%Y-%m-%d %H:%M} UTC" if entry.until else ""
        latest = f", on {until} at the latest" if until else ""
        how = "to be undone" if entry.ends.startswith("by hand") else "ends"
        return in_a_line(f"{named(entry)}: {how} {entry.ends}{latest}; entry {entry.id}")
    call = entry.undo if entry.undo is not None else entry.ends.removeprefix("by hand: ")
    return in_a_line(f"{named(entry)}: not undone, {problem}; by hand: {call}; entry {entry.id}")


def named(entry: Entry) -> str:
    """What is left, and where."""
    return in_a_line(f"{entry.target}: {entry.what}")


def in_a_line(text: str) -> str:
    """Text of a journal as one line, which no other line can be made of."""
    return VAULT.shown(text).replace("\n", "\\n")


# ------------------------------------------------------------------ details


def _finish_of(entry: Entry) -> Finish:
    kind = entry.kind or (entry.undo.role if entry.undo is not None else "")
    return next((family.finishes[kind] for family in families() if kind in family.finishes), _call)


def _call(target: Target, client: Client, entry: Entry) -> str:
    """Make the call of an entry, if it leads to where the target file says that the target is."""
    if (undo := entry.undo) is None:
        return f"it ends {entry.ends}"
    role: RoleModel | None = getattr(target, undo.role, None) if undo.role in target.roles else None
    if role is None:
        return f"the target file does not declare {undo.role}"
    if not any(is_below(undo.url, base) for base in role.own_addresses):
        return f"its address is not below {' or '.join(role.own_addresses)}, where the target file says {undo.role} is"
    headers = (*undo.headers, *authorization(client.send, target, undo.role))
    exchange = client.send(Request(undo.method, undo.url, headers, undo.body.encode()), retry=True)
    status = exchange.response.status if exchange.response is not None else 0
    is_done = 200 <= status < 300 or status in _GONE
    return "" if is_done else exchange.problem or f"the target answered {status}"
