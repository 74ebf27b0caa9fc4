"""What an access token, or the introspection of it, says about itself.

The claims are read without a check of the signature; whoever trusts them has to check it first.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEEWAY = 60
"""By how many seconds times may be off: answers take time, and the clocks of several machines differ."""


def header_of(token: str) -> dict[str, object]:
    """The header of a JWT; empty where the token is none."""
    return _parts(token)[0]


def claims_of(token: str) -> dict[str, object]:
    """The claims of a JWT; empty where the token is none."""
    return _parts(token)[1]


def audiences_in(claims: dict[str, object]) -> frozenset[str] | None:
    """The values of `aud`, which may be one text or a list; None where it is missing."""
    found = claims.get("aud")
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(value for value in found if isinstance(value, str)) if isinstance(found, list) else None


def scopes_in(members: Mapping[str, object]) -> frozenset[str] | None:
    """The scopes among the claims of a token, or in what introspection says of it; None where they are not named."""
    found = members.get("scope", members.get("scp"))
    if isinstance(found, str):
        return frozenset(found.split())
    return frozenset(map(str, found)) if isinstance(found, list) else None


def times_in(members: Mapping[str, object]) -> dict[str, float]:
    """The times among the claims of a token, or in what introspection says of it, in seconds since 1970."""
    found = {name: members.get(name) for name in ("iat", "nbf", "exp")}
    return {n: float(v) for n, v in found.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def does_not_last(times: Mapping[str, float], now: float, lifetime: object) -> Flaw | None:
    """None if a new token is good by its times, and for as long as was said.

    Args:
        times: those of `times_in`.
        now: the time of the server's own clock.
        lifetime: what `expires_in` says, if anything.
    """
    if lifetime == 0 and not isinstance(lifetime, bool):
        return "expires_in is 0, so the token has ended as it is issued"
    for name in ("iat", "nbf"):
        if (ahead := times.get(name, now) - now) > _LEEWAY:
            return f"{name} is {ahead:.0f} seconds ahead, so the new token is not good yet"
    lasts = times.get("exp", math.inf) - now
    if lasts <= -_LEEWAY:
        return f"exp has passed {-lasts:.0f} seconds ago, and the token is new"
    if isinstance(lifetime, int) and lasts < lifetime - _LEEWAY:
        return f"by exp the token ends in {lasts:.0f} seconds, and expires_in says {lifetime}"
    return None


def is_not_for(audiences: frozenset[str], audience: str) -> Flaw | None:
    """None if a token is meant for this audience."""
    if audience in audiences:
        return None
    named = ", ".join(sorted(audiences)) or "nobody"
    return f"the token is meant for {named}, not for {audience}"


def is_not_signed_by(token: str, keys: object) -> Flaw | None:
    """None if one of the keys of a JWK Set proves the signature of a JWT.

    Args:
        token: the JWT.
        keys: the JWK Set as it was read.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    algorithm = header_of(token).get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none" or algorithm.startswith("HS"):
        return f"the token is signed by the algorithm {VAULT.shown(str(algorithm), 20)}, which no published key proves"
    try:
        jwt.decode(token, KeySet.import_key_set(keys), algorithms=[algorithm])  # type: ignore[arg-type] # checked by it
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return "none of the published keys proves the token's signature"
    return None


def _parts(token: str) -> tuple[dict[str, object], dict[str, object]]:
    """The header and the claims of a JWT; both empty where the token is none."""
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        signed = jws.extract_compact(token.encode())
        claims = json.loads(signed.payload)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        return {}, {}
    return (signed.headers(), claims) if isinstance(claims, dict) else ({}, {})
