"""Serves applications over real HTTP on free loopback ports, all from one background thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from array import array
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from conformance.reference.framing import Framing

HOST = "127.0.0.1"
OTHER_HOST = "127.0.0.2"


@cache
def other_host() -> str:
    """A loopback address that is another host than `HOST`; the same one where the system has no other (macOS)."""
    with socket.socket() as probe, suppress(OSError):
        probe.bind((OTHER_HOST, 0))
        return OTHER_HOST
    return HOST


class Server:
    """A context in which applications are served.

    The socket listens before `serve` returns, so a client that connects at once is answered; nothing is waited for.
    """

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._servers: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="seasonproof-reference", daemon=True)
        self._thread.start()
        return self

    def serve(
        self,
        app: ASGIApp,
        port: int = 0,
        framing: Framing | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = HOST,
    ) -> str:
        """Serve an application.

        Args:
            app: the application.
            port: the port to listen on; 0 for a free one.
            framing: how the framing of uploads is read.
            tls: the certificate to serve with; None for plain HTTP.
            host: the loopback address to listen on.

        Returns:
            The base URL, such as `http://127.0.0.1:8123`.

        Raises:
            OSError: the port is taken.
        """
        # asyncio switches Nagle's algorithm off only where the protocol is named.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",  # nobody asks for WebSockets, and their library need not be loaded
            http=_reading(framing) if framing else ChunkedAlone,
            server_header=False,
        )
        if tls is not None:
            config.load()
            config.ssl = tls
        asyncio.run_coroutine_threadsafe(self._start(uvicorn.Server(config), listener), self._loop).result()
        return f"http{'s' if tls else ''}://{host}:{listener.getsockname()[1]}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self, server: uvicorn.Server, listener: socket.socket) -> None:
        # uvicorn closes the sockets that it is given.
        self._servers.append((server, asyncio.create_task(server.serve(sockets=[listener]))))

    async def _stop(self) -> None:
        # What uvicorn does by itself to end takes a fifth of a second, in which nothing happens.
        for server, serving in self._servers:
            serving.cancel()
            for listening in server.servers if server.started else ():
                listening.close()
            for connection in list(server.server_state.connections):
                connection.shutdown()
        await asyncio.gather(*(serving for _, serving in self._servers), return_exceptions=True)


class ChunkedAlone(HttpToolsProtocol):
    """What reads HTTP with llhttp, which would take the content of any transfer coding as it is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Read what comes with a parser that stays with HTTP/1.1."""
        self.parser = _Staying(self)
        super().connection_made(transport)

    def on_headers_complete(self) -> None:
        """Refuse a body in a coding that is not undone here (RFC 9112, section 6.1)."""
        if self.without_upgrade():
            return
        codings = [value.lower() for name, value in self.headers if name == b"transfer-encoding"]
        if codings not in ([], [b"chunked"]):
            raise ValueError(codings)  # uvicorn answers 400 and closes the connection
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Leave alone what is to be read again."""
        if not self.without_upgrade():
            super().on_message_complete()

    def without_upgrade(self) -> bytes:
        """The head of a request that asks for another protocol, without that header; empty for any other request."""
        headers = [b"%s: %s\r\n" % (name, value) for name, value in self.headers if name != b"upgrade"]
        if len(headers) == len(self.headers) or not self.parser.should_upgrade():
            return b""
        version = self.parser.get_http_version().encode()
        return b"%s %s HTTP/%s\r\n%s\r\n" % (self.parser.get_method(), self.url, version, b"".join(headers))


class _Staying(httptools.HttpRequestParser):
    """llhttp without changes of the protocol, which a server may ignore (RFC 9110, section 7.8).

    It would end such a request at its head. The HTTP client of Java offers h2c with each first request of plain HTTP,
    so its uploads and its token requests would be empty.
    """

    def __init__(self, reader: ChunkedAlone) -> None:
        super().__init__(reader)
        self._reader = reader

    def feed_data(self, data: bytes | bytearray | memoryview[int] | array[int]) -> None:
        """Read what came."""
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as left_off:
            head = self._reader.without_upgrade()
            if not head:
                raise
            # A new parser, because this one is at its end where the connection closes after the answer.
            self._reader.parser = _Staying(self._reader)
            self._reader.parser.feed_data(head + bytes(data)[left_off.args[0] :])


def _reading(framing: Framing) -> type[H11Protocol]:
    """What reads HTTP with h11, behind a framing of its own."""

    class Framed(H11Protocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(framing.read(data))

        def send_400_response(self, msg: str) -> None:
            if framing.is_silent:
                self.transport.close()
            else:
                super().send_400_response(msg)

    return Framed
