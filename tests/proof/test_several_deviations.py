"""A server that deviates in two of four values: both are shown, each with its own exchange, and a waiver hides one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

FORGIVEN = ("grant_type=client_credentials", "scope=accounts.read+api")
"""The parameters that may come twice on this server, where both have the same value."""


class Forgiving:
    """A reference behind a gateway that removes some parameters where they are repeated word for word."""

    def __init__(self) -> None:
        self._app: ASGIApp = reference_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/token"):
            await self._app(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        pairs = body.decode().split("&")
        kept = "&".join(pair for place, pair in enumerate(pairs) if pair not in FORGIVEN or pair not in pairs[:place])

        async def once_more() -> Message:
            return {"type": "http.request", "body": kept.encode()}

        length = (b"content-length", str(len(kept)).encode())
        headers = [length if name == b"content-length" else (name, value) for name, value in scope["headers"]]
        await self._app({**scope, "headers": headers}, once_more, send)


@pytest.fixture
def option(tmp_path: Path) -> Iterator[str]:
    with Server() as server:
        target = describe(server.serve(Forgiving()), "acme")
        kept = {key: target[key] for key in ("name", "token_endpoint", "limits")}
        (tmp_path / "acme.yaml").write_text(yaml.safe_dump(kept), "utf-8")
        yield f"--target={tmp_path / 'acme.yaml'}"


def judged(folder: Path, option: str, *options: str) -> Result:
    return run_suite(folder, option, "--require=CCS-10", "--depth=quick", "--har=evidence.har", *options)


def test_both_are_shown_each_with_its_own_exchange(tmp_path: Path, option: str) -> None:
    """And with the control that makes it a deviation. The HAR file has all others too."""
    result = judged(tmp_path, option)

    assert result.outcomes["acme"] == {"CCS-10": Outcome.FAILED}
    assert "CCS-10  failed  A repeated parameter is refused [2 of 4]" in result.output
    shown = re.split(r"^  at          ", result.output.partition("CCS-10  failed")[2], flags=re.MULTILINE)[1:]
    assert [part.splitlines()[0] for part in shown] == ["grant_type twice", "scope twice"]
    for part, twice in zip(shown, FORGIVEN, strict=True):
        [sent] = re.findall(r"^  sent        (.*)$", part, re.MULTILINE)
        assert sent.count(twice) == 2
        assert "  beside      POST " in part
        assert "  came back   200 application/json" in part
    entries = json.loads((tmp_path / "evidence.har").read_text())["log"]["entries"]
    assert sum(entry["response"]["status"] == 400 for entry in entries) == 2


def test_a_waiver_of_one_does_not_hide_the_other(tmp_path: Path, option: str) -> None:
    """A waiver of both does, and one that names a value which does not deviate is told."""
    waiver = {"id": "CCS-10", "target": "acme", "owner": "platform", "until": "2999-12-31"}
    reason = "the gateway is replaced in spring"

    def waiving(*cases: str) -> Result:
        entry = waiver | {"reason": reason, "cases": list(cases)}
        (tmp_path / "w.yaml").write_text(yaml.safe_dump({"waivers": [entry]}), "utf-8")
        return judged(tmp_path, option, f"--waivers={tmp_path / 'w.yaml'}")

    one = waiving("scope twice")
    assert (one.outcomes["acme"], one.status) == ({"CCS-10": Outcome.FAILED}, ExitCode.NOT_CONFORMANT)
    assert "1 of 4 deviate: grant_type twice; 1 of 4 are waived: scope twice" in one.messages["acme", "CCS-10"][0]
    both = waiving("scope twice", "grant_type twice")
    assert (both.outcomes["acme"], both.status) == ({"CCS-10": Outcome.WAIVED}, ExitCode.CONFORMANT)
    wrong = waiving("scope twice", "grant_type twice", "client_secret twice")
    assert "w.yaml:2: CCS-10 on acme: nothing that is called 'client_secret twice' deviates; delete it" in (
        " ".join(wrong.output.split())
    )
    assert wrong.status == ExitCode.USAGE
