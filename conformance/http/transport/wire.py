"""One request over a connection pool, within bounds: whatever happens becomes an `Exchange`."""

from __future__ import annotations

import functools
import logging
import time
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import httpcore2

from conformance.http.exchange import Exchange, Headers, Request, Response
from conformance.http.streamed_body import CutOff
from conformance.http.transport.address import parse_address
from conformance.http.transport.exactly import converse_exactly
from conformance.http.transport.network import Watch
from conformance.redaction import MARGIN

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

    from conformance.http.streamed_body import Received

_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
_SAFE = frozenset({b"GET", b"HEAD", b"OPTIONS"})

# At level DEBUG httpcore2 writes whole header lists, cookies included, to whatever handler the root logger has.
logging.getLogger("httpcore2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one exchange may take.

    Attributes:
        connect: seconds for opening a connection, and again for TLS.
        read: seconds between two pieces of the answer.
        total: seconds for everything.
        body: bytes of the body, compressed and not. `MARGIN` more are read, so that a secret that the bound cuts is
            known as one.
    """

    connect: float
    read: float
    total: float
    body: int


def transmit(
    pool: httpcore2.ConnectionPool,
    tls: ssl.SSLContext,
    request: Request,
    headers: Headers,
    bounds: Bounds,
    requirement: str = "",
    into: Received | None = None,
) -> Exchange:
    """Send a request once and read the answer.

    Args:
        pool: built with `network.DeadlineBackend`.
        tls: for requests of exact bytes, which have a connection of their own.
        request: its address goes out as it stands.
        headers: sent where the request has none of that name; so are Host, Accept, Accept-Encoding, Content-Length.
        bounds: what it may take.
        requirement: the id for the exchange.
        into: takes the body of a 2xx answer piece by piece; what it reads at most takes the place of `bounds.body`.

    Returns:
        The exchange, its request with all headers that were sent. Nothing that the network does raises.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    response, problem = None, ""
    with Watch(bounds.total) as watch:
        try:
            address = parse_address(request.url)
            request = _completed(request, headers, address.authority)
            core = _core_request(request, bounds)
        except ValueError as error:
            problem = f"not sent: {error}"
        else:
            if request.exact:
                response, problem = _converse_exactly(core, request.body, tls, watch, bounds)
            else:
                response, problem = _converse(pool, core, watch, bounds, into)
    return Exchange(request, response, problem, started, time.perf_counter() - clock, requirement)


def _converse(
    pool: httpcore2.ConnectionPool,
    request: httpcore2.Request,
    watch: Watch,
    bounds: Bounds,
    into: Received | None,
) -> tuple[Response | None, str]:
    """The response as far as it came, and what went wrong."""
    answer = None
    while answer is None:
        try:
            answer = pool.handle_request(request)
        except CutOff as cut:
            return None, str(cut)
        except _TROUBLE as error:
            if not _may_send_again(request, watch, error):
                return None, _problem(error, watch, bounds)
    watch.body()
    headers = tuple((_text(name), _text(value)) for name, value in answer.headers)
    version = answer.extensions.get("http_version", b"HTTP/1.1").decode("ascii", "replace")
    if into is not None and 200 <= answer.status < 300:
        response = Response(answer.status, headers, http_version=version, received=into)
        problem = _file(answer, response.header("content-encoding") or "", watch, bounds, into)
        return replace(response, body=into.head, complete=not problem), problem
    body, problem = _body(answer, watch, bounds)
    response = Response(answer.status, headers, body, not problem, version)
    if body and (encoding := response.header("content-encoding")):
        response, problem = _decoded(response, encoding, problem, bounds.body)
    return response, problem


def _converse_exactly(
    request: httpcore2.Request, body: bytes, tls: ssl.SSLContext, watch: Watch, bounds: Bounds
) -> tuple[Response | None, str]:
    """The same for a request whose head and body go out byte for byte, on a connection of its own."""
    try:
        answer = converse_exactly(request, body, tls, watch, (bounds.connect, bounds.read, bounds.body))
    except _TROUBLE as error:
        return None, _problem(error, watch, bounds)
    headers = tuple((_text(name), _text(value)) for name, value in answer.head.headers)
    version = f"HTTP/{answer.head.http_version.decode('ascii', 'replace')}"
    problem = _problem(answer.trouble, watch, bounds) if answer.trouble else ""
    return Response(answer.head.status_code, headers, answer.body, not problem, version), problem


def _may_send_again(request: httpcore2.Request, watch: Watch, error: Exception) -> bool:
    """Whether the server had closed an idle connection, and the method is safe to be sent on another (RFC 9112, 9.3.1).

    Each failure takes a connection from the pool, so this ends.
    """
    closed = isinstance(error, httpcore2.NetworkError | httpcore2.RemoteProtocolError)
    return closed and not watch.connected and not watch.received and request.method in _SAFE


def _body(answer: httpcore2.Response, watch: Watch, bounds: Bounds) -> tuple[bytes, str]:
    """The raw body as far as it may be read, and what went wrong."""
    chunks = list[bytes]()
    problem = _read(answer, cast("Iterable[bytes]", answer.stream), chunks.append, bounds.body, (watch, bounds))
    return b"".join(chunks)[: bounds.body + MARGIN], problem


def _file(answer: httpcore2.Response, encoding: str, watch: Watch, bounds: Bounds, into: Received) -> str:
    """Pass the body on with its content encoding undone; returns what went wrong."""
    pieces = cast("Iterable[bytes]", answer.stream)
    if encoding.strip().lower() in ("gzip", "x-gzip", "deflate"):
        pieces = _inflated(pieces, into.at_most)
    return _read(answer, pieces, into.take, into.at_most, (watch, bounds))


def _read(
    answer: httpcore2.Response,
    pieces: Iterable[bytes],
    take: Callable[[bytes], None],
    limit: int,
    time: tuple[Watch, Bounds],
) -> str:
    """Read a body to its end, or until it is too large; returns what went wrong."""
    size, problem = 0, ""
    try:
        for piece in pieces:
            size += len(piece)
            take(piece)
            if size > limit:
                problem = f"body larger than {limit} bytes"
            if size > limit + MARGIN:
                break
        if not problem and _has_leftovers(answer):
            answer.extensions["network_stream"].close()
    except _TROUBLE as error:
        problem = problem or _problem(error, *time)
    except zlib.error:
        problem = problem or "the compressed body does not decompress"
    finally:
        answer.close()  # gives the connection back to the pool, or closes it if the body was not read to its end
    return problem


def _inflated(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Decompress piece by piece, gzip or zlib as the data says itself. Raises zlib.error."""
    engine = zlib.decompressobj(32 + zlib.MAX_WBITS)
    for piece in pieces:
        yield engine.decompress(piece, limit + MARGIN + 1)
    if not engine.eof:
        raise zlib.error("the compressed body ends too early")


def _has_leftovers(answer: httpcore2.Response) -> bool:
    """Whether bytes came after the response: they would be taken for the answer to the next request on this connection.

    httpcore2 has no public way to ask; where its inside looks different the connection is not used again.
    """
    inner: Any = answer.stream
    try:
        return bool(inner._stream._connection._h11_state.trailing_data[0])
    except AttributeError:
        return True


def _decoded(response: Response, encoding: str, problem: str, limit: int) -> tuple[Response, str]:
    """Undo a content encoding which was not asked for; what cannot be undone is a problem."""
    body = response.body
    for name in reversed([part.strip().lower() for part in encoding.split(",")][:3]):
        if name in ("", "identity"):
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            problem = problem or "the body has a content encoding that was not asked for"
            break
        body, flaw = _inflate(body, limit, gzip=name != "deflate")
        problem = problem or flaw
        if flaw:
            break
    return replace(response, body=body, complete=not problem), problem


def _inflate(body: bytes, limit: int, *, gzip: bool) -> tuple[bytes, str]:
    """Decompress at most `limit` bytes and a margin, and what went wrong."""
    # 16 + MAX_WBITS reads gzip; deflate is zlib by the book (RFC 9110) and raw with some servers.
    raw_deflate = not gzip and (len(body) < 2 or body[0] & 15 != 8 or int.from_bytes(body[:2]) % 31)
    bits = 16 + zlib.MAX_WBITS if gzip else -zlib.MAX_WBITS if raw_deflate else zlib.MAX_WBITS
    engine = zlib.decompressobj(bits)
    try:
        plain = engine.decompress(body, limit + MARGIN)
    except zlib.error:
        return body, "the compressed body does not decompress"
    if len(plain) > limit:
        return plain, f"body larger than {limit} bytes after decompression"
    return plain, "" if engine.eof else "the compressed body ends too early"


def _completed(request: Request, headers: Headers, authority: str) -> Request:
    given = {name.lower() for name, _ in request.headers}
    added = [("Host", authority), *headers, ("Accept", "*/*"), ("Accept-Encoding", "identity")]
    size = request.content.size if request.content is not None else len(request.body)
    if (size or request.method not in _BODILESS) and "transfer-encoding" not in given and not request.exact:
        added.append(("Content-Length", str(size)))
    mine = tuple(header for header in added if header[0].lower() not in given)
    return replace(request, headers=(*mine, *request.headers))


def _core_request(request: Request, bounds: Bounds) -> httpcore2.Request:
    address = parse_address(request.url)
    return httpcore2.Request(
        method=request.method.encode("ascii"),
        url=httpcore2.URL(
            scheme=address.scheme.encode(),
            host=address.host.encode(),
            port=None if address.is_default_port else address.port,
            target=address.target.encode(),
        ),
        headers=[(_bytes(name), _bytes(value)) for name, value in request.headers],
        content=request.content if request.content is not None else request.body,
        extensions={
            "timeout": {"connect": bounds.connect, "read": bounds.read, "write": bounds.read, "pool": bounds.total}
        },
    )


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


@functools.lru_cache(maxsize=2048)
def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


_TROUBLE = (httpcore2.TimeoutException, httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.ProxyError)


def _problem(error: Exception, watch: Watch, bounds: Bounds) -> str:
    """What went wrong, without anything the other side sent: an answer may echo what it was asked."""
    if isinstance(error, httpcore2.TimeoutException):
        limit = bounds.connect if watch.phase in ("connecting", "opening TLS") else bounds.read
        if watch.expired or isinstance(error, httpcore2.PoolTimeout):
            limit = bounds.total
        return f"timed out after {limit} s while {watch.phase}"
    text = str(error)
    if isinstance(error, httpcore2.LocalProtocolError):
        return "not sent: HTTP does not allow this request"
    if isinstance(error, httpcore2.ProxyError):
        return f"the proxy answered {text[:3]}"
    if isinstance(error, httpcore2.NetworkError):
        return text
    if text.startswith("Server disconnected"):
        return "connection closed in the response head" if watch.received else "connection closed before an answer"
    if text.startswith(("peer closed", "peer unexpectedly")):
        return "connection closed before the end of the body"
    # h11 takes some noise for a request.
    return f"not valid HTTP: {text.partition(': ')[0].lower().replace('request line', 'status line')}"
