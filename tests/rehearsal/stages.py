"""Where each guide is played: the system that its names mean here, what its reader has, and how its commands end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.interop.file_services import PASSWORD, USER, nginx_dav
from tests.interop.newcomers import expired_token
from tests.interop.servers import CLIENT_SECRET, OIDC_PROVIDER, node_server
from tests.rehearsal.guides import REPOSITORY

ORG = "https://acme.my.salesforce.com"
FAST = "limits: {requests_per_second: 2000}\n"
"""What is added to target files: a reader waits, a test does not."""

QUICK = {"PYTEST_ADDOPTS": "--depth=quick"}
"""What is set for the guides in docs/: any verdict will do there, and README has one at standard depth."""

CLIENT = "import runpy\n\nrunpy.run_module('conformance.reference.clients.{}', run_name='__main__')\n"
DOCUMENT = (REPOSITORY / "profiles" / "openapi" / "file-service.yaml").read_text("utf-8")
SAMPLE = (REPOSITORY / "reports" / "sample" / "statement.json").read_text("utf-8")
NEEDS_A_TERMINAL = "it needs a terminal, which tests/live gives it"


@dataclass(frozen=True)
class Setting:
    """What a reader has before the first command.

    Attributes:
        means: what stands in the guide, and what it is here.
        environ: the variables that the reader sets.
        files: what lies in the folder already, by name.
    """

    means: Mapping[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """How a guide is played.

    Attributes:
        setting: gives what the reader has, and takes it away; it gets an empty folder.
        codes: how commands end that end otherwise than with 0, by a part of their line.
        saves: blocks that the reader saves without being told the name: how a block begins, and the file.
        serving: parts of the commands that go on until they are stopped.
        left_out: parts of the commands that are not run, each with the reason.
    """

    setting: Callable[[Path], AbstractContextManager[Setting]] = lambda _: nullcontext(Setting())
    codes: Mapping[str, int] = field(default_factory=dict)
    saves: Mapping[str, str] = field(default_factory=dict)
    serving: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def served() -> Iterator[dict[str, Any]]:
    """The reference, by its target file, which is what an administrator knows of an org."""
    command = [sys.executable, "-m", "conformance.commands", "serve", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield yaml.safe_load("".join(iter(process.stdout.readline, "\n")))
        finally:
            process.kill()


@contextmanager
def org(folder: Path) -> Iterator[Setting]:
    """An org, whose user has a token by hand."""
    with served() as target:
        address, token = target["single_access"]["base_url"], target["token_endpoint"]["user_token"]
        environ = {"ACME_TOKEN": token, "ACME_CLIENT_SECRET": target["token_endpoint"]["client_secret"]}
        means = {f"init {ORG}": f"init {address} --name=acme", ORG: address, "--port=8026": "--port=0"}
        yield Setting(means, environ)


@contextmanager
def described_org(folder: Path) -> Iterator[Setting]:
    """An org with its target file, for the guides that are about something else."""
    with served() as target:
        kept = {key: target[key] for key in ("single_access", "token_endpoint")}
        access = kept["single_access"]
        access["expired_token"] = expired_token(access["token"], target["capabilities"]["clock"])
        files = {"acme.yaml": yaml.safe_dump({"name": "acme", **kept}) + FAST, "openapi.yaml": DOCUMENT}
        yield Setting({"conformance/acme.yaml": "acme.yaml"}, {"PATH": f".venv/bin:{os.environ['PATH']}"}, files)


@contextmanager
def administered_org(folder: Path) -> Iterator[Setting]:
    """An org with an external client app, whose administrator has a token by hand."""
    with served() as target:
        staged = target["staged_credentials"]
        described = {"name": "acme", "staged_credentials": staged, "capabilities": {"disposable": True}}
        files = {"acme.yaml": yaml.safe_dump(described) + FAST}
        yield Setting({"--port=8026": "--port=0"}, {}, files)


@contextmanager
def identity_provider(folder: Path) -> Iterator[Setting]:
    """oidc-provider, where `accounts` is called `accounts-client`."""
    with node_server(OIDC_PROVIDER, "oidc_provider.mjs", FORMAT="opaque") as address:
        means = {"https://login.example.com": address, "client_id: accounts\n": "client_id: accounts-client\n"}
        yield Setting({**means, "export CLIENT_SECRET=…": f"export CLIENT_SECRET={CLIENT_SECRET}"})


@contextmanager
def file_store(folder: Path) -> Iterator[Setting]:
    """nginx with its dav module."""
    with nginx_dav(folder) as address:
        means = {"https://dav.example.com/scratch": address, "user: tester": f"user: {USER}"}
        yield Setting(means, {"DAV_PASSWORD": PASSWORD})


@contextmanager
def program(folder: Path) -> Iterator[Setting]:
    """The client of an org that is called sync.py, and a capture of its traffic."""
    asked = {"method": "GET", "url": "https://acme.my.salesforce.com/services/data/v65.0/limits", "headers": []}
    entry = {"request": asked, "response": {"status": 200, "headers": [], "content": {}}}
    capture = yaml.safe_dump({"log": {"entries": [entry]}}, default_flow_style=True, width=float("inf"))
    yield Setting(files={"sync.py": CLIENT.format("api"), "session.har": capture})


@contextmanager
def small_target(folder: Path) -> Iterator[Setting]:
    """A target file of a store, for the guides that are about something else."""
    with nginx_dav(folder) as address:
        access = {"basic": {"user": USER, "password": "${DAV_PASSWORD}"}}
        store = {"url": f"{address}/{{name}}", "access": access, "absent": ["openapi"]}
        target = yaml.safe_dump({"name": "acme", "file_service": store}) + FAST
        files = dict.fromkeys(("acme.yaml", "targets/acme-test.yaml"), target)
        files |= dict.fromkeys(("before.json", "after.json"), SAMPLE)
        environ = {"DAV_PASSWORD": PASSWORD, "PATH": f".venv/bin:{os.environ['PATH']}"}
        yield Setting({}, environ, files)


BUILDER = "no test can count on a builder of containers; tests/unit runs the steps of the Dockerfile"
FETCHES = "the pages of the sources would have to be fetched; tests/unit/test_sources.py has some of its own"
_PERSON = "a person drives the client there; tests/unit does it in a terminal of its own"

STAGES: Mapping[str, Stage] = {
    "README.md": Stage(
        org,
        codes={"--target=acme.yaml": 7},
        left_out={"-n 3 --dist=loadfile": "it runs all other tests, which .ci/run has run before"},
    ),
    "CONTRIBUTING.md": Stage(
        codes={"--variant=": 1},
        left_out={"pip install uv": "README has it too", "nox -s lint": ".ci/run runs it, in a new clone too"},
    ),
    "add-a-requirement.md": Stage(
        left_out={"": "tests/proof/test_three_places.py follows it, with a requirement that is new"}
    ),
    "business-systems.md": Stage(),
    "ci.md": Stage(described_org, left_out={"docker ": BUILDER}),
    "clients.md": Stage(
        program,
        codes={"nightly-sync.yaml": 7, "session.har": 7},
        saves={"name: nightly-sync\nclient:\n  command: [python, sync.py, --host": "nightly-sync.yaml"},
        left_out={"--client-manual": _PERSON},
    ),
    "file-services.md": Stage(
        file_store, codes={"--variant=": 1, "--target=acme.yaml": 7}, saves={"name: store\n": "acme.yaml"}
    ),
    "first-target.md": Stage(
        org,
        codes={"--target=acme.yaml": 7},
        serving=("seasonproof serve",),
        left_out={"sf ": "Salesforce's program asks for a login at a real org"},
    ),
    "fleets.md": Stage(small_target),
    "identity-provider.md": Stage(identity_provider, codes={"--target=idp.yaml": 1}),
    "lint-spec.md": Stage(described_org, codes={"--strict": 1}),
    "live-traffic.md": Stage(
        org,
        serving=("seasonproof proxy", "mitmdump"),
        left_out={"--ui=": NEEDS_A_TERMINAL},
    ),
    "outcomes.md": Stage(small_target, saves={"waivers:\n  - id: SAB-10": "waivers.yaml"}),
    "reports.md": Stage(small_target, left_out={"curl": FETCHES, "seasonproof sources pages": FETCHES}),
    "rotate-without-downtime.md": Stage(),
    "rotation.md": Stage(
        administered_org,
        codes={"acme.yaml --allow-destructive": 0, "acme.yaml": 7, "reference.yaml": 1},
        serving=("seasonproof serve",),
    ),
    "safety.md": Stage(small_target),
}
