"""The seasonproof command: what it prints, and how it ends."""

from __future__ import annotations

import inspect
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from conformance.commands.app import app, main
from conformance.config.target import Target, load_target
from conformance.http.client import Client
from conformance.http.credentials import obtain
from conformance.judging.journal import Journal, Undo, default_directory
from conformance.judging.journal_files import open_entries
from conformance.redaction import Secret
from conformance.reporting import explanation
from conformance.reporting.explanation import proof_of
from tests.profiles import builtin
from tests.unit.raw_server import Connection, Responder, serving

TOKEN = "00D000000000001!AQ4AQ.cli-made-up-token-1234567890"

type Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def seasonproof(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run the command in an empty folder: arguments to exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seasonproof", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def answering(status: bytes) -> Responder:
    def answer(connection: Connection) -> None:
        connection.read_head()
        connection.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    return answer


# ------------------------------------------------------------- explain and serve


def test_explain_says_what_a_requirement_is(seasonproof: Command) -> None:
    """In any case of letters."""
    status, said, _ = seasonproof("explain", "sab-02")
    assert status == 0
    assert said.startswith("SAB-02  A token in the query is refused even beside a valid Authorization header")
    assert "must, documented: a deviation is shown as failed." in said
    assert "header-wins-over-the-query: " in said
    assert "https://" in said


def test_explain_knows_what_is_judged_by_listening(seasonproof: Command) -> None:
    """It stands in a profile of its own, which nobody has to name."""
    status, said, _ = seasonproof("explain", "TIU-01")
    assert status == 0
    assert said.startswith("TIU-01  No request of a client has a credential in its URL")


def test_explain_shows_the_clients_by_which_a_requirement_on_clients_is_proved(seasonproof: Command) -> None:
    first, *others = builtin("winter26-clients").requirements
    _, said, _ = seasonproof("explain", first.id)
    assert re.search(r"caught faults\n  [a-z0-9-]+: ", said)
    assert re.search(r"\d clients that are unusual and correct", said)
    proofs = {one.id: proof_of(one) for one in (first, *others)}
    assert [id_ for id_, one in proofs.items() if not one.faults or not re.fullmatch(r"\d+ clients", one.spared)] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "SAB-99"), "winter26 has no requirement 'SAB-99'; near it are SAB-"),
        (("explain", "SAB-01", "--profile=winter62"), "profile 'winter62': there is no such built-in profile; did you"),
        (("serve", "--variant=header"), "--variant: there is no variant 'header'; near it are header-wins-over-the-"),
        (("report", "nowhere"), "nowhere: there is no such file or folder; a run writes reports/out/statement.json"),
        (("cleanup", "--target=nowhere.yaml"), "nowhere.yaml: no such file"),
    ],
)
def test_what_the_user_got_wrong_is_one_line(seasonproof: Command, arguments: tuple[str, ...], said: str) -> None:
    """On stderr, with exit code 2."""
    status, out, err = seasonproof(*arguments)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(said)


def test_without_a_command_the_commands_are_listed(seasonproof: Command) -> None:
    """In the order in which they stand in the code, each with all that it says of itself."""
    status, out, err = seasonproof()
    assert (status, out) == (2, "")
    assert re.findall(r"^  ([a-z-]+)  +[A-Z]", err.partition("Commands:")[2], re.MULTILINE) == list(app.commands)
    flowing = " ".join(err.split())
    assert [name for name, command in app.commands.items() if f"{name} {command.help}" not in flowing] == []


@pytest.mark.parametrize("name", app.commands)
def test_a_command_takes_what_its_options_give(seasonproof: Command, name: str) -> None:
    """And its help says what each of them is; only `run` leaves its help to pytest."""
    command = app.commands[name]
    assert command.callback is not None
    assert sorted(inspect.signature(command.callback).parameters) == sorted(one.name for one in command.params)
    if name != "run":
        status, out, err = seasonproof(name, "--help")
        assert (status, err) == (0, "")
        flowing = " ".join(out.split())
        assert [one.name for one in command.params if not one.help or one.help not in flowing] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("adit", "a.log"), "No such command 'adit'. Did you mean 'audit'?"),
        (("audit", "--fromat=json", "a.log"), "No such option '--fromat'. (Did you mean one of: '--format', "),
        (("audit", "-j", "-1", "a.log"), "Invalid value for '-j' / '--jobs': -1 is not in the range x>=0."),
        (
            ("audit", "--since=yesterday", "a.log"),
            "'yesterday' is not a day or a time: write 2026-11-01 or 2026-11-01T",
        ),
        (("serve", "--port=70000"), "Invalid value for '--port': 70000 is not in the range 0<=x<=65535."),
        (("lint-spec", "--format=xml", "a.json"), "'xml' is not one of 'text', 'json', 'sarif'."),
        (("report",), "Missing argument 'PATH…'."),
        (("gate", "--targets=a"), "Missing option '--statements'."),
    ],
)
def test_a_wrong_word_is_named_with_the_way_to_the_help(
    seasonproof: Command, arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = seasonproof(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert re.search(r"^Try 'seasonproof.* --help' for help\.$", err, re.MULTILINE)


def test_an_interrupt_is_no_verdict(seasonproof: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 would say that something was found."""

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(explanation, "explanation", interrupted)
    assert seasonproof("explain", "SAB-01") == (130, "", "\n")


def test_the_version_and_the_help_load_no_library_for_the_work() -> None:
    """Everybody who types a command waits for what it loads before it begins."""
    script = (
        "import sys, conformance.commands.app as app\n"
        "sys.argv = ['seasonproof', sys.argv[1]]\n"
        "try: app.main()\n"
        "finally: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    for option in ("--version", "--help"):
        done = subprocess.run([sys.executable, "-c", script, option], capture_output=True, text=True, check=True)
        assert "click" in done.stderr.split()
        assert not {"pydantic", "typer", "rich", "yaml", "jinja2", "msgspec"} & set(done.stderr.split())


def test_serve_lists_its_variants(seasonproof: Command) -> None:
    """With what catches each of them."""
    status, out, _ = seasonproof("serve", "--variant=list")
    assert status == 0
    assert re.search(r"^header-wins-over-the-query +SAB-02 +\S", out, re.MULTILINE)
    assert re.search(r"^lower-case-bearer +oddity, nothing fails +\S", out, re.MULTILINE)


def test_serve_prints_a_target_file_that_works_until_it_is_interrupted(tmp_path: Path) -> None:
    """The port is taken by then, and a second one on it says so."""
    command = [sys.executable, "-m", "conformance.commands", "serve", "--port=0", "--variant=lower-case-bearer"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        try:
            printed = "".join(iter(server.stdout.readline, "\n"))
            path = tmp_path / "reference.yaml"
            path.write_text(printed)
            target = load_target(str(path))
            assert target.single_access is not None
            with Client(target) as client:
                assert obtain(client.send, target.single_access.token).reveal().startswith("00D")

            port = target.single_access.base_url.rpartition(":")[2]
            second = subprocess.run([*command[:4], f"--port={port}"], capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert second.stderr.startswith(f"--port: {port} can't be used: Address already in use; choose another")
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""
    assert printed.startswith("# The reference target, variant lower-case-bearer, served at http://127.0.0.1:")


# ---------------------------------------------------------------------- cleanup


def left_behind(folder: Path, base_url: str, undo: str | None) -> None:
    """A journal as a crashed run leaves it, and the target file that it names."""
    path = folder / "acme.yaml"
    path.write_text(yaml.safe_dump({"name": "acme", "single_access": {"base_url": base_url, "token": "${ACME_TOKEN}"}}))
    target: Target = load_target(str(path), {"ACME_TOKEN": TOKEN})
    call = Undo("DELETE", f"{base_url}{undo}") if undo else None
    journal = Journal.open(default_directory(), "r1")
    journal.will_create("SAB-10", target, "a web session", undo=call, ends="by the org's session timeout")


def test_cleanup_without_a_journal_has_nothing_to_do(seasonproof: Command) -> None:
    assert seasonproof("cleanup") == (0, "nothing is left of earlier runs\n", "")


def test_cleanup_forgets_nothing_that_it_cannot_undo(seasonproof: Command, tmp_path: Path) -> None:
    """Somebody else says that it is done."""
    left_behind(tmp_path, "http://127.0.0.1:9", None)
    [entry] = open_entries(default_directory())
    expected = (1, f"acme: a web session: ends by the org's session timeout; entry {entry.id}\n", "")
    assert seasonproof("cleanup", "--dry-run") == expected
    assert seasonproof("cleanup") == expected
    assert seasonproof("cleanup") == expected
    assert seasonproof("cleanup", f"--done={entry.id}") == (0, "acme: a web session: done by hand\n", "")
    assert seasonproof("cleanup") == (0, "nothing is left of earlier runs\n", "")


@pytest.mark.parametrize("status", [b"204 No Content", b"404 Not Found", b"410 Gone"])
def test_cleanup_undoes_with_the_credentials_of_the_target(
    seasonproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: bytes
) -> None:
    """What is gone already is undone."""
    monkeypatch.setenv("ACME_TOKEN", TOKEN)
    with serving(answering(status)) as server:
        left_behind(tmp_path, server.url, "/files/1")
        rehearsed = seasonproof("cleanup", "--dry-run")
        assert rehearsed == (0, f"acme: a web session: would call DELETE {server.url}/files/1\n", "")
        assert server.requests == []
        assert seasonproof("cleanup") == (0, "acme: a web session: undone\n", "")
    assert len(server.requests) == 1
    assert server.requests[0].startswith(b"DELETE /files/1 HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[0]
    assert open_entries(default_directory()) == []


def test_cleanup_keeps_what_it_cannot_undo_and_says_the_call(
    seasonproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit code 1, so that a pipeline sees it; and it never shows the token."""
    monkeypatch.setenv("ACME_TOKEN", TOKEN)
    with serving(answering(b"500 Oops")) as server:
        left_behind(tmp_path, server.url, "/files/1")
        status, out, err = seasonproof("cleanup", f"--target={tmp_path / 'acme.yaml'}")
        assert (status, err) == (1, "")
        call = f"DELETE {server.url}/files/1"
        [entry] = open_entries(default_directory())
        told = "acme: a web session: not undone, the target answered 500"
        assert out == f"{told}; by hand: {call}; entry {entry.id}\n"
    monkeypatch.delenv("ACME_TOKEN")
    status, out, _ = seasonproof("cleanup")
    assert status == 1
    assert "environment variable ACME_TOKEN is not set" in out
    assert Secret(TOKEN).reveal() not in out
    assert len(open_entries(default_directory())) == 1
