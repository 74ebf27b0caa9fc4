"""The options that name a client: a command that runs it, or captures of its traffic."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from conformance.judging.client_choice import ClientChoice, TrafficChoice

if TYPE_CHECKING:
    from conformance.judging.run import Run


def client_of(option: argparse.Namespace) -> ClientChoice | None:
    """The client of the command line. Raises pytest.UsageError where a role has nobody to play it."""
    if option.client is not None and option.client_manual:
        raise pytest.UsageError("--client names a command, and --client-manual a person; leave out one of them")
    if option.client is not None or option.client_manual:
        return ClientChoice(option.client, tuple(option.client_role))
    if option.client_role and not option.traffic:
        raise pytest.UsageError(
            "--client-role needs --client, --client-manual or --traffic, such as --client='python rotate.py'"
        )
    return None


def refuse_nobody(run: Run, processes: int) -> None:
    """See that a person can be spoken to, where one drives a client. Raises pytest.UsageError."""
    driven = run.driven_by_a_person
    if not driven:
        return
    from conformance.suites.clients.manual_client import terminal_problem  # loaded where there is such a client

    if problem := terminal_problem():
        raise pytest.UsageError(
            f"{driven[0]}: a person drives this client, and {problem}, on which to say what to do and hear what is "
            "done; run it from a terminal, or judge a capture of its traffic: --traffic=FILE"
        )
    if processes > 1:
        raise pytest.UsageError(f"{driven[0]}: a person drives this client, one scenario after the other; leave out -n")


def traffic_of(option: argparse.Namespace) -> TrafficChoice | None:
    """The captures of the command line. Raises pytest.UsageError where something else is to be judged too."""
    if not option.traffic:
        return None
    others = {
        "--client": option.client,
        "--client-manual": option.client_manual,
        "--target": option.target,
        "--variant": option.variant,
    }
    if named := [name for name, value in others.items() if value]:
        raise pytest.UsageError(f"--traffic judges captures alone; leave out {' and '.join(named)}")
    if option.plan:
        raise pytest.UsageError(
            "--traffic reads files and sends nothing, so there is nothing to plan; leave out --plan"
        )
    return TrafficChoice(tuple(option.traffic), tuple(option.client_role))
