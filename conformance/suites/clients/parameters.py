"""What a token client is given to send besides its credentials."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.rules.clients.token_requests import Places

AUDIENCE = "https://api.example.com/accounts?region=eu&plan=a+b"
PARAMETERS = {
    "body": {"audience": AUDIENCE, "tenant": "a&b=c d"},
    "header": {"X-Tenant": "acme", "X-Region": "eu"},
    "query": {"api-version": "2026-01", "p": "a&b"},
}
"""Custom parameters of token requests, with reserved characters in them."""


def configured(names: Collection[str]) -> Places:
    """The parameters of these names alone, or all of them where no name is given."""
    return {
        place: {name: value for name, value in named.items() if not names or name in names}
        for place, named in PARAMETERS.items()
    }
