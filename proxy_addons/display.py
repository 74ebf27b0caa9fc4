"""What the terminal shows while `seasonproof proxy` listens without another interface."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from conformance.redaction import VAULT
from conformance.rules.outcome import Outcome
from conformance.rules.url_tokens import Level
from conformance.traffic.observation import Observation, described
from proxy_addons.shared_observation import SharedObservation

_ROWS = 15
_SECONDS = 0.25
_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.DIFFERS: "cyan", Outcome.HARNESS_ERROR: "red"}


class Lines(logging.Handler):
    """Shows what the addons say as lines, and what else goes wrong."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Show one record."""
        if record.name.startswith("proxy_addons") or record.levelno >= logging.WARNING:
            self._say(VAULT.redact(record.getMessage()))


async def show_table(shared: SharedObservation, console: Console) -> None:
    """Show findings and requirements in a table, drawn again whenever something was heard, until cancelled."""
    shown: tuple[object, ...] = ()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            observation = shared.observation
            now = observation.requests, shared.changes, observation.unchecked
            if now != shown:
                live.update(table(observation), refresh=True)
                shown = now
            await asyncio.sleep(_SECONDS)


def table(observation: Observation) -> Group:
    """The findings, the latest last, and what each requirement came to so far."""
    shown = Table("seen", "finding", "address", title=f"requests heard: {observation.requests}", expand=True)
    findings = [*observation.findings.values()]
    if len(findings) > _ROWS:
        shown.add_row("", f"… {len(findings) - _ROWS} more before", "")
    for one in findings[-_ROWS:]:
        style = "red" if one.finding.level is Level.LEAK else "yellow"
        # Text, because a parameter's name may look like markup.
        row = (f"{one.count} x", described(one.finding), one.address)
        shown.add_row(*(Text(cell, style=style) for cell in row))
    requirements = Table("requirement", "seen", "broken", "so far", "", expand=True)
    for verdict in observation.verdicts(observation.name):
        case, requirement = verdict.cases[0], verdict.requirement
        outcome = Text(verdict.outcome, style=_COLOURS.get(verdict.outcome, "yellow"))
        requirements.add_row(requirement.id, str(case.tried), str(case.missed), outcome, requirement.title)
    return Group(shown, requirements)
