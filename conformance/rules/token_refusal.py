"""What the refusal of a token endpoint has to look like (RFC 6749, section 5.2).

A rule returns None where the answer is as claimed, else a sentence that says what is wrong with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.token_answer import members, repeated_members, token_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.http.exchange import Response

_ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
_BASIC = re.compile(r"(?:^|,)\s*basic(?=[\s,]|$)", re.IGNORECASE)


def is_not_refused(response: Response, errors: Sequence[str] = (), statuses: Sequence[int] = ()) -> Flaw | None:
    """None if the answer is a refusal: a 4xx without a token.

    Args:
        response: the answer to the forbidden request.
        errors: the allowed values of `error`, where a source names them.
        statuses: the allowed status codes, where a source names them.
    """
    if token_in(response) is not None:
        return FlawOfKind("token", f"the answer has status {response.status} and hands out a token")
    if response.status >= 500 and not is_a_failure(response):
        code = error_of(response)
        told = f"the answer has status {response.status} and the error {code}: a refusal with a wrong status"
        return FlawOfKind("wrong-status", told)
    if response.status >= 500:
        told = f"the answer has status {response.status}: the server failed on the request and did not refuse it"
        return FlawOfKind("server-error", told)
    if not 400 <= response.status < 500:
        return FlawOfKind("no-refusal", f"the answer has status {response.status}, which is not a refusal")
    if errors and (found := error_of(response)) not in errors:
        code = f"the error {found}" if found else "no error code"
        return FlawOfKind("error-code", f"the refusal has status {response.status} and {code}")
    if statuses and response.status not in statuses:
        return FlawOfKind("status", f"the refusal has status {response.status}")
    return None


KNOWN_CODES = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"),
        *("invalid_scope", "access_denied", "unsupported_response_type", "server_error", "temporarily_unavailable"),
        *("invalid_target", "invalid_token", "insufficient_scope", "unsupported_token_type", "invalid_dpop_proof"),
        *("use_dpop_nonce", "authorization_pending", "slow_down", "expired_token", "invalid_authorization_details"),
        *("interaction_required", "login_required", "account_selection_required", "consent_required"),
        *("invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported"),
        *("registration_not_supported", "invalid_redirect_uri", "invalid_client_metadata", "need_info"),
        *("invalid_software_statement", "unapproved_software_statement", "request_denied", "request_submitted"),
        *("insufficient_user_authentication", "unmet_authentication_requirements", "invalid_issuer"),
    }
)
"""The error codes of RFC 6749 and of the registry of OAuth extensions."""


_OF_A_FAILURE = ("", "server_error", "temporarily_unavailable", "internal_server_error", "internal_error")


def is_a_failure(response: Response) -> bool:
    """Whether the server failed on a request: a 5xx whose error code, if it has one, says no more than that."""
    return response.status >= 500 and error_of(response) in _OF_A_FAILURE


LONGEST_ERROR = 60
"""How many characters of an error code are shown."""


def error_of(response: Response) -> str:
    """The error code of a refusal; empty where there is none that can be shown."""
    error = members(response).get("error")
    if not isinstance(error, str) or not error.isprintable():
        return ""
    return error if len(error) <= LONGEST_ERROR else VAULT.shown(error, LONGEST_ERROR)


def has_no_basic_challenge(response: Response) -> Flaw | None:
    """None if the answer is 401 with a challenge of the Basic scheme."""
    if response.status != 401:
        return f"the refusal has status {response.status}"
    lines = response.headers_named("www-authenticate")
    if not any(_BASIC.search(line) for line in lines):
        return f"the refusal has {'another challenge than Basic' if lines else 'no WWW-Authenticate header'}"
    return None


def does_not_say_invalid_client(response: Response, *, in_header: bool) -> Flaw | None:
    """None if the refusal of a client that does not prove itself says so in the words of the specification.

    Args:
        response: the answer, which grants nothing.
        in_header: whether the proof came in the Authorization header: 401 is then due, with a challenge, unless the
            request is malformed as a whole (400 and invalid_request).
    """
    if flaw := is_not_an_error_answer(response):
        return flaw
    is_malformed = response.status == 400 and error_of(response) == "invalid_request"
    return has_no_basic_challenge(response) if in_header and not is_malformed else None


def is_not_an_error_answer(response: Response) -> Flaw | None:
    """None if the refusal is JSON with an `error`, and its texts have the allowed characters alone and come once."""
    if response.media_type != "application/json" and not response.media_type.endswith("+json"):
        return FlawOfKind("media-type", f"the refusal is declared as {response.media_type or 'nothing'}, not as JSON")
    texts = {name: value for name, value in members(response).items() if name in ("error", "error_description")}
    flaws = [flaw for name, value in ({"error": None} | texts).items() if (flaw := _is_not_error_text(name, value))]
    flaws += [
        FlawOfKind("repeated", f"{name} comes more than once") for name in repeated_members(response) if name in texts
    ]
    return FlawOfKind(flaws[0].kind, "; ".join(flaws)) if flaws else None


def _is_not_error_text(name: str, value: object) -> FlawOfKind | None:
    if value is None and name != "error":
        return None
    if not isinstance(value, str) or not value:
        return FlawOfKind("no-text", f"the refusal has no {name} that is text")
    if not _ERROR_TEXT.fullmatch(value):
        is_else_fine = _ERROR_TEXT.fullmatch(re.sub(r"[\r\n]", " ", value))
        others = "characters outside of printable ASCII, or a quote or a backslash"
        return FlawOfKind("characters", f"{name} has {'line ends' if is_else_fine else others}")
    return None


_VARIABLE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=\w*\d)\w{6,}\b|\d+", re.IGNORECASE)
"""What an error text may hold that is new each time: the ids of traces, times, numbers."""


def shape_of(response: Response, client_id: str) -> tuple[int, str, tuple[str, ...], bool, str]:
    """What tells two refusals apart: status, error code, members, challenge, and the text without what varies."""
    found = members(response)
    text = str(found.get("error_description", "")).replace(client_id, "…")
    return (
        response.status,
        error_of(response),
        tuple(sorted(found)),
        response.header("www-authenticate") is not None,
        VAULT.shown(_VARIABLE.sub("…", text), 120),
    )


def differs(first: Response, second: Response, clients: tuple[str, str]) -> Flaw | None:
    """None if two refusals have the same status, code, shape and text.

    Args:
        first: the one refusal.
        second: the other one.
        clients: the client ids of their requests, which the texts may repeat.
    """
    names = ("status", "error code", "members", "challenge", "error_description")
    pairs = zip(names, shape_of(first, clients[0]), shape_of(second, clients[1]), strict=True)
    found = [f"{name} {one} and {other}" for name, one, other in pairs if one != other]
    return f"the two refusals differ: {'; '.join(found)}" if found else None


def lets_foreign_pages_read(response: Response, origin: str) -> Flaw | None:
    """None if the answer forbids pages of a foreign origin to read it with the user's credentials."""
    allowed = response.header("access-control-allow-origin")
    with_credentials = (response.header("access-control-allow-credentials") or "").lower() == "true"
    if allowed == origin and with_credentials:
        return f"the answer lets pages of {origin} read it with credentials"
    return None
