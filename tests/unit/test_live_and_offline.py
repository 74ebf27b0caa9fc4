"""The same exchanges overheard by the proxy, read from a HAR, and read from a dump of flows: the same findings."""

from __future__ import annotations

import gzip
import io
import json
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.rules.url_tokens import Finding
from conformance.traffic.audit.auditing import audited
from conformance.traffic.audit.sources import places
from tests.corpus import Labelled, corpus

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a library of mitmproxy's warns of itself
    from mitmproxy.http import Headers, HTTPFlow, Response
    from mitmproxy.io import FlowWriter
    from mitmproxy.net.encoding import encode
    from mitmproxy.test import tflow, tutils

    from proxy_addons.shared_observation import SharedObservation, request_head, response_head

TOLD = ("rule", "parameter", "host", "level", "requirement", "place", "masked", "remedy", "path_template")
type Fields = Sequence[tuple[str, str]]

OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"
JSON = "application/json"
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: bytes(encode(body, "br")),
    "zstd": lambda body: bytes(encode(body, "zstd")),
}


@dataclass(frozen=True)
class Exchange:
    """What is told of an exchange in every form."""

    url: str
    sent: Fields = ()
    came: Fields = ()
    kind: str = "text/plain"
    body: str = ""
    packing: str = ""

    def entry(self) -> dict[str, object]:
        """An entry of a HAR."""

        def listed(fields: Fields) -> list[dict[str, str]]:
            return [{"name": name, "value": value} for name, value in fields]

        content = {"size": len(self.body), "mimeType": self.kind, "text": self.body}
        answered = {"status": 200, "headers": listed(self.came), "cookies": [], "redirectURL": "", "content": content}
        asked = {"method": "GET", "url": self.url, "headers": listed(self.sent), "cookies": [], "queryString": []}
        return {"startedDateTime": "2026-11-24T09:00:00.000Z", "request": asked, "response": answered}

    def flow(self) -> HTTPFlow:
        """A flow of mitmproxy."""
        url = urlsplit(self.url)
        target = self.url.partition(url.netloc)[2] or "/"
        asked = tutils.treq(
            method=b"GET", scheme=url.scheme.encode(), host=url.hostname or "", port=url.port or 443,
            path=target.encode(), headers=fields(self.sent), content=b"",
        )  # fmt: skip
        body = self.body.encode()
        answer = Response.make(200, PACKINGS[self.packing](body))
        answer.headers = fields([*self.came, ("Content-Type", self.kind), ("Content-Encoding", self.packing)])
        return tflow.tflow(req=asked, resp=answer)


def fields(given: Fields) -> Headers:
    return Headers([(name.encode(), value.encode()) for name, value in given])


def told(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """What a finding says, but for its fingerprint, which depends on the run."""
    return sorted(tuple(getattr(one, name) for name in TOLD) for one in findings)


def live(exchanges: Sequence[Exchange]) -> list[tuple[str, ...]]:
    """What the proxy finds."""
    heard = SharedObservation()
    for flow in [one.flow() for one in exchanges]:
        assert flow.response is not None
        heard.asked(flow, *request_head(flow))
        heard.answered(flow, *response_head(flow, flow.response))
        heard.body(flow)
    assert heard.observation.unchecked == 0
    return told([one.finding for one in heard.observation.findings.values()])


def offline(content: bytes, path: Path) -> list[tuple[str, ...]]:
    """What the audit finds in a file."""
    path.write_bytes(content)
    audit = audited(places([str(path)]))
    assert audit.damaged == 0
    return told([one.finding for one in audit.found.values()])


def assert_all_agree(exchanges: Sequence[Exchange], folder: Path) -> list[tuple[str, ...]]:
    """Proxy, HAR and dump of flows; returns what they find."""
    found = live(exchanges)
    log = {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [one.entry() for one in exchanges]}
    assert offline(json.dumps({"log": log}).encode(), folder / "x.har") == found
    stream = io.BytesIO()
    writer = FlowWriter(stream)
    for one in exchanges:
        writer.add(one.flow())
    assert offline(stream.getvalue(), folder / "x.flows") == found
    return found


def happens(case: Labelled) -> list[Exchange]:
    """The exchanges in which a case of the corpus happens; none where it can't be overheard as a request."""
    exchanges = []
    for line in case.seen:
        name, _, value = line.partition(": ")
        if name == "body":
            exchanges.append(Exchange("https://example.com/token", kind=JSON, body=value))
        elif name == "Set-Cookie":
            exchanges.append(Exchange("https://example.com/", came=[(name, value)]))
        else:
            exchanges.append(Exchange("https://example.com/", sent=[(name, value)]))
    name, colon, value = case.text.partition(": ")
    if not colon:
        if not case.text.startswith(("https://", "http://")) or "@" in urlsplit(case.text).netloc:
            return []
        return [*exchanges, Exchange(case.text)]
    if name in {"Location", "Link", "Refresh", "Content-Location"}:
        return [*exchanges, Exchange("https://example.com/a", came=[(name, value)])]
    return [] if name == "CONNECT" else [*exchanges, Exchange("https://example.com/a", sent=[(name, value)])]


def test_the_corpus_is_judged_alike(tmp_path: Path) -> None:
    """All cases in one capture, but for those that show a credential first: each of them is a capture of its own."""
    cases = [happens(case) for name in ("cases", "adversarial", "held_out") for case in corpus(name)]
    plain = [one[0] for one in cases if len(one) == 1]
    assert len(plain) > 600
    assert len(assert_all_agree(plain, tmp_path)) > 200
    for teaching in (one for one in cases if len(one) > 1):
        assert_all_agree(teaching, tmp_path)


SECRET = [
    [("Authorization", f"Bearer {OPAQUE}")], [("client_secret", OPAQUE)], [("DD-API-KEY", OPAQUE)],
    [("X-Acme-Session", OPAQUE)], [("Sec-WebSocket-Protocol", f"bearer, {OPAQUE}")], [("Cookie", f"sid={OPAQUE}")],
]  # fmt: skip


@pytest.mark.parametrize("sent", SECRET, ids=lambda sent: sent[0][0])
@pytest.mark.parametrize("comes_late", [False, True])
def test_what_a_header_teaches_is_known_alike(tmp_path: Path, sent: Fields, comes_late: bool) -> None:
    """Also where the header comes after the URL."""
    exchanges = [Exchange("https://example.com/v1", sent=sent), Exchange(f"https://cdn.example.com/img?ctx={OPAQUE}")]
    found = assert_all_agree(exchanges[::-1] if comes_late else exchanges, tmp_path)
    assert [one[:2] for one in found] == [("L5", "ctx")]


@pytest.mark.parametrize("member", ["access_token", "refreshToken", "session_id", "client_secret", "jwt"])
@pytest.mark.parametrize("packing", ["", "gzip", "deflate", "br", "zstd"])
def test_what_an_answer_hands_out_is_known_alike(tmp_path: Path, member: str, packing: str) -> None:
    """Under each name that a token response may use, packed or not."""
    answer = Exchange("https://example.com/token", kind=JSON, body=json.dumps({member: OPAQUE}), packing=packing)
    found = assert_all_agree([answer, Exchange(f"https://cdn.example.com/{OPAQUE}/x")], tmp_path)
    assert [one[0] for one in found] == ["L5"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.com:8443/x", "example.com"),
        ("http://127.0.0.1:8080/x", "127.0.0.1"),
        ("https://[2001:db8::1]:8443/x", "[2001:db8::1]"),
    ],
)
def test_a_host_is_named_alike(tmp_path: Path, url: str, host: str) -> None:
    """Without its port, which a proxy's own view of a request does not have either."""
    assert [one[2] for one in assert_all_agree([Exchange(f"{url}?access_token={OPAQUE}")], tmp_path)] == [host]


@pytest.mark.parametrize("sent", [("Upgrade", "websocket"), ("Upgrade", "WebSocket"), ("Accept", "text/event-stream")])
def test_a_stream_is_told_alike(tmp_path: Path, sent: tuple[str, str]) -> None:
    """Twice, since the proxy remembers the heads that it has seen."""
    one = Exchange(f"https://example.com/x?access_token={OPAQUE}", sent=[sent])
    assert [found[4] for found in assert_all_agree([one, one], tmp_path)] == ["TIU-02"]
