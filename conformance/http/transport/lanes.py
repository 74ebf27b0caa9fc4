"""Plain exchanges on kept connections: a fast path in front of httpcore2, for addresses of http.

Nearly every exchange of a run is plain in each byte: a short request, and an answer with a Content-Length. Such a
request goes out in one piece, and such an answer is read as it stands. All else is httpcore2's: where the request is
not plain, it does the whole exchange; where the answer is not, it is handed the connection with what was sent and
heard on it, and reads that as if it had come just now.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpcore2

from conformance.http.transport.network import DeadlineBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.http.transport.network import Watch

MOST = 32
"""How many connections are open at a time; further requests wait for one of the pool."""

_LARGEST = 65_536  # bytes of a head or a body that is plain
_PIECE = 65_536

_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
_TARGET = re.compile(rb"[\x21-\x7e]+")
_TOKEN = rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_VALUE = rb"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?"
_HEADER = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(" + _VALUE + rb")[ \t]*")
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [\x20-\x7e]*)?")
_BEGINNING = b"HTTP/1.1 "
_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"[0-9]{1,6}")

_ON_ITS_WAY = frozenset({b"transfer-encoding", b"connection", b"upgrade"})
_SPECIAL = _ON_ITS_WAY | {b"host", b"content-length", b"expect"}
"""Headers that say how a message or a connection goes on."""

_REMEMBERED = 512  # bytes of a header that may come again


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """A whole answer, with the names of httpcore2."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    stream: tuple[bytes, ...]
    extensions: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Nothing is left to be read."""


type Answer = PlainAnswer | _Handed | httpcore2.Response


class Lanes:
    """The kept connections of one target.

    Args:
        idle_seconds: how long a connection is kept that nobody uses.
    """

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._idle: list[tuple[tuple[bytes, int], httpcore2.NetworkStream, float]] = []
        self._used = 0
        self._is_closed = False

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._idle) + self._used

    def close(self) -> None:
        """Close what is idle; what is in use is closed afterwards."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for _, stream, _ in idle:
            stream.close()

    def handle_request(self, request: httpcore2.Request, body: bytes, watch: Watch, limit: int) -> Answer | None:
        """The answer to a request, plain or httpcore2's; None where the request is not plain or no lane is free.

        Args:
            request: with a content of bytes.
            body: that content.
            watch: the time that the exchange has, entered by this thread.
            limit: bytes of the body of the answer.

        Raises:
            httpcore2.TimeoutException, httpcore2.ProtocolError, httpcore2.NetworkError: as httpcore2 does.
        """
        if (message := written(request, body)) is None or not self._may_open():
            return None
        origin = request.url.host, request.url.port or 80
        timeouts = request.extensions["timeout"]
        stream = None
        try:
            stream = self._taken(origin) or DeadlineBackend().connect_tcp(
                origin[0].decode("ascii"), origin[1], timeouts["connect"]
            )
            heard = Heard(stream, timeouts["read"])
            answer = heard.answer(message, request.method, watch, min(limit, _LARGEST))
            if answer is None:
                connection = httpcore2.HTTP11Connection(request.url.origin, heard)
                response = connection.handle_request(request)
                return _Handed(response, lambda: self._give_back(origin, stream, is_whole=is_good(connection)))
        except BaseException:
            self._give_back(origin, stream, is_whole=False)
            raise
        self._give_back(origin, stream, is_whole=True)
        return answer

    def _may_open(self) -> bool:
        with self._lock:
            if self._used >= MOST:
                return False
            self._used += 1
            return True

    def _taken(self, origin: tuple[bytes, int]) -> httpcore2.NetworkStream | None:
        """An idle connection that is still good; what has been idle for too long is closed, whose ever it is."""
        while True:
            with self._lock:
                oldest = time.monotonic() - self._idle_seconds
                at = next((at for at, one in enumerate(self._idle) if one[0] == origin or one[2] < oldest), None)
                if at is None:
                    return None
                whose, stream, since = self._idle.pop(at)
            if whose == origin and since >= oldest and not stream.get_extra_info("is_readable"):
                return stream
            stream.close()

    def _give_back(self, origin: tuple[bytes, int], stream: httpcore2.NetworkStream | None, *, is_whole: bool) -> None:
        with self._lock:
            self._used -= 1
            if is_whole and stream is not None and not self._is_closed:
                self._idle.append((origin, stream, time.monotonic()))
                return
        if stream is not None:
            stream.close()


class Heard(httpcore2.NetworkStream):
    """A connection on which a request was sent, for which httpcore2 then reads what was heard as if it came just now.

    Args:
        stream: the connection.
        timeout: seconds of each step.
    """

    def __init__(self, stream: httpcore2.NetworkStream, timeout: float) -> None:
        self._stream = stream
        self._timeout = timeout
        self._pieces: list[bytes] = []  # as they came: of what is not valid, h11 says what it saw first
        self._not_sent: Exception | None = None
        self._not_heard: Exception | None = None

    def answer(self, message: bytes, method: bytes, watch: Watch, limit: int) -> PlainAnswer | None:
        """Send a request, and read its answer if that is plain.

        Args:
            message: all of the request.
            method: its method.
            watch: the time that the exchange has.
            limit: bytes of a body.
        """
        try:
            self._stream.write(message, self._timeout)
        except _TROUBLE as error:
            self._not_sent = error
            return None
        heard = b""
        # Nothing is waited for that httpcore2 would not wait for: it takes bare line feeds, and gives noise up at once.
        while (end := _END.search(heard)) is None:
            if len(heard) > _LARGEST or not (piece := self._more()):
                return None
            heard += piece
            if not heard.startswith(_BEGINNING[: len(heard)]):
                return None
        if end[0] != b"\r\n\r\n" or (head := _head(heard[: end.start()])) is None:
            return None
        status, headers, length = head
        size = 0 if method == b"HEAD" or status in (204, 304) else length
        if size is None or size > limit:
            return None
        watch.body()
        while len(heard) < end.end() + size:
            if not (piece := self._more()):
                return None
            heard += piece
        return PlainAnswer(status, headers, (heard[end.end() :],)) if len(heard) == end.end() + size else None

    def _more(self) -> bytes:
        """The next piece; empty where there is none."""
        try:
            piece = self._stream.read(_PIECE, self._timeout)
        except _TROUBLE as error:
            self._not_heard = error
            return b""
        self._pieces.append(piece)
        return piece

    # ------------------------------------------------------- what httpcore2 calls

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """It was sent before."""
        if self._not_sent is not None:
            raise self._not_sent

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What was heard, and then what comes."""
        if self._pieces:
            return self._pieces.pop(0)
        if self._not_heard is not None:
            raise self._not_heard
        return self._stream.read(max_bytes, timeout)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return bool(info == "is_readable" and self._pieces) or self._stream.get_extra_info(info)


class _Handed:
    """An answer of httpcore2, after which the connection is given back."""

    def __init__(self, response: httpcore2.Response, give_back: Callable[[], None]) -> None:
        self.status = response.status
        self.headers = response.headers
        self.stream = response.stream
        self.extensions = response.extensions
        self._response = response
        self._give_back = give_back

    def close(self) -> None:
        self._response.close()
        self._give_back()


def is_good(connection: httpcore2.HTTP11Connection) -> bool:
    """Whether another request can be sent: the answer is read to its end, and nothing came behind it."""
    return connection.is_idle() and not connection.has_expired()


_TROUBLE = (httpcore2.TimeoutException, httpcore2.ProtocolError, httpcore2.NetworkError)


def written(request: httpcore2.Request, body: bytes) -> bytes | None:
    """A request as httpcore2 writes it; None where it is not plain."""
    url, headers = request.url, request.headers
    if url.scheme != b"http" or request.method not in _METHODS or len(body) > _LARGEST:
        return None
    if not _TARGET.fullmatch(url.target):
        return None
    lines = [b"%b %b HTTP/1.1\r\n" % (request.method, url.target)]
    length = None
    for at, (name, value) in enumerate(headers):
        if (line := _line(b"%b: %b" % (name, value))) is None or line[1] != value:
            return None
        special = line[2]
        if special == b"content-length" and length is None:
            length = value
        elif special and (special != b"host" or at):
            return None
        lines.append(b"%b: %b\r\n" % (name, value))
    if headers[0][0].lower() != b"host" or (b"0" if length is None else length) != b"%d" % len(body):
        return None
    return b"".join((*lines, b"\r\n", body))


def _head(text: bytes) -> tuple[int, list[tuple[bytes, bytes]], int | None] | None:
    """The status of an answer, its headers and the length of its body; None where its head is not plain."""
    first, *rest = text.split(b"\r\n")
    if (status := _STATUS.fullmatch(first)) is None:
        return None
    headers, length = [], None
    for one in rest:
        if (line := _line(one)) is None:
            return None
        name, value, special = line
        if special == b"content-length":
            if length is not None or not _LENGTH.fullmatch(value):
                return None
            length = int(value)
        elif special in _ON_ITS_WAY and (special != b"connection" or value.lower() != b"keep-alive"):
            return None
        headers.append((name, value))
    return int(status[1]), headers, length


def _line(text: bytes) -> tuple[bytes, bytes, bytes] | None:
    """The name and the value of a header, and the name once more in lower case where the header frames something."""
    return _parsed(text) if len(text) <= _REMEMBERED else _parsed.__wrapped__(text)


@lru_cache(2048)
def _parsed(text: bytes) -> tuple[bytes, bytes, bytes] | None:
    if (match := _HEADER.fullmatch(text)) is None:
        return None
    name, value = match.groups()
    lower = name.lower()
    return name, value, lower if lower in _SPECIAL else b""
