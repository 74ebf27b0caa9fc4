"""Staged credentials whose author had seen no suite: the correct one conforms, and each fault is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleanroom.judging import assert_conforms, deviations

pytestmark = pytest.mark.proves("rotation_lifecycle")

CAUGHT = {
    "secret-in-the-list": "STG-19",
    "same-key": "STG-05 STG-23",
    "staged-is-dead": "STG-07 STG-48",
    "third-pair": "STG-08 STG-48",
    "former-ends": "STG-09 STG-48",
    "deleted-lives": "STG-10 STG-27 STG-48",
    "stage-overwrites": "STG-13 STG-25 STG-48",
    "only-logged-in": "STG-36 STG-39 STG-54",
    "pairs-mixed": "STG-51",
    "stage-ends-rotated": "STG-48",
    "refused-command-renews": "STG-30",
    "any-part-shows-all": "STG-52",
    "page-size-lost": "STG-53",
}
"""By fault: the requirements that deviate, and no others do."""


def test_the_correct_server_conforms(tmp_path: Path) -> None:
    assert_conforms("staged_credentials", tmp_path)


def test_each_fault_is_caught(tmp_path: Path) -> None:
    assert deviations("staged_credentials", tmp_path) == CAUGHT
