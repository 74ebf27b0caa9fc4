"""Made-up traffic for the benchmarks: a log, a HAR and a flow dump of any size, with known leaks among look-alikes."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from typing import BinaryIO

ALPHANUMERIC = string.ascii_letters + string.digits
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari",
    "python-requests/2.32.3",
    "curl/8.14.1",
)
EVERY = 2_000  # about one leak in so many requests


def word(chance: random.Random, length: int, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(chance.choices(alphabet, k=length))


def salesforce_token(chance: random.Random) -> str:
    return f"00D{word(chance, 12)}!{word(chance, 96, ALPHANUMERIC + '._')}"


def plain(chance: random.Random) -> str:
    """A target as most are."""
    return chance.choice(
        (
            f"/services/data/v65.0/sobjects/Account/001{word(chance, 15)}",
            f"/lightning/r/Contact/003{word(chance, 15)}/view",
            f"/assets/{word(chance, 8).lower()}/app.{word(chance, 20).lower()}.js",
            f"/api/orders/{chance.randrange(10**6)}?page={chance.randrange(50)}&sort=created&fields=id,name,total",
            f"/search?q={word(chance, 6)}+{word(chance, 5)}&lang=en",
            "/healthz",
        )
    )


def look_alike(chance: random.Random) -> str:
    """A target that has to do with tokens and holds no credential."""
    return chance.choice(
        (
            f"/v1/list?pageToken={word(chance, 24)}&maxResults=50",
            f"/oauth2/authorize?response_type=code&client_id=3MVG9{word(chance, 60)}&state={word(chance, 22)}",
            f"/items?csrf_token={word(chance, 32)}",
            f"/login?token_type=bearer&returnTo=%2Fhome%3Ftab%3D{chance.randrange(9)}",
            f"/socket.io/?EIO=4&transport=polling&sid={word(chance, 20)}",
            f"/files/{word(chance, 32, '0123456789abcdef')}?etag={word(chance, 32, '0123456789abcdef')}",
        )
    )


def leak(chance: random.Random) -> str:
    return chance.choice(
        (
            f"/services/oauth2/singleaccess?access_token={salesforce_token(chance).replace('!', '%21')}",
            f"/api/me?access_token={word(chance, 40)}",
            f"/secur/frontdoor.jsp?sid={salesforce_token(chance)}",
            f"/api/export?api_key={word(chance, 32)}&format=csv",
        )
    )


def target(chance: random.Random, number: int) -> str:
    if number % EVERY == EVERY - 1:
        return leak(chance)
    return look_alike(chance) if chance.random() < 0.15 else plain(chance)


def log_line(chance: random.Random, number: int) -> str:
    address = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"
    when = f"[24/Nov/2026:{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000]"
    request = f'"GET {target(chance, number)} HTTP/1.1" 200 {chance.randrange(100, 90_000)}'
    return f'{address} - - {when} {request} "https://www.example.com{plain(chance)}" "{chance.choice(AGENTS)}"\n'


def log(size: int, seed: int = 26) -> bytes:
    """An access log in the combined format, of at least so many bytes."""
    chance = random.Random(seed)
    lines: list[bytes] = []
    number = written = 0
    while written < size:
        lines.append(log_line(chance, number).encode())
        written += len(lines[-1])
        number += 1
    return b"".join(lines)


def exchanges(seed: int = 26) -> Iterator[dict[str, object]]:
    """HAR entries without end, of about 3.8 kB each: a browser's headers, a session cookie, a bearer token."""
    chance = random.Random(seed)
    token, cookie = salesforce_token(chance), word(chance, 40)
    browser = word(chance, 22)
    number = 0
    while True:
        if number % 500 == 0:
            token, cookie = salesforce_token(chance), word(chance, 40)
        path = target(chance, number)
        number += 1
        url = f"https://acme.my.salesforce.example.com{path}"
        request = {
            "Host": "acme.my.salesforce.example.com",
            "Accept": "application/json, text/plain, */*",
            "Accept-Encoding": "gzip, deflate, br",
            "Accept-Language": "en-GB,en;q=0.9",
            "Authorization": f"Bearer {token}",
            "Cookie": f"JSESSIONID={cookie}; theme=dark; BrowserId={browser}",
            "Referer": f"https://acme.my.salesforce.example.com{plain(chance)}",
            "Sec-Fetch-Dest": "empty",
            "Sec-Fetch-Mode": "cors",
            "User-Agent": chance.choice(AGENTS),
        }
        response = {
            "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private",
            "Content-Security-Policy": "upgrade-insecure-requests; frame-ancestors 'self'",
            "Content-Type": "application/json;charset=UTF-8",
            "Date": "Tue, 24 Nov 2026 09:00:00 GMT",
            "ETag": f'"{word(chance, 32).lower()}"',
            "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": word(chance, 32, "0123456789abcdef"),
        }
        body = json.dumps({"records": [{"Id": f"001{word(chance, 15)}", "Name": word(chance, 12)} for _ in range(16)]})
        yield {
            "startedDateTime": "2026-11-24T09:00:00.000Z",
            "time": 12.5,
            "request": {
                "method": "GET",
                "url": url,
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [{"name": name, "value": value} for name, value in request.items()],
                "queryString": [],
                "headersSize": -1,
                "bodySize": 0,
            },
            "response": {
                "status": 200,
                "statusText": "OK",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": [{"name": name, "value": value} for name, value in response.items()],
                "content": {"size": len(body), "mimeType": "application/json", "text": body},
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": len(body),
            },
            "cache": {},
            "timings": {"send": 0.1, "wait": 12.0, "receive": 0.4},
        }


def har(size: int, seed: int = 26) -> bytes:
    """A HAR of at least so many bytes."""
    parts: list[bytes] = []
    written = 0
    for entry in exchanges(seed):
        parts.append(json.dumps(entry).encode())
        written += len(parts[-1]) + 1
        if written >= size:
            break
    creator = b'{"name":"benchmark","version":"1"}'
    return b'{"log":{"version":"1.2","creator":%b,"entries":[%b]}}' % (creator, b",".join(parts))


def write_flows(stream: BinaryIO, size: int, seed: int = 26) -> int:
    """A dump of flows, written by mitmproxy itself; returns how many."""
    from mitmproxy.io import FlowWriter
    from mitmproxy.io.har import request_to_flow

    writer = FlowWriter(stream)
    for number, entry in enumerate(exchanges(seed)):
        if stream.tell() >= size:
            return number
        flow = request_to_flow(entry)
        flow.timestamp_created = flow.timestamp_start  # else it is that of this moment
        writer.add(flow)
    return 0
