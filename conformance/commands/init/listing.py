"""How one answer lists records: where they are, what names them, and what leads to the next page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.documents.json_path import all_at

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IDS = ("id", "_id", "ID", "Id", "uuid", "guid", "key")
_NEXT = ("$.links.next.href", "$.links.next", "$._links.next.href", "$['@odata.nextLink']", "$.next", "$.meta.next")
"""Where JSON:API, HAL, OData and frameworks have the address of the next page."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of records.

    Attributes:
        items: where the answer has the records, as a JSONPath.
        records: they themselves.
        id: the member of a record that is its id.
        next_url: where the answer has the address of the next page, as a JSONPath; empty where it has none.
    """

    items: str
    records: list[dict[str, Any]]
    id: str
    next_url: str

    @property
    def is_json_api(self) -> bool:
        """Whether the records are resources of JSON:API: a type, an id, and the fields among the attributes."""
        return all(isinstance(one.get("attributes"), dict) and isinstance(one.get("type"), str) for one in self.records)


def listing_of(answer: Any) -> Listing | None:
    """The records that an answer lists; None where it has no list of them."""
    for items, records in _lists(answer):
        if records and all(isinstance(one, dict) for one in records):
            names = next((name for name in _IDS if all(name in one for one in records)), None)
            if names is not None:
                return Listing(items, records, names, _next_in(answer))
    return None


def path_of(*names: str) -> str:
    """The JSONPath to a member, by the names on the way. A name with other characters goes into brackets."""
    return "$" + "".join(f".{name}" if _PLAIN.fullmatch(name) else f"['{name}']" for name in names)


def _lists(answer: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(answer, list):
        yield "$[*]", answer
    for parents, found in (
        ((), answer),
        (("_embedded",), answer.get("_embedded") if isinstance(answer, dict) else None),
    ):
        for name, value in found.items() if isinstance(found, dict) else ():
            if isinstance(value, list) and _PLAIN.fullmatch(name):
                yield f"{path_of(*parents, name)}[*]", value


def _next_in(answer: Any) -> str:
    """The first place that has an address, or nothing where this page is the last one."""
    for path in _NEXT:
        for value in all_at(path, answer):
            if value is None or (isinstance(value, str) and ("/" in value or "?" in value)):
                return path
    return ""
