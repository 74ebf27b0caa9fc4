"""What an org with single access and staged credentials is told: how much is sent to it, and the true reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from conformance.reference.app import describe, reference_app
from conformance.reference.apps import APP_ID, PAIR_SECONDS, consumer_id
from conformance.reference.org import Org
from conformance.reference.role import Role
from conformance.reference.server import Server
from conformance.reference.single_access import SingleAccess
from conformance.reference.staged_credentials import PREFIX
from conformance.reference.variants.staged_credentials_pairs import DeletionEndsAllPairs, MainPairsEndToo
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

ROLES = ("single_access", "staged_credentials")
MOST_REQUESTS = 1_500


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def run(folder: Path, server: Server, role: type[Role] | None, *options: str, **changes: Any) -> Result:
    """Run the two families against a reference with one role changed; None takes a field or a capability away."""
    data: dict[str, Any] = describe(server.serve(reference_app(role)), "acme", role)
    for name in [*ROLES, "capabilities"]:
        data[name] = {
            key: value for key, value in (data[name] | changes).items() if value is not None and key in data[name]
        }
    kept = {name: data[name] for name in ("name", *ROLES, "capabilities", "limits")}
    (folder / "acme.yaml").write_text(yaml.safe_dump(kept, allow_unicode=True), "utf-8")
    families = ("--family=token-handling", "--family=rotation-lifecycle")
    return run_suite(folder, f"--target={folder / 'acme.yaml'}", "--allow-destructive", *families, *options)


def reasons(result: Result, requirement: str) -> str:
    return " ".join(" ".join(result.messages.get(("acme", requirement), [])).split())


def test_a_standard_run_of_both_families_without_a_clock_sends_few_requests(tmp_path: Path, server: Server) -> None:
    result = run(tmp_path, server, None, "-q", clock=None)
    [sent] = re.findall(r"([\d,]+) requests sent to acme", result.output)
    print(f"{sent} requests")  # noqa: T201 # pytest shows it with -s
    assert int(sent.replace(",", "")) <= MOST_REQUESTS
    assert set(result.outcomes["acme"].values()) == {Outcome.PASSED, Outcome.NOT_TESTED}


class FrontdoorPostsAForm(SingleAccess):
    """Opens a frontdoor URL with a page whose script posts a form to where the session begins."""

    async def frontdoor(self, request: Request) -> Response:
        return HTMLResponse(
            "<!doctype html><form id=f method=post action=/secur/login><input type=hidden name=otp value=x></form>"
            "<script>document.getElementById('f').submit()</script>"
        )


@pytest.mark.parametrize("requirement", ["SAB-10", "SAB-16", "SAB-32"])
def test_a_frontdoor_page_that_posts_a_form_by_script_is_said_to_do_so(
    tmp_path: Path, server: Server, requirement: str
) -> None:
    result = run(tmp_path, server, FrontdoorPostsAForm, f"--require={requirement}", "--depth=quick")
    assert result.outcomes["acme"] == {requirement: Outcome.INCONCLUSIVE}
    assert "logs in by a form that its script posts; no script is run here" in reasons(result, requirement)


class MainPairWithAnEnd(MainPairsEndToo):
    """Ends the main pair after 30 days from the start, like a staged one."""

    def __init__(self, org: Org, prefix: str = PREFIX, *, is_enabled: bool = True) -> None:
        super().__init__(org, prefix, is_enabled=is_enabled)
        self.apps[APP_ID].consumers[consumer_id("Nightly")].main.ends = self.now() + PAIR_SECONDS


def test_a_main_pair_that_has_expired_is_said_to_have_expired(tmp_path: Path, server: Server) -> None:
    """No control is blamed: STG-45 moves the clock, and nothing says where another main pair would go."""
    wanted = [f"--require=STG-{number}" for number in (45, 47)]
    result = run(tmp_path, server, MainPairWithAnEnd, *wanted, "--depth=quick", deliver_to=None)
    assert result.outcomes["acme"] == {"STG-45": Outcome.PASSED, "STG-47": Outcome.INCONCLUSIVE}
    said = reasons(result, "STG-47")
    assert said.startswith("the main pair has expired: it was let in 31 days ago, by the test clock")
    assert "control" not in said


def test_a_main_pair_that_has_expired_is_replaced_where_a_file_takes_the_new_one(
    tmp_path: Path, server: Server
) -> None:
    """So that the next requirement is judged by itself; that it expired is what STG-48 says."""
    wanted = [f"--require=STG-{number}" for number in (45, 46, 47, 48)]
    result = run(tmp_path, server, MainPairWithAnEnd, *wanted, "--depth=quick")
    passed = dict.fromkeys(("STG-45", "STG-46", "STG-47"), Outcome.PASSED)
    assert result.outcomes["acme"] == passed | {"STG-48": Outcome.FAILED}


def test_a_main_pair_that_dies_with_the_deletion_of_another_one_is_the_deviation(
    tmp_path: Path, server: Server
) -> None:
    """Although it died in an earlier test, and no other main pair can be made; the rest has the same reason."""
    wanted = [f"--require=STG-{number}" for number in (10, 32, 34)]
    result = run(tmp_path, server, DeletionEndsAllPairs, *wanted, "--depth=quick", deliver_to=None)
    expected = {"STG-10": Outcome.PASSED, "STG-32": Outcome.FAILED, "STG-34": Outcome.INCONCLUSIVE}
    assert result.outcomes["acme"] == expected
    assert "since this run has deleted another one" in reasons(result, "STG-32")
    assert "has ended with the deletion of another one" in reasons(result, "STG-34")
