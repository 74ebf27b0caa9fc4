"""A request of exact bytes on a connection of its own: framing that is wrong on purpose."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11
import httpcore2

from conformance.http.transport.network import DeadlineBackend

if TYPE_CHECKING:
    import ssl

    from conformance.http.transport.network import Watch

_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class ExactAnswer:
    """An answer, as far as it came.

    Attributes:
        head: status and headers.
        body: its content before the connection ended, or up to the limit.
        trouble: why the body is not whole; None where it is.
    """

    head: h11.Response
    body: bytes
    trouble: httpcore2.NetworkError | httpcore2.ProtocolError | httpcore2.TimeoutException | None = None


def converse_exactly(
    request: httpcore2.Request, body: bytes, tls: ssl.SSLContext, watch: Watch, bounds: tuple[float, float, int]
) -> ExactAnswer:
    """Send head and body as they stand, and read the answer.

    Args:
        request: method, address and headers.
        body: the bytes behind the head.
        tls: for addresses of https.
        watch: the time that the exchange has, entered by this thread.
        bounds: seconds for connecting, seconds between two pieces of the answer, bytes of its body.

    Raises:
        httpcore2.TimeoutException, httpcore2.ProtocolError, httpcore2.NetworkError: no answer came, or none of HTTP.
    """
    connect, read, limit = bounds
    host, scheme = request.url.host.decode("ascii"), request.url.scheme
    port = request.url.port or (443 if scheme == b"https" else 80)
    stream = DeadlineBackend().connect_tcp(host, port, connect)
    try:
        if scheme == b"https":
            stream = stream.start_tls(tls, host.strip("[]"), connect)
        lines = [b"%b %b HTTP/1.1" % (request.method, request.url.target)]
        lines += [b"%b: %b" % header for header in request.headers]
        with suppress(httpcore2.WriteError):  # a server may refuse a head, and close, before the body is sent
            stream.write(b"\r\n".join([*lines, b"Connection: close", b"", body]), read)
        return _answer(stream, request.method, watch, read, limit)
    finally:
        stream.close()


def _answer(stream: httpcore2.NetworkStream, method: bytes, watch: Watch, timeout: float, limit: int) -> ExactAnswer:
    reader = h11.Connection(h11.CLIENT)
    # h11 reads an answer once it has sent a request: this one goes nowhere, and tells it the method.
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "-"), ("Content-Length", "0")]))
    reader.send(h11.EndOfMessage())
    head, body = None, b""
    while True:
        try:
            event = _next_event(reader, stream, timeout)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            if head is None:
                raise
            return ExactAnswer(head, body[:limit], error)
        if isinstance(event, h11.Response):
            head = event
            watch.body()
        elif isinstance(event, h11.Data):
            body += event.data
        if head is not None and (len(body) > limit or isinstance(event, h11.EndOfMessage)):
            return ExactAnswer(head, body[:limit])


def _next_event(reader: h11.Connection, stream: httpcore2.NetworkStream, timeout: float) -> object:
    """The next event of an answer, for which more may have to be read."""
    try:
        while (event := reader.next_event()) is h11.NEED_DATA:
            data = stream.read(_PIECE, timeout)
            if not data and reader.their_state is h11.SEND_RESPONSE:
                raise httpcore2.RemoteProtocolError("Server disconnected without sending a response.")
            reader.receive_data(data)
    except h11.RemoteProtocolError as error:
        raise httpcore2.RemoteProtocolError(str(error)) from None
    return event
