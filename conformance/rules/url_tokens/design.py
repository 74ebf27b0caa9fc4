"""Specifications and collections that place a credential in the query by design."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens.finding import Finding


def by_design(document: object) -> Iterator[tuple[str, Finding]]:
    """The credentials that an OpenAPI document, a Postman collection or an Insomnia export places in URLs.

    Args:
        document: the parsed JSON or YAML.

    Returns:
        Pairs of a JSON pointer (RFC 6901) into the document and the finding there.
    """
    yield from ()
