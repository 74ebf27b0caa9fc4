"""A single access endpoint whose author had seen no suite: the correct one conforms, and each fault is caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cleanroom.judging import assert_conforms, deviations

pytestmark = pytest.mark.proves("token_handling")

CAUGHT = {
    "query-token-opens": "SAB-01 SAB-03 SAB-07 SAB-31",
    "query-checked-as-text": "SAB-03 SAB-27",
    "first-value-counts": "SAB-03",
    "link-works-twice": "SAB-10 SAB-32",
    "link-lasts": "SAB-16",
    "link-is-the-token": "SAB-09 SAB-10 SAB-17 SAB-32",
    "any-redirect": "SAB-14",
    "scope-unchecked": "SAB-12",
    "expiry-unchecked": "SAB-18",
    "refused-with-a-page": "SAB-11 SAB-13 SAB-18 SAB-19 SAB-20 SAB-25 SAB-26",
    "race": "SAB-32",
    "code-per-landing": "SAB-10",
    "form-scope-unchecked": "SAB-12",
    "form-org-unchecked": "SAB-20",
    "form-expiry-unchecked": "SAB-18",
    "form-revocation-unchecked": "SAB-19",
    "form-redirect-lost": "SAB-06",
    "redirect-decoded-twice": "SAB-14",
    "redirect-cut-at-ampersand": "SAB-05 SAB-14",
    "token-in-a-refusal-header": "SAB-22",
    "token-in-the-way-back": "SAB-22 SAB-34",
    "form-answer-cacheable": "SAB-15",
    "payment-required": "SAB-11 SAB-12 SAB-13 SAB-18 SAB-19 SAB-20 SAB-25 SAB-33",
}
"""By fault: the requirements that deviate, and no others do."""


def test_the_correct_server_conforms(tmp_path: Path) -> None:
    assert_conforms("single_access", tmp_path)


def test_each_fault_is_caught(tmp_path: Path) -> None:
    assert deviations("single_access", tmp_path) == CAUGHT
