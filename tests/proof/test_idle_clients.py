"""A client that does nothing, one that prints success, and one that replays a recording pass nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from conformance.config.roles import Client
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("clients")

REPLAY = """
import os, urllib.request
base = os.environ["SEASONPROOF_ORG_URL"]
token = "00D000000000001!" + "a" * 96
for path in ("/services/data/v65.0/query?q=x", "/services/oauth2/singleaccess", "/erp/accounts", "/files/sample.bin"):
    request = urllib.request.Request(base + path, headers={"Authorization": "Bearer " + token})
    try:
        urllib.request.urlopen(request).read()
    except OSError:
        pass
"""
CALLS = """
import os, urllib.request
url = os.environ["SEASONPROOF_ORG_URL"] + "{}"
urllib.request.urlopen(urllib.request.Request(url, method="{}")).read()
"""
IDLE = {
    "calls-what-is-not-there": CALLS.format("/services/Soap/u/65.0", "POST"),
    "asks-by-a-strange-method": CALLS.format("/files/", "PROPFIND"),
    "does-nothing": "",
    "prints-success": "print('5 accounts were read: success')",
    "replays": REPLAY,
}


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of all client requirements against each."""
    folder: Path = tmp_path_factory.mktemp("idle")
    targets = []
    for name, code in IDLE.items():
        (folder / f"{name}.py").write_text(code, "utf-8")
        client = {"command": [sys.executable, f"{name}.py"], "roles": list(Client.played), "timeout_seconds": 20}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"name": name, "client": client}), "utf-8")
        targets.append(f"--target={name}.yaml")
    return run_suite(folder, *targets, "--depth=quick")


@pytest.mark.parametrize("name", IDLE)
def test_a_client_that_shows_nothing_passes_nothing(idle: Result, name: str) -> None:
    """Each requirement needs a run in which the credentials of that very run were used."""
    outcomes = idle.outcomes[name]
    assert len(outcomes) > 40, idle.output
    assert set(outcomes.values()) <= {Outcome.INCONCLUSIVE, Outcome.NOT_TESTED}


def test_what_the_org_of_a_run_does_not_have_is_said(idle: Result) -> None:
    """Else who reads the result takes the client's own error for its cause."""
    said = " ".join(idle.messages["calls-what-is-not-there", "TIU-08"])
    assert "it asked for POST /services/Soap/u/65.0, which the org of a run does not have" in said
    said = " ".join(idle.messages["asks-by-a-strange-method", "TIU-08"])
    assert "it asked for PROPFIND /files/, which the org of a run does not have" in said
    assert "does not have" not in " ".join(idle.messages["replays", "TIU-08"])


def test_a_client_is_put_through_a_scenario_once_by_however_many_processes(tmp_path: Path) -> None:
    """The requirements of a role stay together, and those of other clients run beside them."""
    targets = []
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / name)!r}, 'a').write('run\\n')", "utf-8")
        client = {"command": [sys.executable, f"{name}.py"], "roles": ["api_client"], "timeout_seconds": 60}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"name": name, "client": client}), "utf-8")
        targets.append(f"--target={name}.yaml")
    result = run_suite(tmp_path, *targets, "-n2")
    assert {outcome for found in result.outcomes.values() for outcome in found.values()} == {Outcome.INCONCLUSIVE}
    assert len(result.outcomes["first"]) == len(result.outcomes["second"]) == 15, result.output
    assert [(tmp_path / name).read_text("utf-8") for name in ("first", "second")] == ["run\n", "run\n"]
