"""What a field of a record is, by its name, whoever chose it.

Log formats name the same few things in many ways (`cs-uri-query`, `args`, `http.url`, `requestUrl`, `REFERRER_URI`).
Names are compared without case and punctuation, as a whole and by their last parts; a few that say nothing else by
how they end, whatever a vendor puts before them.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(Enum):
    """What a field says about a request."""

    TARGET = "URL or path"
    QUERY = "query"
    FRAGMENT = "fragment"
    REFERER = "Referer"
    LOCATION = "Location"
    HOST = "host"
    METHOD = "method"


_NAMES: Final = {
    Role.TARGET: (
        "url", "uri", "requesturi", "requesturl", "request", "target", "rawpath", "path", "csuristem", "csuri",
        "urlpath", "urloriginal", "urlfull", "urlraw", "httpurl", "httptarget", "originalurl", "clientrequesturi",
        "clientrequesturl", "clientrequestpath", "requestpath", "pageurl", "pageuri", "fullurl", "href", "link",
        "endpoint", "httprequesturi", "httprequestline", "requestline", "resource", "page", "uristem", "cdnurl",
    ),
    Role.QUERY: (
        "query", "querystring", "rawquerystring", "csuriquery", "args", "urlquery", "clientrequestquery", "search",
        "uriquery", "queryparams", "querystringparameters", "multivaluequerystringparameters", "queryparameters",
        "httpquery", "params", "requestquery", "queries", "qs",
    ),
    Role.FRAGMENT: ("urlfragment", "httpfragment"),
    Role.REFERER: (
        "referer", "referrer", "csreferer", "csreferrer", "httpreferer", "httpreferrer", "httprequestreferrer",
        "referreruri", "refererurl", "referrerurl", "clientrequestreferer", "requestreferer", "httpuserreferer",
    ),
    Role.LOCATION: (
        "location", "redirecturl", "redirecturi", "redirectlocation", "scredirecturl", "responselocation",
    ),
    Role.HOST: (
        "host", "cshost", "xhostheader", "servername", "vhost", "urldomain", "clientrequesthost", "authority",
        "requesthost", "httphost", "domain", "domainname",
    ),
    Role.METHOD: (
        "method", "csmethod", "requestmethod", "verb", "httpmethod", "httprequestmethod", "clientrequestmethod",
    ),
}  # fmt: skip
_ENDS: Final = {
    Role.TARGET: ("uripath", "urlpath", "reqpath", "requestpath", "uristem"),
    Role.QUERY: ("querystring", "querystr", "uriquery", "urlquery", "requestquery", "queryparams", "queryparameters"),
}
_ALL_PARAMETERS: Final = "request.parameters"  # as New Relic has them, of queries and of forms
_VAGUE: Final = frozenset(("query", "args", "params", "search", "queries", "qs"))
_ROLES: Final = {name: role for role, names in _NAMES.items() for name in names}
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9.]+")
_MOST_SPELLINGS: Final = 10_000
_LONGEST: Final = 45  # characters; no name that says something as a whole has as many
_known: dict[str, Role | None] = {}


def role(name: str) -> Role | None:
    """What a field of this name is; None if it is none of these. Dots stand between the names that lead to it."""
    if len(name) > _LONGEST:  # by its last names alone, of which there are few
        name = ".".join(name.rsplit(".", 2)[1:])
    if name in _known:
        return _known[name]
    parts = _parts(name)
    found = next((_ROLES[one] for one in ("".join(parts), "".join(parts[-2:]), parts[-1]) if one in _ROLES), None)
    if found is None:
        found = next((role for role, ends in _ENDS.items() if parts[-1].endswith(ends)), None)
    if len(_known) >= _MOST_SPELLINGS:
        _known.clear()
    _known[name] = found
    return found


def parameter_of(name: str) -> str:
    """The parameter of a query that a field of this name holds: what stands behind the name of all; else nothing."""
    above, _, last = name.rpartition(".")
    if not above or not (above.endswith(_ALL_PARAMETERS) or (role(above) is Role.QUERY and not is_vague(above))):
        return ""
    return last


def is_vague(name: str) -> bool:
    """Whether a field that is called a query may be one of a database, the words of a command, or a body."""
    parts = _parts(name)
    return parts[-1] in _VAGUE and (len(parts) == 1 or "".join(parts[-2:]) not in _ROLES)


def _parts(name: str) -> list[str]:
    return _NOT_IN_NAMES.sub("", name.lower()).split(".")


def tell_apart(names: Iterable[str]) -> bool:
    """Whether there is a field for the path and another for the query."""
    return {Role.TARGET, Role.QUERY} <= {role(name) for name in names}
