"""What the cases of a run remember of an authorization server, so that none asks again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange


@dataclass(slots=True)
class Memory:
    """What earlier cases found out.

    Attributes:
        refuses_strangers: whether a request with a wrong proof was seen to get no token.
        works: whether the plain request was seen to get one.
        looks_up: whether introspection was seen to know a new token as active.
        refusals: the answers to requests that have to be refused, by what is wrong with each; empty until all answered.
        documents: the exchange that found the metadata, by the issuer; None where there is none at any of its places.
    """

    refuses_strangers: bool = False
    works: bool = False
    looks_up: bool = False
    refusals: tuple[tuple[str, Exchange], ...] = ()
    documents: dict[str, Exchange | None] = field(default_factory=dict)
