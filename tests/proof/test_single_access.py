"""What holds for single access as a family: an endpoint that accepts the token and opens nothing is told so."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.reference.variants.single_access_tokens import ScopeIsIgnored
from conformance.rules.outcome import Outcome
from tests.suite import run_suite

pytestmark = pytest.mark.proves("token_handling")

SAID = "the request is accepted with status 200, but the answer has no frontdoor URL"


def test_a_token_that_is_accepted_and_opens_nothing_is_not_blamed(tmp_path: Path) -> None:
    """The requirements on the allowed forms fail, and say what came, where strangers are refused."""

    async def answer(request: Request) -> Response:
        shown = "authorization" in request.headers or b"access_token" in await request.body()
        return JSONResponse({"ok": True}) if shown else JSONResponse({"error": "unauthorized"}, 401)

    with Server() as server:
        base_url = server.serve(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]))
        target = {key: value for key, value in describe(base_url, "acme").items() if key in ("name", "single_access")}
        target["single_access"]["token"] = "${TOKEN}"  # type: ignore[index] # the role's part is a mapping
        (tmp_path / "acme.yaml").write_text(yaml.safe_dump(target), "utf-8")
        chosen = [f"--require=SAB-0{number}" for number in (4, 5, 6)]
        result = run_suite(
            tmp_path, f"--target={tmp_path / 'acme.yaml'}", *chosen, environ={"TOKEN": "00D000000000001!made.up.token"}
        )

    assert result.outcomes["acme"]["SAB-04"] is Outcome.FAILED, result.output
    assert result.outcomes["acme"]["SAB-06"] is Outcome.FAILED
    assert all(SAID in message for key in ("SAB-04", "SAB-06") for message in result.messages["acme", key])
    assert SAID in "".join(result.messages["acme", "SAB-05"])


def test_a_dead_token_says_nothing_about_scopes(tmp_path: Path) -> None:
    """It is refused by an endpoint that lets each living token of the org in, too."""
    with Server() as server:
        target = describe(server.serve(reference_app(ScopeIsIgnored)), "acme")
        target = {key: value for key, value in target.items() if key in ("name", "single_access")}
        target["single_access"]["token_without_web"] = "${TOKEN}"  # type: ignore[index] # the role's part is a mapping
        (tmp_path / "acme.yaml").write_text(yaml.safe_dump(target), "utf-8")
        dead = {"TOKEN": "00D000000000001!made.up.token"}
        result = run_suite(tmp_path, f"--target={tmp_path / 'acme.yaml'}", "--require=SAB-12", environ=dead)

    assert result.outcomes["acme"]["SAB-12"] is Outcome.INCONCLUSIVE, result.output
    assert "token_without_web is refused as a token that was never issued" in result.output
