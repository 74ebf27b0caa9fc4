"""A page token that an answer has handed out is no credential, also under the name `token`."""

from __future__ import annotations

import json

import pytest

from conformance.rules.url_tokens import Detector, Level

PAGE = b"Zk9QpLm3Xv7Rt2Kc8Wd5Yh1B"
ORG_TOKEN = b"00D000000000001!" + b"AQ0AQ" + b"aB3x" * 22
ADDRESS = b"https://acme.example.com/accounts?token="
JSON = b"application/json; charset=utf-8"


def rules(detector: Detector, target: bytes) -> list[str]:
    """The rules by which something leaks."""
    return [one.rule for one in detector.url(target, host=b"acme.example.com") if one.level is Level.LEAK]


def told(detector: Detector, members: dict[str, str]) -> None:
    """Hear the answer with a page."""
    detector.body(JSON, json.dumps({"items": [], **members}).encode())


@pytest.mark.parametrize(
    "members",
    [
        {"next": PAGE.decode()},
        {"nextPageToken": PAGE.decode()},
        {"cursor": PAGE.decode()},
        {"next": f"/accounts?limit=2&token={PAGE.decode()}"},
        {"@odata.nextLink": f"{ADDRESS.decode()}{PAGE.decode()}&limit=2"},
    ],
)
def test_what_an_answer_names_as_the_next_page_is_no_leak(members: dict[str, str]) -> None:
    detector = Detector()
    assert rules(detector, b"/accounts?token=" + PAGE) == ["L2"]
    told(detector, members)
    assert rules(detector, b"/accounts?token=" + PAGE) == []
    assert rules(detector, b"/accounts?token=" + PAGE[::-1]) == ["L2"]


def test_what_a_link_leads_to_is_no_leak() -> None:
    detector = Detector()
    link = (b"Link", b"<" + ADDRESS + PAGE + b'>; rel="next"')
    assert detector.response(200, [link], host=b"acme.example.com") == ()
    assert rules(detector, ADDRESS + PAGE) == []


def test_a_credential_stays_one_wherever_a_page_names_it() -> None:
    """One in a known format, one under a name of its own, and one that the traffic shows as a credential."""
    detector = Detector()
    told(detector, {"next": ORG_TOKEN.decode()})
    assert rules(detector, b"/accounts?token=" + ORG_TOKEN) == ["L1"]
    told(detector, {"next": f"/accounts?access_token={PAGE.decode()}"})
    assert rules(detector, b"/accounts?access_token=" + PAGE) == ["L2"]
    detector.remember(PAGE, "authorization")
    told(detector, {"next": PAGE.decode()})
    assert rules(detector, b"/accounts?token=" + PAGE) == ["L5"]
