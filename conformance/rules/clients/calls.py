"""What kind of call a request is, and what it carries."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus, urljoin, urlsplit

from conformance.rules.bearer_origins import SESSION

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Request

SINGLE_ACCESS = "singleaccess"  # and lightningoutsingleaccess
FRONTDOOR = "/secur/frontdoor.jsp"
TOKEN = "/services/oauth2/token"
REVOKE = "/revoke"
INTROSPECT = "/introspect"
USERINFO = "/userinfo"

type Pairs = list[tuple[str, str]]


def path_of(request: Request) -> str:
    """The path of the address; two slashes at its beginning, as of a base address that ends with one, are one."""
    return re.sub("^//+", "/", urlsplit(request.url).path)


def query_of(request: Request) -> Pairs:
    """The parameters in the address, decoded, in order."""
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def form_of(request: Request) -> Pairs:
    """The fields of a form in the body, decoded, in order; none where the body is something else."""
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return []
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def bearer_of(request: Request) -> str:
    """The token of the Authorization header, or of that of Bulk API 1.0; empty where there is none."""
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    return value.strip() if scheme.lower() in ("bearer", "oauth") else (request.header(SESSION.decode()) or "").strip()


def token_of(request: Request) -> str:
    """The access token that a request carries, in its header, its form or its address; empty where there is none."""
    elsewhere = (v for name, v in (*form_of(request), *query_of(request)) if name in ("access_token", "oauth_token"))
    return bearer_of(request) or next(elsewhere, "")


def basic_of(request: Request) -> tuple[str, str] | None:
    """The id and the secret of HTTP Basic, with their form encoding undone; None where there are none."""
    found = basic_as_sent(request)
    return None if found is None else (unquote_plus(found[0]), unquote_plus(found[1]))


def basic_as_sent(request: Request) -> tuple[str, str] | None:
    """The user and the password of HTTP Basic (RFC 7617) as they stand; None where there are none."""
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value.strip()).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return name, secret


def is_single_access(exchange: Exchange) -> bool:
    """Whether a frontdoor URL was asked for."""
    return path_of(exchange.request).rstrip("/").endswith(SINGLE_ACCESS)


def is_token_request(exchange: Exchange) -> bool:
    """Whether a token was asked for."""
    request = exchange.request
    is_form = any(name == "grant_type" for name, _ in (*form_of(request), *query_of(request)))
    return is_form or path_of(request).rstrip("/").endswith(TOKEN)


def is_api_call(exchange: Exchange) -> bool:
    """Whether a resource was asked for, not a token, a frontdoor URL or a page."""
    path = path_of(exchange.request)
    return not path.startswith(("/services/oauth2", "/secur/", "/lightning/", "/id/", "/.well-known")) and path != "/"


def redirected_to(exchange: Exchange) -> str:
    """The address to which an answer leads; empty where it leads nowhere."""
    response = exchange.response
    location = response.header("location") if response is not None and 300 <= response.status < 400 else None
    return urljoin(exchange.request.url, location) if location else ""


def of(exchanges: Iterable[Exchange], *endings: str) -> list[Exchange]:
    """The exchanges whose path has one of these endings."""
    return [one for one in exchanges if path_of(one.request).rstrip("/").endswith(endings)]


def after(exchanges: Sequence[Exchange], first: Exchange) -> Sequence[Exchange]:
    """The exchanges that began after one was answered."""
    end = ended(first)
    return [one for one in exchanges if one.started.timestamp() >= end and one is not first]


def ended(exchange: Exchange) -> float:
    """When an exchange was answered, in seconds since 1970."""
    return exchange.started.timestamp() + exchange.seconds
