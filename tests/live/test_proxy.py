"""The real command, a real mitmproxy, real clients and servers: what is found, what is stopped, what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import trustme

from tests.live.proxying import COMMAND, LEAK, OPAQUE, TOKEN, Proxy, Server, proxy

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

BREAK = """from conformance.traffic.observation import Observation
def broken(*_): raise RuntimeError('made up')
Observation.request = broken"""
BLOCKED = int(os.environ.get("SEASONPROOF_BLOCKED", "300"))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def tls_server() -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = Server(context)
    yield server
    server.close()


def assert_nothing_leaked(found: Proxy, *secrets: str) -> None:
    """No output of the proxy holds a secret."""
    texts = {path.name: path.read_text("utf-8") for path in found.out.rglob("*") if path.is_file()}
    texts["terminal"] = found.said
    assert [(name, secret[:4]) for name, text in texts.items() for secret in secrets if secret in text] == []


# ---------------------------------------------------------------------- found


def test_a_session_leaves_its_findings_in_every_file(tmp_path: Path, server: Server) -> None:
    """curl, by HTTP/1.1; a client that leaks, a header that repeats it, and a request that never became one."""
    with proxy(tmp_path) as found:
        assert found.curl(server.url + "/api", "-H", f"Authorization: Bearer {OPAQUE}").stdout.endswith("200")
        assert found.curl(server.url + LEAK).stdout.endswith("200")
        assert found.curl(f"{server.url}/page?ref={OPAQUE}", "-e", f"{server.url}/{LEAK}").stdout.endswith("200")
        with socket.create_connection(("127.0.0.1", int(found.address.rpartition(":")[2]))) as raw:
            raw.sendall(b"GET http://somebody:pa55w0rdX9qz@127.0.0.1:9/ HTTP/1.1\r\n\r\n")
            assert b" 400 " in raw.recv(1000)
        assert found.end() == 1
    assert len(server.heads) == 3
    assert sorted((f["rule"], f["requirement"]) for f in found.findings) == [
        ("L1", "TIU-01"),
        ("L3", "TIU-01"),
        ("L4", "TIU-02"),
        ("L5", "TIU-01"),
    ]
    assert found.outcomes == {"TIU-01": "failed", "TIU-02": "differs", "TIU-07": "not tested"}
    assert found.statement["footer"]["results"][0]["verdict"] == "not conformant"
    assert "L3 leak: in the userinfo" in found.said
    log = json.loads((found.out / "traffic.har").read_text("utf-8"))["log"]
    assert len(log["entries"]) == 3
    sarif = json.loads((found.out / "findings.sarif").read_text("utf-8"))
    assert [rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]] == ["L1", "L3", "L4", "L5"]
    results = [json.loads(path.read_text("utf-8")) for path in (found.out / "allure-results").glob("*-result.json")]
    assert sorted(result["status"] for result in results) == ["failed", "skipped", "unknown"]
    assert_nothing_leaked(found, TOKEN, OPAQUE, "pa55w0rdX9qz")


def test_a_clean_session_ends_with_0(tmp_path: Path, server: Server) -> None:
    """With the three lines at its beginning; SIGTERM ends it as Ctrl-C does."""
    with proxy(tmp_path) as found:
        headers = {"Authorization": f"Bearer {OPAQUE}", "Referer": server.url}
        with httpx2.Client(proxy=found.address, trust_env=False) as client:
            assert client.get(f"{server.url}/redirect?to=/here", headers=headers).status_code == 302
        assert found.end(signal.SIGTERM) == 0
    assert found.outcomes == {"TIU-01": "passed", "TIU-02": "passed", "TIU-07": "not tested"}
    for said in ("browser, curl ", "JVM ", "Salesforce CLI "):
        assert f"\n{said}" in f"\n{found.said}"
    assert ", mode regular, on a leak: mark; Ctrl-C ends it" in found.said
    assert "Traceback" not in found.said


def test_the_client_is_judged_by_all_that_it_did(tmp_path: Path, server: Server) -> None:
    """What takes several requests is judged at the end; a file of its traffic is there for that long, and no longer."""
    (tmp_path / "tmp").mkdir()
    code = f"import os; os.environ['TMPDIR'] = {str(tmp_path / 'tmp')!r}"
    with proxy(tmp_path, "--client-role=api_client", "--require=TIU-05", "--require=TIU-06", code=code) as found:
        frontdoor = f"{server.url}/secur/frontdoor.jsp?otp={OPAQUE}"
        found.curl("-H", f"Authorization: Bearer {TOKEN}", "-d", "", f"{server.url}/services/oauth2/singleaccess")
        found.curl(frontdoor)
        found.curl(frontdoor)
        found.curl("-d", f"token={TOKEN}", f"{server.url}/services/oauth2/revoke")
        assert found.end(seconds=120) == 1, found.said
    stated = json.loads((found.out / "client" / "statement.json").read_text("utf-8"))
    outcomes = {one["requirement"]: one["outcome"] for one in stated["verdicts"]}
    assert outcomes == {"TIU-05": "failed", "TIU-06": "passed"}
    assert "one frontdoor URL was opened 2 times" in found.said
    assert_nothing_leaked(found, TOKEN)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_http2_over_tls_and_websockets_are_heard(tmp_path: Path, tls_server: Server) -> None:
    # With its eager strategy mitmproxy offers a client no more than the server behind it speaks.
    with proxy(tmp_path, "--set", "ssl_insecure=true", "--set", "connection_strategy=lazy") as found:
        versions = [found.curl("--http2", "-w", "%{http_version}", tls_server.url + LEAK).stdout]
        upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
        headers = [word for line in upgrade for word in ("-H", line)]
        found.curl("--http1.1", "-m", "2", *headers, f"{tls_server.url}/ws?access_token={TOKEN}")
        found.curl("--http1.1", "--cacert", str(tmp_path / ".mitmproxy/mitmproxy-ca-cert.pem"), tls_server.url + "/x")
        assert found.end() == 1
    assert versions[0].endswith("2")
    assert {(f["rule"], f["requirement"], f["path_template"]) for f in found.findings} == {
        ("L1", "TIU-01", "/services/oauth2/singleaccess"),
        ("L1", "TIU-02", "/ws"),
    }
    assert_nothing_leaked(found, TOKEN)


def test_a_token_that_follows_a_redirect_is_noticed(tmp_path: Path, server: Server) -> None:
    """curl drops the header, a careless client keeps it."""
    other = Server()
    with proxy(tmp_path) as found:
        target = f"{server.url}/redirect?to={other.url}/landing"
        found.curl("-L", "-H", f"Authorization: Bearer {OPAQUE}", target)
        found.curl("-L", "--location-trusted", "-H", f"Authorization: Bearer {OPAQUE}", target)
        assert found.end() == 0
    other.close()
    assert found.outcomes["TIU-07"] == "differs"


# ------------------------------------------------------------------ mitmproxy's modes


def test_reverse_and_upstream_modes_hear_the_same(tmp_path: Path, server: Server) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with proxy(tmp_path / "one", f"--mode=reverse:{server.url}") as first:
        direct = subprocess.run(["curl", "-s", first.address + LEAK], capture_output=True, text=True, check=True)
        assert direct.stdout == "<p>ok</p>"
        assert f"stands for {server.url}" in first.said
        with proxy(tmp_path / "two", f"--mode=upstream:{first.address}") as second:
            second.curl(server.url + LEAK)
            assert second.end() == 1
        assert first.end() == 1
    assert [f["rule"] for f in first.findings + second.findings] == ["L1", "L1", "L1"]


# -------------------------------------------------------------------- stopped


def test_what_is_blocked_never_reaches_the_server(tmp_path: Path, server: Server) -> None:
    """Bodies included: small ones, large ones, and those of unknown length. Clean requests go on, streamed too."""
    large = tmp_path / "large"
    large.write_bytes(b"x" * 3_000_000)
    with proxy(tmp_path, "--on-leak=block") as found:
        refused = found.curl("-i", server.url + LEAK).stdout
        for arguments in (("--data-binary", f"@{large}"), ("-T", str(large), "-H", "Transfer-Encoding: chunked")):
            assert found.curl(*arguments, server.url + LEAK).stdout.endswith("400")
        with httpx2.Client(proxy=found.address, trust_env=False) as client:
            statuses = {client.get(f"{server.url}{LEAK}&n={n}").status_code for n in range(BLOCKED)}
        assert server.heads == []
        assert found.curl("--data-binary", f"@{large}", server.url + "/upload").stdout.endswith("200")
        assert found.end() == 1
    assert statuses == {400}
    assert server.received == 3_000_000
    assert server.leaks == []
    problem = json.loads(refused.partition("\n\n")[2].splitlines()[0])
    assert "content-type: application/problem+json" in refused.lower()
    assert (problem["status"], problem["findings"][0]["rule"]) == (400, "L1")
    assert "Authorization header" in problem["remedy"]
    assert TOKEN not in refused


@pytest.mark.parametrize(("options", "status", "arrived"), [((), "200", 1), (("--fail-closed",), "503", 0)])
def test_when_the_check_breaks(
    tmp_path: Path, server: Server, options: tuple[str, ...], status: str, arrived: int
) -> None:
    """Fail-open serves and says so, fail-closed refuses; either ends with 3, and nothing is green."""
    with proxy(tmp_path, *options, code=BREAK) as found:
        assert found.curl(server.url + LEAK).stdout.endswith(status)
        assert found.end() == 3
    assert len(server.heads) == arrived
    assert "the check broke (RuntimeError)" in found.said
    assert set(found.outcomes.values()) == {"harness error"}


# ------------------------------------------------------------ as files, with -s


@pytest.mark.parametrize(("mode", "status"), [("mark", "200"), ("block", "400")])
def test_the_addons_load_from_files(tmp_path: Path, server: Server, mode: str, status: str) -> None:
    """mitmdump then prints no URL, and ends with 1 after a leak."""
    addons = Path(__file__).resolve().parents[2] / "proxy_addons"
    scripts = [word for name in ("query_tokens", "recorder", "observer") for word in ("-s", str(addons / f"{name}.py"))]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mitmdump = str(Path(sys.executable).with_name("mitmdump"))
    options = ["--set", "seasonproof_har=t.har", "--set", "seasonproof_findings=f.jsonl", "--listen-host", "127.0.0.1"]
    command = [mitmdump, *scripts, "-p", str(port), *options, "--set", f"seasonproof_mode={mode}"]
    environ = os.environ | {"HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while "listening at" not in said:
            said += process.stdout.readline()
        curl = ["curl", "-s", "-m", "10", "-x", f"http://127.0.0.1:{port}", "--noproxy", "", "-w", "%{http_code}"]
        answered = subprocess.run([*curl, server.url + LEAK], check=True, capture_output=True, text=True)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert (process.returncode, answered.stdout[-3:]) == (1, status)
    assert TOKEN not in said + rest
    assert "L1 leak: access_token in the query" in rest
    assert len((tmp_path / "f.jsonl").read_text("utf-8").splitlines()) == 1
    assert TOKEN not in (tmp_path / "t.har").read_text("utf-8")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("seasonproof_mode=stop", "seasonproof_mode: 'stop' is none of mark, pause, block"),
        ("seasonproof_mode=pause", "seasonproof_mode: pause needs somebody to resume"),
        (
            "seasonproof_mode=block --set validate_inbound_headers=false",
            "block excludes validate_inbound_headers=false",
        ),
        ("seasonproof_mod=block", "seasonproof_mod: there is no such option; there are seasonproof_fail_closed, "),
    ],
)
def test_a_wrong_setting_of_an_addon_ends_mitmdump(tmp_path: Path, setting: str, said: str) -> None:
    addon = Path(__file__).resolve().parents[2] / "proxy_addons" / "query_tokens.py"
    command = [str(Path(sys.executable).with_name("mitmdump")), "-s", str(addon), "-p", "0", "--set", *setting.split()]
    environ = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert said in done.stdout + done.stderr


# -------------------------------------------------------------- what is wrong


def test_wrong_options_are_said_in_one_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = [
            f"--listen={port}",
            "--ui=gui",
            "--mode=socks9",
            "--on-leak=stop",
            "--origin=acme",
            "--set=hardump=x",
        ]
        done = subprocess.run([*COMMAND, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert list(tmp_path.iterdir()) == []
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "--ui",
        "--on-leak",
        "--mode",
        "--origin",
        "--set",
        "--listen",
    ]
    assert "Address already in use; choose another" in lines[-1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--on-leak=pause"], "--on-leak: pause needs somebody to resume; add --ui=console or --ui=web"),
        (["--ui=console"], "--ui: console needs a terminal; take --ui=dump or --ui=web here"),
        (["--mode=reverse:"], "--mode: reverse:: "),
        (
            ["--on-leak=block", "--set=stream_large_bodies=1m"],
            "mitmproxy: seasonproof_mode: block excludes stream_large",
        ),
        (["--set=no_such=1"], "--set: mitmproxy has no option no_such"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    command = [*COMMAND, "--listen=0", *options]
    environ = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(said)


def test_without_mitmproxy_the_extra_is_named(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['mitmproxy'] = None"
    command = [*COMMAND[:2], f"{hide}; {COMMAND[2]}", *COMMAND[3:]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "seasonproof proxy needs mitmproxy, which is an extra: pip install 'seasonproof[proxy]'\n"
