"""What one answer in JSON shows of a collection of records. It was read, and never written to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.commands.init.draft import Draft, line_of, secret
from conformance.commands.init.fields import (
    field_of_value,
    is_when_changed,
    label_of,
    modified_of,
    without_what_the_system_writes,
)
from conformance.commands.init.listing import Listing, listing_of, path_of

if TYPE_CHECKING:
    from conformance.commands.init.looking import Seen

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def draft_of_records(seen: Seen, name: str) -> Draft | None:
    """The role of an address that lists records; None where its answer is no such list."""
    listing = listing_of(seen.json)
    if listing is None:
        return None
    parts = urlsplit(seen.url)
    path, _, collection = parts.path.rstrip("/").rpartition("/")
    first = listing.records[0]["attributes"] if listing.is_json_api else listing.records[0]
    fields = {
        key: found
        for key, value in first.items()
        if _FIELD.fullmatch(key) and key != listing.id and (found := field_of_value(value)) is not None
    }
    written = without_what_the_system_writes(fields)
    modified = modified_of(fields) or next((key for key, value in first.items() if is_when_changed(key, value)), None)
    said: dict[str, object] = {"base_url": f"{parts.scheme}://{parts.netloc}{path}"}
    if listing.is_json_api:
        said |= json_api_calls(collection, listing.records[0]["type"])
    else:
        said |= usual_calls(collection, listing.id)
    shown = "$.attributes" if listing.is_json_api else "$"
    poll = _poll(collection, listing, modified, seen.header("link"))
    missing = [
        *callers(name),
        (line_of("poll", poll), "How changes are asked for is not to be seen in an answer; without it the system "
         "cannot be polled:"),
        LOCK,
    ]  # fmt: skip
    if modified is None:
        missing.append((f"modified: {shown}.modified", "And where a record has the time of its last change:"))
    else:
        said["modified"] = path_of(*shown.split(".")[1:], modified)
    said |= {**label_of(written), "fields": written}
    why = (
        f"{seen.url} lists records in JSON. How they are written is a guess, as most APIs have it: nothing was written."
    )
    return Draft("business_system", why, said, missing)


def json_api_calls(collection: str, kind: str) -> dict[str, object]:
    """The adapter for a collection of JSON:API, and the bodies of writes where its records have another type."""
    said: dict[str, object] = {"adapter": "json-api", "collection": collection}
    if kind != collection:
        written = {"type": kind, "attributes": "{record}"}
        said |= {"create": {"path": f"/{collection}", "body": {"data": written}}}
        said |= {"update": {"path": f"/{collection}/{{id}}", "body": {"data": {"id": "{id}", **written}}}}
    return said


def _poll(collection: str, listing: Listing, modified: str | None, link: str) -> dict[str, object]:
    """A poll as it may be: the parameters are a guess, and where records and pages are was seen."""
    if listing.is_json_api:
        query = {f"filter[{modified or 'updated_at'}][ge]": "{since}", "sort": modified or "updated_at"}
        poll: dict[str, object] = {"query": query | {"page[size]": "{size}"}}
    else:
        poll = {"path": f"/{collection}", "query": {"updated_since": "{since}"}, "items": listing.items}
    if re.search(r"rel\s*=\s*\"?next", link):
        poll["paging"] = {"link_header": True}
    elif listing.next_url:
        poll["paging"] = {"next_url": listing.next_url}
    return poll


LOCK = ("lock: etag", "Whether an update may say by If-Match which state it means; if none can: absent: [locks].")
"""The line on locks, with the reason why it could not be filled in."""


def callers(name: str, access: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
    """The lines on who may do what, each with the reason why it could not be filled in.

    Args:
        name: what the target is called.
        access: the field `access`, if it is known.
    """
    own = (
        f"access: {{bearer: {secret(name, 'token')}}}",
        "Whether writing needs credentials was not tried; if it needs none: absent: [credentials].",
    )
    others = [
        (f"without_permission: {{bearer: {secret(name, 'readers_token')}}}",
         "Somebody who may read and not write; if all may do the same: absent: [permissions]."),
        (f"without_access: {{bearer: {secret(name, 'strangers_token')}}}",
         "Somebody who may not see these records; if everybody may: absent: [access_control]."),
    ]  # fmt: skip
    return others if access else [own, *others]


def usual_calls(collection: str, names: str = "id") -> dict[str, object]:
    """How most REST APIs write and read the records of a collection. An ending stays at the end.

    Args:
        collection: the end of its path.
        names: the member of a record that is its id.
    """
    stem = collection.removesuffix(".json")
    item = {"path": f"/{stem}/{{id}}{collection[len(stem) :]}"}
    create = {"path": f"/{collection}"} | ({} if names == "id" else {"id": f"$.{names}"})
    return {"create": create, "read": item, "update": item, "delete": item, "id": f"$.{names}"}
