"""A server that refuses everything is never *not conformant*: each control tells it.

So does a wrong password, an address with a mistake in it, or a server that is down look to the suites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.config.profile import load_profile
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.token_endpoint import TokenEndpoint
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

ROLES = ("single_access", "token_endpoint", "staged_credentials", "file_service", "business_system")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

REFUSALS: dict[str, Callable[[], Response]] = {
    "401": lambda: JSONResponse({"error": "no"}, 401, {"WWW-Authenticate": "Bearer"}),
    "403": lambda: JSONResponse({"error": "no"}, 403),
    "404": lambda: JSONResponse({"error": "no"}, 404),
    "500": lambda: Response(status_code=500),
}
TARGETS = [(role, name) for role in ROLES for name in REFUSALS]


def app(answer: Callable[[], Response], role: str) -> Starlette:
    """One answer to everything, but for the token endpoint of those who need a token to be refused with."""

    async def always(request: Request) -> Response:
        await request.body()
        return answer()

    tokens = TokenEndpoint(Org()).routes() if role != "token_endpoint" else []
    return Starlette(routes=[*tokens, Route("/{path:path}", always, methods=METHODS)])


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """One run against all of them."""
    folder = tmp_path_factory.mktemp("refused")
    options = []
    with Server() as server:
        for role, name in TARGETS:
            described = describe(server.serve(app(REFUSALS[name], role)), f"{role}-{name}")
            kept = {key: described[key] for key in ("name", role, "capabilities", "limits")}
            (folder / f"{role}-{name}.yaml").write_text(yaml.safe_dump(kept), "utf-8")
            options.append(f"--target={folder / f'{role}-{name}.yaml'}")
        yield run_suite(folder, *options, "--depth=quick", "-qq", "--allow-destructive")


@pytest.mark.parametrize(("role", "name"), TARGETS)
def test_nothing_is_held_against_a_server_that_refuses_everything(refused: Result, role: str, name: str) -> None:
    found = refused.outcomes[f"{role}-{name}"]
    assert found.keys() == {one.id for one in load_profile("winter26").requirements if one.role == role}
    assert {Outcome.FAILED, Outcome.WARNED, Outcome.HARNESS_ERROR} & set(found.values()) == set()


def test_nobody_is_not_conformant(refused: Result) -> None:
    assert refused.status == ExitCode.INCOMPLETE
    assert "not conformant with winter26" not in refused.output
    assert ": conformant with winter26" not in refused.output
