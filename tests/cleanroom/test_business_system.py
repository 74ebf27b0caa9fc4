"""A business system whose author had seen no suite: the correct one conforms, and each fault is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleanroom.judging import assert_conforms, deviations

pytestmark = pytest.mark.proves("change_triggers")

CAUGHT = {
    "after-the-mark": "POL-01 POL-02 POL-17 POL-21",
    "pages-by-count": "POL-05 POL-17 POL-19",
    "mark-rounded-up": "POL-01 POL-07 POL-17 POL-21",
    "offset-dropped": "POL-09",
    "key-forgotten": "ACT-09 ACT-13 ACT-14",
    "if-match-ignored": "ACT-10",
    "cut-to-length": "MAP-03",
    "patch-is-put": "ACT-04",
}
"""By fault: the requirements that deviate, and no others do."""


def test_the_correct_server_conforms(tmp_path: Path) -> None:
    assert_conforms("business_system", tmp_path)


def test_each_fault_is_caught(tmp_path: Path) -> None:
    found = deviations("business_system", tmp_path)
    # Which of two updates at the same time is the later one is luck.
    found["patch-is-put"] = found["patch-is-put"].replace(" ACT-11", "")
    assert found == CAUGHT
