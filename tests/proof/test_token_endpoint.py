"""What holds for client credentials as a family: nothing passes on a constant server, and dialects are declared."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from conformance.reference.app import describe
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import run_suite

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "client_credentials")
DIALECT = {"CCS-22", "CCS-25", "CCS-29", "CCS-37"}


def a_jwt() -> str:
    parts = ({"alg": "ES256"}, {"aud": "https://api.example.com/accounts?region=eu&plan=a+b", "exp": 4102444800})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return f"{'.'.join(encoded)}.c2lnbmF0dXJl"


TOKEN = {"access_token": a_jwt(), "token_type": "Bearer", "expires_in": 60, "scope": "accounts.read api"}
ERROR = {"error": "invalid_client", "error_description": "no"}
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

CONSTANTS = {
    "a token": lambda: JSONResponse({**TOKEN, "active": True}, 200, NO_STORE),
    "an error": lambda: JSONResponse({**ERROR, "active": False}, 401, NO_STORE | {"WWW-Authenticate": "Basic"}),
    "a page": lambda: HTMLResponse("<!doctype html><title>Hello</title>"),
    "nothing": lambda: Response(status_code=204),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.mark.parametrize("constant", CONSTANTS)
def test_nothing_passes_on_a_server_that_answers_always_the_same(tmp_path: Path, server: Server, constant: str) -> None:
    async def always(request: Request) -> Response:
        return CONSTANTS[constant]()

    base_url = server.serve(Starlette(routes=[Route("/{path:path}", always, methods=["GET", "POST"])]))
    target = {k: v for k, v in describe(base_url, "constant").items() if k not in ("single_access", "name")}
    path = tmp_path / "constant.yaml"
    path.write_text(yaml.safe_dump(target), "utf-8")

    result = run_suite(tmp_path, f"--target={path}", "--depth=quick", SUITE)

    assert {r for r, o in result.outcomes["constant"].items() if o is Outcome.PASSED} == set()


def test_the_dialect_of_salesforce_is_accepted_in_winter26_where_it_is_declared(tmp_path: Path) -> None:
    chosen = [f"--require={identifier}" for identifier in sorted(DIALECT)]
    result = run_suite(tmp_path, "--variant=speaks-salesforce", *chosen)
    assert result.outcomes["speaks-salesforce"] == dict.fromkeys(DIALECT, Outcome.PASSED)


def test_the_dialect_of_salesforce_is_never_accepted_in_the_strict_profile(tmp_path: Path) -> None:
    chosen = [f"--require={identifier}" for identifier in sorted(DIALECT)]
    result = run_suite(tmp_path, "--variant=speaks-salesforce", *chosen, "--profile=winter26-strict")
    assert {r for r, o in result.outcomes["speaks-salesforce"].items() if o.is_deviation} == DIALECT
