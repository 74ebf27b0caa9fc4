"""An exchange that is over, told to an observation as a proxy tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.rules.bearer_origins import origin_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.http.exchange import Exchange
    from conformance.rules.url_tokens import Finding
    from conformance.traffic.observation import Observation


def replay(observation: Observation, exchange: Exchange) -> tuple[Finding, ...]:
    """Have an observation hear an exchange: its request, and what came back.

    Args:
        observation: what hears it.
        exchange: its texts hold bytes, one a character (Latin-1).

    Returns:
        What was found in it.
    """
    request, response = exchange.request, exchange.response
    parts = urlsplit(request.url)
    target = (f"{parts.path}?{parts.query}" if parts.query else parts.path).encode("latin-1")
    headers, origin, method = _raw(request.headers), origin_of(request.url), request.method.encode()
    found = observation.request(method, target, headers, origin)
    if parts.fragment or "@" in parts.netloc:  # neither is sent, and both are in a capture and in its copies
        found += observation.again(method, request.url.encode("latin-1"), headers, origin)
    if response is not None:
        found += observation.response(response.status, _raw(response.headers), target, headers, origin)
        observation.body((response.header("content-type") or "").encode("latin-1"), response.body)
    return found


def _raw(headers: Sequence[tuple[str, str]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
