"""Documents that say what will be sent: API descriptions, collections, .http files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.rules.url_tokens import by_design
from conformance.traffic.audit.findings import Damage, Position, Sighting
from conformance.traffic.audit.readers.trees import NotReadable, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Source

MAX_DOCUMENT = 32 << 20
"""The bytes of the largest document that is read."""

_METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY"
_REQUEST = re.compile(
    rf"\s*(?:(?P<method>{_METHODS})[ \t]+)?(?P<url>(?:https?://|\{{\{{|/)\S*)(?:[ \t]+HTTP/[\d.]+)?\s*"
)
_CONTINUED = re.compile(r"[ \t]+([?&]\S*)\s*")
_HEADER = re.compile(r"([A-Za-z0-9-]{1,60}):[ \t]*(.*?)\s*")
_COMMENT = re.compile(r"\s*(?:#|//|@|<|>)")


def document(source: Source, detector: Detector) -> Iterator[Seen]:
    """What an API description or a collection places in URLs, each with its JSON pointer and line."""
    text = source.whole(MAX_DOCUMENT)
    source.units += 1
    at = Position(source.name)
    if text is None:
        yield Damage(at, f"is larger than {MAX_DOCUMENT >> 20} MiB; skipped")
        return
    try:
        parsed = tree(text)
    except NotReadable as problem:
        yield Damage(at, str(problem))
        return
    data = parsed.data
    prefix = ""
    if isinstance(data, dict) and "item" not in data and isinstance(data.get("collection"), dict):
        data, prefix = data["collection"], "/collection"  # as the service's interface gives it
    for pointer, finding in by_design(data, detector=detector):
        whole = prefix + pointer
        yield Sighting(Position(source.name, line=parsed.line(whole), pointer=whole), finding)


def http_file(source: Source, detector: Detector) -> Iterator[Seen]:
    """What the requests of an .http file put into URLs, by the line on which each request begins."""
    text = source.whole(MAX_DOCUMENT)
    if text is None:
        yield Damage(Position(source.name), f"is larger than {MAX_DOCUMENT >> 20} MiB; skipped")
        return
    for number, method, url, headers in _requests(text.decode("utf-8", "replace")):
        source.units += 1
        at = Position(source.name, line=number)
        for _, finding in by_design({"request": {"url": {"raw": url}}}, detector=detector):
            yield Sighting(at, finding)
        for finding in detector.request(method.encode(), b"/", headers):  # what the headers repeat
            yield Sighting(at, finding)


type _Request = tuple[int, str, str, list[tuple[bytes, bytes]]]


def _requests(text: str) -> Iterator[_Request]:
    """Line, method, URL and headers of each request."""
    part: list[tuple[int, str]] = []
    for number, line in enumerate(f"{text}\n###".split("\n"), 1):
        if not line.startswith("###"):
            part.append((number, line))
            continue
        request = _request(part)
        if request is not None:
            yield request
        part = []


def _request(part: list[tuple[int, str]]) -> _Request | None:
    """The request between two separators; its body, behind an empty line, is left alone."""
    lines = iter([(number, line) for number, line in part if not _COMMENT.match(line)])
    begun = next(((number, found) for number, line in lines if (found := _REQUEST.fullmatch(line))), None)
    if begun is None:
        return None
    url, headers = begun[1]["url"], []
    for _, line in lines:
        if not line.strip():
            break
        if more := _CONTINUED.fullmatch(line):
            url += more[1]
        elif header := _HEADER.fullmatch(line):
            headers.append((header[1].encode(), header[2].encode("utf-8", "replace")))
    return begun[0], begun[1]["method"] or "GET", url, headers
