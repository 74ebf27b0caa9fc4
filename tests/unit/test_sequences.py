"""`--client-role` of the commands: a client is judged by all that it did, as `pytest --traffic` judges it."""

from __future__ import annotations

import gzip
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from conformance.commands.sequences import graver
from conformance.judging.verdict import ExitCode
from conformance.traffic.captures import captured
from tests.unit.traffic_captures import BEARER, CLEAN, FORM, ORG, SECRET, TOKEN, entry, har, of_playwright
from tests.unit.typed import forked

FALLBACK = (
    *CLEAN[:2],
    entry("POST", f"{ORG}/services/oauth2/singleaccess", 5, status=403, headers=BEARER),
    entry("GET", f"{ORG}/secur/frontdoor.jsp?sid={TOKEN}", 6, status=302),
)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, which is its home and has its temporary files too."""
    (folder / "tmp").mkdir(exist_ok=True)
    return forked(folder, *words, TMPDIR=str(folder / "tmp"), COLUMNS="200")


def test_an_audit_judges_the_client_of_each_capture_and_leaves_out_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "caps").mkdir()
    (tmp_path / "caps" / "one.har").write_text(har(*CLEAN), "utf-8")
    (tmp_path / "one.har.gz").write_bytes(gzip.compress(har(*FALLBACK).encode()))
    (tmp_path / "access.log").write_text('127.0.0.1 - - [x] "GET /a HTTP/1.1" 200 5\n', "utf-8")
    (tmp_path / "conftest.py").write_text("raise SystemError('of a project that has nothing to do with it')", "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", "utf-8")
    words = ("caps", "one.har.gz", "access.log", "--client-role=api_client", "--require=TIU-03", "--require=TIU-06")
    done = run(tmp_path, "audit", *words, "--format=json", "--statement=out")
    assert done.returncode == 1, done.stderr
    json.loads(done.stdout)  # the report of the client does not get into it
    assert "no client is judged, because they are no captures, or in an archive: 1\n" in done.stderr
    assert "after the refusal, /secur/frontdoor.jsp?sid=… was asked for" in done.stderr
    stated = json.loads((tmp_path / "out" / "client" / "statement.json").read_text("utf-8"))
    found = {(one["target"], one["requirement"]): one["outcome"] for one in stated["verdicts"]}
    assert found == {
        ("one", "TIU-03"): "not tested",
        ("one", "TIU-06"): "passed",
        ("one.har", "TIU-03"): "differs",
        ("one.har", "TIU-06"): "not tested",
    }
    said = done.stdout + done.stderr + json.dumps(stated) + (tmp_path / "out/client/statement.html").read_text("utf-8")
    assert TOKEN not in said
    assert SECRET not in said
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_audit_judges_the_client_of_a_har_in_a_zip_archive(tmp_path: Path) -> None:
    """As Playwright packs it, with its bodies; an archive in an archive is left out."""
    packed = of_playwright(tmp_path, *FALLBACK)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(packed, "inner.zip")
    done = run(tmp_path, "audit", packed.name, "outer.zip", "--client-role=api_client", "--require=TIU-03")
    assert "after the refusal, /secur/frontdoor.jsp?sid=… was asked for" in done.stdout
    assert "session.har: conformant with winter26" in done.stdout
    assert "outer: " not in done.stdout


def test_an_audit_of_logs_alone_judges_no_client_and_is_incomplete(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text('127.0.0.1 - - [x] "GET /a HTTP/1.1" 200 5\n', "utf-8")
    done = run(tmp_path, "audit", "access.log", "--client-role=api_client")
    assert done.returncode == 7
    assert "no HAR and no flows of mitmproxy are among the files, so no client was judged" in done.stderr
    assert run(tmp_path, "audit", "access.log").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--require=TIU-03"], "--require chooses what a client is judged by; add --client-role, such as api_client"),
        (["--client-role=api_clint"], "--client-role: there is no role 'api_clint'"),
        (["--client-role=api_client", "--require=TIU-99"], "--require: winter26-clients has no requirement 'TIU-99'"),
    ],
)
@pytest.mark.parametrize("command", [["audit", "session.har"], ["proxy", "--listen=0"]], ids=["audit", "proxy"])
def test_a_wrong_choice_is_said_before_anything_is_read_or_heard(
    tmp_path: Path, command: list[str], words: list[str], said: str
) -> None:
    (tmp_path / "session.har").write_text(har(*CLEAN), "utf-8")
    done = run(tmp_path, *command, *words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(said)


def test_the_graver_exit_code_counts() -> None:
    assert graver(ExitCode.CONFORMANT, ExitCode.INCOMPLETE) is ExitCode.INCOMPLETE
    assert graver(ExitCode.INCOMPLETE, ExitCode.NOT_CONFORMANT) is ExitCode.NOT_CONFORMANT
    assert graver(ExitCode.NOT_CONFORMANT, ExitCode.INTERNAL_ERROR) is ExitCode.NOT_CONFORMANT
    assert graver(ExitCode.CONFORMANT, ExitCode.CONFORMANT) is ExitCode.CONFORMANT


def test_what_a_proxy_keeps_has_the_bodies_that_rules_read_and_no_others(tmp_path: Path) -> None:
    pytest.importorskip("mitmproxy")
    from mitmproxy.http import Headers, Response
    from mitmproxy.test.tflow import tflow, twebsocketflow

    from proxy_addons.exchange_store import ExchangeStore

    form = Headers([(b"Content-Type", b"application/x-www-form-urlencoded")])
    login, upload, refused = tflow(), tflow(), tflow()
    login.request.method = "POST"
    login.request.headers, login.request.content = form, FORM.encode()
    login.response = Response.make(200, json.dumps({"access_token": TOKEN}), {"Content-Type": "application/json"})
    upload.request.content, upload.response = b"a file", Response.make(200, b"a record", {"Content-Type": "text/plain"})
    refused.response = Response.make(403, "Bad_OAuth_Token", {"Content-Type": "text/plain"})
    kept = ExchangeStore()
    for flow in (login, upload, refused, twebsocketflow(messages=True)):
        kept.keep(flow)
    kept.write(tmp_path / "client.flows")
    bodies = [
        (one.request.body, one.response.body if one.response else b"")
        for one in captured(str(tmp_path / "client.flows")).exchanges
    ]
    assert bodies[:3] == [(FORM.encode(), login.response.content), (b"", b""), (b"", b"Bad_OAuth_Token")]
    assert captured(str(tmp_path / "client.flows")).damage == []
    assert b"a record" not in (tmp_path / "client.flows").read_bytes()
    assert b"hello binary" not in (tmp_path / "client.flows").read_bytes()
    assert upload.request.content == b"a file"


@pytest.mark.parametrize("before", [0, 1, 3])
def test_what_is_too_much_to_keep_is_known_to_be_a_part(tmp_path: Path, before: int) -> None:
    """Also where the bound lies between two flows."""
    pytest.importorskip("mitmproxy")
    from mitmproxy.test.tflow import tflow

    from proxy_addons.exchange_store import ExchangeStore

    flow = tflow(resp=True)
    whole = ExchangeStore()
    for _ in range(before):
        whole.keep(flow)
    whole.write(tmp_path / "whole.flows")
    kept = ExchangeStore((tmp_path / "whole.flows").stat().st_size)
    for _ in range(before):
        kept.keep(flow)
    assert not kept.is_full
    kept.keep(flow)
    kept.keep(flow)
    kept.write(tmp_path / "part.flows")
    assert kept.is_full
    part = captured(str(tmp_path / "part.flows"))
    assert (len(part.exchanges), len(part.damage)) == (before, 1)
