"""A file service whose author had seen no suite: the correct one conforms, and each fault is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleanroom.judging import assert_conforms, deviations

pytestmark = pytest.mark.proves("binary_files")

CAUGHT = {
    "read-as-text": "BIN-01",
    "appends": "BIN-01 BIN-03 BIN-07 BIN-16 BIN-18 BIN-22 BIN-24 BIN-27 BIN-44",
    "keeps-half": "BIN-23 BIN-27 BIN-43",
    "cuts-at-the-limit": "BIN-29",
    "undoes-base64": "BIN-01 BIN-07 BIN-17 BIN-31 BIN-36 BIN-39",
    "tag-of-size": "BIN-15 BIN-16",
    "anybody-deletes": "BIN-31",
    "error-page": "BIN-08 BIN-19 BIN-23 BIN-24 BIN-25 BIN-27 BIN-29 BIN-31 BIN-34",
}
"""By fault: the requirements that deviate, and no others do."""


def test_the_correct_server_conforms(tmp_path: Path) -> None:
    assert_conforms("file_service", tmp_path)


def test_each_fault_is_caught(tmp_path: Path) -> None:
    assert deviations("file_service", tmp_path) == CAUGHT
