"""Keeps whole exchanges in memory, so that at the end the client is judged by what it did over several of them."""

from __future__ import annotations

import io
from pathlib import Path

from mitmproxy import http
from mitmproxy.io import FlowWriter

from conformance.rules.url_tokens.correlation import LONGEST_ANSWER, may_teach

_FORM = b"application/x-www-form-urlencoded"


class ExchangeStore:
    """What was heard, as flows of mitmproxy. Of bodies it keeps forms, refusals, and answers that may hold a token.

    Args:
        most: the bytes that it keeps.

    Attributes:
        is_full: whether more was heard than it keeps; then the last flow is cut off, so that what is read of it is
            known to be a part.
    """

    def __init__(self, most: int = 128 << 20) -> None:
        self.is_full = False
        self._most = most
        self._flows = io.BytesIO()
        self._writer = FlowWriter(self._flows)

    def keep(self, flow: http.HTTPFlow) -> None:
        """Keep a flow that is over, unless it is too much."""
        if self.is_full:
            return
        before = self._flows.tell()
        self._writer.add(_without_bodies(flow))
        if self._flows.tell() > self._most:
            self.is_full = True
            self._flows.truncate(before + 1)

    def write(self, path: Path) -> None:
        """Write all of it. It has credentials as they are."""
        path.write_bytes(self._flows.getvalue())


def _without_bodies(flow: http.HTTPFlow) -> http.HTTPFlow:
    """A copy of a flow without the bodies that no rule reads."""
    copy: http.HTTPFlow = flow.copy()
    copy.websocket = None
    if _FORM not in _header(copy.request, b"content-type").lower():
        copy.request.data.content = b""
    if copy.response is not None and not _is_read(copy.response):
        copy.response.data.content = b""
    return copy


def _is_read(answer: http.Response) -> bool:
    content = answer.data.content or b""
    if len(content) > LONGEST_ANSWER:
        return False
    return answer.status_code >= 400 or bool(_header(answer, b"content-encoding")) or may_teach(content)


def _header(message: http.Message, wanted: bytes) -> bytes:
    return next((value for name, value in message.data.headers.fields if name.lower() == wanted), b"")
