"""What an OpenAPI document describes: a service that stores files, or a collection of records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast
from urllib.parse import urljoin

from conformance.commands.init.draft import Draft
from conformance.commands.init.fields import field_of_schema, label_of, modified_of, without_what_the_system_writes
from conformance.commands.init.records import callers
from conformance.documents import UsageProblem
from conformance.documents.api_description import SourceDocument, parse_document
from conformance.openapi_lint.openapi import OpenApi, Operation, properties
from conformance.openapi_lint.references import Node
from conformance.openapi_lint.rules_bodies import is_file

_SINCE = re.compile(r"since|modified|updated|changed", re.IGNORECASE)
_SIZE = re.compile(r"^(?:page_?)?(?:size|limit)$|^\$top$|per_?page", re.IGNORECASE)


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
        access: the field `access`, as far as it is known.
    """
    base = _base(api, place)
    yield from _files(api, place, base, access)
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
        scheme = next(iter(api.data.get("schemes") or ["https"]))
        url = f"{scheme}://{api.data['host']}{api.data.get('basePath', '')}" if api.data.get("host") else ""
    else:
        url = str(api.root.get("servers").get(0).get("url").value or "")
    whole = urljoin(place if "://" in place else "", url or "/")
    return whole.rstrip("/") if "://" in whole else "https://the-address-of-the-service"


def _files(api: OpenApi, place: str, base: str, access: Mapping[str, object]) -> Iterator[Draft]:
    at = {(one.path, one.method.upper()): one for one in api.operations}
    for (path, method), upload in at.items():
        download = at.get((path, "GET"))
        if (
            method != "PUT"
            or download is None
            or not is_file(api, upload.contents)
            or not is_file(api, download.results)
        ):
            continue
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
        absent = {} if "delete" in operations else {"absent": ["deletion"]}
        also = {"capabilities": {"disposable": True}} if absent else {}
        yield Draft(
            "file_service",
            why,
            {"spec": place, "base_url": base, "operations": operations, **access, **absent},
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
    item = re.sub(r"\{[^{}]+\}", "{id}", parts["read"].path)
    schema = next((content.schema for content in parts["create"].contents), Node((), None))
    known = {
        key: found
        for key, node in properties(api.resolved(schema))
        if (found := field_of_schema(api, key, node, schema))
    }
    kept = without_what_the_system_writes(known)
    fields: dict[str, object] = {"base_url": base, **access, "create": {"path": f"/{path}"}, "read": {"path": item}}
    for call in ("update", "delete"):
        if call in parts:
            method = parts[call].method.upper()
            fields[call] = {"path": item} if method in ("PATCH", "DELETE") else {"path": item, "method": method}
    missing = callers(name, access)
    _polled(parts.get("list"), path, fields, missing)
    modified = modified_of(known)
    fields |= {"id": "$.id"} | ({"modified": f"$.{modified}"} if modified else {})
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


def _polled(listing: Operation | None, path: str, fields: dict[str, object], missing: list[tuple[str, str]]) -> None:
    """Say how changes are asked for, if a parameter of the list does it."""
    names = [str(node.get("name").value) for node in (listing.parameters if listing else ())]
    since = next((name for name in names if _SINCE.search(name)), None)
    size = next((name for name in names if _SIZE.search(name)), None)
    query: dict[str, Any] = ({since: "{since}"} if since else {}) | ({size: "{size}"} if size else {})
    if since is None:
        missing.append(
            (f"poll: {{path: /{path}, query: {{updated_since: '{{since}}'}}, items: '$[*]'}}",
             "No parameter of the list asks for what has changed since a time; without one it cannot be polled:")
        )  # fmt: skip
        return
    fields["poll"] = {"path": f"/{path}", "query": query, "items": "$[*]"}
