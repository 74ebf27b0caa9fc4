"""One request as a record tells it: by the names of its fields, whoever chose them.

Log formats name the same few things in many ways (`cs-uri-query`, `args`, `http.url`, `requestUrl`, `REFERRER_URI`).
Names are compared without case and punctuation, as a whole and by their last part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

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

_REQUEST_LINE = re.compile(rb"([A-Z]{3,12}) (\S+)(?: HTTP/[\d.]+)?\Z")
ABSOLUTE = re.compile(rb"(?:https?|wss?)(?::|%3[aA])(?:/|\\/|%2[fF]){2}[^\s\"'<>`|^]+", re.IGNORECASE)
_RELATIVE = re.compile(rb"(?<![\w.:/%-])/[^\s\"'<>|]*[?;#][^\s\"'<>|]+")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.]+")
NOTHING: Final = frozenset({b"", b"-", b"null", b"undefined"})


def observed(fields: Fields) -> list[Observed]:
    """What a record says about requests: the request itself, and every URL that stands elsewhere in it."""
    request = Observed()
    path = query = b""
    others: list[bytes] = []
    for name, value in fields:
        if value in NOTHING:
            continue
        role = _role(name)
        if role is _TARGETS and not path:
            line = _REQUEST_LINE.fullmatch(value)
            if line is not None:
                request.method, path = line[1], line[2]
            elif value[:1] == b"/" or b"?" in value or ABSOLUTE.match(value):
                path = value
        elif role is _QUERIES and not query:
            query = value.removeprefix(b"?")
        elif role is _REFERERS:
            request.headers.append((b"referer", value))
        elif role is _LOCATIONS:
            request.answered.append((b"location", value))
        elif role is _HOSTS and not request.host:
            request.host = value
        elif role is _METHODS:
            request.method = value
        else:
            others += urls_in(value)
    has_query_already = query and b"?" in path
    request.target = path if not query or has_query_already else b"%b?%b" % (path, query)
    found = (
        [request, Observed(b"?" + query, host=request.host)] if has_query_already and query not in path else [request]
    )
    return [*found, *(Observed(url) for url in others)]


def urls_in(text: bytes) -> list[bytes]:
    """The URLs in a text: absolute ones, and paths with a query."""
    return [*ABSOLUTE.findall(text), *_RELATIVE.findall(ABSOLUTE.sub(b" ", text))]


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
