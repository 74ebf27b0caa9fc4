"""A request of exact bytes on a connection of its own: framing that is wrong on purpose."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import h11
import httpcore2

from conformance.http.transport.network import DeadlineBackend

if TYPE_CHECKING:
    import ssl

_PIECE = 65_536


def converse_exactly(
    request: httpcore2.Request, body: bytes, tls: ssl.SSLContext, bounds: tuple[float, float, int]
) -> tuple[h11.Response, bytes]:
    """Send head and body as they stand, and read the answer, within the `Watch` of the thread.

    Args:
        request: method, address and headers.
        body: the bytes behind the head.
        tls: for addresses of https.
        bounds: seconds for connecting, seconds between two pieces of the answer, bytes of its body.

    Returns:
        The head of the answer, and its body, as far as it came before the connection ended.

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
        return _answer(stream, request.method, read, limit)
    except h11.RemoteProtocolError as error:
        raise httpcore2.RemoteProtocolError(str(error)) from None
    finally:
        stream.close()


def _answer(stream: httpcore2.NetworkStream, method: bytes, timeout: float, limit: int) -> tuple[h11.Response, bytes]:
    reader = h11.Connection(h11.CLIENT)
    # h11 reads an answer once it has sent a request: this one goes nowhere, and tells it the method.
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "-"), ("Content-Length", "0")]))
    reader.send(h11.EndOfMessage())
    head, body = None, b""
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA:
            data = stream.read(_PIECE, timeout)
            if not data and head is None:
                raise httpcore2.RemoteProtocolError("Server disconnected without sending a response.")
            reader.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        if head is not None and (len(body) > limit or isinstance(event, h11.EndOfMessage | h11.ConnectionClosed)):
            return head, body[:limit]
