"""What holds where a request waits for its check: nothing goes around the addons, nothing is rewritten behind them.

mitmproxy has options, modes and fallbacks that pass bytes on without asking an addon. Where requests may be paused or
refused, those are off: by option, and once more for each connection, whatever chose its protocol.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Set
from typing import TYPE_CHECKING, Any, Protocol

from mitmproxy import ctx, exceptions
from mitmproxy.hooks import UpdateHook
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, layer, layers, mode_specs

from conformance.traffic.observation import AUTHORITY

if TYPE_CHECKING:
    from mitmproxy import http, tcp, udp
    from mitmproxy.tls import ClientHelloData

    from conformance.traffic.observation import Observation

logger = logging.getLogger(__name__)

IMPLIED: dict[str, object] = {"rawtcp": False, "connection_strategy": "lazy", "validate_inbound_headers": True}
"""The options that are set. Without them mitmproxy passes on what is no HTTP, calls a server before there is a request
to check, and forwards requests that it and the server may read differently."""

EXCLUDED = {
    "ignore_hosts": "it passes connections on unseen",
    "allow_hosts": "it passes all other connections on unseen",
    "tcp_hosts": "it passes connections on as plain TCP",
    "udp_hosts": "it passes connections on as plain UDP",
    "stream_large_bodies": "it may send a body on after its request was refused",
    "keep_alt_svc_header": "it lets clients leave the proxy",
}
"""The options that must not be set, and why."""

REVERSED = frozenset({"http", "https", "http3"})
"""What mode reverse may lead to: in any other protocol there is no request to check."""

_SPEAKING = (
    layers.HttpLayer,
    layers.ClientTLSLayer,
    layers.ServerTLSLayer,
    layers.ClientQuicLayer,
    layers.ServerQuicLayer,
)
_TLS_BEGINS = (b"\x16", b"\x16\x03")  # less than what mitmproxy knows it by
_MOST = 10_000  # requests on their way
_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
_no_target = re.compile(rb"[\x00-\x20\x7f]").search  # RFC 9112, 3.2; HTTP/2 and 3 can carry blanks
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,17}")  # RFC 9110, 5.6.2; no registered one is longer


def require(options: Options, updated: Set[str], what: str) -> None:
    """Set the options that are implied, and refuse those that let something past the check.

    Args:
        options: mitmproxy's.
        updated: the names of those that change now.
        what: what asks for it, such as `seasonproof_mode: block`.

    Raises:
        OptionsError: an option or a mode is excluded.
    """
    excluded = [f"{name} ({why})" for name, why in EXCLUDED.items() if getattr(options, name, None)]
    implied = {name: value for name, value in IMPLIED.items() if getattr(options, name, value) != value}
    is_loaded = updated >= options.keys()  # a script with this addon: nobody chose what is at its default
    chosen = [name for name in implied if name in updated and not (is_loaded and not options.has_changed(name))]
    excluded += [f"{name}={shown(getattr(options, name))}" for name in chosen]
    excluded += [f"mode {mode} (it carries no HTTP)" for mode in options.mode if not carries_http(mode)]
    if excluded:
        raise exceptions.OptionsError(f"{what} excludes {', '.join(excluded)}; leave that out")
    if implied:
        options.update(**implied)


def carries_http(mode: str) -> bool:
    """Whether what comes in by a mode of mitmproxy can be HTTP.

    Raises:
        ValueError: there is no such mode.
    """
    spec = mode_specs.ProxyMode.parse(mode)
    if isinstance(spec, mode_specs.ReverseMode):
        return spec.scheme in REVERSED
    return not isinstance(spec, mode_specs.DnsMode)


def shown(value: object) -> str:
    """The value of an option as it is written on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_plain(asked: http.RequestData) -> bool:
    """Whether the request line is of the common kind: nobody can read it differently."""
    return asked.method in _METHODS and not asked.authority and not _no_target(asked.path)


def ambiguity(asked: http.RequestData, observation: Observation) -> str:
    """The part of the request that was observed last which servers may read differently; empty if there is none."""
    if not _METHOD.fullmatch(asked.method):
        return "method"
    if _no_target(asked.path):
        return "target"
    if asked.authority and not AUTHORITY.fullmatch(asked.authority):
        return "authority"
    return observation.ambiguous


class Check(Protocol):
    """What checks requests, and knows whether they wait for it."""

    decides: bool

    def decide_again(self, flow: http.HTTPFlow) -> None:
        """Check a request that is no longer what was checked."""

    def decide_trailers(self, flow: http.HTTPFlow, trailers: http.Headers) -> None:
        """Check what came behind the body."""


class Guard:
    """Comes after all other addons.

    Args:
        tokens: the check that nothing goes around.
    """

    name = "seasonproof_guard"

    def __init__(self, tokens: Check) -> None:
        self._tokens = tokens
        self._checked: dict[http.HTTPFlow, tuple[object, ...]] = {}

    # ------------------------------------------------------------ connections

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Let a connection speak HTTP, also within TLS or QUIC, and nothing else."""
        chosen = nextlayer.layer
        if chosen is None or not self._tokens.decides:
            return
        if isinstance(chosen, layers.HttpLayer):
            if nextlayer.data_client() in _TLS_BEGINS:
                nextlayer.layer = None  # the rest decides
            _skip_empty_lines(nextlayer)
        elif isinstance(chosen, layers.DNSLayer) and isinstance(chosen.context.client.proxy_mode, _NAMES_TOO):
            pass
        elif (other := _no_http(chosen)) is not None:
            logger.warning("a connection was closed: %s is not HTTP, and nothing in it could be checked", other)
            nextlayer.layer = _Closed(nextlayer.context)

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """Look into a TLS connection that another addon would pass on."""
        if data.ignore_connection and self._tokens.decides:
            data.ignore_connection = False
            logger.warning("a TLS connection that another addon would pass on unseen is looked into")

    def tcp_message(self, flow: tcp.TCPFlow) -> None:
        """Pass nothing on in a connection that was there before requests had to wait."""
        if flow.messages[-1].from_client and self._tokens.decides:
            flow.messages[-1].content = b""

    def udp_message(self, flow: udp.UDPFlow) -> None:
        """The same for UDP."""
        if flow.messages[-1].from_client and self._tokens.decides:
            flow.messages[-1].content = b""

    # --------------------------------------------------------------- requests

    def checked(self, flow: http.HTTPFlow) -> None:
        """Note what a request was like when it was checked."""
        if len(self._checked) >= _MOST:
            self._checked.clear()  # what is not known to be checked is checked again
        data = flow.request.data
        self._checked[flow] = data.method, data.host, data.path, data.authority, data.headers.fields

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Check once more what another addon has rewritten, if the request is sent on before its body has come."""
        if flow.request.stream and flow.response is None and self._tokens.decides:
            self._check_again(flow, self._checked.get(flow))

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Check once more what another addon, or a person who held the request, has rewritten."""
        known = self._checked.pop(flow, None)
        data = flow.request.data
        unchanged = known == (data.method, data.host, data.path, data.authority, data.headers.fields)
        if unchanged and data.trailers is None and not flow.intercepted:
            return None
        if flow.response is not None or flow.error is not None or not self._tokens.decides:
            return None
        if flow.intercepted:
            return self._check_after_resuming(flow, known)
        self._check_before_sending(flow, known)
        return None

    def error(self, flow: http.HTTPFlow) -> None:
        """Forget a request that is over."""
        self._checked.pop(flow, None)

    async def _check_after_resuming(self, flow: http.HTTPFlow, known: tuple[object, ...] | None) -> None:
        ctx.master.addons.trigger(UpdateHook([flow]))  # or no interface would show that it waits
        await flow.wait_for_resume()
        if flow.response is None and flow.error is None:
            self._check_before_sending(flow, known)

    def _check_before_sending(self, flow: http.HTTPFlow, known: tuple[object, ...] | None) -> None:
        if not flow.request.stream:  # or its head was sent before
            self._check_again(flow, known)
        if flow.request.trailers and flow.response is None:
            self._tokens.decide_trailers(flow, flow.request.trailers)

    def _check_again(self, flow: http.HTTPFlow, known: tuple[object, ...] | None) -> None:
        if _head(flow) != known:
            self._tokens.decide_again(flow)


class _Closed(layer.Layer):
    """Closes a connection instead of speaking a protocol."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            yield commands.CloseConnection(self.context.client)


def _head(flow: http.HTTPFlow) -> tuple[object, ...]:
    data = flow.request.data
    return data.method, data.host, data.path, data.authority, data.headers.fields


def _skip_empty_lines(nextlayer: layer.NextLayer) -> None:
    """Leave out the empty lines before a request (RFC 9112, 2.2), at which mitmproxy would wait for more."""
    for event in nextlayer.events:
        if isinstance(event, events.DataReceived) and event.connection is nextlayer.context.client:
            event.data = event.data.lstrip(b"\r\n")
            if event.data:
                return


_NAMES_TOO = (mode_specs.LocalMode, mode_specs.TransparentMode, mode_specs.WireGuardMode, mode_specs.TunMode)
"""The modes in which the look-ups of names come by, too."""


def _no_http(chosen: layer.Layer) -> str | None:
    """The name of the first layer that could pass something on unseen; None if there is none."""
    inner: Any = chosen
    while inner is not None and not isinstance(inner, layer.NextLayer):  # which will be asked about in its turn
        if not isinstance(inner, _SPEAKING):
            return type(inner).__name__.removesuffix("Layer")
        inner = getattr(inner, "child_layer", None)
    return None
