"""Documents that say what will be sent: API descriptions, collections, .http files."""

from __future__ import annotations

import io
import re
from itertools import chain
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.metadata_credentials import built_credentials
from conformance.rules.url_tokens.spec_credentials import declared_credentials
from conformance.traffic.audit.findings import Damage, LocatedFinding, Position
from conformance.traffic.audit.readers.json_texts import json_text
from conformance.traffic.audit.readers.texts import text
from conformance.traffic.audit.readers.tools import declared_in, in_hurl
from conformance.traffic.audit.readers.trees import NotReadable, Tree, trees
from conformance.traffic.audit.sources import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.rules.url_tokens import Detector, Finding
    from conformance.traffic.audit.findings import Seen

MAX_DOCUMENT = 32 << 20
"""The bytes of the largest document that is read."""

_METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY"
_REQUEST = re.compile(
    rf"\s*(?:(?P<method>{_METHODS})[ \t]+)?(?P<url>(?:https?://|\{{\{{|/)\S*)(?:[ \t]+HTTP/[\d.]+)?\s*"
)
_CONTINUED = re.compile(r"[ \t]*([?&]\S*)\s*|[ \t]+(/\S*)\s*")
_HEADER = re.compile(r"([A-Za-z0-9-]{1,60}):[ \t]*(.*?)\s*")
_COMMENT = re.compile(r"\s*(?:#|//|@|<|>)")


def document(source: Source, detector: Detector) -> Iterator[Seen]:
    """What an API description or a collection places in URLs, by JSON pointer and line; and its other URLs."""
    told = _of_whole(source, lambda whole: (seen for tree in trees(whole) for seen in _of_tree(tree, source, detector)))
    yield from _and_others(told, source, detector)
    source.units = 1


def http_file(source: Source, detector: Detector) -> Iterator[Seen]:
    """What the requests of an .http file put into URLs, by the line on which each begins; and its other URLs."""
    whole = source.ahead(MAX_DOCUMENT)
    requests = list(_requests((whole or b"").decode("utf-8", "replace")))
    told = chain(_of_requests(requests, source, detector), _located(in_hurl(whole or b"", detector), source))
    yield from _and_others(told, source, detector)
    if whole is None:
        yield _too_large(source)
    source.units = len(requests)


def metadata(source: Source, detector: Detector) -> Iterator[Seen]:
    """The URLs that Salesforce code or metadata builds with a credential, by line; and its other URLs."""
    whole = source.ahead(MAX_DOCUMENT)
    built = built_credentials((whole or b"").decode("utf-8", "replace"))
    yield from _and_others(_located(built, source), source, detector)
    if whole is None:
        yield _too_large(source)
    source.units = 1


def tool_file(source: Source, detector: Detector) -> Iterator[Seen]:
    """What the requests of a tool put into URLs, by line; and its other URLs."""
    told = _of_whole(source, lambda whole: _located(declared_in(whole, detector), source))
    yield from _and_others(told, source, detector)
    source.units = 1


def notebook(source: Source, detector: Detector) -> Iterator[Seen]:
    """What the code of a notebook puts into URLs, of all its cells together; and its other URLs."""
    yield from _and_others(_of_whole(source, lambda whole: _of_cells(whole, source, detector)), source, detector)
    source.units = 1


def _of_whole(source: Source, judge: Callable[[bytes], Iterator[Seen]]) -> Iterator[Seen]:
    """What is found in a document that is read as a whole; damage where it cannot be."""
    whole = source.ahead(MAX_DOCUMENT)
    if whole is None:
        yield _too_large(source)
        return
    try:
        yield from judge(whole)
    except NotReadable as problem:
        yield Damage(Position(source.name), f"{problem}; only its lines were judged", len(whole))


def _of_cells(whole: bytes, source: Source, detector: Detector) -> Iterator[Seen]:
    parsed = next(trees(whole))
    code, lines = [], []
    for number, cell in enumerate(_cells(parsed.data)):
        written = cell.get("source")
        if cell.get("cell_type") == "code" and isinstance(written, str | list):
            begin = parsed.line(f"/cells/{number}/source")
            cell_lines = "".join(map(str, written)).split("\n")
            code += cell_lines
            lines += [begin + isinstance(written, list) * (at + 1) for at in range(len(cell_lines))]
    program = "\n".join(code).encode("utf-8", "replace")
    for seen in text(Source(source.name, io.BufferedReader(io.BytesIO(program))), detector):
        if isinstance(seen, LocatedFinding):
            yield seen._replace(at=Position(source.name, line=min(lines[seen.at.line - 1], whole.count(b"\n") + 1)))


def _cells(data: object) -> list[dict[str, object]]:
    cells = data.get("cells") if isinstance(data, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _located(told: Iterable[tuple[int, Finding]], source: Source) -> Iterator[LocatedFinding]:
    return (LocatedFinding(Position(source.name, line=line), finding) for line, finding in told)


def _too_large(source: Source) -> Damage:
    reason = f"is larger than {MAX_DOCUMENT >> 20} MiB; only its lines were judged"
    return Damage(Position(source.name), reason, source.size)


def _and_others(told: Iterator[Seen], source: Source, detector: Detector) -> Iterator[Seen]:
    """What a document tells, and the credentials in its lines of which it does not."""
    placed: set[str] = set()
    for seen in told:
        if isinstance(seen, LocatedFinding):
            placed.add(seen.finding.fingerprint)
        yield seen
    is_json = source.head.lstrip()[:1] == b"{"
    for seen in json_text(source, detector) if is_json else text(source, detector, builds=False):
        if not isinstance(seen, LocatedFinding) or seen.finding.fingerprint not in placed:
            yield seen


def _of_tree(parsed: Tree, source: Source, detector: Detector) -> Iterator[Seen]:
    data = parsed.data
    prefix = ""
    if isinstance(data, dict) and "item" not in data and isinstance(data.get("collection"), dict):
        data, prefix = data["collection"], "/collection"  # as the service's interface gives it
    for pointer, finding in declared_credentials(data, detector=detector, is_raml=source.head.startswith(b"#%RAML ")):
        where = prefix + pointer
        yield LocatedFinding(Position(source.name, line=parsed.line(where), pointer=where), finding)


type _Request = tuple[int, str, str, list[tuple[bytes, bytes]]]


def _of_requests(requests: list[_Request], source: Source, detector: Detector) -> Iterator[Seen]:
    for line, method, url, headers in requests:
        at = Position(source.name, line=line)
        for _, finding in declared_credentials({"request": {"url": {"raw": url}}}, detector=detector):
            yield LocatedFinding(at, finding)
        for finding in detector.request(method.encode(), b"/", headers):  # what the headers repeat
            yield LocatedFinding(at, finding)


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
    """The request between two separators, without its body."""
    lines = iter([(number, line) for number, line in part if not _COMMENT.match(line)])
    begun = next(((number, found) for number, line in lines if (found := _REQUEST.fullmatch(line))), None)
    if begun is None:
        return None
    url, headers = begun[1]["url"], []
    for _, line in lines:
        if more := _CONTINUED.fullmatch(line):
            url += more[1] or more[2]
        elif header := _HEADER.fullmatch(line):
            headers.append((header[1].encode(), header[2].encode("utf-8", "replace")))
        else:
            break  # the empty line before a body, or what is no request
    return begun[0], begun[1]["method"] or "GET", url, headers
