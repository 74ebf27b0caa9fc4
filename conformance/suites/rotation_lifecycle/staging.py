"""What a run leaves behind: an empty staged place, and the main pair in the file that the target names for it.

It is used at the end of each test, and by `seasonproof cleanup` for a run that was cut off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.http.credentials import authorization
from conformance.http.exchange import Exchange, Request, Response
from conformance.judging.journal import same_address
from conformance.rules.outcome import Inconclusive
from conformance.rules.staged_credentials import ROTATED, Pair, Staged, pair_in, staged_in
from conformance.suites.rotation_lifecycle.names import Place, find

if TYPE_CHECKING:
    from conformance.config.target import Target
    from conformance.http.client import Client
    from conformance.judging.journal import Entry

GONE = (404, 410)

type Call = Callable[[str, str], Exchange]
"""Sends a method to an address with the credentials of the caller, and waits out an overload."""


def empty(call: Call, place: Place, own: Mapping[str, Pair] | None = None) -> Pair:
    """Delete whatever stands in the staged place, but for the main pair, and return that.

    Some implementations show the new main pair there after a rotation; it is never deleted. Under an id that was handed
    out with another pair stands that pair, whatever is shown.

    Args:
        call: makes a call as the administrator.
        place: where the consumer is.
        own: the pairs that this run has staged, by their ids.

    Raises:
        Inconclusive: something could not be deleted; the message names the call.
    """
    main = main_pair_in(call("GET", place.pair_url))
    problems = list(_not_deleted(call, place, main, own or {}))
    if problems:
        raise Inconclusive("; ".join(problems))
    return main


def main_pair_in(exchange: Exchange) -> Pair:
    """The main pair that an answer shows.

    Raises:
        Inconclusive: it shows none, so nothing can be deleted without risk.
    """
    pair = pair_in(exchange.response) if exchange.response is not None else None
    if pair is None:
        raise Inconclusive(f"the main pair cannot be read: {_said(exchange)}")
    return pair


def _not_deleted(call: Call, place: Place, main: Pair, own: Mapping[str, Pair]) -> Iterator[str]:
    listing = call("GET", place.staged_url)
    if listing.response is None or not 200 <= listing.response.status < 300:
        yield f"GET {place.staged_url}: {_said(listing)}"
        return
    for staged in staged_in(listing.response):
        is_the_main_pair = staged.shows(main) and own.get(staged.id, main) == main
        if is_the_main_pair or not staged.id:
            continue
        address = place.one(staged.id)
        if _may_be_the_main_pair(staged):
            yield f"DELETE {address}, if that is not the main pair: its key is not shown"
        elif not _is_gone((exchange := call("DELETE", address)).response):
            yield f"DELETE {address}: {_said(exchange)}"


def _may_be_the_main_pair(staged: Staged) -> bool:
    return staged.key is None and staged.state == ROTATED


def _is_gone(response: Response | None) -> bool:
    return response is not None and (200 <= response.status < 300 or response.status in GONE)


def _said(exchange: Exchange) -> str:
    status = f"the target answered {exchange.response.status}" if exchange.response is not None else ""
    return exchange.problem or status or "no answer came"


def deliver(file: Path, place: Place, main: Pair, coming: Pair | None = None) -> None:
    """Write the main pair into a file that only its owner can read, at once and completely.

    Args:
        file: the file, which is replaced.
        place: whose pair it is.
        main: the main pair.
        coming: the pair that is about to become the main one: from now on either may be.

    Raises:
        OSError: it cannot be written, so nothing may be rotated.
    """
    content: dict[str, object] = {"app": place.app, "consumer": place.consumer, "main": _revealed(main)}
    if coming is not None:
        content["next"] = _revealed(coming)
    draft = file.with_name(f".{file.name}.{uuid4().hex[:8]}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(content, indent=2) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _revealed(pair: Pair) -> dict[str, str]:
    return {"key": pair.key.reveal(), "secret": pair.secret.reveal()}


def finish(target: Target, client: Client, entry: Entry) -> str:
    """Finish what a run that was cut off has left: empty the staged place, and deliver the main pair.

    Returns:
        What went wrong; empty if nothing did.

    Raises:
        Stopped, OSError: something could not be deleted, or the pair not delivered; the message says why.
    """
    role = target.staged_credentials
    if role is None:
        return "the target file does not declare staged_credentials"
    headers = authorization(client.send, target, "staged_credentials")

    def call(method: str, url: str) -> Exchange:
        return client.send(Request(method, url, (("Accept", "application/json"), *headers)), retry=True)

    place = find(role, lambda url: call("GET", url))
    if entry.undo is None or not same_address(entry.undo.url.partition("/staged")[0], place.consumer_url):
        return "the target file now means another consumer"
    main = empty(call, place)
    # A file is there as soon as a rotation was tried: which of its pairs is the main one is known now.
    if role.deliver_to is not None and role.deliver_to.exists():
        deliver(role.deliver_to, place, main)
    return ""
