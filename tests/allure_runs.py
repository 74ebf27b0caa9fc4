"""Allure results of made-up cases, written by allure-pytest itself in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.config.profile import Family, Profile, Requirement
from conformance.config.profile_files import Source
from conformance.http.exchange import Evidence
from conformance.judging.verdict import Case
from conformance.rules.outcome import Outcome
from tests.suite import run_module

REPOSITORY = Path(__file__).resolve().parent.parent
SECRET = "00D000000000001!AQEAQMadeUpAndFormatTrueTokenForTestsOnly0123456789"

CONFTEST = """
import json
from pathlib import Path

import pytest

from conformance.redaction import Secret
from conformance.reporting.allure import AllureWriter
from conformance.judging.verdict import Case
from tests.allure_runs import PROFILE, SECRET

GIVEN = json.loads(Path(__file__).with_name("given.json").read_text())
CASES = [Case.from_json(case) for case in GIVEN["cases"]]
Secret(SECRET)


def pytest_sessionstart(session):
    config = session.config
    config.writer = AllureWriter(
        Path(config.option.allure_report_dir), PROFILE, environment=GIVEN["environment"], strict=GIVEN["strict"]
    )
    config.writer.start(controller=not hasattr(config, "workerinput"))


def pytest_unconfigure(config):
    config.writer.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and "index" in item.fixturenames:
        case = CASES[item.callspec.params["index"]]
        item.config.writer.judged(PROFILE.requirement(case.requirement), case)
    return report
"""

TESTS = """
import pytest

from conftest import CASES
from conformance.rules.outcome import NonConformant, NotApplicable, NotTested, Outcome


@pytest.fixture
def client():
    yield object()


@pytest.mark.parametrize("index", range(len(CASES)))
def test_a_case(index, client):
    outcome = CASES[index].outcome
    if outcome is Outcome.HARNESS_ERROR:
        raise RuntimeError("a fixture was confused")
    if outcome is Outcome.NOT_TESTED:
        raise NotTested("nothing to see")
    if outcome is Outcome.NOT_APPLICABLE:
        raise NotApplicable("nothing of the kind")
    if outcome is not Outcome.PASSED:
        raise NonConformant("as pytest has it")
"""


def _requirement(identifier: str, title: str, **changes: Any) -> Requirement:
    source = Source(title="Handbook of Tokens", url="https://example.com/tokens", section="Out of [query] strings")
    given: dict[str, Any] = {
        "id": identifier,
        "title": title,
        "level": "must",
        "basis": "documented",
        "role": "single_access",
        "effects": ("reads",),
        "sources": (source,),
        "rationale": "URLs are kept by browsers, proxies and logs.",
        "remedy": "Send the access token in the Authorization header.",
        "family": "token-handling",
    }
    return Requirement(**{**given, **changes})


PROFILE = Profile(
    name="made-up",
    title="Made-up release",
    release="Made-up",
    families=(
        Family(
            family="token-handling",
            title="Token handling",
            requirements=(
                _requirement("SAB-01", "A token in the query of a GET is refused"),
                _requirement("SAB-02", "The refusal carries a challenge", level="should"),
                _requirement("SAB-03", "The spelling of the query does not let a token through", level="may"),
                _requirement("SAB-04", "A frontdoor URL works once"),
                _requirement("SAB-05", "A frontdoor URL expires when it is not used"),
                _requirement("SAB-06", "A revoked token is refused"),
                _requirement("SAB-07", "A token of another org is refused"),
                _requirement("SAB-08", "A malformed header is refused"),
                _requirement("SAB-09", "Two calls give two different frontdoor URLs"),
                _requirement("SAB-10", "A token without the web scope is refused"),
            ),
        ),
    ),
)

ADDRESS = "https://acme.example.com/services/oauth2/singleaccess"


def exchange(*, query: str = "", status: int = 200, problem: str = "") -> dict[str, object]:
    """A redacted exchange as a case carries it. A status of 0 means that no answer came."""
    body = '{"frontdoor_uri": "https://acme.example.com/secur/frontdoor.jsp?otp=session#1"}'
    evidence = Evidence(
        method="GET",
        url=ADDRESS + query,
        request_headers=(("Host", "acme.example.com"), ("Accept", "application/json")),
        request_body="",
        status=status,
        http_version="HTTP/1.1" if status else "",
        response_headers=(("Content-Type", "application/json"), ("Cache-Control", "no-store")) if status else (),
        response_body=body if status == 200 else "",
        problem=problem,
        started="2026-11-02T10:00:00+00:00",
        seconds=0.012,
        requirement="SAB-01",
        curl=f"curl -i '{ADDRESS}{query}' -H 'Accept: application/json'",
    )
    return evidence.as_json()


def case(requirement: str, outcome: Outcome, message: str = "", **more: Any) -> Case:
    """A case of the made-up profile, against the target `acme` unless it says otherwise."""
    return Case(
        **{"requirement": requirement, "target": "acme", "case": "", "outcome": outcome, "message": message, **more}
    )


def one_of_each() -> list[Case]:
    """Ten requirements, ten outcomes. SAB-01 has failed and carries its exchanges."""
    failed = case(
        "SAB-01",
        Outcome.FAILED,
        "the answer has status 200 and hands out a frontdoor URL; expected: a refusal",
        tried=20,
        missed=20,
        exchanges=(exchange(), exchange(query="?access_token=token#1")),
    )
    return [
        failed,
        case("SAB-02", Outcome.WARNED, "the refusal carries no challenge", exchanges=(exchange(status=401),)),
        case("SAB-03", Outcome.DIFFERS, "the answer has status 404; expected: a refusal"),
        case("SAB-04", Outcome.PASSED, exchanges=(exchange(),)),
        case("SAB-05", Outcome.NOT_TESTED, "the target has no clock", advice="capabilities: {clock: https://…/clock}"),
        case(
            "SAB-06",
            Outcome.INCONCLUSIVE,
            "no whole answer came",
            exchanges=(exchange(status=0, problem="timed out after 2.0 s while reading the body"),),
        ),
        case("SAB-07", Outcome.THROTTLED, "the target answered 429 to the end"),
        case("SAB-08", Outcome.WAIVED, "the answer has status 200"),
        case(
            "SAB-10",
            Outcome.NOT_APPLICABLE,
            "there are no scopes, as single_access.absent: scopes says",
            claim="single_access.absent: scopes",
        ),
        case("SAB-09", Outcome.HARNESS_ERROR, "Traceback of the harness\nE   RuntimeError: a fixture was confused"),
    ]


def write_results(
    folder: Path,
    cases: Sequence[Case],
    *options: str,
    tests: str = TESTS,
    environment: dict[str, str] | None = None,
    strict: bool = False,
) -> Path:
    """Run one test for each case in an empty folder, with `--alluredir`, and give the folder of the results.

    Raises:
        AssertionError: pytest itself broke.
    """
    results = folder / "results"
    given = {
        "cases": [case.as_json() for case in cases],
        "environment": environment or {"targets": "acme"},
        "strict": strict,
    }
    (folder / "given.json").write_text(json.dumps(given), "utf-8")
    (folder / "conftest.py").write_text(CONFTEST, "utf-8")
    (folder / "test_made_up.py").write_text(tests, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    command = ["pytest", "-p", "no:cacheprovider", "-p", "no:anyio", f"--alluredir={results}", *options]
    done = run_module(command, folder, os.environ | {"PYTHONPATH": str(REPOSITORY)})
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return results


def read_results(results: Path) -> dict[str, dict[str, Any]]:
    """The results by name."""
    found = [json.loads(path.read_text("utf-8")) for path in results.glob("*-result.json")]
    return {result["name"]: result for result in found}
