"""Leads the requests of one program to servers on this machine, and refuses all others, so that nothing leaves it.

A suite that is the counterpart of a client runs it behind this: the client keeps its addresses, and meets the suite.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from mitmproxy import http, options
from mitmproxy.addons.core import Core
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

type Address = tuple[str, int]

HOST = "127.0.0.1"

_MOST = 20
_PATIENCE_SECONDS = 30.0  # until it listens, on a machine that is busy


class Rerouting:
    """The addon.

    Args:
        ways: where requests to an address go instead, by https.
        ready: called when mitmproxy has begun.

    Attributes:
        port: where the proxy listens, on the loopback address.
        refused: the origins to which requests were refused, in their order, 20 at most.
    """

    def __init__(self, ways: Mapping[Address, Address], ready: Callable[[], None]) -> None:
        self.port = 0
        self.refused: list[str] = []
        self.running = ready
        self._ways = ways
        self._ends = frozenset(ways.values())

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a tunnel to an address that is not named."""
        if (flow.request.host.lower(), flow.request.port) not in self._ways:
            self._refuse(flow, "https")

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Lead a request; its Host stays as it is, and its body is passed on piece by piece."""
        request = flow.request
        way = self._ways.get((request.host.lower(), request.port))
        if way is None or request.scheme != "https":
            self._refuse(flow, request.scheme)
            return
        meant = request.host_header or request.host
        request.host, request.port = way
        request.host_header = meant
        request.stream = True

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Pass the body on piece by piece, so that one that is cut off stays so."""
        if flow.response is not None:
            flow.response.stream = True

    def server_connect(self, data: ServerConnectionHookData) -> None:
        """Let no connection out, whatever asks for it."""
        address = data.server.address
        if address is None or address[:2] not in self._ends:
            data.server.error = "it leads out of this machine"

    def _refuse(self, flow: http.HTTPFlow, scheme: str) -> None:
        origin = f"{scheme}://{flow.request.host}:{flow.request.port}"
        if origin not in self.refused and len(self.refused) < _MOST:
            self.refused.append(origin)
        flow.response = http.Response.make(403, f"{origin} is not led anywhere\n", {"Content-Type": "text/plain"})


@contextmanager
def leading(ways: Mapping[Address, Address], authority: bytes) -> Iterator[Rerouting]:
    """A proxy that leads requests; it listens as long as the context is open.

    Args:
        ways: where requests to an address go instead, by https.
        authority: who vouches for its certificates, as PEM with the private key.

    Raises:
        OSError: it cannot listen.
    """
    ready: Future[tuple[Rerouting, Master]] = Future()
    with tempfile.TemporaryDirectory(prefix="seasonproof-proxy-", ignore_cleanup_errors=True) as folder:
        Path(folder, "mitmproxy-ca.pem").write_bytes(authority)
        thread = threading.Thread(
            target=lambda: asyncio.run(_serve(ways, folder, ready)), name="seasonproof-proxy", daemon=True
        )
        thread.start()
        try:
            addon, master = ready.result(_PATIENCE_SECONDS)
            try:
                yield addon
            finally:
                master.shutdown()
        finally:
            thread.join(_PATIENCE_SECONDS)


async def _serve(ways: Mapping[Address, Address], folder: str, ready: Future[tuple[Rerouting, Master]]) -> None:
    """Listen until told to shut down; then the port is free again, and no connection is left."""
    log = logging.getLogger()
    level = log.level
    master = Master(options.Options())
    log.setLevel(level)  # mitmproxy lets all records pass, for interfaces that choose among them
    server = Proxyserver()

    def listens() -> None:
        addresses = server.listen_addrs()
        if addresses:
            addon.port = addresses[0][1]
            ready.set_result((addon, master))
        else:
            ready.set_exception(OSError(f"no proxy can listen on {HOST}"))
            master.shutdown()

    addon = Rerouting(ways, listens)
    try:
        master.addons.add(Core(), server, NextLayer(), TlsConfig(), addon)
        master.options.update(
            listen_host=HOST,
            listen_port=0,
            confdir=folder,
            connection_strategy="lazy",
            http2=False,
            ssl_insecure=True,  # the other end is the suite's own, under another name
        )
        await master.run()
        master.options.update(server=False)
        await server.setup_servers()
    except Exception as error:
        if ready.done():
            raise
        ready.set_exception(error)
