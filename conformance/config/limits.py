"""The bounds of a run against a target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from conformance.config.field_types import Count, FileModel, Quantity
from conformance.config.loopback import is_loopback

LOCAL_RATE = 1000.0
"""How many requests a second a target on this machine gets at most. One call follows the other, so it sets the pace."""


class Limits(FileModel):
    """The bounds of a run against the target."""

    connect_seconds: Quantity = Field(default=5.0, gt=0, le=60, description="The longest wait for a connection.")
    read_seconds: Quantity = Field(default=10.0, gt=0, le=300, description="The longest wait for the next bytes.")
    total_seconds: Quantity = Field(default=30.0, gt=0, le=600, description="The longest time for one exchange.")
    body_bytes: Count = Field(default=1_048_576, gt=0, le=104_857_600, description="The largest body of an answer.")
    redirects: Count = Field(default=5, ge=0, le=20, description="How many redirects in a row are followed.")
    requests_per_second: Quantity = Field(
        default=20.0,
        gt=0,
        le=100_000,
        description="The highest rate of requests; 1000 if left out where all addresses are on this machine.",
    )
    requests: Count = Field(default=10_000, gt=0, le=10_000_000, description="How many requests one run may make.")
    retry_after_seconds: Quantity = Field(
        default=30.0, ge=0, le=3600, description="How long 429 and 503 are waited for in all."
    )

    def shared_by(self, processes: int) -> Self:
        """The bounds of one of several processes that run against the target together. They share the rate itself."""
        return self.model_copy(update={"requests": max(1, self.requests // processes)})


def stays_here(models: Iterable[BaseModel]) -> bool:
    """Whether parts of a target file name addresses, and all of them are on this machine."""
    hosts = {urlsplit(address).hostname or "" for model in models for address in _addresses(model)}
    return bool(hosts) and all(map(is_loopback, hosts))


def _addresses(value: object) -> Iterator[str]:
    match value:
        case BaseModel():
            yield from (one for name in type(value).model_fields for one in _addresses(getattr(value, name)))
        case dict():
            yield from (one for inner in value.values() for one in _addresses(inner))
        case list() | tuple():
            yield from (one for inner in value for one in _addresses(inner))
        case str() if value.lower().startswith(("http://", "https://")):
            yield value
