"""A server on loopback that answers with exactly the bytes it is told, at the pace it is told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

type Responder = Callable[["Connection"], None]


@dataclass
class Connection:
    """One accepted connection.

    Attributes:
        sock: the socket.
        stop: set when the test is over.
        requests: the request heads which the server read, of all connections.
    """

    sock: socket.socket
    stop: threading.Event
    requests: list[bytes]

    def read_head(self) -> bytes:
        """Read a request head, and remember it."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError
            head += data
        self.requests.append(head)
        return head

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.sock.sendall(data)

    def send_for_ever(self, data: bytes, every: float = 0.0) -> None:
        """Send it again and again, until the client goes away or the test ends."""
        while not self.stop.wait(every):
            self.sock.sendall(data)

    def hold(self) -> None:
        """Say nothing more, and keep the connection."""
        self.stop.wait(30)

    def reset(self) -> None:
        """Close with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


@dataclass
class RawServer:
    """Where a server listens, and what it was asked."""

    port: int
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(answer: Responder, context: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Answer each connection with `answer`, in a thread of its own, over TLS if there is a context."""
    stop, threads, socks = threading.Event(), list[threading.Thread](), list[socket.socket]()
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1], "https" if context else "http")

    def serve(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if context:
                sock = context.wrap_socket(sock, server_side=True)
                socks.append(sock)
            with sock:
                answer(Connection(sock, stop, server.requests))

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.settimeout(10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if stop.is_set():
                sock.close()
                return
            socks.append(sock)
            threads.append(threading.Thread(target=serve, args=(sock,), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        stop.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        acceptor.join(5)
        listener.close()
        for sock in socks:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in threads:
            thread.join(5)
