"""Requests that nobody would write, against the proxy that blocks: no token reaches a server that writes down all."""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
from collections import Counter
from pathlib import Path

import pytest
import trustme

from tests.live.attacks import OPAQUE, WAYS, attack, found_in
from tests.live.embedded import Embedded, Server, embedded

# mitmproxy leaves connections to the garbage collector, and is attacked here in ways that make it crash.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

NUMBER = int(os.environ.get("SEASONPROOF_ATTACKS", "500"))
FIRST = int(os.environ.get("SEASONPROOF_FIRST_ATTACK", "0"))
REGISTERS = b"GET / HTTP/1.1\r\nHost: a.example.com\r\nAuthorization: Bearer " + OPAQUE + b"\r\n\r\n"
CLEAN = b"GET /clean HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


async def arrives(proxy: Embedded, way: str) -> bool:
    """Whether a clean request gets through."""
    Server.received.clear()
    if way == "h2":
        fields = {":method": "GET", ":scheme": "https", ":path": "/clean", ":authority": "127.0.0.1"}
        await proxy.stream([([(name.encode(), value.encode()) for name, value in fields.items()], [])])
    else:
        target = b"http://127.0.0.1:%d/clean" % proxy.ports["plain"] if way == "absolute" else b"/clean"
        await proxy.send(way, [CLEAN.replace(b"/clean", target)])
    return b"GET /clean HTTP/1.1\r\n" in Server.received


async def attacked(
    folder: Path, server_tls: ssl.SSLContext, first: int, count: int, *, fail_closed: bool
) -> Counter[str]:
    """Attack a proxy; how often it did what."""
    seen: Counter[str] = Counter()
    async with embedded(folder, server_tls, fail_closed=fail_closed) as proxy:
        await proxy.send("reverse", [REGISTERS])
        assert [way for way in WAYS if not await arrives(proxy, way)] == []
        for number in range(first, first + count):
            Server.received.clear()
            tried = attack(number, proxy.ports["plain"], proxy.ports["secure"])
            answer = await (proxy.stream(tried.requests) if tried.way == "h2" else proxy.send(tried.way, tried.pieces))
            assert found_in(Server.received) == [], tried
            seen["refused by the addons"] += b'"findings": [' in answer
            seen["something arrived"] += bool(Server.received)
        assert [way for way in WAYS if not await arrives(proxy, way)] == []
    seen["exit code"] = proxy.code
    return seen


@pytest.mark.parametrize("fail_closed", [False, True])
def test_no_token_gets_past(tmp_path: Path, server_tls: ssl.SSLContext, fail_closed: bool) -> None:
    """`SEASONPROOF_ATTACKS` says how many; each comes from its number alone, so that it can be tried again."""
    count = NUMBER // 2
    first = FIRST + count * fail_closed
    seen = asyncio.run(attacked(tmp_path, server_tls, first, count, fail_closed=fail_closed))
    gc.collect()
    assert seen["exit code"] == 1
    assert seen["refused by the addons"] > count / 3
    assert seen["something arrived"] > count / 50
