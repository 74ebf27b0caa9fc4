"""Sockets that keep to the deadline of the exchange they serve, whatever the other side does.

A pooled connection serves many exchanges, one after the other, each wholly in one thread. So the deadline belongs to
the thread (`Watch`), and every connect, handshake, read and write asks for it.
"""

from __future__ import annotations

import ipaddress
import queue
import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import httpcore2

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD_BYTES = 192 * 1024
"""How many bytes may come before the response head is whole, interim responses included."""

_current = threading.local()


class Watch:
    """The time an exchange has, as a context manager around it; one a thread.

    Attributes:
        phase: what the exchange is doing, for messages.
        connected: whether a connection was opened for it.
        received: how many bytes came.
        expired: whether the last step had no more time than was left in all: its timeout is that of the exchange.
    """

    __slots__ = ("_deadline", "_in_body", "connected", "expired", "phase", "received")

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._in_body = False
        self.connected = False
        self.received = 0
        self.expired = False
        self.phase = "waiting for a free connection"

    def __enter__(self) -> Self:
        _current.watch = self
        return self

    def __exit__(self, *error: object) -> None:
        _current.watch = None

    def body(self) -> None:
        """From here on the body is read."""
        self._in_body = True
        self.phase = "reading the body"

    def doing(self, phase: str) -> None:
        """Note what the exchange is doing."""
        if not self._in_body:
            self.phase = phase

    def left(self, timeout: float | None) -> float:
        """The seconds that the next step has: what is left, or less if the step has a limit of its own.

        Raises:
            httpcore2.ReadTimeout: nothing is left.
        """
        left = self._deadline - time.monotonic()
        self.expired = timeout is None or left <= timeout
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def count(self, received: int) -> None:
        """Count bytes received.

        Raises:
            httpcore2.RemoteProtocolError: the response head takes too many.
        """
        self.received += received
        if self.received > HEAD_BYTES and not self._in_body:
            raise httpcore2.RemoteProtocolError(f"no response head within {HEAD_BYTES} bytes")


def _watch() -> Watch:
    watch: Watch | None = getattr(_current, "watch", None)
    return watch or Watch(1.0)  # outside of an exchange the pool only closes connections


class DeadlineStream(httpcore2.NetworkStream):
    """A connected socket. Errors are httpcore2's, and their text names no more than the kind of failure."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        watch = _watch()
        watch.doing("waiting for the response")
        self._sock.settimeout(watch.left(timeout))
        try:
            data = self._sock.recv(max_bytes)
        except OSError as error:
            raise _mapped(error, httpcore2.ReadTimeout, httpcore2.ReadError) from None
        watch.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        watch = _watch()
        watch.doing("sending the request")
        rest = memoryview(buffer)
        while rest:
            self._sock.settimeout(watch.left(timeout))
            try:
                rest = rest[self._sock.send(rest) :]
            except OSError as error:
                raise _mapped(error, httpcore2.WriteTimeout, httpcore2.WriteError) from None
            if rest:
                self._wait_for_room(watch.left(timeout))

    def _wait_for_room(self, timeout: float) -> None:
        """Wait until more can be sent; where an answer comes before that, stop sending and let it be read."""
        if isinstance(self._sock, ssl.SSLSocket):
            return  # readable may mean a session ticket: send() waits by itself
        readable, writable = _ready(self._sock, timeout, write=True)
        if not readable and not writable:
            raise httpcore2.WriteTimeout
        if not writable:
            raise httpcore2.WriteError("an answer came before the request was sent")

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        watch = _watch()
        watch.doing("opening TLS")
        try:
            if isinstance(self._sock, ssl.SSLSocket):
                raise httpcore2.ConnectError("TLS inside TLS is not supported: name the proxy with http://")
            self._sock.settimeout(watch.left(timeout))
            return DeadlineStream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname))
        except (OSError, ValueError) as error:
            raise _mapped(error, httpcore2.ConnectTimeout, httpcore2.ConnectError) from None
        finally:
            self._sock.close()  # wrap_socket() has detached it if it got that far

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        return None

    def _is_readable(self) -> bool:
        """Whether an idle connection has its end to read, or bytes nobody asked for: it is not used again."""
        if self._sock.fileno() < 0:
            return True
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        return _ready(self._sock, 0)[0]


class DeadlineBackend(httpcore2.NetworkBackend):
    """Opens connections within the deadline, name lookup included."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        watch = _watch()
        watch.doing("connecting")
        watch.connected = True
        limit = time.monotonic() + watch.left(timeout)
        failure: Exception = httpcore2.ConnectError("the host name is not known")
        for family, kind, protocol, _, address in _addresses(host, port, limit):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(limit - time.monotonic(), 0.001))
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                sock.close()
                failure = _mapped(error, httpcore2.ConnectTimeout, httpcore2.ConnectError)
                if isinstance(failure, httpcore2.ConnectTimeout):
                    break
            else:
                return DeadlineStream(sock)
        raise failure


def describe(error: Exception) -> str:
    """The kind of a socket or TLS failure, without anything that came from the other side."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: certificate verify failed: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "failed").replace("_", " ").lower()
        plain = (
            "; it may not be a TLS port"
            if reason in ("wrong version number", "http request", "record layer failure")
            else ""
        )
        return f"TLS: {reason}{plain}"
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "connection reset"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return error.strerror or "failed" if isinstance(error, OSError) else "failed"


def _mapped(error: Exception, timeout: type[Exception], other: type[Exception]) -> Exception:
    """The error of httpcore2 for one of a socket. A timeout of the system's own (with a number) is not ours."""
    return timeout() if isinstance(error, TimeoutError) and error.errno is None else other(describe(error))


def _addresses(host: str, port: int, limit: float) -> list[Any]:
    """The addresses of a host. The system's lookup cannot be cut, so it runs in a thread which may be left behind."""
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        answers = queue.SimpleQueue[list[Any]]()
        threading.Thread(target=lambda: answers.put(_lookup(host, port)), daemon=True).start()
        try:
            return answers.get(timeout=max(limit - time.monotonic(), 0.001))
        except queue.Empty:
            raise httpcore2.ConnectTimeout from None
    return _lookup(host, port)


def _lookup(host: str, port: int) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []


def _ready(sock: socket.socket, timeout: float, *, write: bool = False) -> tuple[bool, bool]:
    """Whether a socket can be read and written, after waiting at most `timeout` seconds for either."""
    if not hasattr(select, "poll"):  # Windows
        readable, writable, _ = select.select([sock], [sock] if write else [], [], timeout)
        return bool(readable), bool(writable)
    poll = select.poll()
    poll.register(sock, select.POLLIN | (select.POLLOUT if write else 0))
    events = poll.poll(timeout * 1000)
    found = events[0][1] if events else 0
    return bool(found & (select.POLLIN | select.POLLHUP | select.POLLERR)), bool(found & select.POLLOUT)
