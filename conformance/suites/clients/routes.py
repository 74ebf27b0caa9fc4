"""How a client reaches its org: directly, or through a proxy that leads the hosts in its source there."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.reference.server import HOST, OTHER_HOST
from conformance.suites.clients import authority

if TYPE_CHECKING:
    from conformance.suites.clients.stage import Stage

HTTPS = 443

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
"""What clients read to learn of a proxy."""

EXCEPTIONS = ("NO_PROXY", "no_proxy")
"""What clients read to learn where they need none."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a client gets to its org in one run.

    Attributes:
        variables: further variables of its environment.
        refused: the origins to which it was not led; they become known while it runs.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    refused: Sequence[str] = ()


@contextmanager
def reached(stage: Stage) -> Iterator[Route]:
    """Open the way to a stage, as long as the context is open."""
    if not stage.hosts:
        yield Route({name: _and_this_machine(os.environ.get(name, "")) for name in EXCEPTIONS})
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what mitmproxy loads; no user can help it
        from proxy_addons.rerouting import leading  # mitmproxy is an extra

    org, other = _address(stage.served_at), _address(stage.other_url)
    ways = {other: other} | {(host, HTTPS): org for host in stage.hosts}
    with leading(ways, authority.signing(is_strange=stage.certificate == "strange")) as proxy:
        named = dict.fromkeys(PROXIES, f"http://127.0.0.1:{proxy.port}") | dict.fromkeys(EXCEPTIONS, "")
        yield Route({**named, "NODE_USE_ENV_PROXY": "1"}, proxy.refused)


def _and_this_machine(excepted: str) -> str:
    """Where a client needs no proxy: also here, because the proxy of a company leads to no org of a run."""
    return excepted if excepted == "*" else ",".join(filter(None, (excepted, HOST, OTHER_HOST, "localhost")))


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or HTTPS
