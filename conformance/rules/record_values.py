"""Whether a value that came back means what was sent, by the declared type of its field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from conformance.redaction import VAULT
from conformance.rules.change_feed import moment
from conformance.rules.flaw import Flaw

_SHOWN = 60
_TIME = re.compile(r"(\d\d:\d\d)(:\d\d)?(?:\.0*)?Z?", re.ASCII)


def differs(kind: str, sent: object, found: object) -> Flaw | None:
    """None if a value came back as it was written.

    Args:
        kind: the type of the field, in the words of a target file.
        sent: the value that was written; numbers as `int` or `Decimal`, times as text.
        found: the value that was read.
    """
    return None if _same(kind, sent, found) else f"{shown(sent)} came back as {shown(found)}"


def _same(kind: str, sent: object, found: object) -> bool:
    if sent is None or found is None:
        return sent is found
    if type(sent) is type(found) and sent == found:
        return True
    if isinstance(sent, dict):
        return isinstance(found, dict) and all(_alike(value, found.get(name)) for name, value in sent.items())
    return kind in _SAME and _SAME[kind](sent, found)


def _alike(sent: object, found: object) -> bool:
    """Whether a part of a structure is the same: it has no type of its own here."""
    if isinstance(sent, int | Decimal) and not isinstance(sent, bool):
        return _number(found) == sent
    return found == sent


def _texts(sent: object, found: object) -> bool:
    return isinstance(sent, str) and isinstance(found, str) and _normal(found) == _normal(sent)


def _addresses(sent: object, found: object) -> bool:
    return isinstance(found, str) and found.rstrip("/").casefold() == str(sent).rstrip("/").casefold()


def _phone_numbers(sent: object, found: object) -> bool:
    return isinstance(found, str) and _digits(found) == _digits(str(sent))


def _choices(sent: object, found: object) -> bool:
    return isinstance(sent, list) and isinstance(found, list) and sorted(map(str, found)) == sorted(sent)


def _numbers(sent: object, found: object) -> bool:
    number = _number(found)
    return number is not None and number == _number(sent)


def _times(sent: object, found: object) -> bool:
    times = [_TIME.fullmatch(value) if isinstance(value, str) else None for value in (sent, found)]
    return None not in times and len({(time[1], time[2] or ":00") for time in times if time}) == 1


def _instants(sent: object, found: object) -> bool:
    points = [moment(value) if isinstance(value, str) else None for value in (sent, found)]
    return None not in points and len({point.nanoseconds for point in points if point}) == 1


_SAME: Mapping[str, Callable[[object, object], bool]] = {
    **dict.fromkeys(("string", "text", "enumeration", "lookup"), _texts),
    **dict.fromkeys(("email", "url"), _addresses),
    "phone": _phone_numbers,
    "multi_enumeration": _choices,
    **dict.fromkeys(("integer", "decimal", "percent"), _numbers),
    "time": _times,
    "datetime": _instants,
}
"""By type: whether two values mean the same although they are written differently. Of all others, none do."""


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _normal(text: object) -> str:
    return unicodedata.normalize("NFC", str(text))


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str) or len(str(value)) > 400:
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def shown(value: object) -> str:
    """A value in a few characters and in the words of JSON, without any secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = ascii(VAULT.redact(value))
        return text if len(text) <= _SHOWN else f"{VAULT.shown(text, _SHOWN)} ({len(value)} characters)"
    if isinstance(value, dict | list):
        return "a structure"
    return "null" if value is None else VAULT.shown(str(value), _SHOWN)
