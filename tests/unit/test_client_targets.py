"""Clients as targets: what a file and the command line say of them, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.profile import load_profile
from conformance.config.target import load_target
from conformance.documents import UsageProblem
from conformance.judging.client_choice import ClientChoice
from conformance.suites.clients import program


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


def test_what_is_demanded_of_clients_belongs_to_a_profile_where_a_target_is_one() -> None:
    servers, all_of_it = load_profile("winter26"), load_profile("winter26", of_clients=True)
    added = {one.id for one in all_of_it.requirements} - {one.id for one in servers.requirements}
    assert added == {one.id for one in load_profile("winter26-clients").requirements}


def test_a_command_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    ended = program.run(["no-such-program-anywhere"], {}, str(tmp_path), 5)
    assert ended.problem == "'no-such-program-anywhere' can't be started: No such file or directory"
