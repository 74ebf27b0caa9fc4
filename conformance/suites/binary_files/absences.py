"""What a file service shows of the things that its target file says are absent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.config.roles import Access
from conformance.http.exchange import Request
from conformance.http.whole_answer import answer_to

if TYPE_CHECKING:
    from conformance.judging.applicability import Probe
    from conformance.suites.binary_files.driver import FileStore

UNFIT = "application/vnd.seasonproof.unfit+json"

_PLACES = ("/openapi.json", "/openapi.yaml")
_OPENAPI = re.compile(r"""^\s*\{?\s*["']?(openapi|swagger)["']?\s*:""", re.MULTILINE)
_COMMON_TYPES = ("text/plain", "image/png")
_UNFIT_TYPES = (UNFIT, "application/x-www-form-urlencoded", "text/html")
_UNSUPPORTED = 415
_GONE = (404, 410)
_DENIED = (401, 403)
_UNAUTHENTICATED = 401  # RFC 9110, 15.5.2: valid credentials are lacking


def openapi(store: FileStore) -> str | None:
    """An OpenAPI document stands where most services have theirs."""
    for place in _PLACES:
        url = f"{store.role.address}{place}"
        answer = store.send(Request("GET", url)).response
        if answer is not None and answer.status == 200 and _OPENAPI.search(answer.text[:4096]):
            return f"there is one at {url}"
    return None


def credentials(store: FileStore) -> str | None:
    """A file is not taken without credentials."""
    status = store.file.put(b"from nobody", retry=False).exchange.status
    return f"PUT without credentials is answered {status}" if status == _UNAUTHENTICATED else None


def deletion(store: FileStore) -> str | None:
    """A file that is deleted is gone."""
    store.works()
    store.file.put(b"to be deleted").succeeds("the upload")
    status = answer_to(store.file.delete().exchange).status
    is_gone = 200 <= status < 300 and store.file.get().response.status in _GONE
    return f"DELETE is answered {status}, and the file is gone" if is_gone else None


def read_credentials(store: FileStore) -> str | None:
    """A file is not shown without credentials."""
    store.works()
    store.file.put(b"not for everybody").succeeds("the upload")
    status = store.file.get(access=Access()).response.status
    return f"GET without credentials is answered {status}" if status in _DENIED else None


def entity_tags(store: FileStore) -> str | None:
    """A download comes with an ETag."""
    return _header_of_a_download(store, "etag", "ETag")


def modification_dates(store: FileStore) -> str | None:
    """A download comes with a Last-Modified."""
    return _header_of_a_download(store, "last-modified", "Last-Modified")


def content_disposition(store: FileStore) -> str | None:
    """A download comes with a Content-Disposition."""
    return _header_of_a_download(store, "content-disposition", "Content-Disposition")


def further_media_types(store: FileStore) -> str | None:
    """A file of another media type comes back as what it was put."""
    store.works()
    other = next(name for name in _COMMON_TYPES if name != store.role.media_type)
    if not store.file.put(b"of another type", media_type=other).is_taken:
        return None
    found = store.file.get().response.media_type
    return f"a file of the type {other} comes back as {other}" if found == other else None


def text_types(store: FileStore) -> str | None:
    """A text comes back with the charset that it was put with."""
    store.works()
    named = "text/plain; charset=iso-8859-1"
    if not store.file.put(b"a text", media_type=named).is_taken:
        return None
    found = (store.file.get().response.header("content-type") or "").lower()
    return f"a text that is put as {named} comes back so" if "charset=iso-8859-1" in found else None


def refused_media_type(store: FileStore) -> str | None:
    """A media type that nobody knows, or one that a browser's form or page has, is refused."""
    store.works()
    for unfit in _UNFIT_TYPES:
        if unfit not in (store.role.media_type, *store.role.media_types):
            status = answer_to(store.file.put(b"{}", media_type=unfit).exchange).status
            if status == _UNSUPPORTED:
                return f"a file of the type {unfit} is answered {status}"
    return None


def _header_of_a_download(store: FileStore, name: str, written: str) -> str | None:
    store.works()
    store.file.put(b"with headers").succeeds("the upload")
    return f"a download has {written}" if store.file.get().response.header(name) else None


PROBES: Mapping[str, Probe[FileStore]] = {
    "openapi": openapi,
    "credentials": credentials,
    "deletion": deletion,
    "read_credentials": read_credentials,
    "entity_tags": entity_tags,
    "modification_dates": modification_dates,
    "content_disposition": content_disposition,
    "further_media_types": further_media_types,
    "text_types": text_types,
    "refused_media_type": refused_media_type,
}
"""What looks for each of them; what nothing looks for cannot be disproved."""
