"""The clean room itself: each server has a test of its own, and is short enough to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleanroom.served import ROLES, TARGETS

HERE = Path(__file__).parent


@pytest.mark.parametrize("role", ROLES)
def test_a_server_and_its_target_file_are_short(role: str) -> None:
    """Under 200 lines each, and a target file under 15, with eight faults or more; what they say has a test."""
    assert len((HERE / f"{role}.py").read_text("utf-8").splitlines()) < 200
    assert len((TARGETS / f"{role}.yaml").read_text("utf-8").splitlines()) < 15
    assert len(ROLES[role][0].FAULTS) >= 8
    assert (HERE / f"test_{role}.py").is_file()
