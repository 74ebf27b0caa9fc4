"""What the answer of a token endpoint says about the token that it grants (RFC 6749, section 5.1).

A rule returns None where the answer is as claimed, else a sentence that says what is wrong with it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from conformance.documents.json_text import BadJsonError, parse
from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw, FlawOfKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from conformance.http.exchange import Response

_TOKEN = re.compile(r"[\x20-\x7e]+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
_JOINTS = re.compile(r"[\s,;|+&]+")
_OPENID = ("openid", "profile", "email", "address", "phone", "offline_access")
_TYPE_NAME = re.compile(r"[A-Za-z0-9._-]+|https?://\S+")
_TYPES = ("bearer", "dpop", "pop", "n_a")  # as registered; others are addresses (RFC 6749, section 8.1)


def members(response: Response) -> dict[str, object]:
    """The members of a JSON object in the body; empty where there is none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def repeated_members(response: Response) -> list[str]:
    """The members of a JSON object in the body that come more than once, of which each reader takes another one."""
    try:
        _, repeated = parse(response.text)
    except BadJsonError:
        return []
    return [str(at[0]) for at in repeated if len(at) == 1]


def named_error(response: Response) -> str:
    """What tells the error code of a refusal; empty where there is none that can be shown."""
    error = members(response).get("error")
    return f" and the error {VAULT.shown(error, 60)}" if isinstance(error, str) and error.isprintable() else ""


def token_in(response: Response) -> str | None:
    """The access token that an answer hands out, whatever its status; None if there is none."""
    token = members(response).get("access_token")
    return token if isinstance(token, str) and token else None


def has_no_token(response: Response) -> Flaw | None:
    """None if the answer grants a token, whatever else is wrong with it."""
    if response.status != 200:
        return FlawOfKind("status", f"the answer has status {response.status}{named_error(response)}")
    return FlawOfKind("no-token", "the answer has no access_token") if token_in(response) is None else None


def is_not_a_token_answer(response: Response) -> Flaw | None:
    """None if the answer is 200 and JSON with `access_token` and `token_type`, in UTF-8 without a mark (RFC 8259)."""
    is_json = response.media_type == "application/json" or response.media_type.endswith("+json")
    if response.status == 200 and not is_json:
        return FlawOfKind("media-type", f"the answer is declared as {response.media_type or 'nothing'}, not as JSON")
    if flaw := has_no_token(response):
        return flaw
    if (encoding := json.detect_encoding(response.body)) != "utf-8":
        written = "begins with a byte order mark" if encoding == "utf-8-sig" else f"is in {encoding}"
        return FlawOfKind("encoding", f"the JSON {written}")
    kind = members(response).get("token_type")
    if kind is None:
        return FlawOfKind("no-type", "the answer has no token_type")
    return None if isinstance(kind, str) and kind else FlawOfKind("no-type", "token_type is not text")


def members_with_flaws(response: Response) -> dict[str, str | None]:
    """The standard members of an answer, each with what is wrong with it, None where nothing is.

    They have the types and the characters of their definition (RFC 6749, appendix A), and no member comes twice
    (section 3.2).
    """
    found = members(response)
    flaws: dict[str, str | None] = {}
    token, kind, lifetime = (found.get(name) for name in ("access_token", "token_type", "expires_in"))
    is_token = isinstance(token, str) and _TOKEN.fullmatch(token)
    flaws["access_token"] = None if is_token else "access_token has characters that no token has"
    flaws["token_type"] = _is_no_type(kind) if isinstance(kind, str) else None
    if "expires_in" in found:
        is_number = isinstance(lifetime, int) and not isinstance(lifetime, bool) and lifetime >= 0
        flaws["expires_in"] = None if is_number else f"expires_in is {_kind(lifetime)}, not a whole number of seconds"
    if "scope" in found:
        scope = found["scope"]
        # An empty scope says that nothing was asked for; everything reads it so.
        is_list = scope == "" or (isinstance(scope, str) and _SCOPE.fullmatch(scope))
        flaws["scope"] = None if is_list else f"scope is {_kind(scope)}, not a list of words with one space between"
    for name in repeated_members(response):
        flaws[name] = f"{VAULT.shown(name, 40)} comes more than once"
    return flaws


def _is_no_type(kind: str) -> Flaw | None:
    if not _TYPE_NAME.fullmatch(kind):
        return "token_type has characters that no type has"
    is_known = kind.lower() in _TYPES or "://" in kind
    return None if is_known else f"token_type is {VAULT.shown(kind, 40)}, which is not a registered type"


def is_cacheable(response: Response) -> Flaw | None:
    """None if the answer forbids every cache to keep it."""
    directives = ",".join(response.headers_named("cache-control")).lower()
    names = {part.partition("=")[0].strip() for part in directives.split(",")}
    return None if "no-store" in names else f"Cache-Control is {directives or 'missing'}"


def has_no_pragma(response: Response) -> Flaw | None:
    """None if the answer forbids caches of HTTP/1.0 to keep it."""
    found = ",".join(response.headers_named("pragma")).lower()
    return None if "no-cache" in found else f"Pragma is {found or 'missing'}"


def granted_scopes(response: Response, requested: Sequence[str]) -> frozenset[str]:
    """The scopes that an answer grants: those of `scope`, or the requested ones where it says nothing.

    Leaving `scope` out means that it is identical to the requested one (RFC 6749, section 5.1).
    """
    scope = members(response).get("scope")
    return frozenset(scope.split() if isinstance(scope, str) else requested)


def says_no_scope(response: Response) -> bool:
    """Whether the answer leaves `scope` out, and so says that it grants what was requested."""
    return not isinstance(members(response).get("scope"), str)


def lacks_scopes(response: Response, wanted: Sequence[str]) -> Flaw | None:
    """None if all the wanted scopes are granted."""
    missing = [scope for scope in wanted if scope not in granted_scopes(response, wanted)]
    if not missing:
        return None
    said = str(members(response).get("scope"))
    if len(wanted) > 1 and set(wanted) <= set(_JOINTS.split(said)):
        return FlawOfKind("joined", "scope joins its words with something else than a space")
    return f"the answer does not grant {', '.join(missing)}"


def hides_scopes(response: Response, requested: Sequence[str], told: Collection[str]) -> Flaw | None:
    """None if the answer names all scopes of its token, which the token or introspection tells, in whatever way."""
    scope = members(response).get("scope")
    named = _JOINTS.split(scope) if isinstance(scope, str) else requested
    hidden = sorted(set(told) - set(named))
    how = "names others" if isinstance(scope, str) else "names none"
    return f"the token is also good for {', '.join(hidden)}, and the answer {how}" if hidden else None


def promises_scopes(response: Response, wanted: Collection[str], told: Collection[str]) -> Flaw | None:
    """None if the token has all the wanted scopes that the answer names, as the token or introspection tells.

    Scopes of OpenID Connect are left alone: they are for its own endpoints, and no resource server looks for them.
    """
    scope = members(response).get("scope")
    named = _JOINTS.split(scope) if isinstance(scope, str) else ()
    missing = [one for one in wanted if one in named and one not in told and one not in _OPENID]
    return f"the answer names {', '.join(missing)}, and the token is not good for it" if missing else None


def grants(response: Response, requested: Sequence[str], forbidden: Collection[str]) -> Flaw | None:
    """None if the answer grants none of the forbidden scopes; one that says nothing grants what was requested."""
    found = granted_scopes(response, requested) & set(forbidden)
    if not found:
        return None
    said = "says so" if "scope" in members(response) else "does not say that it leaves anything out"
    return f"a token came for {', '.join(sorted(found))}, and the answer {said}"


def _kind(value: object) -> str:
    kinds = ((bool, "true or false"), (str, "text"), (int | float, "a number out of its range"), (list, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")
