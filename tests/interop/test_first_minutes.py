"""From an address to a target file that loads, for systems that nobody here wrote, and for the reference as an org."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.config.target import load_target
from conformance.judging.verdict import ExitCode
from conformance.reference.app import reference_app
from conformance.reference.server import Server
from tests.interop.file_services import PASSWORD, USER, wsgidav
from tests.interop.newcomers import SYSTEMS as NEWCOMERS
from tests.interop.newcomers import journey
from tests.interop.servers import JSON_SERVER, OIDC_PROVIDER, node_server
from tests.suite import run_module


@contextmanager
def org(folder: Path) -> Iterator[str]:
    """The reference, of which nothing is said but its address."""
    with Server() as server:
        yield server.serve(reference_app())


@contextmanager
def identity_provider(folder: Path) -> Iterator[str]:
    """oidc-provider."""
    with node_server(OIDC_PROVIDER, "oidc_provider.mjs", FORMAT="opaque") as address:
        yield address


SYSTEMS = {
    "org": (org, {"single_access", "token_endpoint"}),
    "identity provider": (identity_provider, {"token_endpoint"}),
    "WebDAV server that lets nobody look": (wsgidav, {"file_service"}),
}


def init(folder: Path, *words: str) -> tuple[Path, str]:
    """Run `seasonproof init` without a terminal, so without a question. Gives the file and what was printed."""
    command = ["conformance.commands", "init", *words, "--out", str(folder / "found.yaml")]
    done = run_module(command, folder, dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "found.yaml", done.stdout


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_file_that_is_written_loads_and_names_the_role(tmp_path: Path, name: str) -> None:
    system, roles = SYSTEMS[name]
    (tmp_path / "served").mkdir()
    with system(tmp_path / "served") as address:
        path, said = init(tmp_path, address, *(["--role=file_service"] if system is wsgidav else []))
    target = load_target(str(path), {}, needs_secrets=False)
    assert target.roles == roles
    [sent] = re.findall(r"^(\d+) requests sent", said, re.MULTILINE)
    assert int(sent) <= 20
    assert all(line.startswith(("GET ", "OPTIONS ")) for line in said.splitlines()[: int(sent)])


def test_the_credentials_of_a_web_dav_server_are_tried_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with wsgidav(tmp_path / "served") as address:
        path, _ = init(tmp_path, address, "--role=file_service")
        written: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        assert written["file_service"]["url"] == f"{address}/{{name}}"
        for password, status in ((PASSWORD, 0), ("another made-up password", 1)):
            written["file_service"]["access"] = {"basic": {"user": USER, "password": password}}
            path.write_text(yaml.safe_dump(written), "utf-8")
            done = run_module(["conformance.commands", "init", "--check", str(path)], tmp_path, dict(os.environ))
            assert (done.returncode, "file_service.access: does not work" in done.stdout) == (status, bool(status))
            assert password not in done.stdout + done.stderr


def test_records_in_json_are_found_with_their_fields(tmp_path: Path) -> None:
    with node_server(JSON_SERVER, "json_server.mjs", LOG=str(tmp_path / "log.txt")) as address:
        record = json.dumps({"name": "first", "quantity": 3, "modified": "2026-01-01T00:00:00Z"}).encode()
        asked = urllib.request.Request(f"{address}/accounts", record, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked).close()
        path, _ = init(tmp_path, f"{address}/accounts")
    target = load_target(str(path), {}, needs_secrets=False)
    assert target.business_system is not None
    assert (target.business_system.base_url, target.business_system.label) == (address, "name")
    assert set(target.business_system.fields) == {"name", "quantity"}


@pytest.mark.parametrize("name", NEWCOMERS)
def test_somebody_new_comes_from_an_address_to_a_verdict(tmp_path: Path, name: str) -> None:
    """No question is asked, each credential works, no line is missing for a verdict, and there is one."""
    system, role = NEWCOMERS[name]
    (tmp_path / "served").mkdir()
    with system(tmp_path / "served") as arrival:
        steps = {step.name: step for step in journey(tmp_path, arrival, run_module)}
    assert [step.code for step in steps.values()][:3] == [0, 0, 0], [step.said for step in steps.values()]
    target = load_target(str(tmp_path / "acme.yaml"), arrival.secrets)
    assert target.roles == {role}
    assert "needed for a verdict:" not in steps["--plan"].said
    assert "does not work" not in steps["init --check"].said
    assert steps["verdict"].code in (ExitCode.CONFORMANT, ExitCode.NOT_CONFORMANT), steps["verdict"].said
    assert re.search(r"^target: (not )?conformant with winter26", steps["verdict"].said, re.MULTILINE)
