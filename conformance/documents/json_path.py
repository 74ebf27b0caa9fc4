"""JSONPath (RFC 9535): where a value stands in somebody else's JSON. Paths are data, compiled and never executed.

The library is loaded for other paths than `$.page.items[*]`: most runs have none.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

_MEMBERS = re.compile(r"\$((?:\.[A-Za-z_][A-Za-z0-9_]*)*)(\[\*\])?")


def is_valid(path: str) -> bool:
    """Whether a path can be used. What is wrong with it is not said: it may hold a secret by mistake."""
    if _steps(path) is not None:
        return True
    from jsonpath_rfc9535 import JSONPathError

    try:
        compiled(path)
    except JSONPathError:
        return False
    return True


def all_at(path: str, data: object) -> list[Any]:
    """The values at the places that a path names, in their order; none where it leads nowhere."""
    if (steps := _steps(path)) is not None:
        return _walked(steps, data)
    from jsonpath_rfc9535 import JSONPathError

    try:
        return list(compiled(path).find(data).values())  # type: ignore[arg-type] # whatever JSON there is
    except (JSONPathError, RecursionError):
        return []


def members_at(path: str, data: object) -> list[Any]:
    """The values that a path names, one by one: `$.items[*]`, and `$.items` where that is the list of them."""
    found = all_at(path, data)
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def first_at(path: str | None, data: object) -> Any:
    """The first value at the place that a path names; None where there is none, and no path."""
    return next(iter(all_at(path, data)), None) if path else None


@functools.cache
def _steps(path: str) -> tuple[str | None, ...] | None:
    """The names of a path such as `$.page.items[*]`, with None for `[*]`; None for any other path."""
    match = _MEMBERS.fullmatch(path)
    return (*match[1].split(".")[1:], *([None] if match[2] else [])) if match else None


def _walked(steps: tuple[str | None, ...], data: Any) -> list[Any]:
    for step in steps:
        if step is None:
            return list(data) if isinstance(data, list) else list(data.values()) if isinstance(data, dict) else []
        if not isinstance(data, dict) or step not in data:
            return []
        data = data[step]
    return [data]


@functools.cache
def compiled(path: str) -> JSONPathQuery:
    """The compiled path.

    Raises:
        JSONPathError: it is none.
    """
    import jsonpath_rfc9535

    return jsonpath_rfc9535.compile(path)
