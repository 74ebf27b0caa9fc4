"""What one answer in JSON shows of a collection of records. It was read, and never written to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.commands.init.draft import Draft, secret
from conformance.commands.init.fields import field_of_value, label_of, modified_of, without_what_the_system_writes

if TYPE_CHECKING:
    from conformance.commands.init.looking import Seen

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def draft_of_records(seen: Seen, name: str) -> Draft | None:
    """The role of an address that lists records; None where its answer is no such list."""
    items, records = _list(seen.json)
    if not records:
        return None
    parts = urlsplit(seen.url)
    path, _, collection = parts.path.rstrip("/").rpartition("/")
    is_json_api = "vnd.api+json" in seen.header("content-type")
    first: dict[str, Any] = records[0].get("attributes", {}) if is_json_api else records[0]
    fields = {
        key: found
        for key, value in first.items()
        if _PLAIN.fullmatch(key) and (found := field_of_value(value)) is not None
    }
    written = without_what_the_system_writes(fields)
    modified = modified_of(fields)
    said: dict[str, object] = {"base_url": f"{parts.scheme}://{parts.netloc}{path}"}
    if is_json_api:
        said |= {"adapter": "json-api", "collection": collection}
    else:
        said |= usual_calls(collection)
    missing = [
        *callers(name),
        (f"poll: {{path: /{collection}, query: {{updated_since: '{{since}}'}}, items: '{items}'}}",
         "How changes are asked for is not to be seen in an answer; without it the system cannot be polled:"),
    ]  # fmt: skip
    if modified is None:
        missing.append(("modified: $.modified", "And where a record has the time of its last change:"))
    elif not is_json_api:
        said["modified"] = f"$.{modified}"
    said |= {**label_of(written), "fields": written}
    why = (
        f"{seen.url} lists records in JSON. How they are written is a guess, as most APIs have it: nothing was written."
    )
    return Draft("business_system", why, said, missing)


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


def usual_calls(collection: str) -> dict[str, object]:
    """How most REST APIs write and read the records of a collection. An ending stays at the end."""
    stem = collection.removesuffix(".json")
    item = {"path": f"/{stem}/{{id}}{collection[len(stem) :]}"}
    return {"create": {"path": f"/{collection}"}, "read": item, "update": item, "delete": item, "id": "$.id"}


def _list(answer: Any) -> tuple[str, list[dict[str, Any]]]:
    """Where an answer has its records, as a JSONPath, and they themselves; none where it has no list of them."""
    places = {"$[*]": answer} if isinstance(answer, list) else {}
    if isinstance(answer, dict):
        places = {f"$.{key}[*]": value for key, value in answer.items() if _PLAIN.fullmatch(key)}
    for path, value in places.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) and "id" in one for one in value):
            return path, value
    return "", []
