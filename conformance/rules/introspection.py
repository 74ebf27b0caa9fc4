"""What introspection says about a token (RFC 7662, section 2.2).

A rule returns None where the answer is as claimed, else a sentence that says what is wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.redaction import VAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMES = ("exp", "iat", "nbf")
_TEXTS = ("scope", "client_id", "username", "sub", "iss", "jti")
_MILLISECONDS = (10**12, 10**13)
"""The years 2001 to 2286 in milliseconds; as seconds they would be some tens of thousands of years ahead."""
_MEANT = {"true": True, "false": False}


def activity_in(found: Mapping[str, object]) -> bool | None:
    """What `active` says, also where it says so in text; None where it says neither."""
    active = found.get("active")
    return _MEANT.get(active.lower()) if isinstance(active, str) else active if isinstance(active, bool) else None


def members_with_flaws(found: Mapping[str, object], token_type: object, client_id: str) -> dict[str, str | None]:
    """The standard members of an answer, each with what is wrong with it, None where nothing is.

    Args:
        found: the answer.
        token_type: the type that the token endpoint named when it issued the token.
        client_id: the client to which it was issued.
    """
    flaws = {name: _is_no_time(name, found[name]) for name in _TIMES if found.get(name) is not None}
    if found.get("active") is not None:
        flaws["active"] = None if isinstance(found["active"], bool) else "active is neither true nor false"
    for name in _TEXTS:
        if found.get(name) is not None:
            flaws[name] = None if isinstance(found[name], str) else f"{name} is not text"
    if flaws.get("client_id", "") is None and found["client_id"] != client_id:
        flaws["client_id"] = f"client_id is {VAULT.shown(str(found['client_id']), 40)}; the token is another client's"
    if (audience := found.get("aud")) is not None:
        several = audience if isinstance(audience, list) else [audience]
        are_texts = all(isinstance(one, str) for one in several)
        flaws["aud"] = None if are_texts else "aud is neither text nor a list of texts"
    kind = found.get("token_type")
    if kind is not None and isinstance(token_type, str):
        same = isinstance(kind, str) and kind.lower() == token_type.lower()
        shown = VAULT.shown(str(kind), 40)
        flaws["token_type"] = None if same else f"token_type is {shown}; the token was issued as {token_type}"
    return flaws


def _is_no_time(name: str, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return f"{name} is not a number"
    if isinstance(value, str):
        return f"{name} is text, not a whole number of seconds"
    if _MILLISECONDS[0] <= value < _MILLISECONDS[1]:
        return f"{name} counts milliseconds, not seconds"
    # JSON has one kind of number: 1.0 is the integer 1.
    return None if float(value).is_integer() else f"{name} is a fraction, not a whole number of seconds"
