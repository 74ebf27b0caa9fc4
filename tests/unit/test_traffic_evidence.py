"""The redacted view of overheard exchanges, whose secrets nobody registered."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from conformance.http.exchange import Exchange, Headers, Request, Response
from conformance.traffic.evidence import evidence_of, redacted_text, register_leaks

TOKEN = "00D000000000001!AQ4AQ.overheard_made_up" + "Zb8Yc7Vd6We5Uf4Tg3Sh2Ri1" * 4
OPAQUE = "q7Zk2Vb9Xw4Lm6Tn8Rp1Sd3Fov"


def shown(url: str, sent: Headers = (), came: Headers = ()) -> str:
    """All of the evidence as one text."""
    exchange = Exchange(Request("GET", url, sent), Response(200, came), "", datetime(2026, 1, 1, tzinfo=UTC), 0.1)
    return json.dumps(evidence_of(exchange).as_json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("url", "sent", "came", "secret"),
    [
        (f"https://a.example.com/?access_token={TOKEN}", (), (), TOKEN),
        (f"https://a.example.com/?access_token={TOKEN.replace('!', '%21')}", (), (), "%21AQ4AQ"),
        ("https://a.example.com/", (("Authorization", f"Bearer {OPAQUE}"),), (), OPAQUE),
        (f"https://a.example.com/{OPAQUE}", (("Authorization", f"Bearer {OPAQUE}"),), (), OPAQUE),
        ("https://a.example.com/", (("X-API-Key", OPAQUE),), (), OPAQUE),
        ("https://a.example.com/", (("Cookie", f"theme=dark; sid={OPAQUE}"),), (), OPAQUE),
        ("https://a.example.com/", (), (("Set-Cookie", f"sid={OPAQUE}; HttpOnly; Path=/"),), OPAQUE),
        ("https://a.example.com/", (), (("Location", f"https://b.example.com/?sid={TOKEN}"),), TOKEN),
        ("https://a.example.com/", (("Referer", f"https://b.example.com/?sid={TOKEN}"),), (), TOKEN),
    ],
)
def test_no_credential_is_shown(url: str, sent: Headers, came: Headers, secret: str) -> None:
    assert secret not in shown(url, sent, came)


@pytest.mark.parametrize("hiding", ["/?a=1%0d%0aaccess_token={}", "/?a=1-{}", "/?note=access_token:{}"])
def test_what_leaked_once_is_known_wherever_it_stands(hiding: str) -> None:
    """Also in an earlier exchange, which is shown only at the end."""
    value = f"w8Tz3Lq6Vn1Xc5Bm9Kd2Hs7Jf4{len(hiding)}"
    leaking = f"https://a.example.com/?access_token={value}"
    assert value in shown(f"https://a.example.com{hiding.format(value)}")
    register_leaks(Exchange(Request("GET", leaking), None, "", datetime(2026, 1, 1, tzinfo=UTC), 0.1))
    assert value not in shown(f"https://a.example.com{hiding.format(value)}")


def test_what_is_no_credential_stays() -> None:
    said = shown(
        "https://a.example.com/services/data/v65.0/query?q=SELECT+Id",
        (("Accept", "application/json"), ("Cookie", "theme=dark")),
        (("Set-Cookie", f"sid={OPAQUE}; HttpOnly; Path=/"),),
    )
    for part in ("/services/data/v65.0/query?q=SELECT+Id", "application/json", "theme=", "HttpOnly; Path=/"):
        assert part in said


def test_a_line_of_a_log_loses_its_credentials_and_nothing_else() -> None:
    line = redacted_text(f"Bad HTTP request line: b'GET http://u:pa55w0rdX9qz@a.example.com/?sid={TOKEN} HTTP/1.1'")
    assert "pa55w0rdX9qz" not in line
    assert TOKEN not in line
    assert line.startswith("Bad HTTP request line: b'GET http://u:")
    assert line.endswith(" HTTP/1.1'")
