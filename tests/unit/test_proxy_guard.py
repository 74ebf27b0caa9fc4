"""Where requests wait for their check, nothing goes around the addons, whatever mitmproxy is told to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from mitmproxy import exceptions, http, options
from mitmproxy.connection import Client, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer, layers, mode_specs
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.test import tflow, tutils
from mitmproxy.tls import ClientHelloData
from mitmproxy.tools.console.master import ConsoleMaster
from mitmproxy.tools.dump import DumpMaster
from mitmproxy.tools.web.master import WebMaster

from conformance.rules.url_tokens import Detector
from conformance.traffic.observation import Observation
from proxy_addons import guard
from proxy_addons.query_tokens import QueryTokens
from proxy_addons.together import Together

TOKEN = "00D000000000001!AQ4AQ" + "made.up_token" * 7
LEAK = f"/a?access_token={TOKEN}"

# What every option of mitmproxy means for a request that waits for its check. A new one has to be looked at.
DECIDED = {
    "excluded": {*guard.EXCLUDED, *guard.IMPLIED, "mode"},
    "rewrites requests before they are checked for the last time": {
        "anticache", "anticomp", "map_remote", "modify_body", "modify_headers", "scripts", "stickyauth", "stickycookie",
        "upstream_auth", "keep_host_header", "intercept", "intercept_active", "normalize_outbound_headers",
    },
    "sends requests, which are checked as any other": {"client_replay", "client_replay_concurrency"},
    "answers requests itself": {
        "block_list", "map_local", "onboarding", "onboarding_host", "proxyauth", "server_replay", "server_replay_extra",
        "server_replay_ignore_content", "server_replay_ignore_host", "server_replay_ignore_params",
        "server_replay_ignore_payload_params", "server_replay_ignore_port", "server_replay_kill_extra",
        "server_replay_nopop", "server_replay_refresh", "server_replay_reuse", "server_replay_use_headers",
    },
    "says who may connect, where, and how long": {
        "block_global", "block_private", "body_size_limit", "connect_addr", "listen_host", "listen_port", "server",
        "tcp_timeout", "http2_ping_keepalive", "keepserving",
    },
    "names what may be spoken: HTTP, and within it what has its own checks": {
        "http2", "http3", "websocket", "http_connect_send_host_header", "dns_name_servers", "dns_use_hosts_file",
        "strip_ech",
    },
    "is about certificates and TLS": {
        "add_upstream_certs_to_client_chain", "cert_passphrase", "certs", "ciphers_client", "ciphers_server",
        "client_certs", "confdir", "emudhra", "emudhra_old", "key_size", "request_client_cert", "ssl_insecure",
        "ssl_verify_upstream_trusted_ca", "ssl_verify_upstream_trusted_confdir", "tls_ecdh_curve_client",
        "tls_ecdh_curve_server", "tls_version_client_max", "tls_version_client_min", "tls_version_server_max",
        "tls_version_server_min", "upstream_cert",
    },
    "is about what is read, kept and shown": {
        "command_history", "content_view_lines_cutoff", "dumper_default_contentview", "dumper_filter",
        "export_preserve_original_ip", "flow_detail", "hardump", "protobuf_definitions", "proxy_debug",
        "readfile_filter", "rfile", "save_stream_file", "save_stream_filter", "show_ignored_hosts", "showhost",
        "store_streamed_bodies", "termlog_verbosity", "view_filter", "view_order", "view_order_reversed",
    },
}  # fmt: skip


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


@contextmanager
def blocking(*addons: object, **given: object) -> Iterator[tuple[DumpMaster, Together]]:
    """A mitmproxy that blocks leaks, with other addons before ours."""
    master = DumpMaster(options.Options(), with_termlog=False, with_dumper=False)
    master.addons.add(*addons)
    together = Together(lambda: None)
    master.addons.add(together)
    master.options.update(**given)
    master.options.update(seasonproof_mode="block")
    yield master, together


def request(path: str | bytes = "/a", **given: Any) -> http.HTTPFlow:
    """A request that has just come."""
    flow = tflow.tflow(req=tutils.treq(path=path.encode() if isinstance(path, str) else path, **given))
    flow.live = True
    return flow


async def sent(master: DumpMaster, flow: http.HTTPFlow) -> bool:
    """Tell a mitmproxy of a request as its core does; whether it would be sent on."""
    await master.addons.handle_lifecycle(layers.http.HttpRequestHeadersHook(flow))
    await master.addons.handle_lifecycle(layers.http.HttpRequestHook(flow))
    await flow.wait_for_resume()
    return flow.response is None


# -------------------------------------------------------------------- options


def test_each_option_of_mitmproxy_was_looked_at() -> None:
    """If this fails, mitmproxy has an option more: say what it means for a request that waits for its check."""

    async def work() -> None:
        masters = [DumpMaster(options.Options()), WebMaster(options.Options())]
        found = {name for master in masters for name, _ in master.options.items()}
        shown = ("web_", "console_")
        assert {name for name in found if not name.startswith(shown)} == set().union(*DECIDED.values())
        assert set(guard.IMPLIED) | set(guard.EXCLUDED) <= found
        assert ConsoleMaster  # its own options are for the screen: console_...

    run(work)


def test_blocking_sets_what_it_needs() -> None:
    async def work() -> None:
        with blocking() as (master, _):
            assert {name: getattr(master.options, name) for name in guard.IMPLIED} == guard.IMPLIED

    run(work)


EXCLUDING = [
    ("ignore_hosts", ["example"]), ("allow_hosts", ["example"]), ("tcp_hosts", ["example"]), ("udp_hosts", ["example"]),
    ("stream_large_bodies", "1m"), ("keep_alt_svc_header", True), ("rawtcp", True), ("connection_strategy", "eager"),
    ("validate_inbound_headers", False), ("mode", ["reverse:tcp://127.0.0.1:1"]), ("mode", ["reverse:tls://a:1"]),
    ("mode", ["reverse:udp://a:1"]), ("mode", ["reverse:dtls://a:1"]), ("mode", ["reverse:quic://a:1"]),
    ("mode", ["reverse:dns://a:1"]), ("mode", ["dns"]), ("mode", ["regular", "dns@5300"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), EXCLUDING)
def test_what_lets_bytes_past_the_check_is_refused_while_it_runs(name: str, value: object) -> None:
    """As with `set` in the console or in mitmweb: the option stays what it was."""

    async def work() -> None:
        with blocking() as (master, _):
            before = getattr(master.options, name)
            with pytest.raises(exceptions.OptionsError, match=f"block excludes .*{name}"):
                master.options.update(**{name: value})
            assert getattr(master.options, name) == before
            assert master.options.seasonproof_mode == "block"

    run(work)


@pytest.mark.parametrize("name", guard.EXCLUDED)
def test_blocking_is_refused_where_bytes_already_go_past(name: str) -> None:
    async def work() -> None:
        with blocking() as (master, together):
            master.options.update(seasonproof_mode="mark")
            value = next(value for option, value in EXCLUDING if option == name)
            master.options.update(**{name: value})
            with pytest.raises(exceptions.OptionsError, match=f"seasonproof_mode: block excludes {name}"):
                master.options.update(seasonproof_mode="block")
            assert not together.tokens.decides

    run(work)


@pytest.mark.parametrize(
    "mode", ["regular", "upstream:http://a:1", "reverse:http://a:1", "reverse:https://a:1", "reverse:http3://a:1"]
)
def test_the_modes_of_http_stay(mode: str) -> None:
    assert guard.carries_http(mode)


# ---------------------------------------------------------------- connections


def connection(mode: str = "regular", protocol: str = "tcp", server: tuple[str, int] = ("127.0.0.1", 80)) -> Context:
    client = Client(
        peername=("127.0.0.1", 1234), sockname=("127.0.0.1", 8080), state=ConnectionState.OPEN,
        proxy_mode=mode_specs.ProxyMode.parse(mode), transport_protocol=protocol,  # type: ignore[arg-type] # tcp or udp
    )  # fmt: skip
    context = Context(client, options.Options())
    context.server = Server(address=server, transport_protocol=protocol)  # type: ignore[arg-type] # as above
    layers.modes.HttpProxy(context)  # a layer notes itself in its context
    return context


def chosen(make: Callable[[Context], layer.Layer], context: Context, data: bytes = b"GET / H") -> layer.Layer | None:
    """What becomes of a protocol that mitmproxy, or another addon, has chosen for a connection."""
    with blocking() as (_, together):
        asking = layer.NextLayer(context)
        asking.events.append(events.DataReceived(context.client, data))
        asking.layer = make(context)
        together.next_layer(asking)
        return asking.layer


OTHERS: list[tuple[str, Callable[[Context], layer.Layer]]] = [
    ("tcp", layers.TCPLayer),
    ("tcp", lambda context: layers.TCPLayer(context, ignore=True)),
    ("udp", layers.UDPLayer),
    ("tcp", layers.DNSLayer),
    ("udp", layers.RawQuicLayer),
]


@pytest.mark.parametrize(("protocol", "make"), OTHERS)
def test_a_connection_that_is_no_http_is_closed(protocol: str, make: Callable[[Context], layer.Layer]) -> None:
    """Also within TLS, and whoever chose it."""

    async def work() -> None:
        context = connection(protocol=protocol)
        closed = chosen(make, context)
        assert closed is not None
        assert not isinstance(closed, (layers.TCPLayer, layers.UDPLayer, layers.DNSLayer, layers.RawQuicLayer))
        did = [*closed.handle_event(events.Start()), *closed.handle_event(events.DataReceived(context.client, b"x"))]
        assert [type(one) for one in did] == [commands.CloseConnection]

        def within_tls(context: Context) -> layer.Layer:
            outer = layers.ClientTLSLayer(context)
            outer.child_layer = make(context)
            return outer

        assert not isinstance(chosen(within_tls, connection(protocol=protocol)), layers.ClientTLSLayer)

    run(work)


def test_http_goes_on_also_within_tls_and_quic() -> None:
    async def work() -> None:
        def http_layer(context: Context) -> layer.Layer:
            return layers.HttpLayer(context, HTTPMode.transparent)

        def server_and_client_tls(context: Context) -> layer.Layer:
            outer = layers.ServerTLSLayer(context)
            outer.child_layer = layers.ClientTLSLayer(context)
            return outer

        for make, kind in (
            (http_layer, layers.HttpLayer),
            (layers.ClientTLSLayer, layers.ClientTLSLayer),
            (server_and_client_tls, layers.ServerTLSLayer),
        ):
            assert isinstance(chosen(make, connection()), kind)
        assert isinstance(chosen(layers.ClientQuicLayer, connection(protocol="udp")), layers.ClientQuicLayer)

    run(work)


def test_names_are_looked_up_in_the_modes_that_redirect_a_machine() -> None:
    async def work() -> None:
        assert isinstance(chosen(layers.DNSLayer, connection("transparent", "udp")), layers.DNSLayer)
        assert not isinstance(chosen(layers.DNSLayer, connection("regular", "udp")), layers.DNSLayer)

    run(work)


@pytest.mark.parametrize("first", [b"\x16", b"\x16\x03"])
def test_the_first_bytes_of_tls_are_not_taken_for_http(first: bytes) -> None:
    async def work() -> None:
        def http_layer(context: Context) -> layer.Layer:
            return layers.HttpLayer(context, HTTPMode.transparent)

        assert chosen(http_layer, connection(), first) is None

    run(work)


def test_another_addon_passes_no_tls_connection_on() -> None:
    async def work() -> None:
        with blocking() as (_, together):
            data = ClientHelloData(connection(), None)  # type: ignore[arg-type] # nobody looks at it
            data.ignore_connection = True
            together.tls_clienthello(data)
            assert not data.ignore_connection

    run(work)


def test_a_connection_that_was_open_before_passes_nothing_on() -> None:
    async def work() -> None:
        with blocking() as (_, together):
            for flow, told in ((tflow.ttcpflow(), together.tcp_message), (tflow.tudpflow(), together.udp_message)):
                flow.messages = flow.messages[:1]
                assert flow.messages[0].from_client
                told(flow)
                assert flow.messages[0].content == b""

    run(work)


# ------------------------------------------------------------------- requests


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
        master = DumpMaster(options.Options(), with_termlog=False, with_dumper=False)
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
        master = DumpMaster(options.Options(), with_termlog=False, with_dumper=False)
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
