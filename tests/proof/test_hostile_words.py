"""What a target says never becomes a part of our own words: no status hidden, no terminal steered, no run held up."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from conformance.judging.verdict import ExitCode
from conformance.rules.outcome import Outcome
from tests.answering import Asked, Reply, answering
from tests.suite import run_suite
from tests.unit.raw_server import Connection, serving

TOKEN = "00D000000000001!AQ4AQ.made_up_token_for_hostile_words_1234567890"


def write(folder: Path, **roles: object) -> str:
    """A target file, and the option that names it."""
    (folder / "t.yaml").write_text(yaml.safe_dump({"name": "t", **roles}))
    return "--target=t.yaml"


def statuses(folder: Path) -> Counter[str]:
    return Counter(json.loads(path.read_text())["status"] for path in (folder / "allure").glob("*-result.json"))


@pytest.mark.parametrize("word", ["failed", "statusDetails", "not conformant", "2026-11-28T21:57", "testcase"])
def test_a_token_that_is_a_word_of_our_outputs_hides_no_status(tmp_path: Path, word: str) -> None:
    """The suite learns it as a secret; the fixed words in Allure, in JUnit and on the terminal stay what they are."""

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            return Reply(200, {"access_token": word, "token_type": "Bearer"})
        lets_in = asked.headers.get("authorization", "").startswith("Bearer") or "access_token=" in asked.path
        return Reply(200, {"frontdoor_uri": f"{url}/d?otp=abcdefghijklmnopqrst"}) if lets_in else Reply(401)

    with answering(answer) as url:
        form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "${S}"}
        role = {"base_url": url, "token": {"url": f"{url}/token", "form": form}}
        target = write(tmp_path, single_access=role, limits={"requests_per_second": 1000})
        options = ("--require=SAB-01", "--require=SAB-02", "--depth=quick", "--alluredir=allure", "--har=e.har")
        result = run_suite(tmp_path, target, *options, environ={"S": "made-up-secret-1234567890"})

    assert result.status == ExitCode.NOT_CONFORMANT
    assert result.outcomes == {"t": {"SAB-01": Outcome.FAILED, "SAB-02": Outcome.FAILED}}
    assert statuses(tmp_path) == {"failed": 2}
    assert "t: not conformant with winter26 (2 of" in result.output
    assert "secret leak" not in result.output


def test_nothing_that_a_target_says_steers_the_terminal(tmp_path: Path) -> None:
    """A Retry-After that writes the clipboard, a Content-Type that clears the screen, a body that turns text around."""
    steering = b"\x1b]52;c;cm0gLXJm\x07\x1b[2J\xe2\x80\xae"

    def answer(connection: Connection) -> None:
        connection.read_head()
        head = b"HTTP/1.1 429 %b\r\nRetry-After: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        connection.send(head % (steering, steering, steering, len(steering)) + steering)

    with serving(answer) as server:
        limits = {"retry_after_seconds": 0}
        target = write(tmp_path, single_access={"base_url": server.url, "token": TOKEN}, limits=limits)
        result = run_suite(tmp_path, target, "--require=SAB-01", "--require=SAB-09", "-vv", "--alluredir=allure")

    assert result.status == ExitCode.INCOMPLETE
    assert "\\x1b]52" in result.output
    assert [char for char in "\x1b\x07\u202e" if char in result.output] == []


def test_a_usage_error_steers_no_terminal(tmp_path: Path) -> None:
    """It may quote a document of the target's owner."""
    document = {"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "\x1b]52;c;x\x07"}}}}
    (tmp_path / "o.json").write_text(json.dumps(document))
    role = {"base_url": "http://127.0.0.1:1", "spec": "o.json", "create": {"operation": "u"}}
    result = run_suite(tmp_path, write(tmp_path, business_system=role))

    assert result.status == ExitCode.USAGE
    assert "\\x1b]52" in result.output
    assert "\x1b" not in result.output


def test_a_body_that_drips_for_ever_is_no_answer(tmp_path: Path) -> None:
    """A target that sends heads and never ends its bodies is left alone like one that says nothing."""

    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        connection.send_for_ever(b" ", 0.02)

    with serving(answer) as server:
        limits = {"total_seconds": 0.2, "read_seconds": 0.1, "requests_per_second": 1000}
        target = write(tmp_path, single_access={"base_url": server.url, "token": TOKEN}, limits=limits)
        result = run_suite(tmp_path, target, "--depth=quick", "-q")
        asked = len(server.requests)

    assert result.status == ExitCode.INCOMPLETE
    assert "left alone" in result.output
    assert asked < 20
