"""A redacted exchange as Allure 2.41 and Allure 3 show it: their attachment format "HTTP exchange", version 1.

allure-python has no name for the format, so media type and extension stand here.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.http.exchange import Evidence, Headers

MEDIA_TYPE = "application/vnd.allure.http+json"
EXTENSION = "httpexchange"

_PATH_SHOWN = 70
_FORM = "application/x-www-form-urlencoded"


def attachment_name(evidence: Evidence) -> str:
    """The name of an attachment in one short line, such as `GET /services/oauth2/singleaccess → 403 in 12 ms`."""
    answer = str(evidence.status) if evidence.status else "no answer"
    return f"{_request(evidence)} → {answer} in {_took(evidence)}"


def sentence(evidence: Evidence) -> str:
    """The same as a sentence, such as `GET /services/oauth2/singleaccess is answered with 403 after 12 ms`."""
    if evidence.status:
        return f"{_request(evidence)} is answered with {evidence.status} after {_took(evidence)}"
    return f"{_request(evidence)} gets no whole answer within {_took(evidence)}"


def attachment(evidence: Evidence) -> dict[str, object]:
    """The attachment of an exchange, in plain JSON types.

    Returns:
        `{schemaVersion: 1, request: {method, url, headers, query, body},
        response: {status, httpVersion, headers, body}, error: {name, message}, start, stop}`, where headers and query
        are lists of `{name, value}`, bodies are `{contentType, value}` or `{contentType, form}`, and start and stop are
        milliseconds since 1970. What is empty, or did not come, is left out.
    """
    start = int(datetime.fromisoformat(evidence.started).timestamp() * 1000)
    request: dict[str, object] = {
        "method": evidence.method,
        "url": evidence.url,
        "headers": _pairs(evidence.request_headers),
        "query": _query(evidence.url),
        "body": _body(evidence.request_headers, evidence.request_body),
    }
    response: dict[str, object] = {
        "status": evidence.status,
        "httpVersion": evidence.http_version,
        "headers": _pairs(evidence.response_headers),
        "body": _body(evidence.response_headers, evidence.response_body),
    }
    found: dict[str, object] = {
        "schemaVersion": 1,
        "request": _without_empty(request),
        "response": _without_empty(response) if evidence.status else None,
        "error": {"name": "no whole answer", "message": evidence.problem} if evidence.problem else None,
        "start": start,
        "stop": start + max(1, round(evidence.seconds * 1000)),
    }
    return _without_empty(found)


def _request(evidence: Evidence) -> str:
    path = "/" + evidence.url.partition("://")[2].partition("/")[2]
    return f"{evidence.method} {VAULT.shown(path, _PATH_SHOWN)}"


def _took(evidence: Evidence) -> str:
    return f"{evidence.seconds * 1000:.0f} ms" if evidence.seconds < 1 else f"{evidence.seconds:.1f} s"


def _body(headers: Headers, text: str) -> dict[str, object] | None:
    if not text:
        return None
    declared = next((value for name, value in headers if name.lower() == "content-type"), "")
    kind = declared.partition(";")[0].strip().lower()
    if kind == _FORM:
        return {"contentType": declared, "form": _form(text)}
    # Allure shows no other kind as text; the evidence is text whatever the header says, and the header is shown too.
    is_text = kind.startswith("text/") or kind in ("application/json", "application/xml") or kind.endswith("+json")
    return {"contentType": declared if is_text else "text/plain", "value": text}


def _query(url: str) -> list[dict[str, str]]:
    # As it was sent, not decoded: how a query is spelled is what many a requirement is about.
    return [{"name": name, "value": value} for name, _, value in _split(url.partition("?")[2])]


def _form(text: str) -> list[dict[str, str]]:
    return [{"name": unquote_plus(name), "value": unquote_plus(value)} for name, _, value in _split(text)]


def _split(text: str) -> list[tuple[str, str, str]]:
    return [pair.partition("=") for pair in text.split("&") if pair]


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _without_empty(found: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if value not in (None, "", [])}
