"""What an OpenAPI document describes: files that are stored, a collection of records, or where tokens are fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, cast
from urllib.parse import urljoin

from conformance.commands.init.authorization import draft_of_token_endpoint
from conformance.commands.init.described_access import access_of
from conformance.commands.init.described_lists import JSON_API, attributes_in, poll_of, schema_of, type_in
from conformance.commands.init.draft import Draft, line_of
from conformance.commands.init.fields import fields_written, label_of, modified_in, without_what_the_system_writes
from conformance.commands.init.listing import path_of
from conformance.commands.init.records import LOCK, callers, json_api_calls
from conformance.documents import UsageProblem
from conformance.documents.api_description import SourceDocument, parse_document
from conformance.openapi_lint.openapi import OpenApi, Operation, properties
from conformance.openapi_lint.references import Node
from conformance.openapi_lint.rules_bodies import is_file


def parsed(place: str, text: str) -> OpenApi | None:
    """An OpenAPI document; None where a text is none, or of a version that is not read."""
    try:
        return _api(parse_document(place, text))
    except UsageProblem:
        return None


def _api(document: SourceDocument) -> OpenApi | None:
    data = document.data
    if not isinstance(data, dict):
        return None
    said = str(data.get("openapi", data.get("swagger", "")))
    # What is looked for is written alike in 3.0 and 3.1.
    version = "2.0" if said.startswith("2.") else "3.0" if said.startswith("3.") else None
    return None if version is None else OpenApi(cast("Literal['2.0', '3.0']", version), data)


def drafts_of_document(
    api: OpenApi, place: str, name: str, collection: str | None, access: Mapping[str, object]
) -> Iterator[Draft]:
    """The roles that a document describes.

    Args:
        api: the document.
        place: its file, or its address.
        name: what the target will be called.
        collection: the path of the collection that is wanted; that of the first one if None.
        access: the field `access`, as far as answers showed it; what the document says takes its place.
    """
    base = _base(api, place)
    yield from _files(api, place, base, name, access)
    yield from _token_endpoint(api, place, base, name)
    found = {path.strip("/"): parts for path, parts in collections(api).items()}
    if collection is not None and found and collection.strip("/") not in found:
        raise UsageProblem([f"--collection: {collection!r} is not described; there are {', '.join(found)}"])
    if found:
        chosen = collection.strip("/") if collection is not None else next(iter(found))
        yield _records(api, name, chosen, found[chosen], base, access, [one for one in found if one != chosen])


def collections(api: OpenApi) -> dict[str, dict[str, Operation]]:
    """The collections of records, by their paths: what can be listed, created and read one by one."""
    at = {(one.path.rstrip("/"), one.method.upper()): one for one in api.operations}
    found = {}
    for (path, method), operation in at.items():
        items = [p for (p, m) in at if m == "GET" and re.fullmatch(re.escape(path) + r"/\{[^{}/]+\}", p)]
        if method != "POST" or "{" in path or not items or is_file(api, operation.contents):
            continue
        parts = {"create": operation, "list": at.get((path, "GET")), "read": at[items[0], "GET"]}
        parts["update"] = at.get((items[0], "PATCH")) or at.get((items[0], "PUT"))
        parts["delete"] = at.get((items[0], "DELETE"))
        found[path] = {key: one for key, one in parts.items() if one is not None}
    return found


# ------------------------------------------------------------------ details


def _base(api: OpenApi, place: str) -> str:
    if api.version == "2.0":
        reached_by = place.partition("://")[0] if "://" in place else "https"  # what holds where no scheme is named
        scheme = next(iter(api.data.get("schemes") or [reached_by]))
        url = f"{scheme}://{api.data['host']}{api.data.get('basePath', '')}" if api.data.get("host") else ""
    else:
        url = str(api.root.get("servers").get(0).get("url").value or "")
    whole = urljoin(place if "://" in place else "", url or "/")
    return whole.rstrip("/") if "://" in whole else "https://the-address-of-the-service"


def _files(api: OpenApi, place: str, base: str, name: str, access: Mapping[str, object]) -> Iterator[Draft]:
    at = {(one.path, one.method.upper()): one for one in api.operations}
    for (path, method), upload in at.items():
        download = at.get((path, "GET"))
        if method != "PUT" or download is None or not is_file(api, upload.contents):
            continue
        if download.results and not is_file(api, download.results):
            continue  # an answer without a type may be a file, and BIN-10 says what the document lacks
        named = {
            "upload": upload,
            "download": download,
            "delete": at.get((path, "DELETE")),
            "probe": at.get((path, "HEAD")),
        }
        operations = {key: one.name for key, one in named.items() if one is not None and one.name}
        if not {"upload", "download"} <= operations.keys():
            continue
        why = f"{place} describes PUT and GET of files at {path}."
        elsewhere = urljoin(place, "/").rstrip("/")
        missing = (
            [(f"base_url: {elsewhere}", "The document says that its service is elsewhere than it is itself; if not:")]
            if "://" in place and not f"{base}/".startswith(f"{elsewhere}/")
            else []
        )
        granted = access_of(api, upload, name) or access
        absent = {} if "delete" in operations else {"absent": ["deletion"]}
        also = {"capabilities": {"disposable": True}} if absent else {}
        yield Draft(
            "file_service",
            why,
            {"spec": place, "base_url": base, "operations": operations, **granted, **absent},
            missing,
            also,
        )
        return


def _records(
    api: OpenApi,
    name: str,
    path: str,
    parts: Mapping[str, Operation],
    base: str,
    access: Mapping[str, object],
    others: list[str],
) -> Draft:
    new, shown = (schema_of(contents) for contents in (parts["create"].contents, parts["read"].results))
    is_json_api = all(one.media_type == JSON_API for one in parts["create"].contents) and bool(parts["create"].contents)
    if is_json_api:
        new, shown = attributes_in(api, new), attributes_in(api, shown)
    kept = without_what_the_system_writes(fields_written(api, new))
    access = access_of(api, parts["create"], name) or access
    said = _json_api(api, parts, base) if is_json_api else {"base_url": base, **_calls(parts), "id": "$.id"}
    fields: dict[str, object] = {"base_url": base, **access, **said}
    missing = [*callers(name, access), LOCK]
    modified = modified_in(api, shown) or modified_in(api, new)
    poll = poll_of(api, parts.get("list"), parts["create"].path, modified, is_json_api=is_json_api)
    if poll.is_sure:
        fields["poll"] = poll.fields
    else:
        missing.append((line_of("poll", poll.fields), poll.why))
    if modified:
        fields["modified"] = path_of(*(["attributes"] if is_json_api else []), modified)
    label = label_of(kept)
    fields |= {**label, "fields": kept}
    if not label:
        missing.append(
            (
                "label: name",
                "The suite writes a word into a text field by which its records can be told; none was found.",
            )
        )
    if others:
        missing.append(
            (f"--collection {others[0]}", f"Collections that were left out: {', '.join(others)}; ask for one with")
        )
    why = f"The document describes records at /{path} that are listed, created and read one by one."
    return Draft("business_system", why, fields, missing)


def _calls(parts: Mapping[str, Operation]) -> dict[str, object]:
    item = re.sub(r"\{[^{}]+\}", "{id}", parts["read"].path)
    calls: dict[str, object] = {"create": {"path": parts["create"].path}, "read": {"path": item}}
    for call in ("update", "delete"):
        if call in parts:
            method = parts[call].method.upper()
            calls[call] = {"path": item} if method in ("PATCH", "DELETE") else {"path": item, "method": method}
    return calls


def _json_api(api: OpenApi, parts: Mapping[str, Operation], base: str) -> dict[str, object]:
    """The adapter, whose paths begin with a collection below the address."""
    folder, _, collection = parts["create"].path.strip("/").rpartition("/")
    kind = type_in(api, schema_of(parts["create"].contents)) or collection
    return {"base_url": f"{base}/{folder}".rstrip("/"), **json_api_calls(collection, kind)}


def _token_endpoint(api: OpenApi, place: str, base: str, name: str) -> Iterator[Draft]:
    for operation in api.operations:
        forms = [one for one in operation.contents if one.media_type == "application/x-www-form-urlencoded"]
        if operation.method.upper() != "POST" or not forms:
            continue
        grant = dict(properties(api.resolved(forms[0].schema))).get("grant_type")
        if grant is not None and _may_be(api, grant, "client_credentials"):
            why = f"{place} describes a form with a grant_type at {operation.path}."
            yield draft_of_token_endpoint(name, why, f"{base}{operation.path}")
            return


def _may_be(api: OpenApi, node: Node, word: str) -> bool:
    """Whether a schema of text takes a word, as far as its values and its pattern say; a login form takes another."""
    schema = api.resolved(node)
    parts = [*schema.get("anyOf").items(), *schema.get("oneOf").items()] or [schema]
    for part in map(api.resolved, parts):
        values, pattern = part.get("enum").value, part.get("pattern").value
        if part.get("type").value == "null" or (isinstance(values, list) and word not in values):
            continue
        if part.get("const").value in (None, word) and (not isinstance(pattern, str) or _matches(pattern, word)):
            return True
    return False


def _matches(pattern: str, word: str) -> bool:
    """Whether a stranger's pattern takes a word. Only one that names a word is looked at: others may take for ever."""
    return word in pattern or re.fullmatch(r"\^?\w+\$?", pattern) is None
