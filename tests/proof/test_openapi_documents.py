"""What a target's own OpenAPI document can do to a run: nothing. Whatever it asks for, it is an outcome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.documents.package_data import data_dir
from conformance.judging.verdict import ExitCode
from conformance.reference.app import describe, reference_app
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite
from tests.unit.raw_server import RawServer, serving

BOMB = {f"s{n}": {"allOf": [{"$ref": f"#/components/schemas/s{n + 1}"}] * 4} for n in range(25)}
HEADER = {"name": "X-Label", "in": "header", "required": True}


def hostile(elsewhere: str, secret: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """By name: what stands in the document for its schema `Error` and more, and what the case says."""
    return {
        "fetches": ({"Error": {"$ref": f"{elsewhere}/latest"}}, "outside the document, where nothing is read"),
        "reads": ({"Error": {"$ref": secret.as_uri()}}, "outside the document, where nothing is read"),
        "breaks": ({"Error": {"$ref": "#/components/schemas/None"}}, "which the document does not hold"),
        "grows": ({"Error": BOMB["s0"], **BOMB, "s25": {}}, "one value would be held against more than"),
        "asks": (
            {"header": {"type": "string", "minLength": 100_000_000}},
            "asks for a value of 100,000,000 characters",
        ),
        "has-nothing-to-send": (
            {"header": {"type": "string", "not": {"maxLength": 100_000_000}}},
            "no request can be made from the OpenAPI document: ",
        ),
        "contradicts": (
            {"header": {"type": "string", "format": "date-time", "pattern": "^x$"}},
            "no request can be made from the OpenAPI document: ",
        ),
        "mistypes": ({"Error": {"type": "nonsense"}}, "Schemathesis cannot use the OpenAPI document"),
        "asks-by-a-pattern": ({"header": {"type": "string", "pattern": "^a{100000000}$"}}, ""),
        "is-correct": (
            {"Error": {"type": "object", "properties": {"cause": {"$ref": "#/components/schemas/Error"}}}},
            "",
        ),
    }


def write(folder: Path, name: str, schemas: dict[str, Any], base_url: str) -> str:
    """Write a target file and its document, and return the option that names it."""
    document = yaml.safe_load((data_dir("profiles") / "openapi" / "file-service.yaml").read_text("utf-8"))
    if "header" in schemas:
        document["components"]["parameters"]["label"] = {**HEADER, "schema": schemas.pop("header")}
        document["paths"]["/files/{name}"]["put"]["parameters"].append({"$ref": "#/components/parameters/label"})
    document["components"]["schemas"] |= schemas
    (folder / f"{name}.openapi.yaml").write_text(yaml.safe_dump(document), "utf-8")
    described: Any = describe(base_url, name)
    described["file_service"]["spec"] = f"{name}.openapi.yaml"
    kept = {key: described[key] for key in ("name", "file_service", "limits")}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(kept), "utf-8")
    return f"--target={name}.yaml"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[RawServer]:
    """A server that is none of the targets' business."""
    with serving(lambda connection: connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as server:
        yield server


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, elsewhere: RawServer) -> Result:
    """One run against a correct service with each of the documents."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "secret").write_text("{}", "utf-8")
    with Server() as server:
        base_url = server.serve(reference_app())
        documents = hostile(elsewhere.url, folder / "secret")
        options = [write(folder, name, schemas, base_url) for name, (schemas, _) in documents.items()]
        return run_suite(folder, *options, "--require=BIN-34", "--depth=quick", "-q")


@pytest.mark.parametrize("name", [name for name, (_, says) in hostile("", Path("/secret")).items() if says])
def test_a_hostile_document_is_an_outcome(judged: Result, name: str) -> None:
    """The case says what is wrong with it; nothing is blamed on the service, and nothing on the harness."""
    [message] = judged.messages[name, "BIN-34"]
    assert judged.outcomes[name] == {"BIN-34": Outcome.INCONCLUSIVE}, message
    assert hostile("", Path("/secret"))[name][1] in message


def test_a_document_that_refers_to_itself_is_judged_as_any_other(judged: Result) -> None:
    assert judged.outcomes["is-correct"] == {"BIN-34": Outcome.PASSED}
    assert judged.status == ExitCode.INCOMPLETE
    assert "harness error" not in judged.output


def test_a_pattern_of_a_hundred_million_letters_is_an_outcome(judged: Result) -> None:
    """Schemathesis may find a text for it, or none."""
    assert judged.outcomes["asks-by-a-pattern"]["BIN-34"] in (Outcome.PASSED, Outcome.INCONCLUSIVE)


def test_nothing_is_fetched_from_elsewhere(judged: Result, elsewhere: RawServer) -> None:
    assert judged.outcomes
    assert elsewhere.requests == []
