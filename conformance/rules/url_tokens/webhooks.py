"""Credentials that vendors put into paths: bots, incoming webhooks, ingestion keys, private links.

Sources: the vendors' guides to each endpoint.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from conformance.rules.url_tokens.engines import engine
from conformance.rules.url_tokens.expressions import SLASH
from conformance.rules.url_tokens.formats import ESCAPE


class Route(NamedTuple):
    """A path that opens something to whoever knows it.

    Attributes:
        what: what it opens, for the remedy.
        host: the host it is on, as the end of a name or a part of it; empty where any host may serve it.
        shape: matches the decoded path; the group is the credential.
        head: an expression that matches wherever the shape does; for the prefilter.
        leak: whether it is a leak, else a capability that was meant to be handed out.
    """

    what: str
    host: bytes
    shape: re.Pattern[bytes]
    head: str
    leak: bool


def _route(what: str, host: bytes, shape: bytes, head: str, *, leak: bool = True) -> Route:
    return Route(what, host, re.compile(shape), head.replace("/", SLASH), leak)


_PAREN = f"(?:[(]|{ESCAPE}28)"
_ID = rb"[A-Za-z0-9_-]"
ROUTES: tuple[Route, ...] = (
    _route("bot", b"", rb"/(?:file/)?bot\d{6,12}:(%s{30,})" % _ID, rf"/bot[0-9]{{6,12}}(?::|{ESCAPE}3[aA])"),
    _route(
        "webhook",
        b"slack",
        rb"/(?:services|workflows|triggers)/T\w{6,}/(?:\w{6,}/)*(\w{16,})",
        "/(?:services|workflows|triggers)/T[A-Z0-9]",
    ),
    _route("webhook", b"", rb"/services/T\w{7,}/B\w{7,}/(\w{16,})", "/services/T[A-Z0-9]"),
    _route("webhook", b"", rb"/api/(?:v\d+/)?webhooks/\d{15,21}/(%s{40,})" % _ID, "/webhooks/[0-9]{15}"),
    _route(
        "webhook",
        b"",
        rb"/webhook(?:b2)?/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/([0-9a-f]{32})\b",
        "/IncomingWebhook/",
    ),
    _route("webhook", b"zapier.com", rb"/hooks/(?:catch|standard)/\d+/(\w{5,})", "/hooks/(?:catch|standard)/[0-9]"),
    _route("webhook", b"", rb"/trigger/[^/]+/(?:json/)?with/key/(%s{16,})" % _ID, "/with/key/"),
    _route("webhook", b"", rb"/hooks/([a-z0-9]{26})(?:/|\Z)", "/hooks/[a-z0-9]{26}"),
    _route("webhook", b"", rb"/hooks/[A-Za-z0-9]{17}/([A-Za-z0-9]{30,})", "/hooks/[A-Za-z0-9]{17}/"),
    _route("webhook", b"", rb"/open-apis/bot/v2/hook/([0-9a-f-]{30,})", "/bot/v2/hook/"),
    _route("webhook", b"make.com", rb"\A/([a-z0-9]{28,36})\Z", "[.]make[.]com/[a-z0-9]{28}"),
    _route("webhook", b"integromat.com", rb"\A/([a-z0-9]{28,36})\Z", "[.]integromat[.]com/[a-z0-9]{28}"),
    _route("ingestion", b"", rb"/inputs/([0-9a-f]{8}-[0-9a-f-]{27})", "/inputs/[0-9a-f]{8}-"),
    _route("ingestion", b"", rb"/v1/input/(\w{32})", "/v1/input/[A-Za-z0-9]{32}"),
    _route("ingestion", b"pagerduty.com", rb"/integration/([0-9a-f]{32})/", "/integration/[0-9a-f]{32}"),
    _route("node", b"infura.io", rb"/v3/([0-9a-f]{32})", "/v3/[0-9a-f]{32}"),
    _route("node", b"alchemy", rb"/v2/(%s{28,})" % _ID, "/v2/[A-Za-z0-9_-]{28}"),
    _route(
        "session",  # of ASP.NET, where cookies are turned off
        b"",
        rb"/\((?:[AX]\([^()]*\))*[SF]\((\w{20,})\)",
        f"/{_PAREN}[ASXF]{_PAREN}",
    ),
    _route("private calendar", b"", rb"/ical/[^/]+/private-([0-9a-f]{16,})/", "/private-[0-9a-f]{16}", leak=False),
    _route("public content link", b"", rb"/sfc/p/(?:#)?(\w{10,}/a/[^?#]{10,})", "/sfc/p/", leak=False),
)

HEADS: tuple[str, ...] = tuple(dict.fromkeys(route.head for route in ROUTES))
"""Expressions of which one matches wherever a route does; for the prefilter."""

BY_HOST: tuple[bytes, ...] = tuple(route.host for route in ROUTES if route.head.startswith("[.]"))
"""The ends of the hosts on which a path says nothing without its host."""


def routed(path: bytes, host: bytes) -> tuple[Route, bytes] | None:
    """The route that a decoded path takes, and the credential in it; None if it takes none."""
    text = host + path  # some heads begin with the host
    if not engine(HEADS).matches(text):
        return None
    for route in ROUTES:
        if route.host in host and (match := route.shape.search(path)):
            return route, match[1]
    return None
