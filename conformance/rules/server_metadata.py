"""The metadata of an authorization server: where it is, and which token endpoint it names (RFC 8414)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Mapping

NOWHERE = "no metadata was found where RFC 8414 and OpenID Connect Discovery put it"


def places(issuer: str) -> tuple[str, ...]:
    """Where the metadata of an issuer may be: before its path (RFC 8414, section 3), or after it (OpenID)."""
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    return (
        f"{root}/.well-known/oauth-authorization-server{path}",
        f"{root}{path}/.well-known/openid-configuration",
    )


def address_in(found: Mapping[str, object], name: str) -> str | None:
    """An address in the document; None where it has none of that name."""
    value = found.get(name)
    return value if isinstance(value, str) and urlsplit(value).scheme in ("http", "https") else None


def token_endpoint_in(found: Mapping[str, object], issuer: str) -> str:
    """The address of the token endpoint; credentials go there only if the issuer is the declared one.

    Args:
        found: the members of the document.
        issuer: the issuer that the target file declares.

    Raises:
        Inconclusive: it is of another issuer, or names no token endpoint at the issuer's origin.
    """
    if found.get("issuer") != issuer:
        raise Inconclusive("the metadata is of another issuer, so no credentials were sent to its token endpoint")
    endpoint = address_in(found, "token_endpoint")
    if endpoint is None:
        raise Inconclusive("the metadata names no token endpoint; give token_endpoint.url")
    if urlsplit(endpoint)[:2] != urlsplit(issuer)[:2]:
        what = "the metadata names a token endpoint at another origin than the issuer's, and credentials go there"
        raise Inconclusive(f"{what} only if the target file names it: {endpoint}", "token_endpoint: {url: …}")
    return endpoint
