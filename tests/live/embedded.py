"""The proxy of the command inside this process, so that one event loop drives clients, proxy and servers.

Nothing waits for time: whatever is on its way has arrived when the loop has nothing left to do.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import h2.config
import h2.connection
import h2.exceptions

from proxy_addons.session import ProxyOptions, _check, _Session

_IDLE = 60  # turns of the loop without any news: more than anything takes that is on its way


class News:
    """Counts what happens, so that it shows when nothing does any more."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *_: object) -> None:
        self.count += 1

    async def over(self) -> None:
        """Wait until nothing happens any more."""
        idle, seen = 0, self.count
        while idle < _IDLE:
            await asyncio.sleep(0)
            idle, seen = (idle + 1, seen) if seen == self.count else (0, self.count)


class Hooks:
    """An addon for which each event of mitmproxy is news."""

    def __init__(self, news: News) -> None:
        for name in (
            "client_connected", "client_disconnected", "server_connect", "server_connected", "server_disconnected",
            "next_layer", "tls_clienthello", "tls_start_client", "tls_established_client", "tls_start_server",
            "tls_established_server", "requestheaders", "request", "responseheaders", "response", "error",
            "http_connect", "tcp_start", "tcp_message", "websocket_start", "websocket_message", "websocket_end",
        ):  # fmt: skip
            setattr(self, name, news)


class Server(asyncio.Protocol):
    """Writes down every byte it gets, and answers whatever looks like the end of a head."""

    received = bytearray()
    news: News

    def __init__(self) -> None:
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.news()

    def data_received(self, data: bytes) -> None:
        self.news()
        Server.received += data
        self._head += data
        lowered = self._head.lower()
        if b"\n\r\n" in lowered or b"\n\n" in lowered:
            upgrade = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            answer = upgrade if b"upgrade:" in lowered else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            assert isinstance(self._transport, asyncio.WriteTransport)
            self._transport.write(answer)
            self._head = b""

    def connection_lost(self, exc: Exception | None) -> None:
        self.news()


class Embedded:
    """A proxy and its servers.

    Attributes:
        code: how the proxy ended.
    """

    def __init__(self, news: News, said: list[str], ports: dict[str, int], authority: Path) -> None:
        self.news, self.said, self.ports = news, said, ports
        self.code = -1
        self._tls = ssl.create_default_context(cafile=str(authority))  # says nothing of a protocol
        self._h2 = ssl.create_default_context(cafile=str(authority))
        self._h2.set_alpn_protocols(["h2"])

    async def send(self, way: str, pieces: Sequence[bytes]) -> bytes:
        """Send bytes by HTTP/1, each piece in a segment of its own; all that comes back."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.ports["reverse" if way == "reverse" else "proxy"]
        )
        try:
            if way in ("connect", "tls"):
                await self._connect(reader, writer, way)
            if way == "tls":
                await writer.start_tls(self._tls, server_hostname="127.0.0.1")
            for piece in pieces:
                writer.write(piece)
                await self._in_a_segment_of_its_own()
            await self.news.over()
            return await self._all_there_is(reader)
        except (ConnectionError, ssl.SSLError):
            return b""
        finally:
            await self._close(writer)

    async def stream(self, requests: Sequence[tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]]) -> bytes:
        """Send requests by HTTP/2, each with its trailers, on one connection; all that comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports["proxy"])
        try:
            await self._connect(reader, writer, "tls")
            await writer.start_tls(self._h2, server_hostname="127.0.0.1")
            config = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
            client = h2.connection.H2Connection(config)
            client.initiate_connection()
            for fields, trailers in requests:
                stream = client.get_next_available_stream_id()
                client.send_headers(stream, fields, end_stream=not trailers)
                if trailers:
                    client.send_headers(stream, trailers, end_stream=True)
            writer.write(client.data_to_send())
            await self.news.over()
            return await self._all_there_is(reader)
        except (ConnectionError, ssl.SSLError, h2.exceptions.H2Error):
            return b""
        finally:
            await self._close(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        port = self.ports["secure" if way == "tls" else "plain"]
        writer.write(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % port)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 "), answer

    async def _in_a_segment_of_its_own(self) -> None:
        for _ in range(4):  # of the loop's turns one reads, one tells the proxy
            await asyncio.sleep(0)

    async def _all_there_is(self, reader: asyncio.StreamReader) -> bytes:
        came = b""
        while not reader.at_eof():
            try:
                came += await asyncio.wait_for(reader.read(65536), 0)
            except TimeoutError:
                break
        return came

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        await self.news.over()


@asynccontextmanager
async def embedded(
    folder: Path, server_tls: ssl.SSLContext, *settings: str, **given: object
) -> AsyncIterator[Embedded]:
    """The proxy as `seasonproof proxy --on-leak=block` makes it, in front of two servers; it ends with the block.

    Args:
        folder: for its files and its certificates.
        server_tls: of the server that speaks TLS.
        settings: options of mitmproxy, as for `--set`.
        given: other options of the command.
    """
    loop = asyncio.get_running_loop()
    news = Server.news = News()
    plain = await loop.create_server(Server, "127.0.0.1", 0)
    secure = await loop.create_server(Server, "127.0.0.1", 0, ssl=server_tls)
    said: list[str] = []
    listens = asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("listening on "):
            listens.set()

    free = await loop.create_server(Server, "127.0.0.1", 0)
    plain_port, secure_port, reverse = (one.sockets[0].getsockname()[1] for one in (plain, secure, free))
    free.close()
    set_to = ("ssl_insecure=true", f"confdir={folder / 'authority'}", *settings)
    options = ProxyOptions(listen="127.0.0.1:0", on_leak="block", out=folder / "out", settings=set_to, **given)  # type: ignore[arg-type] # a test's
    session = _Session(options, *_check(options), say)
    running = asyncio.create_task(session.run())
    waiting = asyncio.create_task(listens.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert listens.is_set(), running.result()
    master = session._master
    master.addons.add(Hooks(news))
    master.options.update(mode=["regular", f"reverse:http://127.0.0.1:{plain_port}@{reverse}"])
    await master.addons.get("proxyserver").setup_servers()
    ports = {"proxy": session._port, "reverse": reverse, "plain": plain_port, "secure": secure_port}
    proxy = Embedded(news, said, ports, folder / "authority" / "mitmproxy-ca-cert.pem")
    try:
        yield proxy
    finally:
        master.options.update(server=False)
        await master.addons.get("proxyserver").setup_servers()  # its end leaves that to the end of the process
        master.shutdown()
        proxy.code = await running
        plain.close()
        secure.close()
