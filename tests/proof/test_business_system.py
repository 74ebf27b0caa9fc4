"""What holds for change triggers as a family: constant and hostile servers, secrets, and what is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from conformance.reference.app import describe, reference_app
from conformance.reference.business_system import BusinessSystem
from conformance.reference.org import Org
from conformance.reference.server import Server
from conformance.reference.variants.business_system_actions import EverybodyMayWrite
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("change_triggers")

SUITE = str(Path(__file__).parents[2] / "conformance" / "suites" / "change_triggers")
TOKEN = "00D000000000001!AQ4AQ.made_up_token_for_business_systems_1234567890"
RECORD = {"id": "1", "modified": "2026-01-01T00:00:00Z", "version": "1", "name": "plain", "deleted": False}

CONSTANTS: dict[str, Callable[[], Response]] = {
    "a-record": lambda: JSONResponse({**RECORD, "items": [RECORD], "fields": []}),
    "an-empty-object": lambda: JSONResponse({}),
    "an-error": lambda: JSONResponse({"error": "no"}, 401, {"WWW-Authenticate": "Bearer"}),
    "not-found": lambda: JSONResponse({"error": "no"}, 404),
    "a-page": lambda: HTMLResponse("<!doctype html><title>Hello</title>"),
    "nothing": lambda: Response(status_code=204),
    "a-crash": lambda: Response(status_code=500),
    "deep": lambda: Response("[" * 50_000, media_type="application/json"),
    "a-page-without-an-end": lambda: JSONResponse({"items": [RECORD], "id": "1", "next": "again"}),
    "wrong-types": lambda: JSONResponse({"id": {"a": []}, "items": {"a": 1}, "next": [1], "modified": [[]]}),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def target_of(folder: Path, base_url: str, name: str = "system", **role: object) -> Path:
    described: Any = describe(base_url, name)["business_system"]
    described |= {"access": {"bearer": "${TOKEN}"}, "without_permission": {"bearer": "${OTHER}"}, **role}
    content = {
        "name": name,
        "business_system": described,
        "limits": {"requests_per_second": 10_000, "requests": 50_000, "total_seconds": 2},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path


def run(folder: Path, target: Path, *options: str) -> Result:
    environ = {"TOKEN": TOKEN, "OTHER": TOKEN.replace("made_up", "another")}
    return run_suite(folder, f"--target={target}", "--depth=quick", SUITE, *options, environ=environ)


@pytest.fixture(scope="module")
def constants(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run against all servers that answer always the same."""

    def always(answer: Callable[[], Response]) -> Starlette:
        async def same(request: Request) -> Response:
            await request.body()
            return answer()

        return Starlette(routes=[Route("/{path:path}", same, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])])

    folder = tmp_path_factory.mktemp("constants")
    for name, answer in CONSTANTS.items():
        target_of(folder, server.serve(always(answer)), name, clock=None)
    return run(folder, folder, "-qq")


@pytest.mark.parametrize("constant", CONSTANTS)
def test_nothing_passes_on_a_server_that_answers_always_the_same(constants: Result, constant: str) -> None:
    assert constant in constants.outcomes, constants.output
    assert "Traceback" not in constants.output
    assert {r for r, o in constants.outcomes[constant].items() if o is Outcome.PASSED} == set()
    assert Outcome.HARNESS_ERROR not in constants.outcomes[constant].values()


def test_dead_credentials_say_nothing_about_permission_and_access(tmp_path: Path, server: Server) -> None:
    """They are refused by a system that looks at no permission, too."""
    base_url = server.serve(reference_app(EverybodyMayWrite))
    role = describe(base_url, "system", EverybodyMayWrite)["business_system"]
    dead = {"bearer": "${OTHER}"}
    target = target_of(tmp_path, base_url, access=role["access"], without_permission=dead, without_access=dead)
    chosen = [f"--require={name}" for name in ("CON-08", "CON-14", "CON-17")]
    result = run(tmp_path, target, *chosen)
    assert set(result.outcomes["system"].values()) == {Outcome.INCONCLUSIVE}, result.output
    assert "are refused with 401 as wrong ones are" in result.output


class Watched(BusinessSystem):
    """Remembers its own instance, and whatever it was asked."""

    made: list[BusinessSystem]

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        type(self).made.append(self)


def test_every_record_of_a_run_is_deleted_at_its_end_and_the_journal_is_empty(tmp_path: Path, server: Server) -> None:
    Watched.made = []
    base_url = server.serve(reference_app(Watched))
    content = describe(base_url, "system", Watched)
    content.pop("single_access")
    (tmp_path / "system.yaml").write_text(yaml.safe_dump(content), "utf-8")
    result = run_suite(tmp_path, f"--target={tmp_path}/system.yaml", "--depth=quick", SUITE)

    assert set(result.outcomes["system"].values()) == {Outcome.PASSED}, result.output
    [system] = Watched.made
    known = list(system.records.select("1", (), "version"))
    assert len(known) > 100
    assert all(record.deleted for record in known)
    assert list((tmp_path / "state").rglob("*.jsonl")) == []


def test_no_output_holds_the_credentials_that_a_system_repeats(tmp_path: Path, server: Server) -> None:
    async def repeating(request: Request) -> Response:
        told = {"told": dict(request.headers), "id": "1", "name": request.headers.get("authorization", "")}
        return JSONResponse(told, 200 if request.method == "POST" else 403)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    base_url = server.serve(Starlette(routes=[Route("/{path:path}", repeating, methods=methods)]))
    target = target_of(tmp_path, base_url, clock=None)
    result = run(tmp_path, target, f"--har={tmp_path / 'x.har'}", "-vv", "--showlocals")

    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path != target]
    assert json.loads((tmp_path / "x.har").read_text())["log"]["entries"]
    assert not any(TOKEN.encode() in data for data in [result.output.encode(), *written])


def test_a_next_page_on_another_host_gets_no_credentials(tmp_path: Path, server: Server) -> None:
    asked: list[str] = []

    async def elsewhere(request: Request) -> Response:
        asked.append(request.headers.get("authorization", ""))
        return JSONResponse({"items": []})

    other = server.serve(Starlette(routes=[Route("/{path:path}", elsewhere)]))

    async def leading_away(request: Request) -> Response:
        return JSONResponse({**RECORD, "items": [RECORD], "next": f"{other}/accounts"})

    routes = [Route("/{path:path}", leading_away, methods=["GET", "POST", "DELETE"])]
    poll = {"path": "/accounts", "query": {"since": "{since}"}, "items": "$.items[*]", "paging": {"next_url": "$.next"}}
    target = target_of(tmp_path, server.serve(Starlette(routes=routes)), clock=None, poll=poll)
    result = run(tmp_path, target, "--require=POL-14")

    assert "the next page is on another host" in result.output
    assert asked == []


class PublicCheck(BusinessSystem):
    """Answers the test of a connection to everybody."""

    def let_in(self, request: Request) -> None:
        if not request.url.path.endswith("/me"):
            super().let_in(request)


class PublicReading(BusinessSystem):
    """Shows everything to everybody, and lets nobody write without a token."""

    def let_in(self, request: Request) -> None:
        if request.method != "GET":
            super().let_in(request)

    @classmethod
    def describe(cls, base_url: str) -> dict[str, object]:
        return super().describe(base_url) | {"absent": ["read_credentials"]}


@pytest.mark.parametrize(
    ("variant", "outcomes"),
    [(PublicCheck, {Outcome.INCONCLUSIVE}), (PublicReading, {Outcome.PASSED})],
)
def test_what_is_open_to_everybody_is_no_leak_of_credentials(
    tmp_path: Path, server: Server, variant: type[BusinessSystem], outcomes: set[Outcome]
) -> None:
    """An open test of a connection proves nothing and breaks nothing; where reading is free, writing is judged."""
    content = describe(server.serve(reference_app(variant)), "open", variant)
    content.pop("single_access")
    (tmp_path / "open.yaml").write_text(yaml.safe_dump(content), "utf-8")
    chosen = ["--require=CON-03", "--require=CON-04"]
    result = run_suite(tmp_path, f"--target={tmp_path}/open.yaml", "--depth=quick", SUITE, *chosen)

    assert {result.outcomes["open"][name] for name in ("CON-03", "CON-04")} == outcomes, result.output


class KnowsNoTypes(BusinessSystem):
    """Keeps what comes, and refuses nothing but a record without its required fields."""

    def kept(self, name: str, value: object) -> object:
        return super().kept(name, value) if value is None else value


class HalfOfAnUpdateIsKept(KnowsNoTypes):
    """Writes what is right in an update, and then refuses what is wrong in it."""

    async def update(self, request: Request) -> Response:
        fields = self.read_json(await request.body())
        if None in fields.values():
            right = {name: value for name, value in fields.items() if value is not None}
            await self.write(request, self.existing(request).id, right)
        return await super().update(request)


class RefusesNoUpdate(KnowsNoTypes):
    """Takes every update, and refuses new records without their required fields."""

    def valid(self, fields: dict[str, object], *, is_new: bool) -> dict[str, object]:
        return super().valid(fields, is_new=is_new) if is_new else fields


@pytest.mark.parametrize(
    ("variant", "outcome"),
    [
        (KnowsNoTypes, Outcome.PASSED),
        (HalfOfAnUpdateIsKept, Outcome.FAILED),
        (RefusesNoUpdate, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_system_without_types_is_judged_by_its_required_fields(
    tmp_path: Path, server: Server, variant: type[BusinessSystem], outcome: Outcome
) -> None:
    content = describe(server.serve(reference_app(variant)), "untyped", variant)
    (tmp_path / "untyped.yaml").write_text(yaml.safe_dump(content), "utf-8")
    result = run_suite(tmp_path, f"--target={tmp_path}/untyped.yaml", SUITE, "--require=ACT-07")

    assert result.outcomes["untyped"] == {"ACT-07": outcome}, result.output
