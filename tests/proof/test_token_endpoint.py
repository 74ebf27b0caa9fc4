"""What holds for client credentials as a family: nothing passes on a constant server, and dialects are declared."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from conformance.config.presets import dialects, preset
from conformance.judging.verdict import Case
from conformance.judging.waiving import waived_by_dialect
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.reference.variants import variant
from conformance.rules.outcome import Outcome
from tests.suite import run_suite

pytestmark = pytest.mark.proves("client_credentials")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "client_credentials")
DIALECT = {answer.requirement for answer in preset("salesforce").dialect}


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


def test_what_a_product_is_known_for_is_waived_with_its_source_and_never_passed(tmp_path: Path) -> None:
    """Each answer of each preset is found on the reference that speaks its dialect, by the judgement that it names."""
    known = {(f"speaks-{name}", answer) for name in dialects() for answer in preset(name).dialect}
    chosen = [f"--require={requirement}" for requirement in sorted({answer.requirement for _, answer in known})]
    targets = [f"--variant=speaks-{name}" for name in dialects()]

    result = run_suite(tmp_path, *targets, *chosen, "--depth=quick", "-v")

    assert result.status == 0, result.output
    for target, answer in known:
        assert result.outcomes[target][answer.requirement] is Outcome.WAIVED
        assert answer.source in "".join(result.output.split())
    for target, outcomes in result.outcomes.items():
        waived = {requirement for requirement, outcome in outcomes.items() if outcome is Outcome.WAIVED}
        assert waived == {answer.requirement for name, answer in known if name == target}


def test_another_deviation_from_a_waived_requirement_still_counts() -> None:
    """Salesforce is known to refuse an unknown client with one other code, and not with status 200."""
    case = Case("CCS-25", "acme", "", Outcome.FAILED, "the refusal has the error server_error", judgement="refused")
    assert waived_by_dialect(case, preset("salesforce")) == case


def test_the_dialect_of_salesforce_is_never_accepted_in_the_strict_profile(tmp_path: Path) -> None:
    chosen = [f"--require={identifier}" for identifier in sorted(DIALECT)]
    result = run_suite(tmp_path, "--variant=speaks-salesforce", *chosen, "--profile=winter26-strict")
    assert {r for r, o in result.outcomes["speaks-salesforce"].items() if o.is_deviation} == DIALECT


def test_who_may_not_look_tokens_up_is_told_of_the_client_that_may(tmp_path: Path, server: Server) -> None:
    """RFC 7662, section 2.2: the server says inactive also where the caller may not look the token up."""
    base_url = server.serve(reference_app(variant("resources-alone-look-tokens-up").role))
    target: dict[str, Any] = describe(base_url, "acme")
    role = target["token_endpoint"]
    del role["introspection_client"]
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump({"name": "acme", "token_endpoint": role}), "utf-8")
    looked_up = ("CCS-51", "CCS-52", "CCS-63", "CCS-64", "CCS-68")

    result = run_suite(
        tmp_path, f"--target={tmp_path / 'acme.yaml'}", *(f"--require={identifier}" for identifier in looked_up)
    )

    assert result.outcomes["acme"] == dict.fromkeys(looked_up, Outcome.INCONCLUSIVE), result.output
    assert "token_endpoint.introspection_client: {client_id" in " ".join(result.output.split())
