"""Contents that the tests of the audit share, and the audit of one."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.traffic.audit.auditing import Audit, audited
from conformance.traffic.audit.sources import places

TOKEN = "00D5g0000012abc!AQ8AQJm" + "aB3x9._Z" * 12
OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
LEAK = f"/services/data/v65.0/query?access_token={TOKEN}"


def audit(content: bytes | str) -> Audit:
    """Audit one content, as a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "given")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return audited(places([str(path)]))


def seen(result: Audit) -> list[tuple[str, str, int, int]]:
    """Rule, place, line and entry of what was found."""
    return [(one.finding.rule, one.finding.place, one.first.line, one.first.entry) for one in result.found.values()]


def entry(
    url: str, *, headers: dict[str, str] | None = None, answered: dict[str, str] | None = None, body: str = "{}"
) -> dict[str, object]:
    def listed(given: dict[str, str] | None) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in (given or {}).items()]

    return {
        "startedDateTime": "2026-11-24T09:00:00.000Z",
        "request": {"method": "GET", "url": url, "headers": listed(headers), "cookies": [], "queryString": []},
        "response": {
            "status": 200,
            "headers": listed(answered),
            "cookies": [],
            "content": {"size": 2, "mimeType": "application/json", "text": body},
            "redirectURL": "",
        },
    }


def har(*entries: object, **more: object) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, **more, "entries": entries}})


PLAIN = entry("https://example.com/a?page=2")
LEAKING = entry(f"https://example.com{LEAK}")

LINES = {
    "common": '10.0.0.1 - - [24/Nov/2026:09:00:00 +0000] "GET «» HTTP/1.1" 200 12',
    "combined": '10.0.0.1 - - [24/Nov/2026:09:00:00 +0000] "GET «» HTTP/1.1" 200 12 "-" "curl/8.14.1"',
    "nginx": '10.0.0.1 - - [24/Nov/2026:09:00:00 +0000] "GET «» HTTP/2.0" 200 12 "-" "curl/8.14.1" "-" 0.004',
    "virtual host": 'www.example.com:443 10.0.0.1 - - [24/Nov/2026:09:00:00 +0000] "GET «» HTTP/1.1" 200 1 "-" "x"',
    "squid": "1795510800.123    87 10.0.0.1 TCP_MISS/200 1234 GET https://example.com«» - HIER_DIRECT/- text/html",
    "elb": "2026-11-24T09:00:00.123456Z lb 10.0.0.1:2817 10.0.0.2:80 0.000073 0.001 0.00005 200 200 0 29 "
    '"GET https://example.com:443«» HTTP/1.1" "curl/8.14.1" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2',
    "alb": "h2 2026-11-24T09:00:00.123456Z app/lb/50dc6c 10.0.0.1:2817 10.0.0.2:80 0.0 0.0 0.0 200 200 34 366 "
    '"GET https://example.com:443«» HTTP/2.0" "curl/8.14.1" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:x "Root=1-5"',
    "free text": "2026-11-24 09:00:00 INFO client: GET https://example.com«» took 12 ms",
}
BENIGN = "/services/data/v65.0/sobjects/Account/0015g00000ABCDEAA1?fields=Id,Name&pageToken=kQ93jf84Hs71Lq02"
