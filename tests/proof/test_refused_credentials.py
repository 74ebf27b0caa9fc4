"""Wrong credentials in a target file: they are shown a few times and no more, and nothing is blamed on the target."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import run_suite

WRONG = "a-wrong-secret-that-nobody-has"

PLACES: dict[str, tuple[str, ...]] = {
    "single_access": ("token", "form", "client_secret"),
    "token_endpoint": ("client_secret",),
    "staged_credentials": ("token", "form", "client_secret"),
    "file_service": ("access", "api_key", "value"),
    "business_system": ("access", "bearer", "form", "client_secret"),
}
"""Where each role has the secret by which it lets the suite in."""


class Counting:
    """Counts the requests that carry the wrong secret, wherever it stands in them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.shown = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        texts = [value.decode("latin-1") for _, value in scope.get("headers", ())]
        texts += [_decoded(text.removeprefix("Basic ")) for text in texts if text.startswith("Basic ")]
        self.shown += any(WRONG in unquote_plus(text) for text in texts)

        async def hearing() -> Message:
            message = await receive()
            self.shown += WRONG.encode() in message.get("body", b"")
            return message

        await self._app(scope, hearing, send)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("latin-1")
    except ValueError:
        return ""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def write_target(folder: Path, base_url: str, role: str) -> str:
    target = describe(base_url, "acme")
    declared: Any = target[role]
    for name in PLACES[role][:-1]:
        declared = declared[name]
    declared[PLACES[role][-1]] = WRONG
    kept = {key: target[key] for key in ("name", role, "capabilities", "limits")}
    (folder / "acme.yaml").write_text(yaml.safe_dump(kept), "utf-8")
    return f"--target={folder / 'acme.yaml'}"


@pytest.mark.parametrize(("role", "processes"), [*((role, 1) for role in PLACES), ("token_endpoint", 2)])
def test_a_wrong_secret_is_shown_a_few_times_and_no_more(
    tmp_path: Path, server: Server, role: str, processes: int
) -> None:
    """Two refused controls end the role: each may try the other ways of showing the same secret, and each process."""
    app = Counting(reference_app())
    option = write_target(tmp_path, server.serve(app), role)

    result = run_suite(tmp_path, option, "--depth=quick", *([f"-n{processes}"] if processes > 1 else []))

    assert 0 < app.shown <= 4 * processes
    assert result.status == 7, result.output
    outcomes = result.outcomes["acme"]
    declared = {identifier for identifier, outcome in outcomes.items() if outcome is not Outcome.NOT_TESTED}
    assert not {outcome for identifier, outcome in outcomes.items() if outcome.is_deviation}
    assert len(declared) > 20
    said = [message for messages in result.messages.values() for message in messages]
    alike = [message for message in said if f"refused the credentials of {role} 2 times in a row" in message]
    assert len(set(alike)) == 1
    assert len(alike) > len(declared) / 2
