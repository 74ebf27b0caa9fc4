"""A client whose source names host and scheme is judged without a changed line, behind a proxy that leads it."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import pytest
import yaml

from conformance.config.roles import Client
from conformance.rules.outcome import Outcome
from conformance.suites.clients import authority
from conformance.suites.clients.driver import ClientUnderTest, Memory
from conformance.suites.clients.scenario import PLAIN, STRANGE, Scenario
from conformance.suites.clients.stage import Stage
from proxy_addons.rerouting import leading
from tests.suite import Result, run_suite

pytestmark = pytest.mark.proves("clients")

ORG, LOGIN = "acme.my.salesforce.com", "login.salesforce.com"
GOOD = f"""
import os, urllib.parse, urllib.request
pair = {{"client_id": os.environ["SEASONPROOF_CLIENT_ID"], "client_secret": os.environ["SEASONPROOF_CLIENT_SECRET"]}}
form = urllib.parse.urlencode({{"grant_type": "client_credentials", **pair}}).encode()
urllib.request.urlopen("https://{LOGIN}/services/oauth2/token", form).read()
token = os.environ["SEASONPROOF_ACCESS_TOKEN"]
query = "https://{ORG}/services/data/v65.0/query?q=SELECT+Id+FROM+Account"
request = urllib.request.Request(query, headers={{"Authorization": "Bearer " + token}})
print(len(urllib.request.urlopen(request).read()) > 0)
"""
LEAKS = f"""{GOOD}
urllib.request.urlopen("https://{ORG}/services/data/v65.0/query?q=SELECT+Id+FROM+Account&access_token=" + token).read()
"""
STRAYS = f"""{GOOD}
for url in ("https://telemetry.example.com/seen", "http://{ORG}/plain", "http://127.0.0.1:9/local"):
    try:
        urllib.request.urlopen(url)
    except urllib.error.URLError as error:
        print("refused:", error)
    else:
        raise SystemExit("it was answered")
"""
HANGS = f"""{GOOD}
import socket, subprocess, sys, time
held = socket.create_connection(("127.0.0.1", int(os.environ["HTTPS_PROXY"].rpartition(":")[2])))
held.sendall(b"CONNECT {ORG}:443 HTTP/1.1\\r\\n\\r\\n")
print(os.environ["HTTPS_PROXY"], held.recv(12), flush=True)
held.set_inheritable(True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
"""
CODES = {"good": GOOD, "leaks": LEAKS, "strays": STRAYS, "hangs": HANGS}
JUDGED = ("good", "leaks", "strays")


def described(name: str, **given: object) -> dict[str, object]:
    """What a target file says of one of these clients."""
    led = {"reaches": "proxy", "hosts": [ORG, LOGIN], "timeout_seconds": 3 if name == "hangs" else 30}
    return {"command": [sys.executable, f"{name}.py"], "roles": ["api_client"], **led, **given}


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One run of what is demanded of an API client against each."""
    folder: Path = tmp_path_factory.mktemp("fixed")
    targets = []
    for name in JUDGED:
        (folder / f"{name}.py").write_text(CODES[name], "utf-8")
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({"name": name, "client": described(name)}), "utf-8")
        targets.append(f"--target={name}.yaml")
    chosen = [f"--require={one}" for one in ("TIU-01", "TIU-07", "TIU-08", "TIU-12")]
    return run_suite(folder, *targets, *chosen, "--depth=quick", environ={"NO_PROXY": "*"})


def test_a_good_client_is_found_good_through_the_proxy(fixed: Result) -> None:
    """Also the certificate of a stranger is one of the proxy's; what the client never does is not tested."""
    outcomes = fixed.outcomes["good"]
    assert outcomes["TIU-01"] is Outcome.PASSED, fixed.output
    assert outcomes["TIU-08"] is Outcome.PASSED
    assert outcomes["TIU-12"] is Outcome.PASSED


def test_a_token_in_a_fixed_address_is_found(fixed: Result) -> None:
    assert fixed.outcomes["leaks"]["TIU-01"] is Outcome.FAILED, fixed.output
    assert fixed.outcomes["leaks"]["TIU-12"] is Outcome.PASSED


def test_a_host_that_is_not_named_is_refused_and_said(fixed: Result) -> None:
    """It can judge what it saw, and says what it did not let out."""
    assert fixed.outcomes["strays"]["TIU-01"] is Outcome.PASSED, fixed.output
    assert "https://telemetry.example.com:443" in fixed.output
    assert f"http://{ORG}:80" in fixed.output


@pytest.fixture
def in_the_folder(tmp_path: Path) -> Path:
    for name, code in CODES.items():
        (tmp_path / f"{name}.py").write_text(code, "utf-8")
    return tmp_path


def run_once(folder: Path, name: str, scenario: Scenario) -> tuple[Stage, ClientUnderTest]:
    role = Client.model_validate(described(name)).started_in(str(folder))
    (folder / "stage").mkdir()
    stage = Stage(scenario, folder / "stage", is_secure=True, hosts=role.hosts)
    return stage, ClientUnderTest(role, None, None, Memory(), lambda exchange: None)  # type: ignore[arg-type] # unused


def test_an_exchange_is_recorded_once_with_the_host_that_was_meant(in_the_folder: Path) -> None:
    stage, client = run_once(in_the_folder, "strays", PLAIN)
    [ended] = client.run_at(stage)
    assert ended.status == 0, ended.how
    assert [one.request.url.partition("?")[0] for one in stage.exchanges] == [
        f"https://{LOGIN}/services/oauth2/token",
        f"https://{ORG}/services/data/v65.0/query",
    ]
    assert [one.status for one in stage.exchanges] == [200, 200]
    assert ended.refused == ("https://telemetry.example.com:443", f"http://{ORG}:80", "http://127.0.0.1:9")
    assert "which client.hosts does not name" in ended.how


def test_behind_a_certificate_of_a_stranger_nothing_is_heard(in_the_folder: Path) -> None:
    stage, client = run_once(in_the_folder, "good", STRANGE)
    [ended] = client.run_at(stage)
    assert ended.status == 1
    assert b"certificate verify failed" in ended.output
    assert stage.exchanges == []


def test_a_client_that_hangs_with_a_tunnel_open_is_killed_and_so_is_its_proxy(in_the_folder: Path) -> None:
    stage, client = run_once(in_the_folder, "hangs", PLAIN)
    [ended] = client.run_at(stage)
    assert ended.status is None, ended.how
    assert ended.left == ()
    address, _, answered = ended.last_lines[-1].removeprefix("http://127.0.0.1:").partition(" ")
    assert answered == "b'HTTP/1.1 200'"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address)))
    assert "seasonproof-proxy" not in {thread.name for thread in threading.enumerate()}


def test_a_proxy_leaves_no_port_no_thread_and_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody still holds a connection to it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with leading({("acme.example.com", 443): ("127.0.0.1", 9)}, authority.signing()) as proxy:
        held = socket.create_connection(("127.0.0.1", proxy.port))
        held.sendall(b"CONNECT acme.example.com:443 HTTP/1.1\r\n\r\n")
        assert held.recv(100).startswith(b"HTTP/1.1 200 ")
    with held:
        held.settimeout(10)
        assert held.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port))
    assert "seasonproof-proxy" not in {thread.name for thread in threading.enumerate()}
    assert list(tmp_path.iterdir()) == []
