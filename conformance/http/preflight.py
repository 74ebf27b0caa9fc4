"""Whether a target can be reached at all: asked before a run, so that a wrong address is one message and not thirty."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from conformance.config.target import Target


def unreachable(target: Target) -> list[str]:
    """What is wrong with the addresses of a target: one message for each role that nothing listens for.

    A connection is opened and closed; nothing is sent. Behind a proxy, the proxy is what has to be reached.
    """
    problems = []
    for model in sorted(target.models, key=lambda model: model.name):
        name, address = model.name, target.proxy or model.address
        if not model.address:
            continue
        reason = why_unreachable(address, target.limits.connect_seconds)
        if reason:
            where = "proxy" if target.proxy else name
            problems.append(f"{target.source or target.name}: {where}: {address} can't be reached ({reason})")
    return problems and [*problems, "check the address, the network, and proxy: in the target file"]


def why_unreachable(address: str, seconds: float = 5.0) -> str:
    """Why no connection can be opened within so many seconds, name lookup included; empty if one can."""
    import httpcore2

    from conformance.http.transport.network import DeadlineBackend, Watch

    parts = urlsplit(address)
    with Watch(seconds):
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            DeadlineBackend().connect_tcp(parts.hostname or "", port).close()
        except httpcore2.TimeoutException:
            return f"no answer within {seconds:g} s"
        except (httpcore2.NetworkError, ValueError) as error:
            return str(error).lower()
    return ""
