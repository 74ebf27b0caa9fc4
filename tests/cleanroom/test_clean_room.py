"""Servers whose author had seen no suite: the correct ones conform, and each fault is caught or explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.rules.outcome import Outcome
from tests.cleanroom.served import ENVIRON, ROLES, TARGETS, served
from tests.suite import run_suite

HERE = Path(__file__).parent

CAUGHT: dict[str, dict[str, str]] = {
    "single_access": {
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
    },
    "staged_credentials": {
        "secret-in-the-list": "STG-19",
        "same-key": "STG-05 STG-23",
        "staged-is-dead": "STG-07 STG-48",
        "third-pair": "STG-08 STG-48",
        "former-ends": "STG-09 STG-48",
        "deleted-lives": "STG-10 STG-27 STG-48",
        "stage-overwrites": "STG-13 STG-25 STG-48",
        "only-logged-in": "STG-36 STG-39",
        "pairs-mixed": "STG-51",
        "stage-ends-rotated": "STG-48",
        "refused-command-renews": "STG-30",
        "any-part-shows-all": "STG-52",
        "page-size-lost": "STG-53",
    },
    "token_endpoint": {
        "basic-undecoded": "CCS-20",
        "merged-parameters": "CCS-18 CCS-19 CCS-72 CCS-73",
        "last-value-counts": "CCS-10",
        "no-challenge": "CCS-22 CCS-60 CCS-67 CCS-69",
        "silent-scope": "CCS-37",
        "revoked-works": "CCS-54 CCS-64",
        "open-introspection": "CCS-53 CCS-68",
    },
    "file_service": {
        "read-as-text": "BIN-01",
        "appends": "BIN-01 BIN-03 BIN-07 BIN-16 BIN-18 BIN-22 BIN-24 BIN-27 BIN-44",
        "keeps-half": "BIN-23 BIN-27 BIN-43",
        "cuts-at-the-limit": "BIN-29",
        "undoes-base64": "BIN-01 BIN-07 BIN-17 BIN-31 BIN-36 BIN-39",
        "tag-of-size": "BIN-15 BIN-16",
        "anybody-deletes": "BIN-31",
        "error-page": "BIN-08 BIN-19 BIN-23 BIN-24 BIN-25 BIN-27 BIN-29 BIN-31 BIN-34",
    },
    "business_system": {
        "after-the-mark": "POL-01 POL-02 POL-17 POL-21",
        "pages-by-count": "POL-05 POL-17 POL-19",
        "mark-rounded-up": "POL-01 POL-07 POL-17 POL-21",
        "offset-dropped": "POL-09",
        "key-forgotten": "ACT-09 ACT-13 ACT-14",
        "if-match-ignored": "ACT-10",
        "cut-to-length": "MAP-03",
        "patch-is-put": "ACT-04",
    },
}
"""By role and fault: the requirements that deviate, and no others do."""

NOT_CAUGHT: dict[str, dict[str, str]] = {
    "token_endpoint": {
        "default-audience": "no defect by CCS-39: the token says truly that it is for the default audience, and not for"
        " the unknown one. Only RFC 8707 names an error for that, and it speaks of `resource`.",
    },
}
"""By role and fault: why nothing deviates. A fault that comes to be caught belongs above."""

BY_CHANCE: dict[str, dict[str, str]] = {"business_system": {"patch-is-put": "ACT-11"}}
"""By role and fault: what deviates or not, by which of two updates at the same time is the later one."""


@pytest.mark.parametrize("role", ROLES)
def test_a_correct_server_conforms(role: str, tmp_path: Path) -> None:
    """At standard depth every requirement is passed, or about something that the target file declares absent."""
    with served(role, tmp_path, "correct") as options:
        result = run_suite(tmp_path, *options, f"--role={role}", "--allow-destructive", environ=ENVIRON)
    assert result.status == 0, result.output
    assert "\ncorrect: conformant with winter26" in result.output
    assert set(result.outcomes["correct"].values()) <= {Outcome.PASSED, Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("role", ROLES)
def test_each_fault_is_caught_or_explained(role: str, tmp_path: Path) -> None:
    """At quick depth already; a fault trips the requirements that it breaks, and no others."""
    faults = ROLES[role][0].FAULTS
    with served(role, tmp_path, *faults) as options:
        options += [f"--role={role}", "--depth=quick", "--allow-destructive"]
        result = run_suite(tmp_path, *options, environ=ENVIRON)
    chance = BY_CHANCE.get(role, {})
    found = {
        fault: [
            requirement
            for requirement, outcome in sorted(result.outcomes[fault].items())
            if outcome.is_deviation and requirement not in chance.get(fault, "").split()
        ]
        for fault in faults
    }
    explained = NOT_CAUGHT.get(role, {})
    assert found == {fault: CAUGHT[role].get(fault, "").split() for fault in faults}, result.output
    assert [fault for fault in faults if not found[fault]] == list(explained)


@pytest.mark.parametrize("role", ROLES)
def test_a_server_and_its_target_file_are_short(role: str) -> None:
    """Under 200 lines each, and a target file under 15, with eight faults or more."""
    assert len((HERE / f"{role}.py").read_text("utf-8").splitlines()) < 200
    assert len((TARGETS / f"{role}.yaml").read_text("utf-8").splitlines()) < 15
    assert len(ROLES[role][0].FAULTS) >= 8
