"""No requirement passes on a server with one answer for everything: its control fails, or works for everybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

import conformance.suites.token_handling
from conformance.config.profile import load_profile
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.token_endpoint import TokenEndpoint
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

ROLE = "single_access"
SUITE = str(Path(conformance.suites.token_handling.__file__).parent)
REQUIREMENTS = {requirement.id for requirement in load_profile("winter26").requirements if requirement.role == ROLE}
STRANGERS = {"SAB-28": Outcome.FAILED, "SAB-33": Outcome.WARNED}
"""These are failed by a server that gives a session to everybody: they ask without a token."""


def frontdoor(request: Request) -> dict[str, str]:
    """The same session URL for whoever asks for whatever."""
    return {"frontdoor_uri": f"{request.base_url}secur/frontdoor.jsp?otp=00D000000000001!the_same_for_all"}


def session(answer: Response) -> Response:
    """The answer, with a session for everybody."""
    answer.set_cookie("sid", "00D000000000001!everybodys_session")
    return answer


ANSWERS: Mapping[str, Callable[[Request], Response]] = {
    "401": lambda _: PlainTextResponse("no", 401, {"WWW-Authenticate": "Bearer"}),
    "403": lambda _: PlainTextResponse("Bad_OAuth_Token", 403),
    "404": lambda _: HTMLResponse("<h1>Not found</h1>", 404),
    "500": lambda _: Response(status_code=500),
    "redirect": lambda _: RedirectResponse("/login"),
    "empty": lambda _: Response(),
    "empty-json": lambda _: JSONResponse({}),
    "page": lambda _: HTMLResponse("<title>Login</title><form method=post><input name=username></form>"),
    "frontdoor": lambda request: JSONResponse(frontdoor(request), headers={"Cache-Control": "no-store"}),
    "frontdoor-in-a-page": lambda request: HTMLResponse(f"<script>go({json.dumps(frontdoor(request))})</script>"),
    "session": lambda _: session(HTMLResponse("<p>Welcome")),
    "frontdoor-and-session": lambda request: session(JSONResponse(frontdoor(request))),
    "refused-frontdoor": lambda request: JSONResponse(frontdoor(request), 403),
}
STATIC = ("403", "empty-json", "frontdoor")
"""On these the run is repeated with tokens that stand in the target file; the others give theirs out at an endpoint."""

TARGETS = [*((name, "minted") for name in ANSWERS), *((name, "static") for name in STATIC)]
OPEN_TO_ALL = {"frontdoor", "frontdoor-in-a-page", "frontdoor-and-session"}


def app(answer: Callable[[Request], Response], *, with_tokens: bool) -> Starlette:
    """One answer to everything, but for a token endpoint that works."""

    async def constant(request: Request) -> Response:
        await request.body()
        return answer(request)

    routes = TokenEndpoint(Org()).routes() if with_tokens else []
    return Starlette(routes=[*routes, Route("/{path:path}", constant, methods=["GET", "HEAD", "POST"])])


@pytest.fixture(scope="module")
def constant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """One run against all of them, each with tokens from an endpoint and with tokens that stand in the file."""
    folder = tmp_path_factory.mktemp("constant")
    options = []
    with Server() as server:
        for name, kind in TARGETS:
            target = describe(server.serve(app(ANSWERS[name], with_tokens=kind == "minted")), f"{name}-{kind}")
            del target["token_endpoint"]
            role = target["single_access"]
            assert isinstance(role, dict)
            if kind == "static":
                role |= {field: f"00D{field}!AQ4AQ.static" for field in ("token", "foreign_token")}
                role |= {field: f"00D{field}!AQ4AQ.static" for field in ("token_without_web", "expired_token")}
            path = folder / f"{name}-{kind}.yaml"
            path.write_text(yaml.safe_dump(target))
            options.append(f"--target={path}")
        yield run_suite(folder, *options, "--depth=quick", "-qq", "--allow-destructive", SUITE)


@pytest.mark.parametrize(("name", "kind"), TARGETS)
def test_nothing_passes_on_a_server_with_one_answer(constant: Result, name: str, kind: str) -> None:
    """What is refused to everybody is not refused to a token in a URL, and what is open to all is no acceptance."""
    found = constant.outcomes[f"{name}-{kind}"]
    assert found.keys() == REQUIREMENTS

    deviations = {requirement: outcome for requirement, outcome in found.items() if outcome.is_deviation}
    assert deviations == (STRANGERS if name in OPEN_TO_ALL else {})

    missing = {"SAB-19"} if kind == "static" else set()  # a static token cannot be revoked
    rest = {requirement: outcome for requirement, outcome in found.items() if requirement not in deviations}
    assert {r: o for r, o in rest.items() if o is not Outcome.INCONCLUSIVE and r not in missing} == {}
    assert {rest[requirement] for requirement in missing} <= {Outcome.INCONCLUSIVE, Outcome.NOT_TESTED}


def test_the_run_is_not_green(constant: Result) -> None:
    """Nobody is conformant."""
    assert constant.status == ExitCode.NOT_CONFORMANT
    assert ": conformant" not in constant.output
    open_to_all = sum(1 for name, _ in TARGETS if name in OPEN_TO_ALL)
    assert constant.output.count(": not conformant with winter26") == open_to_all
    assert constant.output.count(": incomplete with winter26") == len(TARGETS) - open_to_all
    assert "Traceback" not in constant.output
