"""What the suite of client credentials sends: how much, what it makes up, and what it tries again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.app import describe, reference_app
from conformance.reference.known_clients import CLIENTS, Client
from conformance.reference.server import Server
from conformance.reference.token_endpoint import METADATA_PATH
from conformance.reference.variants import variant
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("client_credentials")

FAMILY = "--family=client-credentials"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


class Heard:
    """An application with its requests counted by path, and the scopes of token requests kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.paths: Counter[str] = Counter()
        self.scopes: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths[scope["path"]] += 1

        async def hearing() -> Message:
            message = await receive()
            form = parse_qsl(message.get("body", b"").decode("latin-1"))
            self.scopes += [value for name, value in form if name == "scope"]
            return message

        await self._app(scope, hearing, send)


class HangsOnce:
    """An application that leaves its fourth request without an answer: the first is the control."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._count += 1
        if self._count != 4:
            await self._app(scope, receive, send)
            return
        while (await receive())["type"] != "http.disconnect":
            pass


def run(folder: Path, server: Server, app: ASGIApp, *options: str, **changes: Any) -> Result:
    """Run the suite against an application that is described as the reference, with changes of the role."""
    target = describe(server.serve(app), "acme")
    role: dict[str, Any] = {**target["token_endpoint"], **changes}  # type: ignore[dict-item] # the role's part
    kept = {"token_endpoint": {name: value for name, value in role.items() if value is not None}}
    limits = {"requests_per_second": 10_000, "requests": 100_000, "read_seconds": 1, "total_seconds": 2}
    written = {"name": "acme", **kept, "capabilities": {"disposable": False}, "limits": limits}
    path = folder / "acme.yaml"
    path.write_text(yaml.safe_dump(written), "utf-8")
    return run_suite(folder, f"--target={path}", FAMILY, *options)


def test_a_run_at_standard_depth_sends_at_most_470_requests_and_reads_the_metadata_once(
    tmp_path: Path, server: Server
) -> None:
    """Tokens that a run leaves are revoked, and that is counted too."""
    heard = Heard(reference_app())
    result = run(tmp_path, server, heard)

    assert result.status == 0, result.output
    assert heard.paths.total() <= 470
    assert heard.paths[METADATA_PATH] == 1


def test_metadata_that_is_missing_is_looked_for_once(tmp_path: Path, server: Server) -> None:
    heard = Heard(reference_app())
    address = {"issuer": "/elsewhere"}
    base_url = server.serve(heard)
    target = describe(base_url, "acme")
    role = {**target["token_endpoint"], "issuer": base_url + address["issuer"]}  # type: ignore[dict-item]
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump({"name": "acme", "token_endpoint": role}), "utf-8")
    chosen = [f"--require=CCS-{number}" for number in (31, 32, 33, 34, 51, 52, 55)]

    run_suite(tmp_path, f"--target={tmp_path / 'acme.yaml'}", *chosen)

    assert heard.paths[f"{METADATA_PATH}/elsewhere"] == 1


def test_scopes_that_nobody_can_know_are_made_up_anew_in_each_run(tmp_path: Path, server: Server) -> None:
    seen: list[set[str]] = []
    for number in range(2):
        heard = Heard(reference_app())
        folder = tmp_path / str(number)
        folder.mkdir()
        run(folder, server, heard, "--require=CCS-36", "--require=CCS-37", refused_scopes=None)
        seen.append({word for scope in heard.scopes for word in scope.split() if word.startswith("zz.")})

    assert [len(words) for words in seen] == [2, 2]
    assert not seen[0] & seen[1]


def test_parallel_requests_without_an_answer_are_tried_again_with_fewer(tmp_path: Path, server: Server) -> None:
    """The others are judged, and the report says what was seen."""
    result = run(tmp_path, server, HangsOnce(reference_app()), "--require=CCS-07")

    assert result.outcomes["acme"] == {"CCS-07": Outcome.PASSED}, result.output
    assert "1 of 6 parallel requests got no answer; fewer were tried again" in " ".join(result.output.split())


def test_right_credentials_are_not_blamed_where_the_server_does_not_decode_basic(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One try with the credentials as they are names CCS-20, which fails; nothing else is said of the server."""
    client = Client("accounts", "a made-up secret: 100%+/=&")
    monkeypatch.setitem(CLIENTS, client.client_id, client)
    app = reference_app(variant("basic-is-not-decoded").role)
    chosen = ("--require=CCS-01", "--require=CCS-20", "--require=CCS-21")
    reserved = {"client_id": client.client_id, "client_secret": client.secret, "second_client": None}
    result = run(tmp_path, server, app, *chosen, further_methods=[], **reserved)

    expected = {"CCS-01": Outcome.INCONCLUSIVE, "CCS-20": Outcome.FAILED, "CCS-21": Outcome.INCONCLUSIVE}
    assert result.outcomes["acme"] == expected, result.output
    said = "the credentials are right, and the server does not decode them in Basic, as CCS-20 says"
    assert all(said in result.messages["acme", requirement][0] for requirement in ("CCS-01", "CCS-21"))
