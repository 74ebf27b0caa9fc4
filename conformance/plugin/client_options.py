"""The options that name a client: a command that runs it, or captures of its traffic."""

from __future__ import annotations

import argparse

import pytest

from conformance.judging.client_choice import ClientChoice, TrafficChoice


def client_of(option: argparse.Namespace) -> ClientChoice | None:
    """The client of the command line. Raises pytest.UsageError where a role has nobody to play it."""
    if option.client is not None:
        return ClientChoice(option.client, tuple(option.client_role))
    if option.client_role and not option.traffic:
        raise pytest.UsageError("--client-role needs --client or --traffic, such as --client='python rotate.py'")
    return None


def traffic_of(option: argparse.Namespace) -> TrafficChoice | None:
    """The captures of the command line. Raises pytest.UsageError where something else is to be judged too."""
    if not option.traffic:
        return None
    others = {"--client": option.client, "--target": option.target, "--variant": option.variant}
    if named := [name for name, value in others.items() if value]:
        raise pytest.UsageError(f"--traffic judges captures alone; leave out {' and '.join(named)}")
    if option.plan:
        raise pytest.UsageError(
            "--traffic reads files and sends nothing, so there is nothing to plan; leave out --plan"
        )
    return TrafficChoice(tuple(option.traffic), tuple(option.client_role))
