"""A token endpoint whose author had seen no suite: the correct one conforms, and each fault is caught or explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleanroom.judging import assert_conforms, deviations

pytestmark = pytest.mark.proves("client_credentials")

CAUGHT = {
    "basic-undecoded": "CCS-20",
    "merged-parameters": "CCS-18 CCS-19 CCS-72 CCS-73",
    "last-value-counts": "CCS-10",
    "no-challenge": "CCS-22 CCS-60 CCS-67 CCS-69",
    "silent-scope": "CCS-37",
    "revoked-works": "CCS-54 CCS-64",
    "open-introspection": "CCS-53 CCS-68",
}
"""By fault: the requirements that deviate, and no others do."""

NOT_CAUGHT = {
    "default-audience": "no defect by CCS-39: the token says truly that it is for the default audience, and not for the"
    " unknown one. Only RFC 8707 names an error for that, and it speaks of `resource`.",
}
"""By fault: why nothing deviates. A fault that comes to be caught belongs above."""


def test_the_correct_server_conforms(tmp_path: Path) -> None:
    assert_conforms("token_endpoint", tmp_path)


def test_each_fault_is_caught_or_explained(tmp_path: Path) -> None:
    assert deviations("token_endpoint", tmp_path) == CAUGHT | dict.fromkeys(NOT_CAUGHT, "")
