"""Whether a value that came back means what was sent, by the declared type of its field."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation

from conformance.redaction import VAULT
from conformance.rules.change_feed import moment

_SHOWN = 60


def differs(kind: str, sent: object, found: object) -> str | None:
    """The flaw that a value came back as another one.

    Args:
        kind: the type of the field, in the words of a target file.
        sent: the value that was written; numbers as `int` or `Decimal`, times as text.
        found: the value that was read.
    """
    return None if _same(kind, sent, found) else f"{_shown(sent)} came back as {_shown(found)}"


def _same(kind: str, sent: object, found: object) -> bool:
    if sent is None or found is None:
        return sent is found
    if type(sent) is type(found) and sent == found:
        return True
    match kind:
        case "string" | "text" | "enumeration":
            return isinstance(found, str) and unicodedata.normalize("NFC", found) == _normal(sent)
        case "boolean":
            return found is sent
        case "integer" | "decimal":
            number = _number(found)
            return number is not None and number == _number(sent)
        case "date":
            return isinstance(found, str) and found[:10] == sent
        case _:
            points = [moment(value) if isinstance(value, str) else None for value in (sent, found)]
            return None not in points and len({point.nanoseconds for point in points if point}) == 1


def _normal(text: object) -> str:
    return unicodedata.normalize("NFC", str(text))


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str) or len(str(value)) > 400:
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _shown(value: object) -> str:
    if isinstance(value, str):
        text = ascii(VAULT.redact(value))
        return text if len(text) <= _SHOWN else f"{VAULT.shown(text, _SHOWN)} ({len(value)} characters)"
    if isinstance(value, dict | list):
        return "a structure"
    return "null" if value is None else VAULT.shown(str(value), _SHOWN)
