"""A request that blocking lets through was checked as it is sent, whatever changed it before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from mitmproxy import http, options
from mitmproxy.proxy import layers

from conformance.rules.url_tokens import Detector
from conformance.traffic.observation import Observation
from proxy_addons import guard
from proxy_addons.masters import QuietMaster
from proxy_addons.query_tokens import QueryTokens
from tests.unit.guarded_proxy import LEAK, TOKEN, blocking, request, run, sent


class Rewrites:
    """An addon that changes requests, in one hook or in the other."""

    def __init__(self, hook: str, change: Callable[[http.HTTPFlow], object]) -> None:
        setattr(self, hook, change)


def into_a_leak(flow: http.HTTPFlow) -> None:
    flow.request.path = LEAK


def by_referer(flow: http.HTTPFlow) -> None:
    flow.request.headers["Referer"] = f"https://a.example.com{LEAK}"


def streamed(flow: http.HTTPFlow) -> None:
    flow.request.path = LEAK
    flow.request.stream = True


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    ("hook", "change"),
    [
        ("requestheaders", into_a_leak),
        ("requestheaders", by_referer),
        ("requestheaders", streamed),
        ("request", into_a_leak),
        ("request", by_referer),
    ],
)
def test_what_another_addon_makes_of_a_request_is_checked(
    hook: str, change: Callable[[http.HTTPFlow], object], behind: bool
) -> None:
    """Whether it comes before ours, or behind them as mitmproxy's own do where ours are loaded with -s."""

    async def work() -> None:
        rewrites, tokens = Rewrites(hook, change), QueryTokens()
        master = QuietMaster(options.Options())
        master.addons.add(*((tokens, rewrites) if behind else (rewrites, tokens)))
        tokens.running()  # from here on the guard is behind all
        try:
            master.options.update(seasonproof_mode="block")
            assert not await sent(master, request())
        finally:
            tokens.done()

    run(work)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("map_remote", [f"|/a|{LEAK}"]),
        ("modify_headers", [f"|referer|https://a.example.com{LEAK}"]),
    ],
)
def test_what_an_option_makes_of_a_request_is_checked(name: str, value: object) -> None:
    async def work() -> None:
        with blocking(**{name: value}) as (master, _):
            assert not await sent(master, request())
        with blocking() as (master, _):
            assert await sent(master, request())

    run(work)


def test_what_a_person_makes_of_a_held_request_is_checked() -> None:
    async def work() -> None:
        with blocking(Rewrites("request", lambda flow: flow.intercept())) as (master, _):
            for edit, goes_on in ((into_a_leak, False), (lambda flow: None, True)):
                flow = request()
                waiting = asyncio.create_task(sent(master, flow))
                while not flow.intercepted:
                    await asyncio.sleep(0)
                edit(flow)
                flow.resume()
                assert await waiting is goes_on

    run(work)


def test_a_request_that_is_sent_once_more_is_checked_once_more() -> None:
    """Changed by a person in between, and kept as the same flow."""

    async def work() -> None:
        tokens = QueryTokens()
        master = QuietMaster(options.Options())
        master.addons.add(tokens)
        master.options.update(seasonproof_mode="block")
        flow = request()
        assert await sent(master, flow)
        flow.request.path = LEAK
        assert not await sent(master, flow)

    run(work)


def test_a_request_is_counted_once_however_often_it_is_checked() -> None:
    async def work() -> None:
        with blocking(map_remote=["|/a|/b"]) as (master, together):
            assert await sent(master, request())
            assert together.listening.observation.requests == 1

    run(work)


def test_trailers_are_checked_before_they_are_sent() -> None:
    """Of a request whose body was on its way already they are left out; else it is refused."""

    async def work() -> None:
        for stream in (False, True):
            with blocking() as (master, together):
                flow = request()
                await master.addons.handle_lifecycle(layers.http.HttpRequestHeadersHook(flow))
                flow.request.stream = stream
                flow.request.trailers = http.Headers(referer=f"https://a.example.com{LEAK}")
                await master.addons.handle_lifecycle(layers.http.HttpRequestHook(flow))
                assert flow.response is None if stream else flow.response is not None
                assert not (stream and flow.request.trailers)
                assert [one.finding.rule for one in together.listening.observation.leaks] == ["L4"]

    run(work)


AMBIGUOUS: list[dict[str, Any]] = [
    {"method": b"GET /b HTTP/1.1"}, {"method": TOKEN.encode()}, {"method": b""},
    {"path": b"/a b"}, {"path": b"/a\0"}, {"path": b"/a HTTP/1.1\r\nX: a"},
    {"authority": b"somebody@example.com"}, {"authority": b"example.com/a"},
    {"headers": http.Headers([(b"Host", b"somebody@example.com")])},
    {"headers": http.Headers([(b"X", b"a\r\n GET /b HTTP/1.1")])},
    {"headers": http.Headers([(b"X", b"a\rb")])}, {"headers": http.Headers([(b"X", b"a\0b")])},
]  # fmt: skip


@pytest.mark.parametrize("given", AMBIGUOUS, ids=str)
def test_what_servers_may_read_differently_is_refused(given: dict[str, Any]) -> None:
    """Whether its headers are new or were there before."""

    async def work() -> None:
        with blocking() as (master, _):
            for _ in range(2):
                flow = request(**given)
                assert not await sent(master, flow)
                assert flow.response is not None
                assert (flow.response.status_code, flow.response.json()["findings"]) == (400, [])

    run(work)


@pytest.mark.parametrize("method", [b"GET", b"M-SEARCH", b"VERSION-CONTROL", b"UPDATEREDIRECTREF", b"get"])
def test_unusual_methods_go_on(method: bytes) -> None:
    async def work() -> None:
        with blocking() as (master, _):
            assert await sent(master, request(method=method))

    run(work)


def long_query(pieces: int) -> str:
    return "/a?" + "&".join(f"a{n}=1" for n in range(pieces))


@pytest.mark.parametrize(
    "path", [f"{long_query(20_000)}&access_token={TOKEN}", f"/a?b={'x' * 70_000}"], ids=["pieces", "bytes"]
)
@pytest.mark.parametrize(("fail_closed", "status"), [(False, None), (True, 503)])
def test_what_is_too_long_to_be_looked_at_whole_is_not_checked(
    path: str, fail_closed: bool, status: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        with blocking() as (master, together):
            master.options.update(seasonproof_fail_closed=fail_closed)
            flow = request(path)
            assert await sent(master, flow) is (status is None)
            assert (flow.response.status_code if flow.response else None) == status
            assert flow.comment == "not checked: a URL is too long to be looked at whole"
            assert "too long to be looked at whole: not checked" in caplog.text
            assert together.listening.observation.unread == 1

    run(work)


def test_a_leak_is_one_however_long_its_url_is() -> None:
    async def work() -> None:
        with blocking() as (master, _):
            flow = request(f"{LEAK}&{long_query(20_000)[3:]}")
            assert not await sent(master, flow)
            assert flow.response is not None
            assert flow.response.status_code == 400

    run(work)


@pytest.mark.parametrize("given", [*AMBIGUOUS, {}, {"method": b"M-SEARCH"}, {"http_version": b"HTTP/2.0"}], ids=str)
def test_a_request_line_of_the_common_kind_is_never_ambiguous(given: dict[str, Any]) -> None:
    asked = request(**given).request.data
    headers_are_fine = Observation(Detector())
    assert not (guard.is_plain(asked) and guard.ambiguity(asked, headers_are_fine))
    assert guard.is_plain(request(authority=b"").request.data)
