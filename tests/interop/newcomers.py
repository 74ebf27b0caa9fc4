"""From an address to a verdict, as somebody goes who has never seen this project: each step is a command."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.interop.file_services import PASSWORD, USER, nginx_dav, wsgidav
from tests.interop.servers import CLIENT_SECRET, JSON_SERVER, OIDC_PROVIDER, SAP_CAP, node_server

LIMITS = "\nlimits: {requests_per_second: 2000}\n"
"""What a newcomer waits for, and a test does not: everything here is on loopback."""


@dataclass(frozen=True)
class Arrival:
    """What a newcomer holds.

    Attributes:
        address: of the system.
        lines: the lines of the target file that the newcomer replaces, by how they begin.
        secrets: the environment variables that the file names.
        words: what is typed behind the address.
    """

    address: str
    lines: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """A command that was run: its exit code, what it printed, and how long it took."""

    name: str
    code: int
    said: str
    seconds: float


@contextmanager
def identity_provider(folder: Path) -> Iterator[Arrival]:
    """oidc-provider."""
    with node_server(OIDC_PROVIDER, "oidc_provider.mjs", FORMAT="opaque") as address:
        lines = {
            "client_id:": "client_id: accounts-client",
            "# scopes:": "scopes: [accounts.read]",
            "# second_client:": "absent: [reserved_characters, protected_resource]",
        }
        yield Arrival(address, lines, {"TARGET_CLIENT_SECRET": CLIENT_SECRET})


@contextmanager
def file_store(folder: Path) -> Iterator[Arrival]:
    """nginx with its dav module, which shows a stranger nothing."""
    yield from _store(nginx_dav, folder)


@contextmanager
def webdav_server(folder: Path) -> Iterator[Arrival]:
    """WsgiDAV, which shows a stranger nothing either."""
    yield from _store(wsgidav, folder)


def _store(serve: Callable[[Path], AbstractContextManager[str]], folder: Path) -> Iterator[Arrival]:
    with serve(folder) as address:
        access = f"access: {{basic: {{user: {USER}, password: '${{TARGET_PASSWORD}}'}}}}"
        lines = {"access:": access, "# spec:": "absent: [openapi]"}
        yield Arrival(address, lines, {"TARGET_PASSWORD": PASSWORD}, ("--role=file_service",))


@contextmanager
def odata_service(folder: Path) -> Iterator[Arrival]:
    """SAP CAP, whose metadata is for those who have logged in: they save it."""
    password = "made-up-password"
    with node_server(SAP_CAP, "cap_server.cjs", PASSWORD=password) as root:
        login = base64.b64encode(f"flow:{password}".encode()).decode()
        asked = urllib.request.Request(f"{root}/odata/v4/$metadata", headers={"Authorization": f"Basic {login}"})
        with urllib.request.urlopen(asked) as answer:
            (folder / "metadata.xml").write_bytes(answer.read())
        lines = {
            "# access:": "access: {basic: {user: flow, password: '${TARGET_PASSWORD}'}}",
            "# without_permission:": "absent: [permissions, access_control]",
        }
        words = ("--from", str(folder / "metadata.xml"))
        yield Arrival(f"{root}/odata/v4", lines, {"TARGET_PASSWORD": password}, words)


@contextmanager
def json_api(folder: Path) -> Iterator[Arrival]:
    """json-server with one record, open to everybody."""
    with node_server(JSON_SERVER, "json_server.mjs") as root:
        record = json.dumps({"name": "first", "quantity": 3}).encode()
        asked = urllib.request.Request(f"{root}/accounts", record, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked).close()
        query = "{modified_gte: '{since}', _limit: '{size}', _sort: 'modified,id', _order: 'asc,asc'}"
        lines = {
            "# poll:": f"poll: {{path: /accounts, query: {query}, paging: {{page_parameter: _page}}}}",
            "# without_permission:": "absent: [credentials, permissions, access_control, locks, refusals]",
        }
        yield Arrival(f"{root}/accounts", lines)


@contextmanager
def org(folder: Path) -> Iterator[Arrival]:
    """The reference. What it prints when it starts is what an administrator of an org would hold."""
    command = [sys.executable, "-m", "conformance.commands", "serve", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            held = "".join(iter(process.stdout.readline, "\n"))
            target: dict[str, Any] = yaml.safe_load(held)
            access = target["single_access"]
            wanted = ("revocation_url", "token_without_web", "foreign_token")
            lines = {f"# {name}:": f"{name}: {json.dumps(access[name])}" for name in wanted}
            lines["token:"] = f"token: {json.dumps(access['token'])}"
            lines["# expired_token:"] = (
                f"expired_token: {expired_token(access['token'], target['capabilities']['clock'])}"
            )
            yield Arrival(access["base_url"], lines, {}, ("--role=single_access",))
        finally:
            process.kill()


def expired_token(source: Mapping[str, Any], clock: str) -> str:
    """A token that was fetched three hours ago."""
    form = urllib.parse.urlencode(source["form"]).encode()
    with urllib.request.urlopen(source["url"], form) as answer:
        token: str = json.load(answer)["access_token"]
    later = urllib.request.Request(clock, b'{"advance_seconds": 10800}', {"Content-Type": "application/json"})
    urllib.request.urlopen(later).close()
    return token


SYSTEMS: dict[str, tuple[Callable[[Path], AbstractContextManager[Arrival]], str]] = {
    "identity provider": (identity_provider, "token_endpoint"),
    "file store": (file_store, "file_service"),
    "OData service": (odata_service, "business_system"),
    "JSON API": (json_api, "business_system"),
    "WebDAV server": (webdav_server, "file_service"),
    "org": (org, "single_access"),
}


type Run = Callable[[list[str], Path, dict[str, str]], subprocess.CompletedProcess[str]]
"""Runs `python -m` with words, in a folder, with environment variables."""


def as_a_process(words: list[str], folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `python -m` as a user does, without a terminal."""
    command = [sys.executable, "-m", *words]
    return subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def journey(folder: Path, arrival: Arrival, run: Run = as_a_process) -> Iterator[Step]:
    """Each step of a newcomer, from the address to the verdict. The target file is `acme.yaml` in the folder."""

    def step(name: str, *words: str) -> Step:
        begin = time.monotonic()
        done = run([*words], folder, {**os.environ, **arrival.secrets})
        return Step(name, done.returncode, done.stdout + done.stderr, time.monotonic() - begin)

    commands, judge = "conformance.commands", ("pytest", "--profile=winter26", "--target=acme.yaml")
    yield step("init", commands, "init", arrival.address, "--name=target", "--out=acme.yaml", *arrival.words)
    path = folder / "acme.yaml"
    path.write_text(_filled_in(path.read_text("utf-8"), arrival.lines) + LIMITS, "utf-8")
    yield step("init --check", commands, "init", "--check", "acme.yaml")
    yield step("--plan", *judge, "--plan")
    yield step("verdict", *judge, "--depth=quick", f"--statement={folder}")


def _filled_in(text: str, lines: Mapping[str, str]) -> str:
    """The target file with lines replaced: each is there exactly once, or the guide and the file do not fit."""
    for begin, line in lines.items():
        text, found = re.subn(rf"^  {re.escape(begin)}.*$", lambda _, line=line: f"  {line}", text, flags=re.MULTILINE)
        assert found == 1, f"{begin!r} is {found} times in:\n{text}"
    return text
