"""One request as a record tells it: by the names of its fields, whoever chose them.

Log formats name the same few things in many ways (`cs-uri-query`, `args`, `http.url`, `requestUrl`, `REFERRER_URI`).
Names are compared without case and punctuation, as a whole and by their last part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conformance.traffic.audit.readers.escapes import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.rules.url_tokens import Detector, Finding

type Fields = Iterable[tuple[str, bytes]]
"""The fields of a record in order: the name, or the names that lead to it with dots between them, and the value."""


@dataclass(slots=True)
class Observed:
    """What is judged: a request, or the part of one that a record has.

    Attributes:
        target: the URL or the part of it that was recorded; empty if the record has only headers.
        method: the request's method; empty if nobody knows.
        host: the host, if the target does not say it.
        headers: the request's headers that matter.
        answered: the response's headers that matter.
    """

    target: bytes = b""
    method: bytes = b"GET"
    host: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    answered: list[tuple[bytes, bytes]] = field(default_factory=list)

    def judged(self, detector: Detector) -> Iterator[Finding]:
        """The findings of the request, then those of its answer."""
        yield from detector.request(self.method, self.target, self.headers, host=self.host)
        if self.answered:
            yield from detector.response(0, self.answered, request_target=self.target, host=self.host)


_TARGETS: Final = frozenset((
    "url", "uri", "requesturi", "requesturl", "request", "target", "rawpath", "path", "csuristem", "csuri",
    "urlpath", "urloriginal", "urlfull", "httpurl", "httptarget", "originalurl", "clientrequesturi",
    "clientrequesturl", "clientrequestpath", "requestpath", "pageurl", "pageuri", "fullurl", "href", "link",
    "endpoint", "httprequesturi", "httprequestline", "requestline", "resource", "page", "uristem", "cdnurl",
))  # fmt: skip
_QUERIES: Final = frozenset((
    "query", "querystring", "rawquerystring", "csuriquery", "args", "urlquery", "clientrequestquery", "search",
    "uriquery", "queryparams", "querystringparameters", "multivaluequerystringparameters", "queryparameters",
    "httpquery", "params", "requestquery",
))  # fmt: skip
_REFERERS: Final = frozenset((
    "referer", "referrer", "csreferer", "csreferrer", "httpreferer", "httpreferrer", "httprequestreferrer",
    "referreruri", "refererurl", "referrerurl", "clientrequestreferer", "requestreferer", "httpuserreferer",
))  # fmt: skip
_LOCATIONS: Final = frozenset((
    "location", "redirecturl", "redirecturi", "redirectlocation", "scredirecturl", "responselocation",
))  # fmt: skip
_HOSTS: Final = frozenset((
    "host", "cshost", "xhostheader", "servername", "vhost", "urldomain", "clientrequesthost", "authority",
    "requesthost", "httphost", "domain", "domainname",
))  # fmt: skip
_METHODS: Final = frozenset((
    "method", "csmethod", "requestmethod", "verb", "httpmethod", "httprequestmethod", "clientrequestmethod",
))  # fmt: skip

_REQUEST_LINE = re.compile(rb"[A-Z]{3,12} (\S+)(?: HTTP/[\d.]+)?\Z")
_WORD = re.compile(rb"[^\s\"'<>`|^]{4,}")
_SCHEME = re.compile(rb"(?:[A-Za-z][A-Za-z0-9+.-]{1,20}:|(?:https?|wss?)%3[aA])(?:\\*/|%2[fF]){2}", re.IGNORECASE)
_PATH_START = re.compile(rb"(?<![\w.:/%-])/")
ABSOLUTE = re.compile(rb"(?:https?|wss?)(?::|%3[aA])(?:/|\\/|%2[fF]){2}[^\s\"'<>`|^]+", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.]+")
NOTHING: Final = frozenset({b"", b"-", b"null", b"undefined"})


def observed(fields: Fields) -> list[Observed]:
    """What a record says about requests: the request itself, and every URL that stands elsewhere in it."""
    told: dict[frozenset[str], list[bytes]] = {}
    others: list[bytes] = []
    for name, value in fields:
        role = _role(name)
        if value in NOTHING:
            continue
        if role is None or (role is _TARGETS and not _is_target(value)):
            others += urls_in(value)
        else:
            told.setdefault(role, []).append(value)
    request = Observed(method=told.get(_METHODS, [b"GET"])[0], host=told.get(_HOSTS, [b""])[0])
    request.headers = [(b"referer", value) for value in told.get(_REFERERS, ())]
    request.answered = [(b"location", value) for value in told.get(_LOCATIONS, ())]
    targets = [_target(value) for value in told.get(_TARGETS, ())]
    path = targets[0] if targets else b""
    queries = [query for value in told.get(_QUERIES, ()) if (query := value.removeprefix(b"?")) not in path]
    request.target = b"%b?%b" % (path, queries.pop(0)) if queries and b"?" not in path else path
    others += [target for target in targets[1:] if target != path] + [b"?" + query for query in queries]
    return [request, *(Observed(url, host=request.host) for url in others)]


def _is_target(value: bytes) -> bool:
    return value[:1] == b"/" or b"?" in value or any(shape.match(value) for shape in (ABSOLUTE, _REQUEST_LINE))


def _target(value: bytes) -> bytes:
    line = _REQUEST_LINE.fullmatch(value)
    return value if line is None else line[1]


def urls_in(text: bytes) -> list[bytes]:
    """The URLs in a text: absolute ones, paths with a query, and words with a query such as `example.com/a?b=c`."""
    return [url for word in _WORD.findall(text) for url in _in_word(word)]


def _in_word(word: bytes) -> Iterator[bytes]:
    scheme = _SCHEME.search(word)
    before = word if scheme is None else word[: scheme.start()]
    marks = min((at for at in map(before.find, (b"?", b";", b"#")) if at >= 0), default=-1)
    if marks >= 0 and (slash := _PATH_START.search(before, 0, marks)):
        yield before[slash.start() :].rstrip(b"\\")
    elif b"=" in before[before.find(b"?") + 1 :] and b"?" in before:
        yield before.rstrip(b"\\")
    if scheme is not None:
        yield word[scheme.start() :].rstrip(b"\\")


def with_others(requests: list[Observed], text: bytes) -> list[Observed]:
    """These requests, and every URL in the text they were read from that is in none of them."""
    told = [part for one in requests for part in (one.target, *(value for _, value in one.headers + one.answered))]
    plain = unescaped(text)
    urls = urls_in(plain)
    if plain != text:  # an escape may be none
        urls += [url for url in urls_in(text) if unescaped(url).strip() not in urls]
    return [*requests, *(Observed(url) for url in dict.fromkeys(urls) if not any(url in part for part in told))]


def told_apart(fields: Fields) -> bool:
    """Whether fields tell a path, and its query in another."""
    roles = [_role(name) for name, _ in fields]
    return _TARGETS in roles and _QUERIES in roles


def _role(name: str) -> frozenset[str] | None:
    known = _roles.get(name)
    if known is None and name not in _roles:
        plain = _NOT_IN_NAMES.sub("", name.lower())
        whole, last = plain.replace(".", ""), plain.rpartition(".")[2]
        by_two = "".join(plain.split(".")[-2:])
        kinds = (_TARGETS, _QUERIES, _REFERERS, _LOCATIONS, _HOSTS, _METHODS)
        known = next((kind for one in (whole, by_two, last) for kind in kinds if one in kind), None)
        if len(_roles) < 10_000:
            _roles[name] = known
    return known


_roles: dict[str, frozenset[str] | None] = {}


def is_query(name: str) -> bool:
    """Whether a field of this name holds a query."""
    return _role(name) is _QUERIES
