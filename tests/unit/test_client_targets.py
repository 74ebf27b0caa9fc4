"""Clients as targets: what a file and the command line say of them, and what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from conformance.config.profile import load_profile
from conformance.config.roles.client_trigger import PLACEHOLDERS
from conformance.config.target import load_target
from conformance.documents import UsageProblem
from conformance.judging.client_choice import ClientChoice
from conformance.rules.outcome import Outcome
from conformance.suites.clients import program
from conformance.suites.clients.placeholders import PREFIX
from conformance.suites.clients.rotation_scenarios import ORDERED
from conformance.suites.clients.stage import Stage
from tests.suite import run_suite


def test_a_command_is_split_as_a_shell_would_and_plays_the_role_of_any_client() -> None:
    client = ClientChoice("python 'my job.py' --fast").target().client
    assert client is not None
    assert client.command == ("python", "my job.py", "--fast")
    assert client.roles == ("api_client",)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (ClientChoice("  "), "--client: the command is empty; write one such as --client='python rotate.py'"),
        (ClientChoice("python 'x"), "--client: the command cannot be read (No closing quotation); check its quotes"),
        (ClientChoice("x", ["rotation_clint"]), "--client-role: there is no role 'rotation_clint'; did you mean"),
    ],
)
def test_a_wrong_choice_is_one_clear_message(choice: ClientChoice, says: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        choice.target()
    assert says in str(caught.value)


def test_a_target_that_is_a_client_plays_the_roles_of_its_file_and_is_called_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "sync.yaml"
    path.write_text("client: {command: [python, sync.py], roles: [api_client, polling_client]}\n", "utf-8")
    target = load_target(str(path), {})
    assert target.roles == {"api_client", "polling_client"}
    assert target.role("polling_client") is target.client
    assert not target.is_called
    assert target.client is not None
    assert target.client.folder == str(tmp_path)


def test_a_file_with_an_unknown_role_names_it(tmp_path: Path) -> None:
    path = tmp_path / "sync.yaml"
    path.write_text("client: {command: [python, sync.py], roles: [poller]}\n", "utf-8")
    with pytest.raises(UsageProblem, match=r"sync\.yaml:1: client\.roles"):
        load_target(str(path), {})


@pytest.mark.parametrize(
    ("says_of_it", "message"),
    [
        (
            "command: [app, '{orgurl}']",
            "client.command: {orgurl} is not a known placeholder; did you mean {org_url}? Known: ",
        ),
        (
            "command: [app], env: {T: 'x{acces_token}'}",
            "client.env: {acces_token} is not a known placeholder; did you mean {",
        ),
        ("command: [app], reaches: proxy", "client: has reaches: proxy and no hosts"),
        ("command: [app], hosts: [acme.example.com]", "client: has hosts, to which a proxy alone can lead"),
        (
            "command: [app], reaches: proxy, hosts: ['https://a.example.com']",
            "client.hosts[0]: must be the name of a ",
        ),
        (
            "command: [app], reaches: proxy, hosts: ['a.example.com:8443']",
            "client.hosts[0]: must be the name of a ",
        ),
        ("timeout_seconds: 5", "client: says nothing of how it is run; add such as command: [python, app.py]"),
        ("command: [app], manual: true", "client: has command and manual: true; leave one of them"),
        ("start: [app]", "client: needs both start and trigger"),
        ("command: [app], trigger: [x]", "client: needs both start and trigger"),
        ("command: [app], quiet_seconds: 1", "client: has quiet_seconds, which say nothing of a command that ends"),
        ("start: [app], trigger: {}", "client.trigger.url: is missing"),
        ("start: [app], trigger: []", "client.trigger: needs at least 1 entry"),
        ("start: [app], trigger: {url: /sync}", "client.trigger.url: must be an absolute address"),
        ("start: [app], trigger: {url: 'http://a', verb: GET}", "client.trigger.verb: unknown field"),
        (
            "start: [app], trigger: {url: 'http://127.0.0.1:{trigger_prt}'}",
            "client.trigger.url: {trigger_prt} is not a known placeholder; did you mean {trigger_port}?",
        ),
    ],
)
def test_what_stands_for_nothing_leads_nowhere_or_runs_nothing_is_refused(
    tmp_path: Path, says_of_it: str, message: str
) -> None:
    path = tmp_path / "sync.yaml"
    path.write_text(f"client: {{roles: [api_client], {says_of_it}}}\n", "utf-8")
    with pytest.raises(UsageProblem) as caught:
        load_target(str(path), {})
    assert str(caught.value).startswith(f"{path}:1: {message}")


def test_a_command_line_is_read_as_strictly() -> None:
    with pytest.raises(
        UsageProblem, match=r"--client: \{orgurl\} is not a known placeholder; did you mean \{org_url\}"
    ):
        ClientChoice("app {orgurl}").target()


@pytest.mark.parametrize(
    "word", ["{}", "{0}", "{name}", '{"org": 1}', "{ORGURL}", "{client}", "{apps}", "{org_url}/{data}", "${HOME}"]
)
def test_braces_of_the_command_itself_are_left_alone(word: str) -> None:
    client = ClientChoice(f"app '{word}'").target().client
    assert client is not None
    assert client.command[1] == word


def test_what_stands_for_a_value_is_what_a_client_finds_in_its_environment(tmp_path: Path) -> None:
    """The order to delete is there in some scenarios only."""
    (tmp_path / "stage").mkdir()
    stage = Stage(ORDERED, tmp_path / "stage", is_secure=True)
    found = {name.removeprefix(PREFIX).lower() for name in stage.environment() if name.startswith(PREFIX)}
    assert found == set(PLACEHOLDERS)


NEEDS_VALUES = """
import os, runpy
assert os.path.isfile(os.environ["MY_CA"]), os.environ["MY_CA"]
assert os.environ["MY_ORDER"] == "", os.environ["MY_ORDER"]
runpy.run_module("conformance.reference.clients.api", run_name="__main__")
"""


def test_what_a_scenario_does_not_have_is_empty_and_the_authority_is_in_each(tmp_path: Path) -> None:
    (tmp_path / "sync.py").write_text(NEEDS_VALUES, "utf-8")
    env = {"MY_CA": "{ca_file}", "MY_ORDER": "{delete_former}"}
    client = {"command": [sys.executable, "sync.py"], "roles": ["api_client"], "env": env}
    (tmp_path / "sync.yaml").write_text(yaml.safe_dump({"client": client}), "utf-8")
    result = run_suite(tmp_path, "--target=sync.yaml", "--require=TIU-12")
    assert result.outcomes["sync"] == {"TIU-12": Outcome.PASSED}, result.output


def test_a_proxy_without_its_extra_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.config.roles.client.find_spec", lambda name: None)
    path = tmp_path / "sync.yaml"
    path.write_text("client: {command: [x], roles: [api_client], reaches: proxy, hosts: [acme.example.com]}\n", "utf-8")
    with pytest.raises(UsageProblem) as caught:
        load_target(str(path), {})
    assert "client: has reaches: proxy, which needs mitmproxy, an extra: pip install 'seasonproof[proxy]'" in str(
        caught.value
    )


def test_what_is_demanded_of_clients_belongs_to_a_profile_where_a_target_is_one() -> None:
    servers, all_of_it = load_profile("winter26"), load_profile("winter26", of_clients=True)
    added = {one.id for one in all_of_it.requirements} - {one.id for one in servers.requirements}
    assert added == {one.id for one in load_profile("winter26-clients").requirements}


def test_a_command_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    ended = program.run(["no-such-program-anywhere"], {}, str(tmp_path), 5)
    assert ended.problem == "'no-such-program-anywhere' can't be started: No such file or directory"
