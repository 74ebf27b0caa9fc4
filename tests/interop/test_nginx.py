"""The suite against the reference behind nginx: a server that nobody here wrote, with TLS and a CA of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.config.profile import load_profile
from conformance.config.target import load_target
from conformance.http.client import Client
from conformance.http.credentials import authorization
from conformance.http.exchange import Request
from conformance.judging.verdict import ExitCode
from conformance.reference.app import reference_app
from conformance.reference.server import Server
from conformance.rules.outcome import Outcome
from tests.interop.nginx import nginx, target_file
from tests.suite import Result, run_suite

ALL_PASSED = {requirement.id: Outcome.PASSED for requirement in load_profile("winter26").requirements}
ALL_INCONCLUSIVE = dict.fromkeys(ALL_PASSED, Outcome.INCONCLUSIVE)


@dataclass(frozen=True)
class Front:
    """A running nginx: the folder with its certificates, and where it listens."""

    folder: Path
    base_url: str

    def run(self, folder: Path, *options: str, **tls: str) -> Result:
        """Run the suite against it, with these lines in the section `tls` of the target file."""
        target = target_file(self.folder, self.base_url, **tls)
        return run_suite(folder, f"--target={target}", "--depth=quick", "--allow-destructive", *options)


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """The reference, over plain HTTP."""
    with Server() as server:
        yield server.serve(reference_app())


@pytest.fixture(scope="module")
def front(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before the reference."""
    folder = tmp_path_factory.mktemp("nginx")
    with nginx(folder, upstream) as base_url:
        yield Front(folder, base_url)


@pytest.fixture(scope="module")
def guarded_front(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before the reference, which lets nobody in without a certificate."""
    folder = tmp_path_factory.mktemp("guarded")
    with nginx(folder, upstream, demands_a_certificate=True) as base_url:
        yield Front(folder, base_url)


def test_every_requirement_passes_through_nginx(front: Front, tmp_path: Path) -> None:
    """The verdict is that of the reference alone."""
    result = front.run(tmp_path, ca="ca.pem")
    assert result.outcomes == {"behind-nginx": ALL_PASSED}, result.output
    assert result.status == ExitCode.CONFORMANT


def test_nginx_answers_and_the_frontdoor_urls_lead_to_it(front: Front) -> None:
    """What the suite talks to is nginx and not the reference behind it."""
    target = load_target(str(target_file(front.folder, front.base_url, ca="ca.pem")))
    assert target.single_access is not None
    with Client(target) as client:
        headers = authorization(client.send, target, "single_access")
        url = f"{target.single_access.base_url}{target.single_access.path}"
        answer = client.send(Request("GET", url, headers), retry=True).response
    assert answer is not None
    assert (answer.header("server") or "").partition("/")[0] == "nginx"
    assert urlsplit(json.loads(answer.body)["frontdoor_uri"])[:2] == urlsplit(front.base_url)[:2]


def test_a_certificate_that_nobody_vouches_for_is_inconclusive(front: Front, tmp_path: Path) -> None:
    """Without the CA in the target file nothing is judged, and the message names the way out."""
    result = front.run(tmp_path)
    assert result.outcomes == {"behind-nginx": ALL_INCONCLUSIVE}, result.output
    assert result.status == ExitCode.INCOMPLETE
    assert "  why         no whole answer came: TLS: certificate verify failed" in result.output
    assert "to test it  tls: {ca: ca.pem}" in result.output


def test_every_requirement_passes_with_a_client_certificate(guarded_front: Front, tmp_path: Path) -> None:
    """nginx lets the suite in, and nothing else changes."""
    result = guarded_front.run(tmp_path, ca="ca.pem", certificate="client.pem", key="client.pem")
    assert result.outcomes == {"behind-nginx": ALL_PASSED}, result.output


def test_a_missing_client_certificate_is_inconclusive(guarded_front: Front, tmp_path: Path) -> None:
    """nginx answers 400 to everything then, and no requirement takes that for a refusal."""
    result = guarded_front.run(tmp_path, ca="ca.pem")
    assert result.outcomes == {"behind-nginx": ALL_INCONCLUSIVE}, result.output
    assert result.status == ExitCode.INCOMPLETE
