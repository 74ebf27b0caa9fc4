"""Which roles the requests of a capture or a collection show: nothing is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.commands.init.authorization import draft_of_token_endpoint
from conformance.commands.init.described import drafts_of_document, parsed
from conformance.commands.init.draft import Draft, secret
from conformance.commands.init.looking import address
from conformance.commands.init.odata import draft_of_metadata, is_metadata
from conformance.commands.init.records import usual_calls
from conformance.documents import UsageProblem, content_of

_MAX_BYTES = 200_000_000
_HEAD = 4_096  # characters in which OData metadata shows its first element
_MOST = 50_000  # requests that are looked at
_VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that somebody made or wrote down.

    Attributes:
        media_type: of its body.
        body: its body as text; empty where it is not kept.
        headers: the names of its headers, in lower case.
    """

    method: str
    url: str
    media_type: str = ""
    body: str = ""
    headers: frozenset[str] = frozenset()


def drafts_of_file(path: str, name: str, collection: str | None, url: str | None = None) -> list[Draft]:
    """The roles that a HAR file, a Postman collection, an OpenAPI document or the metadata of OData shows.

    Args:
        path: the file.
        name: what the target is called.
        collection: which entity set of the metadata is wanted; the first one if None.
        url: the address of the service, which the metadata of OData leaves open and everything else says.

    Raises:
        UsageProblem: it cannot be read, is none of these, or the address is missing or too much.
    """
    text = content_of(path, _MAX_BYTES, "capture").decode("utf-8-sig", "replace")
    if is_metadata(text[:_HEAD]):
        return [_of_metadata(text, path, name, collection, url)]
    if url is not None:
        raise UsageProblem([f"{path} says its addresses itself: leave out the URL, or leave out --from to look at it"])
    if (api := parsed(Path(path).name, text)) is not None:
        return list(drafts_of_document(api, path, name, collection, {}))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    calls = [call for call, _ in zip(_calls(data), range(_MOST), strict=False) if _is_address(call.url)]
    if not calls:
        raise UsageProblem(
            [
                f"{path}: neither a HAR file, a Postman collection or an OpenAPI document with requests in it, nor the "
                "metadata of OData"
            ]
        )
    return list(_drafts(calls, name))


def _of_metadata(text: str, path: str, name: str, collection: str | None, url: str | None) -> Draft:
    if url is None:
        raise UsageProblem(
            [f"{path}: the metadata of OData leaves open where the service is; give its address before --from"]
        )
    draft = draft_of_metadata(text, address(url), name, collection)
    if draft is None:
        raise UsageProblem([f"{path}: it looks like the metadata of OData, but is damaged or has no entity set"])
    return replace(draft, why=f"{Path(path).name} describes an OData service. Is it at {draft.fields['base_url']}?")


def _is_address(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _drafts(calls: list[Call], name: str) -> Iterator[Draft]:
    for call in calls:
        if call.method == "POST" and re.search(r"(?:^|&)grant_type=|\"?grant_type\"?", call.body):
            url = call.url.partition("?")[0]
            yield draft_of_token_endpoint(name, f"A form with a grant_type was sent to {url}.", url)
            break
    for call in calls:
        if urlsplit(call.url).path.endswith("/services/oauth2/singleaccess"):
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(call.url))
            why = f"{origin} was asked for single access."
            yield Draft("single_access", why, {"base_url": origin, "token": secret(name, "token")})
            break
    yield from _files(calls, name)
    yield from _records(calls, name)


def _files(calls: list[Call], name: str) -> Iterator[Draft]:
    for call in calls:
        if call.method == "PUT" and call.media_type and not _is_json(call) and "form" not in call.media_type:
            folder = call.url.partition("?")[0].rpartition("/")[0]
            fields = {"url": f"{folder}/{{name}}", **_access(call, name), "absent": ["openapi"]}
            yield Draft("file_service", f"A file of the type {call.media_type} was put below {folder}.", fields)
            return


def _records(calls: list[Call], name: str) -> Iterator[Draft]:
    read = {call.url.partition("?")[0].rpartition("/")[0] for call in calls if call.method == "GET"}
    for call in calls:
        place = call.url.partition("?")[0].rstrip("/")
        if call.method == "POST" and _is_json(call) and place in read:
            parts = urlsplit(place)
            path, _, collection = parts.path.rpartition("/")
            fields = {"base_url": f"{parts.scheme}://{parts.netloc}{path}", **_access(call, name)}
            fields |= usual_calls(collection)
            missing = [
                (
                    f"poll: {{path: /{collection}, query: {{updated_since: '{{since}}'}}}}",
                    "Say how changes are asked for:",
                )
            ]
            yield Draft(
                "business_system",
                f"JSON was posted to {place}, and single records below it were read.",
                fields,
                missing,
            )
            return


def _is_json(call: Call) -> bool:
    return "json" in call.media_type


def _access(call: Call, name: str) -> dict[str, object]:
    if "authorization" in call.headers:
        return {"access": {"bearer": secret(name, "token")}}
    keys = sorted(one for one in call.headers if "key" in one and "idempotency" not in one)
    return {"access": {"api_key": {"header": keys[0], "value": secret(name, "key")}}} if keys else {}


def _calls(data: Any) -> Iterator[Call]:
    if not isinstance(data, dict):
        return
    entries = data.get("log", {}).get("entries") if isinstance(data.get("log"), dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(asked := entry.get("request"), dict):
            yield _of_har(asked)
    if isinstance(data.get("item"), list):
        variables = {str(v.get("key")): str(v.get("value")) for v in data.get("variable") or () if isinstance(v, dict)}
        yield from _of_postman(data["item"], variables, 0)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_har(asked: dict[str, Any]) -> Call:
    posted = _mapping(asked.get("postData"))
    names = frozenset(str(h.get("name", "")).lower() for h in asked.get("headers") or () if isinstance(h, dict))
    kind = str(posted.get("mimeType", "")).partition(";")[0]
    body = str(
        posted.get("text") or "&".join(f"{p.get('name')}=" for p in posted.get("params") or () if isinstance(p, dict))
    )
    return Call(str(asked.get("method", "")).upper(), str(asked.get("url", "")), kind, body, names)


def _of_postman(items: list[Any], variables: dict[str, str], depth: int) -> Iterator[Call]:
    for item in items:
        if not isinstance(item, dict) or depth > 20:
            continue
        if isinstance(item.get("item"), list):
            yield from _of_postman(item["item"], variables, depth + 1)
        if not isinstance(asked := item.get("request"), dict):
            continue
        url = asked.get("url")
        raw = str(url.get("raw", "") if isinstance(url, dict) else url or "")
        raw = _VARIABLE.sub(lambda found: variables.get(found[1], "the-" + found[1]), raw)
        headers = {
            str(h.get("key", "")).lower(): str(h.get("value", ""))
            for h in asked.get("header") or ()
            if isinstance(h, dict)
        }
        named = frozenset(headers) | (frozenset({"authorization"}) if asked.get("auth") else frozenset())
        kind, text = _postman_body(_mapping(asked.get("body")), headers.get("content-type", ""))
        yield Call(
            str(asked.get("method", "GET")).upper(), raw if "://" in raw else f"https://{raw}", kind, text, named
        )


def _postman_body(body: dict[str, Any], declared: str) -> tuple[str, str]:
    mode = body.get("mode")
    if mode == "urlencoded":
        text = "&".join(f"{p.get('key')}=" for p in body.get("urlencoded") or () if isinstance(p, dict))
        return "application/x-www-form-urlencoded", text
    if mode == "file":
        return declared or "application/octet-stream", ""
    raw = str(body.get("raw") or "")
    return declared.partition(";")[0] or ("application/json" if raw.lstrip()[:1] in ("{", "[") else ""), raw
