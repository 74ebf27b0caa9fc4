"""Requests that try to carry a token past the check, as bytes, each from a number alone."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from urllib.parse import quote

TOKEN = b"00D000000000001!AQ4AQ.fuzzed_made_up." + b"Zb8Yc7Vd6We5Uf4Tg3Sh2Ri1" * 4
OPAQUE = b"q7Zk2Vb9Xw4Lm6Tn8Rp1Sd3F"
"""A value that is a credential because it was seen as one, before the attacks begin."""


def _quoted(raw: bytes, layers: int) -> bytes:
    for _ in range(layers):
        raw = quote(raw, safe="").encode()
    return raw


ENCODED = {layers: _quoted(b"!".join((TOKEN[:15], TOKEN[16:])), layers) for layers in (1, 2)}
INSIDE_JSON = base64.urlsafe_b64encode(json.dumps({"access_token": TOKEN.decode(), "a": "made up"}).encode())
SECRETS = (TOKEN, OPAQUE, *ENCODED.values(), INSIDE_JSON)
"""What must not reach a server in any of its spellings."""
_SECRET = re.compile(b"|".join(re.escape(one) for one in sorted(SECRETS, key=len, reverse=True)))

WAYS = ("absolute", "connect", "tls", "h2", "reverse")
"""How a request gets to the proxy."""

METHODS = (
    b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"DELETE", b"M-SEARCH", b"VERSION-CONTROL", b"get", b"FOO", b"PRI",
    b"TRACE", b"CONNECT", b"connect", b"G", b"", b"GET GET", b"\x00GET", b"!", b"SSH-2.0-x",
)  # fmt: skip
VERSIONS = (b"HTTP/1.0", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9", b"http/1.1", b"HTTP/1.1 x", b"")
BLANKS = (b"  ", b"\t", b"\x0b", b"\r", b" \x0c")
ENDS = (b"\n", b"\r", b"\r\r\n", b" \r\n")
SNIPPETS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b"\x0b", b":", b"%", b"#", b"?", b"/", b"\\", b"@", b";", b"&", b"\xff",
    b"\x80", b"\r\n\t", b"\r\n ", b"http://", b"%00", b"%0d%0a", b"..", b"//", b"\x16\x03\x01", b"\r\n\r\n",
)  # fmt: skip
HEADERS = (
    b"Accept: */*", b"X: a\r\n b", b"X: a\rb", b"X: a\0b", b"X : a", b": a", b"no colon", b"X:", b" folded: at once",
    b"Expect: 100-continue", b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==",
    b"Upgrade: websocket\r\nConnection: Upgrade", b"Upgrade: other/1\r\nConnection: Upgrade", b"Connection: close",
    b"Connection: keep-alive", b"Host: somebody@127.0.0.1", b"Host: a.example.com", b"Proxy-Connection: Keep-Alive",
    b"X-Forwarded-Host: a.example.com", b"X-HTTP-Method-Override: GET", b"Trailer: X", b"TE: trailers",
)  # fmt: skip
_BODY = b"made=up"
FRAMINGS: tuple[tuple[bytes, bytes], ...] = (
    (b"", b""),
    (b"Content-Length: 0\r\n", b""),
    (b"Content-Length: 7\r\n", _BODY),
    (b"Content-Length: 3\r\n", _BODY),
    (b"Content-Length: +7\r\n", _BODY),
    (b"Content-Length: 7, 7\r\n", _BODY),
    (b"Content-Length: 7\r\nContent-Length: 0\r\n", _BODY),
    (b"Transfer-Encoding: chunked\r\n", b"7\r\nmade=up\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"0\r\nX: a\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"7;a=b\r\nmade=up\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: identity\r\n", b""),
    (b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
)
"""Headers and a body; none tells a server that what follows it is still the body."""
BEFORE = (
    b"\r\n", b"\n", b"\r\n\r\n", b"\0", b" ", b"\x16", b"\x16\x03", b"\x16\x03\x01", b"SSH-2.0-made_up\r\n", b"A",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"EHLO a.example.com\r\n", b"\x05\x01\x00", b"\x80\x01",
    b"HTTP/1.1 200 OK\r\n\r\n",
)  # fmt: skip
"""What may come before a request, in its segment or in one of its own."""


@dataclass
class Attack:
    """What a client does on one connection.

    Attributes:
        way: how it gets to the proxy.
        pieces: what it sends, each in a segment of its own; of h2 none.
        requests: of h2, the headers of each stream, and trailers.
    """

    number: int
    way: str
    pieces: list[bytes] = field(default_factory=list)
    requests: list[tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]] = field(default_factory=list)


def attack(number: int, plain: int, secure: int) -> Attack:
    """The attack of a number.

    Args:
        number: decides everything.
        plain: the port of the server behind the proxy.
        secure: the port of the one that speaks TLS.
    """
    random = Random(number)
    way = WAYS[number % len(WAYS)]
    made = Attack(number, way)
    if way == "h2":
        made.requests = [_stream(random, secure) for _ in range(random.randint(1, 3))]
        return made
    port = secure if way == "tls" else plain
    messages = [_request(random, way, port, leaks=random.random() < 0.15) for _ in range(random.choice((0, 0, 1)))]
    messages.append(_request(random, way, port, leaks=True))
    raw = b"".join(messages)
    if random.random() < 0.2:
        raw = random.choice(BEFORE) + raw
    if random.random() < 0.4:
        raw = _mutated(random, raw)
    made.pieces = _split(random, raw)
    return made


def _stream(random: Random, port: int) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    target, headers = _leak(random)
    authority = b"127.0.0.1:%d" % port
    fields = [
        (b":method", _mostly(random, b"GET", METHODS, 0.15)),
        (b":scheme", _mostly(random, b"https", (b"http", b"ftp", b""))),
        (b":path", _mostly(random, target, (target + b" HTTP/1.1\r\nX: a", target[1:], target + b" x", b"*"), 0.1)),
        (b":authority", _mostly(random, authority, (b"somebody@" + authority, authority + target, b""), 0.1)),
        *((name.lower(), value) for name, value in headers),
        (b"user-agent", b"made/up"),
    ]
    if random.random() < 0.1:
        fields.append((b"host", random.choice((authority, b"somebody@" + authority, b"a.example.com"))))
    if random.random() < 0.05:
        fields.insert(random.randrange(len(fields)), random.choice(fields))
    if random.random() < 0.1:
        fields.append((b"x-made-up", random.choice((b"a\rb", b"a\r\nb", b"a\0b", b" a ", b"\xff"))))
    trailers = [(b"referer", b"https://a.example.com" + target)] if random.random() < 0.2 else []
    return fields, trailers


def _request(random: Random, way: str, port: int, *, leaks: bool) -> bytes:
    target, headers = _leak(random) if leaks else (b"/clean", [])
    server = b"127.0.0.1:%d" % port
    if way == "absolute" or random.random() < 0.1:
        target = _mostly(random, b"http", (b"HTTP", b"https", b"ftp"), 0.15) + b"://" + server + target
    method, version = _mostly(random, b"GET", METHODS, 0.3), _mostly(random, b"HTTP/1.1", VERSIONS)
    line = method + _blank(random) + target + _blank(random) + version + _end(random)
    lines = [b"Host: " + server, *(name + b": " + value for name, value in headers)]
    lines += random.sample(HEADERS, random.choice((0, 0, 0, 1, 2)))
    random.shuffle(lines)
    framing, body = _mostly(random, FRAMINGS[0], FRAMINGS, 0.4)
    return line + b"".join(one + _end(random) for one in lines) + framing + _end(random) + body


def _mostly[T](random: Random, usual: T, others: Sequence[T], share: float = 0.05) -> T:
    return random.choice(others) if random.random() < share else usual


def _blank(random: Random) -> bytes:
    return _mostly(random, b" ", BLANKS)


def _end(random: Random) -> bytes:
    return _mostly(random, b"\r\n", ENDS)


def _leak(random: Random) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """A target with a token in it, or a header that repeats one."""
    target = random.choice(_TARGETS)
    if random.random() < 0.1:
        name = random.choice((b"Referer", b"X-Original-URL", b"X-Rewrite-URL", b"REFERER"))
        return b"/clean", [(name, b"https://a.example.com" + target)]
    return target, []


_TARGETS = (
    b"/services/oauth2/singleaccess?access_token=" + TOKEN,
    b"/secur/frontdoor.jsp?sid=" + TOKEN,
    b"/page?anything=" + TOKEN + b"&and=more",
    b"/page?" + b"&".join(b"a%d=%d" % (n, n) for n in range(300)) + b"&access_token=" + TOKEN,
    b"/" + TOKEN + b"/rest",
    b"/a;sid=" + TOKEN,
    b"/a#access_token=" + TOKEN,
    b"/go?url=https://a.example.com/?access_token=" + TOKEN,
    b"/page?access_token=" + ENCODED[1],
    b"/page?access_token=" + ENCODED[2],
    b"/page?state=made-up&payload=" + INSIDE_JSON,
    b"/page?ref=" + OPAQUE,
    b"/files/" + OPAQUE,
)


_MEANT = re.compile(rb"(?i)(?:length|encoding)[^\n]*|(?:referer|x-[a-z]+-url): [^!]*")
"""Where a change would make another header of a header, or a token a part of a body: that is allowed."""


def _mutated(random: Random, raw: bytes) -> bytes:
    """The bytes changed at a few places, but for the tokens and what is next to them."""
    for _ in range(random.randint(1, 3)):
        kept = [range(found.start() - 1, found.end() + 1) for found in _SECRET.finditer(raw)]
        kept += [range(found.start() - 1, found.end() + 1) for found in _MEANT.finditer(raw)]
        free = [place for place in range(len(raw)) if not any(place in one for one in kept)]
        if not free:
            break
        at = random.choice(free)
        snippet = random.choice(SNIPPETS)
        raw = random.choice(
            (raw[:at] + snippet + raw[at:], raw[:at] + raw[at + 1 :], raw[:at] + snippet + raw[at + 1 :])
        )
    return raw


def _split(random: Random, raw: bytes) -> list[bytes]:
    cuts = {random.choice((1, 2, 3, random.randrange(1, len(raw)))) for _ in range(random.choice((0, 1, 1, 2, 4)))}
    edges = [0, *sorted(cuts), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges) if start < end]


def found_in(received: bytes) -> Sequence[bytes]:
    """The secrets in what a server got."""
    return [one for one in SECRETS if one in received]
