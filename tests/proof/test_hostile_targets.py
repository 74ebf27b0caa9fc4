"""Whatever a target does on the wire, a run ends in time, with an outcome for each requirement and one message."""

from __future__ import annotations

import gzip
import re
import ssl
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from conformance.judging.verdict import ExitCode
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite
from tests.unit.raw_server import Connection, RawServer, Responder, serving

TOKEN = "00D000000000001!AQ4AQ.made_up_token_for_hostile_targets_1234567890"
TOTAL = 0.8
LIMITS = {
    "connect_seconds": 0.5,
    "read_seconds": 0.5,
    "total_seconds": TOTAL,
    "body_bytes": 10_000,
    "redirects": 3,
    "requests_per_second": 10_000,
    "retry_after_seconds": 0.2,
}
REQUESTS_A_CASE = 12  # at most: controls, retries, redirects, and a session that is ended
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

LETS_IN = {"SAB-04": Outcome.PASSED, "SAB-10": Outcome.INCONCLUSIVE}
NO_ANSWER = {"SAB-04": Outcome.INCONCLUSIVE, "SAB-10": Outcome.INCONCLUSIVE}
OVERLOADED = {"SAB-04": Outcome.THROTTLED, "SAB-10": Outcome.THROTTLED}
REFUSES_ALL = NO_ANSWER  # a token that no form accepts may itself be at fault


@dataclass(frozen=True)
class Hostile:
    """What a target does, and what has to come of it: outcomes, and a message that says why.

    `{elsewhere}` in its answers is the address of another server, which nobody may call.
    """

    answer: Callable[[str], Responder]
    outcomes: dict[str, Outcome]
    message: str
    tls: bool = False
    scheme: str = ""


def sends(*pieces: bytes, then: str = "close", again: bytes = b"", every: float = 0.0) -> Callable[[str], Responder]:
    """Read a request, send the pieces, and then close, reset, hold, or send something again and again."""

    def made(elsewhere: str) -> Responder:
        def answer(connection: Connection) -> None:
            connection.read_head()
            for piece in pieces:
                connection.send(piece.replace(b"{elsewhere}", elsewhere.encode()))
            if again:
                connection.send_for_ever(again, every)
            if then != "close":
                getattr(connection, then)()

        return answer

    return made


def lets_in(frontdoor: bytes, door: bytes) -> Callable[[str], Responder]:
    """Give a frontdoor URL for the token, and one answer to all who open it."""

    def made(elsewhere: str) -> Responder:
        def answer(connection: Connection) -> None:
            head = connection.read_head()
            host = head.partition(b"Host: ")[2].partition(b"\r\n")[0]
            url = (b'{"frontdoor_uri": "' + frontdoor + b'"}').replace(b"{host}", host)
            url = url.replace(b"{elsewhere}", elsewhere.encode())
            if b"/services/oauth2/singleaccess" not in head.partition(b"\r\n")[0]:
                connection.send(door.replace(b"{elsewhere}", elsewhere.encode()))
            elif TOKEN.encode() in head:
                connection.send(HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(url) + url)
            else:
                connection.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        return answer

    return made


def redirect(location: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


DOOR = b"http://{host}/secur/frontdoor.jsp?otp=00D000000000001!one_time_code"
HOSTILE = {
    "endless-body": Hostile(sends(HEAD + b"\r\n", again=b"a" * 65_536), NO_ANSWER, "body larger than 10000 bytes"),
    "one-byte-a-second": Hostile(sends(HEAD + b"\r\n", again=b"a", every=1.0), NO_ANSWER, "timed out after 0.5 s"),
    "one-byte-at-a-time": Hostile(sends(HEAD + b"\r\n", again=b"a", every=0.1), NO_ANSWER, "timed out after 0.8 s"),
    "silence": Hostile(sends(then="hold"), NO_ANSWER, "timed out after 0.5 s while waiting for the response"),
    "reset": Hostile(sends(HEAD + b"Content-Length: 9\r\n\r\nhello", then="reset"), NO_ANSWER, "connection reset"),
    "wrong-length": Hostile(
        sends(HEAD + b"Content-Length: 9\r\n\r\nhello"), NO_ANSWER, "connection closed before the end of the body"
    ),
    "gzip-bomb": Hostile(
        sends(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"\0" * 5_000_000)),
        NO_ANSWER,
        "body larger than 10000 bytes after decompression",
    ),
    "noise": Hostile(sends(bytes(range(256)) * 40), NO_ANSWER, "not valid HTTP: illegal status line"),
    "self-signed": Hostile(sends(HEAD + b"\r\n"), NO_ANSWER, "TLS: certificate verify failed", tls=True),
    "no-tls": Hostile(sends(then="hold"), NO_ANSWER, "timed out after 0.5 s while opening TLS", scheme="https"),
    "deep-json": Hostile(sends(HEAD + b"\r\n" + b"[" * 9_000), REFUSES_ALL, "the answer has no frontdoor URL"),
    "question-marks": Hostile(sends(HEAD + b"\r\n" + b"?" * 9_999), REFUSES_ALL, "the answer has no frontdoor URL"),
    "too-many-requests": Hostile(
        sends(b"HTTP/1.1 429 Slow Down\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"),
        OVERLOADED,
        "was answered 429 with Retry-After: 0 at try 4",
    ),
    "busy-for-days": Hostile(
        sends(b"HTTP/1.1 503 Busy\r\nRetry-After: 999999\r\nContent-Length: 0\r\n\r\n"),
        OVERLOADED,
        "was answered 503 with Retry-After: 999999",
    ),
    "redirect-loop": Hostile(
        lets_in(DOOR, redirect(b"/secur/frontdoor.jsp?again")), LETS_IN, "did not set the cookie sid"
    ),
    "door-leads-away": Hostile(lets_in(DOOR, redirect(b"{elsewhere}/landing")), LETS_IN, "did not set the cookie sid"),
    "door-on-another-host": Hostile(
        lets_in(b"http://evil.example/door?otp=00D000000000001!code", b""),
        LETS_IN,
        "the frontdoor URL leads to evil.example, which is not a host of the org, and was not opened",
    ),
    "sends-away": Hostile(
        sends(redirect(b"{elsewhere}/services/oauth2/singleaccess")), REFUSES_ALL, "the answer has status 302"
    ),
}


def write_target(folder: Path, name: str, base_url: str) -> str:
    data: dict[str, Any] = {
        "name": name,
        "single_access": {"base_url": base_url, "token": "${HOSTILE_TOKEN}"},
        "limits": LIMITS,
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(data))
    return f"--target={name}.yaml"


def run(folder: Path, *options: str) -> Result:
    return run_suite(folder, *options, "--depth=quick", environ={"HOSTILE_TOKEN": TOKEN})


@dataclass(frozen=True)
class Hunt:
    """A run against all of them, how long each case took, and the server that nobody may call."""

    result: Result
    seconds: dict[str, float]
    elsewhere: RawServer


@pytest.fixture(scope="module")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunt]:
    folder = tmp_path_factory.mktemp("hostile")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with ExitStack() as stack:
        elsewhere = stack.enter_context(serving(sends(HEAD + b"\r\n")("")))
        options = []
        for name, hostile in HOSTILE.items():
            server = stack.enter_context(serving(hostile.answer(elsewhere.url), context if hostile.tls else None))
            base_url = server.url.replace("http:", f"{hostile.scheme}:") if hostile.scheme else server.url
            options.append(write_target(folder, name, base_url))
        result = run(folder, *options, "--require=SAB-04", "--require=SAB-10", "-v", "--junitxml=junit.xml")
        seconds: dict[str, float] = {}
        for case in ET.parse(folder / "junit.xml").iter("testcase"):
            name = str(case.get("name")).partition("[")[2].rstrip("]")
            seconds[name] = max(seconds.get(name, 0.0), float(case.get("time", 0)))
        yield Hunt(result, seconds, elsewhere)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_target_comes_to_an_outcome_that_says_why(hunt: Hunt, name: str) -> None:
    """It is inconclusive where nothing could be judged, throttled where it was overloaded to the end."""
    hostile = HOSTILE[name]
    assert hunt.result.outcomes[name] == hostile.outcomes
    said = " ".join(text for (target, _), texts in hunt.result.messages.items() if target == name for text in texts)
    assert hostile.message in said


@pytest.mark.parametrize("name", HOSTILE)
def test_a_case_ends_within_the_time_of_its_requests(hunt: Hunt, name: str) -> None:
    """Redirects and retries are counted."""
    assert hunt.seconds[name] < REQUESTS_A_CASE * TOTAL


def test_no_hostile_target_is_conformant(hunt: Hunt) -> None:
    """What could not be judged leaves the verdict open."""
    verdicts = [
        line for line in hunt.result.output.splitlines() if re.search(r" with winter26 \(2 of \d+ requirements", line)
    ]
    assert [line.partition(":")[0] for line in verdicts] == list(HOSTILE)
    assert all(line.partition(": ")[2].startswith("incomplete") for line in verdicts)
    assert hunt.result.status == ExitCode.INCOMPLETE


def test_one_cause_is_explained_once(hunt: Hunt) -> None:
    """Without a traceback."""
    assert "Traceback" not in hunt.result.output
    assert hunt.result.output.count("body larger than 10000 bytes after decompression") <= 4  # the answer says it too


def test_credentials_follow_no_redirect_to_another_server(hunt: Hunt) -> None:
    """Nobody calls it at all."""
    assert hunt.elsewhere.requests == []


def test_a_target_that_never_answers_is_left_alone(tmp_path: Path) -> None:
    """After some cases the rest is inconclusive at once: a run against a dead target does not take all day."""
    with serving(sends(then="hold")("")) as server:
        began = time.monotonic()
        result = run(tmp_path, write_target(tmp_path, "dead", server.url), "-q")
        took = time.monotonic() - began

    assert result.status == ExitCode.INCOMPLETE
    judged = {outcome for requirement, outcome in result.outcomes["dead"].items() if requirement.startswith("SAB-")}
    assert judged == {Outcome.INCONCLUSIVE}
    why = "timed out after 0.5 s while waiting for the response"
    said = f"gave no answer to several cases in a row ({why}), so it was left alone"
    assert said in " ".join(result.output.split())
    assert result.output.count("left alone") == 1
    assert len(server.requests) < 20
    assert took < 30


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("http://127.0.0.1:9", "connection refused"),
        ("https://unknown.invalid", "the host name is not known"),
    ],
)
def test_an_address_that_cannot_be_reached_is_told_before_the_run(tmp_path: Path, base_url: str, reason: str) -> None:
    """Once, with the file, the role and the way out."""
    result = run(tmp_path, write_target(tmp_path, "acme", base_url))
    assert result.status == ExitCode.USAGE
    assert result.output.splitlines()[:2] == [
        f"ERROR: acme.yaml: single_access: {base_url} can't be reached ({reason})",
        "check the address, the network, and proxy: in the target file",
    ]
    assert "Traceback" not in result.output
