"""Whether a target can be reached at all: asked before a run, so that a wrong address is one message and not thirty."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from conformance.target import Target


def unreachable(target: Target) -> list[str]:
    """What is wrong with the addresses of a target: one message for each role that nothing listens for.

    A connection is opened and closed; nothing is sent. Behind a proxy, the proxy is what has to be reached.
    """
    problems = []
    for name in sorted(target.roles):
        address = target.proxy or getattr(target, name).address
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname or "", port), target.limits.connect_seconds).close()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "no answer"
            where = "proxy" if target.proxy else name
            problems.append(f"{target.source or target.name}: {where}: {address} can't be reached ({reason.lower()})")
    return problems and [*problems, "check the address, the network, and proxy: in the target file"]
