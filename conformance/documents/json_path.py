"""JSONPath (RFC 9535): where a value stands in somebody else's JSON. Paths are data, compiled and never executed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery


def is_valid(path: str) -> bool:
    """Whether a path can be used. What is wrong with it is not said: it may hold a secret by mistake."""
    from jsonpath_rfc9535 import JSONPathError

    try:
        compiled(path)
    except JSONPathError:
        return False
    return True


def all_at(path: str, data: object) -> list[Any]:
    """The values at the places that a path names, in their order; none where it leads nowhere."""
    from jsonpath_rfc9535 import JSONPathError

    if path == "$":
        return [data]
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
def compiled(path: str) -> JSONPathQuery:
    """The compiled path.

    Raises:
        JSONPathError: it is none.
    """
    import jsonpath_rfc9535

    return jsonpath_rfc9535.compile(path)
