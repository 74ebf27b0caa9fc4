"""A client that is a fork is judged as one that was started by its command."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.rules.outcome import Outcome
from tests.proof.clients import FORKS, judged

pytestmark = pytest.mark.proves("clients")


def test_a_fork_is_judged_as_the_command_is(tmp_path: Path) -> None:
    """By its exit code, what it prints, the processes that it starts and leaves behind, and where it is killed."""
    clients = ["hands-the-token-to-a-helper", "leaves-a-helper-behind", "moves-the-mark-first"]
    chosen = [f"--require={one}" for one in ("TIU-01", "TIU-09", "PCX-01")]
    found = []
    for name, forks in {"forks": FORKS, "commands": ()}.items():
        (folder := tmp_path / name).mkdir()
        result = judged(folder, clients, *chosen, forks=forks)
        found.append((result.status, result.outcomes, result.judgements))

    assert found[0] == found[1]
    assert found[0][1] == {
        "hands-the-token-to-a-helper": {"TIU-01": Outcome.PASSED, "TIU-09": Outcome.WARNED},
        "leaves-a-helper-behind": {"TIU-01": Outcome.PASSED, "TIU-09": Outcome.PASSED},
        "moves-the-mark-first": {"PCX-01": Outcome.DIFFERS},
    }
