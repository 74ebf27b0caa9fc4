"""A request as a record tells it, by the names of its fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from conformance.traffic.audit.field_names import Role, is_vague, parameter_of, role
from conformance.traffic.audit.readers.columns import urls_of_columns
from conformance.traffic.audit.readers.commands import urls_of_commands
from conformance.traffic.audit.readers.escapes import unescaped
from conformance.traffic.audit.readers.urls import ABSOLUTE, urls_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.rules.url_tokens import Detector, Finding

type Fields = Iterable[tuple[str, bytes]]
"""The fields of a record in order: the name, or the names that lead to it with dots between them, and the value."""


class Lines:
    """The lines of a text, in which something is looked for that mostly stands behind what was looked for before."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._before = 0  # lines before this place

    def before(self, part: bytes) -> int | None:
        """How many lines there are before a part of the text; None if it has no such part."""
        text = self._text
        if not part or ((at := text.find(part, self._at)) < 0 and (at := text.find(part)) < 0):
            return None
        passed = text.count(b"\n", min(self._at, at), max(self._at, at))
        self._before += passed if at >= self._at else -passed
        self._at = at
        return self._before


@dataclass(slots=True)
class Observed:
    """What is judged: a request, or the part of one that a record has.

    Attributes:
        target: the URL or the part of it that was recorded; empty if the record has only headers.
        method: the request's method; empty if nobody knows.
        host: the host, if the target does not say it.
        headers: the request's headers that matter.
        answered: the response's headers that matter.
        lines: the lines of the record, where it has several.
    """

    target: bytes = b""
    method: bytes = b"GET"
    host: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    answered: list[tuple[bytes, bytes]] = field(default_factory=list)
    lines: Lines | None = None

    def lines_before(self) -> int:
        """How many lines of its record there are before it, as far as it can be found there as it is."""
        if self.lines is None:
            return 0
        parts = [self.target, self.target.partition(b"?")[2], *(value for _, value in self.headers + self.answered)]
        return next((found for part in parts if (found := self.lines.before(part)) is not None), 0)

    def judged(self, detector: Detector) -> Iterator[Finding]:
        """The findings of the request, then those of its answer."""
        yield from detector.request(self.method, self.target, self.headers, host=self.host)
        if self.answered:
            yield from detector.response(0, self.answered, request_target=self.target, host=self.host)


_REQUEST_LINE = re.compile(rb"[A-Z]{3,12} (\S+)(?: HTTP/[\d.]+)?\Z")
_QUERY = re.compile(rb"\??(?!-)[^\s=&{}()<>\"']*(?:[=&]|\Z)")  # no words of a database or of a command
_WITHOUT_BODY: Final = frozenset((b"GET", b"HEAD", b"DELETE", b"OPTIONS"))
_FEW: Final = 16
NOTHING: Final = frozenset({b"", b"-", b"null", b"undefined"})


def observed(fields: Fields) -> list[Observed]:
    """What a record says about requests: the request itself, and every URL that stands elsewhere in it."""
    told: dict[Role, list[bytes]] = {}
    others: list[bytes] = []
    vague: list[tuple[str, bytes]] = []
    for name, value in fields:
        what = role(name)
        if value in NOTHING:
            continue
        if what is None and (parameter := parameter_of(name)):
            vague.append(("params", b"%b=%b" % (parameter.encode(), quote(value, safe="").encode())))
        elif what is None or (what is Role.TARGET and not _is_target(value)):
            others += urls_in(value)
            if b"\n" in value:  # a guide with commands in it
                others += urls_of_commands(value)
        elif what is Role.QUERY and is_vague(name):
            vague.append((name, value))
        else:
            told.setdefault(what, []).append(value)
    for name, value in vague:
        if _is_query(name, value, told):
            told.setdefault(Role.QUERY, []).append(value)
        else:
            others += urls_in(value)
    request = Observed(method=told.get(Role.METHOD, [b"GET"])[0], host=told.get(Role.HOST, [b""])[0])
    request.headers = [(b"referer", value) for value in told.get(Role.REFERER, ())]
    request.answered = [(b"location", value) for value in told.get(Role.LOCATION, ())]
    targets = _whole([_target(value) for value in told.get(Role.TARGET, ())])
    path = targets[0] if targets else b""
    queries = [query for value in told.get(Role.QUERY, ()) if (query := value.removeprefix(b"?")) not in path]
    request.target = b"%b?%b" % (path, queries.pop(0)) if queries and b"?" not in path else path
    others += [target for target in targets[1:] if target not in (path, request.target)]
    others += [b"?" + query for query in queries if query not in request.target]
    others += [b"#" + value.removeprefix(b"#") for value in told.get(Role.FRAGMENT, ())]
    return [request, *(Observed(url, host=request.host) for url in others)]


def _whole(targets: list[bytes]) -> list[bytes]:
    """The targets of a record without those with a query that are the end of another one: of the URL as a whole."""
    if not 1 < len(targets) <= _FEW:
        return targets
    return [
        one
        for one in targets
        if b"?" not in one or not any(len(one) < len(other) and other.endswith(one) for other in targets)
    ]


def _is_query(name: str, value: bytes, told: dict[Role, list[bytes]]) -> bool:
    """Whether a field of a vague name holds the query of a URL, as far as its value and the request's method tell."""
    is_body = name.lower().endswith("params") and not _WITHOUT_BODY.issuperset(told.get(Role.METHOD, ()))
    return not is_body and _QUERY.match(value) is not None


def _is_target(value: bytes) -> bool:
    return value[:1] == b"/" or b"?" in value or any(shape.match(value) for shape in (ABSOLUTE, _REQUEST_LINE))


def _target(value: bytes) -> bytes:
    line = _REQUEST_LINE.fullmatch(value)
    return value if line is None else line[1]


def with_others(requests: list[Observed], text: bytes, before: bytes = b"", after: bytes = b"") -> list[Observed]:
    """These requests, and every URL in the text they were read from that is in none of them.

    Args:
        requests: what was read already.
        text: what they were read from.
        before: what stands before it and is one command with it.
        after: the same behind it.
    """
    told = {part for one in requests for part in (one.target, *(value for _, value in one.headers + one.answered))}
    all_told = b"\n".join(told)  # no URL goes over a line
    plain = unescaped(text)
    urls = [*urls_in(plain), *urls_of_columns(plain), *urls_of_commands(plain, before, after)]
    if plain != text:  # an escape may be none
        urls += _as_written(text, urls)
    return [*requests, *(Observed(url) for url in dict.fromkeys(urls) if url not in told and url not in all_told)]


def _as_written(text: bytes, urls: list[bytes]) -> Iterator[bytes]:
    """The URLs in a text with escapes that none of these URLs is in."""
    known = set(urls)
    for url in urls_in(text):
        plain = unescaped(url)
        if known.isdisjoint((plain, *urls_in(plain))) and not any(one in plain for one in known):
            yield url
