"""Where requests wait for their check, nothing goes around the addons, whatever mitmproxy is told to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mitmproxy import exceptions, options
from mitmproxy.connection import Client, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer, layers, mode_specs
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.test import tflow
from mitmproxy.tls import ClientHelloData
from mitmproxy.tools.console.master import ConsoleMaster
from mitmproxy.tools.dump import DumpMaster
from mitmproxy.tools.web.master import WebMaster

from proxy_addons import guard
from tests.unit.guarded_proxy import blocking, run

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
