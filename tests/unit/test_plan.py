"""What a run would do, said before it is done: role by role, without a request and without a secret."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from conformance.config.limits import Limits
from conformance.judging.run import Run
from conformance.judging.run_options import EXAMPLES, RunOptions
from conformance.judging.selection import Selection
from conformance.reference.embedded import EmbeddedTargets
from conformance.reporting.effort import effort
from conformance.reporting.plan import plan
from tests.profiles import builtin
from tests.suite import run_suite

TARGET = """
name: acme
token_endpoint:
  url: https://login.example.com/token
  client_id: accounts
  client_secret: ${NOWHERE_SET_SECRET}
  private_key: file:not-there.pem
  scopes: [read]
  absent: [audiences]
business_system:
  base_url: https://crm.example.com/api
  adapter: json-api
  collection: accounts
  access: {basic: {user: flow, password: "${NOWHERE_SET_PASSWORD}"}}
  fields: {name: {type: string, required: true}}
"""


def planned(folder: Path, text: str = TARGET, verbosity: int = 0, **chosen: object) -> list[str]:
    """The lines of a plan for a target file."""
    (folder / "acme.yaml").write_text(text, "utf-8")
    selection = Selection(**chosen)  # type: ignore[arg-type] # the fields of a selection
    options = RunOptions("winter26", targets=[str(folder / "acme.yaml")], selection=selection, sends_nothing=True)
    run = Run(options, EmbeddedTargets)
    selected = {("acme", identifier) for identifier in run.wanted if run.concerns(identifier, "acme")}
    return [line.text for line in plan(run, selected, verbosity)]


def test_each_role_of_the_target_has_its_own_part_and_no_other_role_is_named(tmp_path: Path) -> None:
    text = "\n".join(planned(tmp_path))
    assert re.findall(r"^(\w+): \d+ requirements will be tested", text, re.MULTILINE) == [
        "token_endpoint",
        "business_system",
    ]
    assert not re.search("SAB-|STG-|BIN-|single_access|file_service", text)


def test_it_says_how_much_is_sent_and_where_to(tmp_path: Path) -> None:
    lines = planned(tmp_path)
    [amount] = [line for line in lines if line.startswith("business_system: ")]
    pattern = r"business_system: \d+ requirements .*, with up to about [\d,]+ requests and [\d,]+ records, .*"
    assert re.fullmatch(pattern, amount)
    assert "  to https://login.example.com/token" in lines
    assert "  to https://crm.example.com/api" in lines


CLIENT = """
token_endpoint:
  url: https://login.example.com/token
  client_id: accounts
  client_secret: ${NOWHERE_SET_SECRET}
  audience: https://api.example.com/accounts
"""


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ("", "revoked by a request each if the server does that"),
        ("  absent: [revocation]\n", "which end by themselves"),
        ("capabilities: {disposable: true}\n", "which end by themselves"),
    ],
)
def test_it_says_how_many_tokens_are_revoked_beside_the_requests(tmp_path: Path, more: str, end: str) -> None:
    text = " ".join(line.strip() for line in planned(tmp_path, CLIENT + more))
    assert re.search(
        rf"token_endpoint: \d+ requirements will be tested, with up to about \d+ requests and \d+ tokens, {end} ", text
    )


def test_an_audience_is_no_address_that_is_called(tmp_path: Path) -> None:
    assert [line for line in planned(tmp_path, CLIENT) if line.startswith("  to ")] == [
        "  to https://login.example.com/token"
    ]


def test_what_will_not_be_tested_has_the_line_that_changes_it(tmp_path: Path) -> None:
    lines = planned(tmp_path, require=["CCS-47", "CCS-01", "CCS-57"])
    start = lines.index("  not tested: 2 requirements, none of them needed for a verdict, for want of")
    assert lines[start + 1 : start + 5] == [
        "    CCS-47  token_endpoint.resource_url: https://…",
        "            or token_endpoint.absent: [protected_resource], where there is none",
        "    CCS-57  token_endpoint.login_url: https://login.salesforce.com/services/oauth2/token",
        "            or token_endpoint.absent: [login_host], where there is none",
    ]


def test_what_a_verdict_needs_is_named_among_what_will_not_be_tested(tmp_path: Path) -> None:
    lines = planned(tmp_path, TARGET.replace("  absent: [audiences]\n", ""), require=["CCS"])
    [needed] = [line for line in lines if line.startswith("    needed for a verdict: ")]
    [count] = [found[1] for line in lines if (found := re.search(r"requirements, (\d+) of them needed", line))]
    assert len(needed.split(", ")) == int(count)


def test_what_is_absent_is_named_with_the_claim(tmp_path: Path) -> None:
    lines = planned(tmp_path, require=["CCS-38", "CCS-39", "CCS-01"])
    assert (
        lines[
            lines.index("  not applicable: 2 requirements, unless something is seen of what the file says is absent")
            + 1
        ]
        == "    CCS-38, CCS-39  token_endpoint.absent: audiences"
    )


def test_verbosely_it_names_each_requirement_with_what_its_test_does(tmp_path: Path) -> None:
    lines = planned(tmp_path, verbosity=1, require=["CCS-01"])
    assert "    CCS-01  reads             A valid request gets a token and its type as JSON" in lines


def test_what_cannot_be_undone_needs_to_be_allowed(tmp_path: Path) -> None:
    text = """
staged_credentials:
  base_url: https://acme.my.salesforce.com
  app: Rotation_Test
  token: ${NOWHERE_SET_TOKEN}
  deliver_to: file:main-pair.json
capabilities: {disposable: true}
"""
    lines = planned(tmp_path, text, require=["STG-08"])
    start = lines.index("  not tested: 1 requirement, 1 of them needed for a verdict, for want of")
    assert lines[start + 1] == "    STG-08  run with --allow-destructive"


def test_a_budget_that_may_not_do_is_said(tmp_path: Path) -> None:
    text = f"{TARGET}limits: {{requests: 100}}\n"
    assert any(line.startswith("limits.requests allows 100 of about ") for line in planned(tmp_path, text))


def test_a_standard_run_of_every_role_stays_within_the_budget_of_a_file_that_names_none() -> None:
    ids = [requirement.id for requirement in builtin("winter26").requirements]
    assert effort(ids, "standard").requests * 1.25 < Limits().requests  # some targets need more than the reference


def test_a_quick_run_of_binary_files_sends_three_fifths_of_a_standard_one_at_most() -> None:
    ids = [one.id for one in builtin("winter26").requirements if one.role == "file_service"]
    assert effort(ids, "quick").requests <= 0.6 * effort(ids, "standard").requests


def test_every_requirement_of_a_target_has_a_known_effort() -> None:
    """`python -m benchmarks.effort` counts."""
    ids = [requirement.id for requirement in builtin("winter26").requirements]
    for depth in EXAMPLES:
        assert effort(ids, depth).unknown == 0, "python -m benchmarks.effort counts what new requirements send"
    assert effort(["OWN-01"], "quick").unknown == 1


def test_every_requirement_on_clients_has_a_known_effort() -> None:
    """`python -m benchmarks.client_effort` counts. Requirements share scenarios, which are run once."""
    for requirement in builtin("winter26-clients").requirements:
        assert effort([requirement.id], "standard").runs >= 1, "python -m benchmarks.client_effort counts new ones"
    alone = [effort([one], "quick").runs for one in ("TIU-06", "TIU-10")]
    assert (alone, effort(["TIU-06", "TIU-10"], "quick").runs) == ([1, 3], 3)


def test_the_plan_of_a_client_says_how_often_it_is_run(tmp_path: Path) -> None:
    lines = planned(tmp_path, "name: acme\nclient: {command: [sync], roles: [api_client]}\n")
    [amount] = [line for line in lines if line.startswith("api_client: ")]
    pattern = r"api_client: \d+ requirements will be tested, with up to about \d+ requests and \d+ runs of the client"
    assert re.fullmatch(pattern, amount), amount


def test_the_estimate_of_a_client_is_near_what_is_heard(tmp_path: Path) -> None:
    chosen = ("TIU-06", "TIU-07", "TIU-10")
    command = f"--client={shlex.join([sys.executable, '-m', 'conformance.reference.clients.api'])}"
    result = run_suite(tmp_path, command, *(f"--require={one}" for one in chosen))
    [heard] = re.findall(r"(\d+) requests of client", result.output)
    assert effort(chosen, "standard").requests == pytest.approx(int(heard), rel=0.1)


def test_the_estimate_is_near_what_is_sent(tmp_path: Path) -> None:
    """To the reference, by which it was counted."""
    result = run_suite(tmp_path, "--depth=quick", "--family=token-handling", "-q")
    [sent] = re.findall(r"([\d,]+) requests sent to reference", result.output)
    ids = [requirement.id for requirement in builtin("winter26").requirements if requirement.id[:3] == "SAB"]
    assert effort(ids, "quick").requests == pytest.approx(int(sent.replace(",", "")), rel=0.1)
