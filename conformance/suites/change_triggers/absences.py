"""What a business system shows of the things that its target file says are absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from conformance.config.roles.templates import Deletion, Update
from conformance.rules.change_feed import moment
from conformance.suites.change_triggers.values import invalid

if TYPE_CHECKING:
    from conformance.judging.applicability import Probe
    from conformance.suites.change_triggers.driver import BusinessSystemDriver

_DENIED = (401, 403)
_UNAUTHENTICATED = 401  # RFC 9110, 15.5.2: valid credentials are lacking
_GONE = (404, 410)
_WRONG_VALUES = (400, 409, 422)
KEY = "Idempotency-Key"


def credentials(system: BusinessSystemDriver) -> str | None:
    """A record is not taken without credentials."""
    status = system.create(system.plain_record(), credentials=()).status
    return f"creating a record without credentials is answered {status}" if status == _UNAUTHENTICATED else None


def read_credentials(system: BusinessSystemDriver) -> str | None:
    """A record is not shown without credentials."""
    record = system.created()
    system.item(record)
    status = system.read(record, ()).status
    return f"reading a record without credentials is answered {status}" if status in _DENIED else None


def updates(system: BusinessSystemDriver) -> str | None:
    """A record changes by PATCH at the address where it is read."""
    record = system.created()
    system.item(record)
    label = system.new_label()
    change = Update(path=system.reading.path, body=system.creation.body, headers=system.creation.headers)
    status = system.call(change, {"id": record}, record={system.label: label}).status
    has_changed = 200 <= status < 300 and system.item(record).fields.get(system.label) == label
    return f"PATCH of a record is answered {status}, and the record has changed" if has_changed else None


def deletion(system: BusinessSystemDriver) -> str | None:
    """A record is gone after DELETE at the address where it is read."""
    record = system.created()
    system.item(record)
    status = system.call(Deletion(path=system.reading.path), {"id": record}).status
    is_gone = 200 <= status < 300 and system.read(record).status in _GONE
    return f"DELETE of a record is answered {status}, and the record is gone" if is_gone else None


def refusals(system: BusinessSystemDriver) -> str | None:
    """A record with a wrong value is refused, or an update."""
    for what, record in system.invalid_records():
        status = system.create(record).status
        if status in _WRONG_VALUES:
            return f"a record with {what} is answered {status}"
    if system.role.update is None:
        return None
    created = system.created(system.full_record())
    for name, about in system.checked_fields().items():
        status = system.update(created, {name: invalid(about)}).status
        if status in _WRONG_VALUES:
            return f"an update with {name} of another type is answered {status}"
    return None


def locks(system: BusinessSystemDriver) -> str | None:
    """An update under a condition that does not hold is refused as such."""
    record = system.created()
    system.item(record)
    condition = ("If-Match", '"seasonproof-stale"')
    status = system.update(record, {system.label: system.new_label()}, headers=(condition,)).status
    return "an update under an If-Match that does not hold is answered 412" if status == 412 else None


def idempotency_keys(system: BusinessSystemDriver) -> str | None:
    """Two creations under one key make one record."""
    if system.creation.has("id"):
        return None
    key, record = (KEY, uuid4().hex), system.plain_record()
    first, second = (system.id_in(system.create(record, headers=(key,))) for _ in range(2))
    return f"two creations with one {KEY} made one record" if first is not None and first == second else None


def times(system: BusinessSystemDriver) -> str | None:
    """A record has a date-time that is another one after each update."""
    record = system.created()
    seen = []
    for _ in range(3):
        content = system.read(record).works("reading a record that was just written").content
        seen.append(dict(_date_times(content, "$")))
        system.updated(record)
    kept = {path for path in seen[0] if len({found.get(path) for found in seen}) == len(seen)}
    return f"a record has a time of its last change at {min(kept)}" if kept else None


def _date_times(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and ":" in value and moment(value) is not None:
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _date_times(inner, f"{path}.{name}")


PROBES: Mapping[str, Probe[BusinessSystemDriver]] = {
    "credentials": credentials,
    "read_credentials": read_credentials,
    "updates": updates,
    "deletion": deletion,
    "refusals": refusals,
    "locks": locks,
    "idempotency_keys": idempotency_keys,
    "times": times,
}
"""What looks for each of them; what nothing looks for cannot be disproved."""
