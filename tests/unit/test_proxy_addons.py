"""The addons inside mitmproxy, without a network: what is checked, and when."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import exceptions, http, options
from mitmproxy.master import Master
from mitmproxy.test import tflow, tutils

from conformance.documents import load
from conformance.traffic.audit.baselines import BaselineFile
from proxy_addons.all_addons import AllAddons
from proxy_addons.session import _Redirector

TOKEN = "00D000000000001!AQ4AQ" + "made.up_token" * 7
OPAQUE = "q7Wn2Kc9Zr4Tm8Vb5Yx1Lp6Hd3Gs0FjQ"


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def together() -> tuple[Master, AllAddons]:
    master = Master(options.Options())
    master.options.add_option("stream_large_bodies", str, "", "What mitmproxy's own addons add.")
    addons = AllAddons(lambda: None)
    master.addons.add(addons)
    return master, addons


def flow(path: str, *, answered: http.Response | None = None) -> http.HTTPFlow:
    return tflow.tflow(req=tutils.treq(path=path.encode()), resp=answered or tutils.tresp())


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.001)


def test_where_leaks_are_marked_no_request_waits_for_its_check() -> None:
    """It is checked a moment later, and the interfaces are told of the mark."""

    async def work() -> None:
        told: list[object] = []

        class Interface:
            def update(self, flows: list[http.HTTPFlow]) -> None:
                told.extend(flows)

        master, addons = together()
        master.addons.add(Interface())
        leaking, harmless = flow(f"/a?access_token={TOKEN}"), flow("/a")
        for one in (harmless, leaking):
            addons.requestheaders(one)
        assert (leaking.marked, addons.listening.observation.requests) == ("", 0)
        await until(lambda: bool(leaking.marked))
        assert (harmless.marked, told) == ("", [leaking])
        assert addons.listening.observation.requests == 2

    run(work)


def test_what_was_heard_is_checked_in_its_order() -> None:
    """A token that an answer hands out is known in the next request, though both are checked together."""

    async def work() -> None:
        _, addons = together()
        answer = http.Response.make(200, f'{{"access_token": "{OPAQUE}"}}', {"Content-Type": "application/json"})
        logs_in, leaking = flow("/token", answered=answer), flow(f"/a?x={OPAQUE}")
        addons.requestheaders(leaking)  # this one came before
        addons.requestheaders(logs_in)
        addons.response(logs_in)
        again = flow(f"/b?x={OPAQUE}")
        addons.requestheaders(again)
        await until(lambda: bool(again.marked))
        assert [one.rule for one in addons.listening.found_in[again]] == ["L5"]
        assert leaking.marked == ""  # what was over before its token was known shows in the summary alone
        assert [one.finding.path_template for one in addons.listening.observation.leaks] == ["/a", "/b"]

    run(work)


def test_every_finding_is_written_as_it_comes(tmp_path: Path) -> None:
    """Also what only a later exchange explains, what is in a refused request line, and what goes on until the end."""

    async def work() -> None:
        path = tmp_path / "findings.jsonl"

        def written() -> list[tuple[str, str]]:
            lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            return [(line["rule"], line["path_template"]) for line in lines]

        master, addons = together()
        master.options.update(seasonproof_findings=str(path), seasonproof_mode="block")
        late, teaching, endless = flow(f"/late?x={OPAQUE}"), flow("/b"), flow(f"/events?sid={TOKEN}")
        teaching.request.headers["X-Acme-Token"] = OPAQUE
        for one in (late, teaching):
            addons.requestheaders(one)
            addons.response(one)
        assert written() == [("L5", "/late")]
        addons.listening.refused(f"http://bob:{OPAQUE}@example.com/refused".encode())
        assert written()[1:] == [("L3", "/refused")]
        addons.requestheaders(endless)
        addons.done()
        assert written()[2:] == [("L1", "/events")]
        places = addons.listening.observation.findings.values()
        assert sorted(written()) == sorted((one.finding.rule, one.finding.path_template) for one in places)
        assert OPAQUE not in path.read_text("utf-8")

    run(work)


def test_findings_become_a_baseline_that_an_audit_reads(tmp_path: Path) -> None:
    async def work() -> None:
        path = tmp_path / "accepted.yaml"
        master, addons = together()
        master.options.update(seasonproof_mode="block")
        leaks = [flow(f"/b?access_token={TOKEN}"), flow(f"/b?access_token={TOKEN}"), flow("/c")]
        for one in leaks:
            addons.requestheaders(one)
        master.commands.call("seasonproof.baseline", leaks, str(path))
        [entry] = load(str(path), BaselineFile).accepted
        assert (entry.rule, entry.path_template, entry.parameter) == ("L1", "/b", "access_token")
        with pytest.raises(exceptions.CommandError, match="no-folder"):
            master.commands.call("seasonproof.baseline", leaks, str(tmp_path / "no-folder" / "accepted.yaml"))

    run(work)


def test_what_was_heard_is_checked_before_the_end_and_before_a_new_mode(tmp_path: Path) -> None:
    async def work() -> None:
        master, addons = together()
        before, after, last = (flow(f"/{name}?access_token={TOKEN}") for name in ("before", "after", "last"))
        addons.requestheaders(before)
        master.options.update(seasonproof_mode="block")
        assert before.marked
        addons.requestheaders(after)
        assert after.response is not None
        assert (after.marked, after.response.status_code) == (before.marked, 400)
        master.options.update(seasonproof_mode="mark", seasonproof_har=str(tmp_path / "traffic.har"))
        addons.requestheaders(last)
        addons.response(last)
        addons.done()
        assert last.marked
        assert "/last" in (tmp_path / "traffic.har").read_text("utf-8")

    run(work)


def test_a_check_that_breaks_costs_no_other(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        _, addons = together()
        keep = addons.recorder.keep

        def broken(one: http.HTTPFlow) -> None:
            if one.request.path == "/broken":
                raise OSError("made up")
            keep(one)

        monkeypatch.setattr(addons.recorder, "keep", broken)
        for path in ("/broken", "/kept"):
            addons.response(flow(path))
        await until(lambda: bool([*addons.recorder.exchanges()]))
        assert [one.request.url.rpartition("/")[2] for one in addons.recorder.exchanges()] == ["kept"]
        assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == ["Addon error: made up"]

    run(work)


def test_large_bodies_pass_through_and_their_heads_are_checked() -> None:
    async def work() -> None:
        _, addons = together()
        large = http.Response.make(302, b"", {"Location": f"/?access_token={TOKEN}"})
        large.headers["Content-Length"] = str(5 << 20)
        one = flow("/a", answered=large)
        addons.requestheaders(one)
        addons.responseheaders(one)
        assert large.stream is True
        await until(lambda: bool(one.marked))
        addons.response(one)
        await until(lambda: bool([*addons.recorder.exchanges()]))
        assert len(addons.listening.observation.leaks) == 1

    run(work)


def test_an_answer_that_mitmproxy_streams_by_itself_is_checked_all_the_same() -> None:
    async def work() -> None:
        _, addons = together()
        answer = http.Response.make(302, b"", {"Location": f"/?access_token={TOKEN}"})
        answer.stream = True
        one = flow("/a", answered=answer)
        for hook in (addons.requestheaders, addons.responseheaders, addons.response):
            hook(one)
        await until(lambda: bool(one.marked))
        assert len(addons.listening.observation.leaks) == 1

    run(work)


def test_a_flow_is_kept_as_it_was() -> None:
    """Packed and unpacked, with bytes that are no text, and without an answer."""

    async def work() -> None:
        _, addons = together()
        odd = tflow.tflow(req=tutils.treq(path=b"/\xff?a=1", host="::1", port=8443, scheme=b"https"), resp=True)
        failed = tflow.tflow(err=True)
        addons.recorder.keep(odd)
        addons.recorder.keep(failed)
        kept = {one.request.url: one for one in addons.recorder.exchanges()}
        assert set(kept) == {"https://[::1]:8443/\\xff?a=1", "http://address:22/path"}
        assert {one.response.status if one.response else 0 for one in kept.values()} == {200, 0}
        assert kept["http://address:22/path"].problem == "error"

    run(work)


def test_what_ended_the_redirector_is_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """In mode local mitmproxy goes on without it, and fills the log with what the kernel says."""
    ended: list[bool] = []
    redirector = _Redirector(lambda: ended.append(True))
    said = (
        "    type_len: 1292", "Error: eBPF initialization failed", "Caused by:", "    0: failed to attach",
        "    1: Bad file descriptor (os error 9)", "Stack backtrace:", "   0: <unknown>", "   8: start_thread",
    )  # fmt: skip
    with redirector.heard():
        for line in said:
            logging.getLogger("mitmproxy.packet_sources.linux").error(line)
        assert not redirector.ended
        logging.getLogger("mitmproxy.packet_sources.linux").error("[linux-redirector] exited: Ok(ExitStatus(256))")
    assert (redirector.ended, ended) == (True, [True])
    assert redirector.reason == "eBPF initialization failed: failed to attach: Bad file descriptor (os error 9)"
    assert caplog.records == []
