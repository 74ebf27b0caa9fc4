"""A JSON value as records: what belongs to one request stands together, whatever its members are called."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from conformance.traffic.audit.field_names import Role, is_vague, role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.traffic.audit.readers.observed import Fields

_DEPTH: Final = 32
_OF_PAIRS: Final = frozenset(
    {
        "name",
        "key",
        "value",
        "Name",
        "Key",
        "Value",
        "type",
        "vType",
        "comment",
        "description",
        "enabled",
        "disabled",
        "active",
    }
)
_WORD: Final = ".word"  # behind a name: of a query of a database, or of a command


class NoJson(ValueError):
    """A text is no JSON, or too deep to be read."""


def decoded(text: bytes) -> object:
    """A JSON value, as any parser reads it: also with bytes that are no UTF-8, control characters and `NaN`.

    Raises:
        NoJson: it is none.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        whole = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
        return whole.decode(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise NoJson from None


def records(value: object) -> Iterator[Fields]:
    """The records in a value: itself, each in an array, and each that is told as a text."""
    pending = deque([("", value, _DEPTH)])
    while pending:
        name, one, depth = pending.popleft()
        fields: list[tuple[str, bytes]] = []
        _collect(one, name, depth, fields, pending)
        if fields:
            yield fields


def _collect(
    value: object, name: str, depth: int, fields: list[tuple[str, bytes]], others: deque[tuple[str, object, int]]
) -> None:
    """Add the fields of a value, and the values that are records of their own."""
    if isinstance(value, str):
        inner = _inside(value) if depth else None
        if inner is None:
            fields.append((name, _bytes(value)))
        else:
            others.append((name, inner, depth - 1))
    elif not depth:
        return
    elif role(name) is Role.QUERY and (pairs := _query(value)):
        fields.append((name, pairs))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, _label(value, f"{name}.{key}" if name else str(key), inner), depth - 1, fields, others)
    elif isinstance(value, list):
        for inner in value:
            pair = _pair(inner)
            if pair is None and isinstance(inner, dict):
                others.append((name, inner, depth - 1))
            else:
                label, one = (f"{name}.{pair[0]}", pair[1]) if pair else (_of_element(name, inner), inner)
                _collect(one, label, depth - 1, fields, others)


def _label(record: dict[object, object], label: str, value: object) -> str:
    """The name of a member, which is no query of a URL where it has members itself and nothing was asked for."""
    if isinstance(value, dict | list) and role(label) is Role.QUERY and is_vague(label) and not _asks(record):
        return label + _WORD
    return label


def _of_element(name: str, value: object) -> str:
    """The name of an element of a list: a text may be a word of a command."""
    return name + _WORD if isinstance(value, str) and role(name) is Role.QUERY and is_vague(name) else name


def _asks(record: dict[object, object]) -> bool:
    """Whether a record names what was asked for, itself or one level below."""
    names = [str(key) for key in record]
    names += [f"{key}.{inner}" for key, value in record.items() if isinstance(value, dict) for inner in value]
    return any(role(name) is Role.TARGET for name in names)


def _inside(text: str) -> object:
    """The JSON object or array that a text is; None if it is none."""
    if text[:1] not in ("{", "[") or text.rstrip()[-1:] not in ("}", "]"):
        return None
    try:
        return decoded(_bytes(text))
    except NoJson:
        return None


def _pair(value: object) -> tuple[str, object] | None:
    """Name and value of an element of a list of headers, tags or attributes."""
    if not isinstance(value, dict) or not value.keys() <= _OF_PAIRS:
        return None
    name = next((value[key] for key in ("name", "key", "Name", "Key") if isinstance(value.get(key), str)), None)
    inner = next((value[key] for key in ("value", "Value") if key in value), None)
    if name is None or inner is None:
        return None
    return name, inner.get("stringValue", inner) if isinstance(inner, dict) else inner


def _query(value: object) -> bytes:
    """The query that a mapping or a list of pairs, in brackets or by name, stands for; empty if it is none."""
    pairs: list[tuple[object, object] | None] = []
    if isinstance(value, dict) and value.keys() == {"parameters"}:
        value = value["parameters"]  # as n8n has them
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [(one[0], one[1]) if isinstance(one, list) and len(one) == 2 else _pair(one) for one in value]
    if None in pairs:
        return b""
    return _bytes("&".join(f"{pair[0]}={text}" for pair in pairs if pair for text in _texts(pair[1])))


def _texts(value: object) -> list[str]:
    """A value, or each of several, as it stands in a query; also what it has to match, in a file of stubs."""
    values = [_matched(one) for one in (value if isinstance(value, list) else [value])]
    return [one.replace("&", "%26").replace("#", "%23") for one in values if isinstance(one, str)]


def _matched(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return value.get("equalTo", value.get("value") if "matcher" in value else None)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
