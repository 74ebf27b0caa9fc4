"""Sequences of calls in captures: what a client does after an answer is judged where the capture can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.rules.outcome import Outcome
from conformance.suites.clients.capture_scope import TOLD, why_untold
from tests.profiles import builtin
from tests.suite import Result, run_suite
from tests.unit.traffic_captures import (
    BEARER,
    FORM,
    LOGIN,
    ORG,
    QUERY,
    ROLES,
    TOKEN,
    Entry,
    entry,
    har,
    judged,
)

SINGLE_ACCESS = f"{ORG}/services/oauth2/singleaccess"
OTHER_TOKEN = TOKEN[:-4] + "zZ9y"
FILE = f"{ORG}/files/a.pdf"
STORED = "https://files.example.com/a.pdf"


def plain(method: str, url: str, second: int, status: int, text: str, **more: Any) -> Entry:
    """An exchange whose answer is a text."""
    found = entry(method, url, second, status, **more)
    found["response"]["content"] = {"mimeType": "text/plain", "text": text}
    return found


REFUSED = plain("POST", SINGLE_ACCESS, 10, 403, "Bad_OAuth_Token", headers=BEARER)
RENEWED = entry("POST", f"{ORG}/services/oauth2/token", 11, form=FORM, answer={"access_token": OTHER_TOKEN})
WITH_THE_NEW_ONE = entry("POST", SINGLE_ACCESS, 12, headers={"Authorization": f"Bearer {OTHER_TOKEN}"})
WITH_THE_OLD_ONE = entry("POST", SINGLE_ACCESS, 12, headers=BEARER)
FALLS_BACK = entry("GET", f"{ORG}/secur/frontdoor.jsp?sid={TOKEN}", 13)
VISIT = entry("GET", f"{ORG}/secur/frontdoor.jsp?otp=MadeUpCode0123456789abcdef", 14, 302)
VISIT_AGAIN = entry("GET", f"{ORG}/secur/frontdoor.jsp?otp=MadeUpCode0123456789abcdef", 15, 302)
ASKED_BY_GET = entry("GET", f"{ORG}/services/oauth2/token?grant_type=client_credentials", 16)
MOVED = entry("GET", FILE, 17, 302, headers=BEARER, came={"Location": STORED})
FOLLOWED = entry("GET", STORED, 18, headers=BEARER)
FOLLOWED_WITHOUT = entry("GET", STORED, 18)
ASKED = entry("POST", f"{ORG}/services/oauth2/token", 17, 307, form=FORM, came={"Location": "https://id.example.com/t"})
ASKED_THERE = entry("POST", "https://id.example.com/t", 18, form=FORM)
ASKED_THERE_WITHOUT = entry("GET", "https://id.example.com/t", 18)
UNTIL = {"Retry-After": "Thu, 01 Oct 2026 08:00:20 GMT", "Date": "Thu, 01 Oct 2026 08:00:17 GMT"}
BUSY = entry("POST", f"{ORG}/services/oauth2/token", 17, 503, form=FORM, came=UNTIL)
AGAIN = entry("POST", f"{ORG}/services/oauth2/token", 18, form=FORM)
IN_TIME = entry("POST", f"{ORG}/services/oauth2/token", 20, form=FORM)
BUSY_API = entry("GET", f"{ORG}/services/data/v65.0/b", 17, 503, headers=BEARER, came=UNTIL)
AGAIN_API = entry("GET", f"{ORG}/services/data/v65.0/b", 18, headers=BEARER)
LATER = entry("GET", f"{ORG}/services/data/v65.0/c", 25, headers=BEARER)
WITH_ITS_OWN = entry("GET", STORED, 18, headers={"Authorization": f"Bearer {OTHER_TOKEN}"})


SEQUENCES: tuple[tuple[str, tuple[Entry, ...], Outcome], ...] = (
    ("CCC-14", (ASKED, ASKED_THERE), Outcome.WARNED),
    ("CCC-14", (ASKED, ASKED_THERE_WITHOUT), Outcome.PASSED),
    ("CCC-14", (ASKED,), Outcome.NOT_TESTED),
    ("TIU-15", (ASKED, ASKED_THERE), Outcome.WARNED),
    ("TIU-15", (ASKED,), Outcome.NOT_TESTED),
    ("CCC-16", (BUSY, AGAIN, LATER), Outcome.WARNED),
    ("CCC-16", (BUSY, IN_TIME), Outcome.PASSED),
    ("CCC-16", (BUSY_API, AGAIN_API, LATER), Outcome.NOT_TESTED),
    ("PCX-11", (BUSY_API, AGAIN_API, LATER), Outcome.WARNED),
    ("PCX-13", (MOVED, FOLLOWED), Outcome.WARNED),
    ("TIU-03", (REFUSED, FALLS_BACK), Outcome.DIFFERS),
    ("TIU-03", (REFUSED, QUERY | {"startedDateTime": "2026-10-01T08:00:20.000Z"}), Outcome.PASSED),
    ("TIU-03", (QUERY, REFUSED), Outcome.NOT_TESTED),
    ("TIU-04", (REFUSED, RENEWED, WITH_THE_OLD_ONE), Outcome.DIFFERS),
    ("TIU-04", (REFUSED, RENEWED, WITH_THE_NEW_ONE), Outcome.PASSED),
    ("TIU-04", (REFUSED, RENEWED), Outcome.NOT_TESTED),
    ("TIU-05", (WITH_THE_OLD_ONE, VISIT, VISIT_AGAIN), Outcome.FAILED),
    ("TIU-05", (WITH_THE_OLD_ONE, VISIT), Outcome.NOT_TESTED),
    ("TIU-13", (REFUSED,) * 9, Outcome.NOT_TESTED),
    ("CCC-03", (ASKED_BY_GET,), Outcome.FAILED),
    ("CCC-03", (LOGIN,), Outcome.NOT_TESTED),
    ("FIC-03", (MOVED, FOLLOWED), Outcome.WARNED),
    ("FIC-03", (MOVED, FOLLOWED_WITHOUT), Outcome.PASSED),
    ("FIC-03", (MOVED, WITH_ITS_OWN), Outcome.PASSED),
    ("FIC-03", (MOVED,), Outcome.NOT_TESTED),
)
"""What a capture holds, and what a requirement comes to by it."""


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run on a capture for each of them."""
    folder = tmp_path_factory.mktemp("sequences")
    for number, (_, entries, _) in enumerate(SEQUENCES):
        (folder / f"capture-{number}.har").write_text(har(*entries), "utf-8")
    captures = [f"--traffic=capture-{number}.har" for number in range(len(SEQUENCES))]
    chosen = [f"--require={identifier}" for identifier in sorted({one[0] for one in SEQUENCES})]
    more = ("--client-role=file_client", "--client-role=polling_client")
    return run_suite(folder, *captures, *ROLES, *more, *chosen)


@pytest.mark.parametrize("number", range(len(SEQUENCES)))
def test_a_sequence_in_a_capture_is_judged_where_the_capture_can_tell(sequences: Result, number: int) -> None:
    identifier, _, outcome = SEQUENCES[number]
    assert sequences.outcomes[f"capture-{number}"][identifier] is outcome, sequences.output
    assert TOKEN not in sequences.output
    assert OTHER_TOKEN not in sequences.output


def test_each_requirement_on_clients_is_told_by_a_capture_or_has_the_reason_why_not() -> None:
    requirements = {one.id for one in builtin("winter26-clients").requirements}
    assert requirements >= set(TOLD)
    assert {one for one in requirements if not why_untold(one)} == set(TOLD)


def test_the_same_path_at_another_origin_is_no_early_repetition(tmp_path: Path) -> None:
    slow = entry("GET", f"{ORG}/services/data/v65.0/b", 5, 429, headers=BEARER, came={"Retry-After": "3"})
    other = entry("GET", "https://beta.my.salesforce.com/services/data/v65.0/b", 6, headers=BEARER)
    later = entry("GET", f"{ORG}/services/data/v65.0/b", 9, headers=BEARER)
    result = judged(tmp_path, har(slow, other, later), "--require=TIU-10")
    assert result.outcomes["session"] == {"TIU-10": Outcome.PASSED}, result.output
    result = judged(tmp_path, har(slow, other), "--require=TIU-10")
    assert result.outcomes["session"] == {"TIU-10": Outcome.NOT_TESTED}, result.output
