"""What a client that polls has fetched and delivered, by the id and the version of each record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from conformance.rules.clients.calls import path_of
from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

FEED = "/erp/accounts"
SINK = "/sink"

type Version = tuple[str, int]
"""The id of a record, and a version of it."""


def polls(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The requests for changes."""
    return [one for one in exchanges if path_of(one.request) == FEED and one.request.method == "GET"]


def is_handed_over(exchange: Exchange) -> bool:
    """Whether a call hands changes over to the sink."""
    return path_of(exchange.request) == SINK


def handed_over(exchanges: Sequence[Exchange]) -> list[Version]:
    """What the client has handed over: to the sink, or where it uses none, what it has fetched; with repetitions."""
    posted = [one for one in exchanges if is_handed_over(one)]
    if posted:
        good = [one for one in posted if 200 <= one.status < 300]
        return [version for one in good for version in _versions(one.request.body)]
    whole = [one.response for one in polls(exchanges) if one.response is not None and one.status == 200]
    return [version for response in whole if response.complete for version in _versions(response.body)]


def loses(exchanges: Sequence[Exchange], wanted: Sequence[Version]) -> Flaw | None:
    """None if each record is handed over in the version that it has at the end."""
    found = set(handed_over(exchanges))
    missing = [version for version in wanted if version not in found]
    return FlawOfKind("lost", f"{len(missing)} of {len(wanted)} changes were never handed over") if missing else None


def repeats(exchanges: Sequence[Exchange]) -> Flaw | None:
    """None if no version of a record is handed over more than once without need."""
    often = max(Counter(handed_over(exchanges)).values(), default=0)
    return FlawOfKind("again", f"a change was handed over {often} times") if often > 1 else None


def _versions(body: bytes) -> Iterator[Version]:
    for record in _records(body):
        if isinstance(record, dict) and "id" in record and isinstance(record.get("version"), int):
            yield str(record["id"]), int(record["version"])


def _records(body: bytes) -> list[Any]:
    """The records of a body: a list, a page with items, one record, or one on each line."""
    try:
        found = json.loads(body)
    except ValueError:
        try:
            return [json.loads(line) for line in body.splitlines() if line.strip()]
        except ValueError:
            return []
    if isinstance(found, dict):
        return found["items"] if isinstance(found.get("items"), list) else [found]
    return found if isinstance(found, list) else []
