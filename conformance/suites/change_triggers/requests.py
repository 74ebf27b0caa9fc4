"""Filling the request templates of a target file. A parameter whose place has no value is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from conformance.config.roles.templates import places_in
from conformance.documents import exact_json
from conformance.http.exchange import Headers, Request
from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.config.roles.templates import Call

JSON = ("Content-Type", "application/json")

type Places = Mapping[str, str | None]

_RECORD = ("{record}", "{records}")
_LEFT_OUT = object()


def filled(
    call: Call,
    base_url: str,
    places: Places,
    *,
    record: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    headers: Headers = (),
    query: Mapping[str, str] | None = None,
) -> Request:
    """The request that a template stands for.

    Args:
        call: the template.
        base_url: where its path begins.
        places: text for its places; None for one that has no value.
        record: what `{record}` or `{records}` stands for in its body.
        headers: further headers, such as the credentials.
        query: further parameters of the query.

    Raises:
        Inconclusive: what the system gave for a place cannot be sent, such as half a surrogate pair.
    """
    try:
        path = _text(call.path, places, escape=True)
        pairs = {**_known(call.query, places), **(query or {})}
        url = base_url + path + (f"?{urlencode(pairs, quote_via=quote, safe='')}" if pairs else "")
        own = {"Accept": "application/json", **_known(call.headers, places)}
        body = b""
        if call.body is not None and call.method != "GET":
            own = {"Content-Type": "application/json", **own}
            body = exact_json.write(_value(call.body, places, record or {})).encode()
    except UnicodeEncodeError:
        raise Inconclusive("a value that the system gave is not text, so it cannot be sent back") from None
    return Request(call.method, url, (*own.items(), *headers), body)


def _known(templates: Mapping[str, str], places: Places) -> dict[str, str]:
    return {
        name: _text(text, places)
        for name, text in templates.items()
        if all(places.get(place) is not None for place in places_in(text))
    }


def _text(text: str, places: Places, *, escape: bool = False) -> str:
    def value(match: re.Match[str]) -> str:
        found = places.get(match[1]) or ""
        return quote(found, safe="") if escape else found

    return re.sub(r"\{([a-z_]+)\}", value, text)


def _value(body: object, places: Places, record: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
    match body:
        case str() if body in _RECORD:
            return record
        case str():
            missing = any(places.get(place) is None for place in places_in(body))
            return _LEFT_OUT if missing else _text(body, places)
        case dict():
            found = {name: _value(inner, places, record) for name, inner in body.items()}
            return {name: inner for name, inner in found.items() if inner is not _LEFT_OUT}
        case list():
            return [inner for value in body if (inner := _value(value, places, record)) is not _LEFT_OUT]
        case _:
            return body
