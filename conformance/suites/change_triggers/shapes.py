"""The shape of records: fields that lie deeper or are called otherwise, and what stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from conformance.documents.json_path import first_at

if TYPE_CHECKING:
    from conformance.config.roles import BusinessSystem


def to_write(role: BusinessSystem, record: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A record as it is sent.

    Args:
        role: says where a written record has its fields.
        record: the values by field.
        base: what they are written into; an empty record if left out.
    """
    found: dict[str, Any] = deepcopy(dict(base or {}))
    for name, value in record.items():
        about = role.fields.get(name)
        *folders, last = (about.write if about is not None and about.write else name).split(".") if about else [name]
        inner = found
        for folder in folders:
            if not isinstance(inner.get(folder), dict):
                inner[folder] = {}
            inner = inner[folder]
        inner[last] = value
    return found


def as_read(role: BusinessSystem, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record that was read, by name: what it has on top, and what the target file finds elsewhere."""
    elsewhere = {name: about.read for name, about in role.fields.items() if about.read is not None}
    return {**data, **{name: first_at(path, data) for name, path in elsewhere.items()}}
