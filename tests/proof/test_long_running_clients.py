"""Clients that go on running: started once in a scenario, told by a trigger to act, and ended with all they started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml

from conformance.config.roles import Client
from conformance.rules.outcome import Outcome
from conformance.suites.clients.driver import ClientUnderTest, Memory
from conformance.suites.clients.finished_run import FinishedRun
from conformance.suites.clients.polling_scenarios import POLLED, RESTARTED
from conformance.suites.clients.scenario import PLAIN, Scenario
from conformance.suites.clients.stage import Stage
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("clients")

SERVICE = """
import http.server, os, sys
from conformance.reference.clients.api import ApiClient
from conformance.reference.clients.polling import Poller

{before}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        status = act()
        self.send_response(500 if status else 200)
        self.end_headers()

print("started", os.getpid(), flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
GOOD = SERVICE.format(before="act = lambda: ApiClient().run()")
LEAKS = SERVICE.format(
    before="""
class Leaking(ApiClient):
    def revoke(self):
        self.connection.send("GET", self.api.base + "/services/oauth2/revoke?token=" + self.tokens.value)
act = lambda: Leaking().run()
"""
)
FAILS = SERVICE.format(before="act = lambda: 1")
POLLS = SERVICE.format(before="act = Poller().run")
FORGETS = SERVICE.format(
    before="""
poller = Poller()
if poller.state.mark:
    poller.move(poller.changes())
act = poller.run
"""
)
SPOOLS = """
import os, sys, time
from conformance.reference.clients.api import ApiClient
while True:
    if os.path.exists(sys.argv[1]):
        os.remove(sys.argv[1])
        ApiClient().run()
    time.sleep(0.05)
"""
ANSWERS = """
import http.server, io, os, sys
from contextlib import redirect_stdout
from conformance.reference.clients.token import TokenClient

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        said = io.StringIO()
        with redirect_stdout(said):
            status = TokenClient().run()
        self.send_response(500 if status else 200)
        self.end_headers()
        self.wfile.write(said.getvalue().encode())

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DIES = "import sys; print('the configuration is missing'); sys.exit(3)"
DIES_LATER = SERVICE.format(before="act = lambda: os._exit(4)")
IGNORES = """
import os, signal, socket, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)", sys.argv[2]], start_new_session=True)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = []
while True:
    kept.append(listener.accept())
"""
NEVER_LISTENS = "import time; time.sleep(120)"
BY_HTTP = {"good": GOOD, "leaks": LEAKS, "fails": FAILS, "dies": DIES, "dies-later": DIES_LATER}
HANGING = {"ignores": IGNORES, "never-listens": NEVER_LISTENS}
POLLING = {"polls": POLLS, "forgets": FORGETS}
MARK = f"{os.getpid()}-of-these-tests"


def described(name: str, *roles: str, **given: object) -> dict[str, object]:
    """What a target file says of one of these clients."""
    started = [sys.executable, f"{name}.py", "{trigger_port}", MARK]
    call = {"url": "http://127.0.0.1:{trigger_port}/sync", "body": "{org_url}"}
    limit = 4 if name in HANGING else 60
    said = {"start": started, "trigger": call, "quiet_seconds": 0, "timeout_seconds": limit}
    return {**said, "roles": list(roles or ("api_client",)), **given}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the code of each of them."""
    made = tmp_path_factory.mktemp("long-running")
    for name, code in {**BY_HTTP, **HANGING, **POLLING, "spools": SPOOLS}.items():
        (made / f"{name}.py").write_text(code, "utf-8")
    return made


@pytest.fixture(scope="module")
def judged(folder: Path) -> Result:
    """One run of some requirements against each that has an HTTP trigger, as a user would start it."""
    targets = []
    for name in (*BY_HTTP, *HANGING):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"name": name, "client": described(name)}), "utf-8")
        targets.append(f"--target={name}.yaml")
    return run_suite(folder, *targets, *(f"--require={one}" for one in ("TIU-05", "TIU-06", "TIU-07", "TIU-09")))


def test_a_client_with_an_http_trigger_is_judged_as_any_other(judged: Result) -> None:
    assert set(judged.outcomes["good"].values()) == {Outcome.PASSED}, judged.output
    assert judged.outcomes["leaks"]["TIU-06"] is Outcome.WARNED, judged.output


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fails", "the trigger was answered 500"),
        ("dies", "it ended by itself, with exit code 3, and the client printed last: the configuration is missing"),
        ("dies-later", "it ended by itself, with exit code 4"),
        ("ignores", "/sync was not answered, and it was killed at its time limit"),
        ("never-listens", "nothing listens at http://127.0.0.1:"),
    ],
)
def test_one_that_does_not_do_its_work_ends_inconclusive_and_says_why(judged: Result, name: str, says: str) -> None:
    assert set(judged.outcomes[name].values()) == {Outcome.INCONCLUSIVE}, judged.output
    assert says in " ".join(judged.messages[name, "TIU-06"])


def test_nothing_of_any_of_them_is_left(judged: Result) -> None:
    """Also not the child in a session of its own, of a client that ignores signals."""
    assert judged.outcomes
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if MARK.encode() in line]


def run_through(
    folder: Path, name: str, scenario: Scenario, place: Path, **given: object
) -> tuple[Stage, list[FinishedRun]]:
    """Put a client through one scenario. Returns the stage, and how its runs ended."""
    role = Client.model_validate(described(name, **given)).started_in(str(folder))
    stage = Stage(scenario, place)
    scenario.prepare(stage)
    client = ClientUnderTest(role, None, None, Memory(), lambda exchange: None)  # type: ignore[arg-type] # unused
    ended = client.run_at(stage)
    assert all(one.went_well for one in ended), [one.how for one in ended]
    return stage, ended


def test_what_a_service_answers_to_its_trigger_is_said_by_it(tmp_path: Path) -> None:
    """Its caller reads there why it was refused; nobody has to find it in a log."""
    (tmp_path / "answers.py").write_text(ANSWERS, "utf-8")
    client = described("answers", "token_client")
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump({"name": "answers", "client": client}), "utf-8")
    result = run_suite(tmp_path, "--target=answers.yaml", "--require=CCC-07")
    assert result.outcomes["answers"] == {"CCC-07": Outcome.PASSED}, result.output


def test_it_goes_on_running_between_the_polls_of_a_scenario(folder: Path, tmp_path: Path) -> None:
    _, ended = run_through(folder, "polls", POLLED, tmp_path)
    assert len(ended) == 3
    assert len({one.last_lines[0] for one in ended}) == 1


def test_it_is_started_again_where_the_scenario_stops_it(folder: Path, tmp_path: Path) -> None:
    _, ended = run_through(folder, "polls", RESTARTED, tmp_path)
    assert len({one.last_lines[0] for one in ended}) == 3


def test_one_that_forgets_at_a_restart_loses_changes_and_one_that_does_not_loses_none(folder: Path) -> None:
    targets = []
    for name in POLLING:
        client = described(name, "polling_client")
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"name": name, "client": client}), "utf-8")
        targets.append(f"--target={name}.yaml")
    result = run_suite(folder, *targets, *(f"--require={one}" for one in ("PCX-02", "PCX-04", "PCX-07")))
    assert set(result.outcomes["polls"].values()) == {Outcome.PASSED}, result.output
    assert result.outcomes["forgets"]["PCX-02"] is Outcome.PASSED, result.output
    assert result.outcomes["forgets"]["PCX-04"] is Outcome.DIFFERS, result.output


def test_a_command_is_a_trigger_too_and_silence_is_the_end_of_what_it_began(folder: Path, tmp_path: Path) -> None:
    """The trigger ends at once; its secret argument is the user's own, and the client's work is waited for."""
    spool = str(tmp_path / "spool")
    touch = [sys.executable, "-c", f"open({spool!r}, 'w')", "{access_token}"]
    more = {"start": [sys.executable, "spools.py", spool], "trigger": touch, "quiet_seconds": 3}
    stage, [ended] = run_through(folder, "spools", PLAIN, tmp_path, **more)
    assert ended.arguments
    assert not any(stage.org.token.value.encode() in line for line in ended.arguments)
    assert [one.status for one in stage.exchanges if "/revoke" in one.request.url] == [200]


def test_a_trigger_that_fails_is_told_with_what_it_printed(folder: Path, tmp_path: Path) -> None:
    more = {"trigger": [sys.executable, "-c", "raise SystemExit('no such job')"]}
    with pytest.raises(AssertionError, match=r"the trigger ended with exit code 1, and printed no such job"):
        run_through(folder, "good", PLAIN, tmp_path, **more)
    with pytest.raises(AssertionError, match="the trigger 'no-such-program' can't be started: No such file"):
        run_through(folder, "good", PLAIN, _made(tmp_path / "other"), trigger=["no-such-program"])


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
