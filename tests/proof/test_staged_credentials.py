"""What holds for the rotation life cycle as a family: no server passes by accident, none robs us."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conformance.config.profile import load_profile
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe
from conformance.reference.apps import APP_ID, Pair, consumer_id
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.staged_credentials import StagedCredentials
from conformance.reference.variants.staged_credentials_access import ChangeableWithoutPermission
from conformance.reference.variants.staged_credentials_oddities import ListsWithoutSecrets
from conformance.reference.variants.staged_credentials_pairs import StagedPlaceShowsTheMainPair
from conformance.rules.outcome import Outcome
from tests.proof.test_secrets import EVERYTHING, forms, outputs
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("rotation_lifecycle")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "rotation_lifecycle")
ROLE = "staged_credentials"
REQUIREMENTS = {one.id: one for one in load_profile("winter26").requirements if one.role == ROLE}
PAIR = {"key": "3MVG9" + "k" * 80, "secret": "S" * 64}
DATES = {"createdDate": "2026-01-01T00:00:00Z", "expirationDate": "2026-01-31T00:00:00Z"}
URLS = {"url": "/staged/1Sc000000000001", "stagedCredentialsUrl": "/staged"}
STAGED = {"id": "1Sc000000000001", "state": "Active", "createdBy": "005000000000001", **PAIR, **DATES, **URLS}
TOKEN = {"access_token": "00D000000000001!the_same_for_all", "token_type": "Bearer"}
EVERYTHING_AT_ONCE = {
    **TOKEN,
    **STAGED,
    "apps": [{"identifier": APP_ID, "developerName": "Rotating"}],
    "consumers": [{"id": consumer_id("Nightly"), "name": "Nightly", "stagedCredentialsUrl": "/staged", **PAIR}],
    "stagedCredentials": [STAGED],
}
CONSTANTS: dict[str, Callable[[], Response]] = {
    "everything": lambda: JSONResponse(EVERYTHING_AT_ONCE, headers={"Cache-Control": "no-store", "ETag": '"1"'}),
    "401": lambda: JSONResponse([{"errorCode": "INVALID_SESSION_ID"}], 401),
    "403": lambda: JSONResponse([{"errorCode": "FORBIDDEN"}], 403),
    "404": lambda: JSONResponse([{"errorCode": "NOT_FOUND"}], 404),
    "nothing": lambda: Response(status_code=204),
    "a-page": lambda: HTMLResponse("<!doctype html><title>Hello</title>"),
    "failure": lambda: Response(status_code=500),
    "redirect": lambda: RedirectResponse("/login"),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def write_target(folder: Path, base_url: str, name: str = "acme", **changes: object) -> str:
    """A target file for the role alone, with other values for some of its fields; None leaves one out."""
    data: dict[str, Any] = describe(base_url, name)
    role = {field: value for field, value in (data[ROLE] | changes).items() if value is not None}
    target = {"name": name, ROLE: role, "capabilities": data["capabilities"], "limits": data["limits"]}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(target), "utf-8")
    return f"--target={folder / name}.yaml"


def run(folder: Path, *options: str) -> Result:
    return run_suite(folder, *options, "--depth=quick", "-p", "no:schemathesis", SUITE)


def constant_server(answer: Callable[[], Response]) -> Starlette:
    """One answer to everything."""

    async def always(request: Request) -> Response:
        return answer()

    return Starlette(routes=[Route("/{path:path}", always, methods=["GET", "POST", "PATCH", "DELETE"])])


@pytest.fixture(scope="module")
def constants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """One run against all of them, each with tokens from an endpoint and with tokens that stand in the file."""
    folder = tmp_path_factory.mktemp("constants")
    tokens = dict.fromkeys(("token", "token_without_permission", "foreign_token"), "00D000000000001!a_made_up_token")
    options = []
    with Server() as server:
        for name, answer in CONSTANTS.items():
            base_url = server.serve(constant_server(answer))
            options.append(write_target(folder, base_url, f"{name}-minted"))
            options.append(write_target(folder, base_url, f"{name}-static", **tokens, switched_off=None))
        yield run(folder, *options, "--allow-destructive", "-qq")


@pytest.mark.parametrize("kind", ["minted", "static"])
@pytest.mark.parametrize("constant", CONSTANTS)
def test_nothing_passes_on_a_server_that_answers_always_the_same(constants: Result, constant: str, kind: str) -> None:
    found = constants.outcomes[f"{constant}-{kind}"]
    assert set(found) == set(REQUIREMENTS), constants.output
    assert {r for r, o in found.items() if o is Outcome.PASSED} == set()
    assert Outcome.HARNESS_ERROR not in found.values()


def test_a_dead_token_says_nothing_about_permissions(tmp_path: Path, server: Server) -> None:
    """It is refused by a server that lets whoever is logged in delete, too."""
    base_url = server.serve(Starlette(routes=ChangeableWithoutPermission(Org()).routes()))
    target = write_target(tmp_path, base_url, token_without_permission="00D000000000001!a_made_up_token")
    chosen = [f"--require={name}" for name in ("STG-36", "STG-39", "STG-54")]
    found = run(tmp_path, target, "--allow-destructive", *chosen)
    assert set(found.outcomes["acme"].values()) == {Outcome.INCONCLUSIVE}, found.output
    assert "token_without_permission is refused with 401" in found.output


def test_credentials_go_to_no_address_of_an_answer(tmp_path: Path, server: Server) -> None:
    """Not even where each address in each answer leads to somebody else."""
    called: list[str] = []

    async def elsewhere(request: Request) -> Response:
        called.append(str(request.url))
        return JSONResponse(EVERYTHING_AT_ONCE)

    thief = server.serve(Starlette(routes=[Route("/{path:path}", elsewhere, methods=["GET", "POST", "PATCH"])]))

    class Leading(StagedCredentials):
        def members(self, request: Request, identifier: str, pair: Pair) -> dict[str, object]:
            found = super().members(request, identifier, pair)
            return found | {name: f"{thief}{found[name]}" for name in ("url", "stagedCredentialsUrl")}

        def refuse(self, request: Request, refusal: Any) -> Response:
            return RedirectResponse(f"{thief}{request.url.path}", 307)

    result = run(
        tmp_path, write_target(tmp_path, server.serve(Starlette(routes=Leading(Org()).routes()))), "--allow-destructive"
    )
    assert result.outcomes["acme"]["STG-22"].is_deviation
    assert called == []


def test_nothing_is_staged_for_a_consumer_that_is_in_use(tmp_path: Path, server: Server) -> None:
    """Without `disposable: true` the run reads."""
    app = Starlette(routes=StagedCredentials(Org()).routes())
    methods: set[str] = set()

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        if "/apps/oauth" in scope["path"]:
            methods.add(scope["method"])
        await app(scope, receive, send)

    target = write_target(tmp_path, server.serve(watched))  # type: ignore[arg-type] # an ASGI application
    data = yaml.safe_load((tmp_path / "acme.yaml").read_text()) | {"capabilities": {}}
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump(data))
    result = run(tmp_path, target, "--allow-destructive")

    changing = {r for r, one in REQUIREMENTS.items() if set(one.effects) != {"reads"}}
    assert {r for r, o in result.outcomes["acme"].items() if o is Outcome.NOT_TESTED} == changing
    assert methods == {"GET"}
    assert "disposable: true" in result.output


def test_a_pair_that_somebody_else_has_staged_is_left_alone(tmp_path: Path, server: Server) -> None:
    role = StagedCredentials(Org())
    staged = Pair.new(role.now(), role.now() + 86_400)
    role.apps[APP_ID].consumers[consumer_id("Nightly")].staged["1Scsomebodyelse"] = staged
    target = write_target(tmp_path, server.serve(Starlette(routes=role.routes())))
    result = run(tmp_path, target, "--allow-destructive")

    found = result.outcomes["acme"]
    changing = {r for r, one in REQUIREMENTS.items() if set(one.effects) != {"reads"}} - {"STG-40"}  # of another org
    assert {r: found[r] for r in changing if found[r] is not Outcome.INCONCLUSIVE} == {}
    assert role.apps[APP_ID].consumers[consumer_id("Nightly")].staged == {"1Scsomebodyelse": staged}
    assert "nobody's own rotation is disturbed" in " ".join(result.output.split())


def test_nothing_is_rotated_where_nobody_says_where_the_new_pair_goes(tmp_path: Path, server: Server) -> None:
    role = StagedCredentials(Org())
    main = role.apps[APP_ID].consumers[consumer_id("Nightly")].main
    target = write_target(tmp_path, server.serve(Starlette(routes=role.routes())), deliver_to=None)
    result = run(tmp_path, target, "--allow-destructive")

    untested = {r for r, o in result.outcomes["acme"].items() if o is Outcome.NOT_TESTED}
    assert untested >= {r for r, one in REQUIREMENTS.items() if "rotates" in one.effects} - {"STG-42"}
    assert role.apps[APP_ID].consumers[consumer_id("Nightly")].main is main
    assert "staged_credentials.deliver_to: file:main-pair.json" in result.output


def test_no_output_holds_a_pair(tmp_path: Path, server: Server) -> None:
    """Not a report, a log, a journal nor the terminal: the file for the new main pair alone."""
    issued: list[str] = []

    class Observed(StagedCredentials):
        def new_pair(self, consumer: Any) -> Pair:
            pair = super().new_pair(consumer)
            issued.extend((pair.key, pair.secret))
            return pair

        async def rotate(self, consumer: Any, identifier: str, pair: Pair) -> None:
            await super().rotate(consumer, identifier, pair)
            consumer.main.secret = f"{pair.secret[:-1]}x"  # a deviation, so that there is something to report
            issued.append(consumer.main.secret)

    role = Observed(Org())
    consumer = role.apps[APP_ID].consumers[consumer_id("Nightly")]
    issued += [consumer.main.key, consumer.main.secret]
    target = write_target(tmp_path, server.serve(Starlette(routes=role.routes())))
    result = run_suite(tmp_path, target, "--allow-destructive", *EVERYTHING, SUITE)

    assert result.status == ExitCode.NOT_CONFORMANT
    delivered = json.loads((tmp_path / "main-pair.json").read_text())["main"]
    assert delivered == {"key": consumer.main.key, "secret": consumer.main.secret}
    (tmp_path / "main-pair.json").unlink()
    written = outputs(tmp_path, result)
    assert len(issued) > 10
    leaks = [
        (name, value) for value in issued for form in forms(value) for name, data in written.items() if form in data
    ]
    assert leaks == []


def test_lists_that_show_no_secrets_break_no_order_of_calls(tmp_path: Path, server: Server) -> None:
    """A pair that is about to be rotated is delivered whole, although no list shows its secret."""
    role = ListsWithoutSecrets(Org())
    target = write_target(tmp_path, server.serve(Starlette(routes=role.routes())))
    file = tmp_path / "acme.yaml"
    file.write_text(
        "".join(line for line in file.read_text("utf-8").splitlines(keepends=True) if "clock:" not in line), "utf-8"
    )
    result = run(tmp_path, target, "--allow-destructive", "--require=STG-48", "--require=STG-30")

    assert result.outcomes["acme"] == {"STG-30": Outcome.PASSED, "STG-48": Outcome.PASSED}


def test_a_staged_place_that_shows_the_main_pair_is_emptied_all_the_same(tmp_path: Path, server: Server) -> None:
    """What stands under an id is known from the answer that gave the id, so nothing is left there."""
    role = StagedPlaceShowsTheMainPair(Org())
    consumer = role.apps[APP_ID].consumers[consumer_id("Nightly")]
    target = write_target(tmp_path, server.serve(Starlette(routes=role.routes())))
    result = run(tmp_path, target, "--allow-destructive", "--require=STG-08", "--require=STG-10")

    assert result.outcomes["acme"] == {"STG-08": Outcome.FAILED, "STG-10": Outcome.PASSED}
    assert consumer.staged == {}
