"""What stands around a parameter: signatures with an expiry, and endpoints that document a key in the URL."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.decoding import unquoted
from conformance.rules.url_tokens.names import normalised

if TYPE_CHECKING:
    from conformance.rules.url_tokens.places import Parts

SHORT = timedelta(days=7)
"""How long a signed link may open something without a warning."""

_PAIRS = re.compile(rb"[&;]")
_SIGNATURES = frozenset({"xamzsignature", "xgoogsignature", "signature", "sig", "xossignature", "xcossignature"})
_ENDS = frozenset({
    "e", "ex", "exp", "expire", "expires", "expiry", "expiration", "expiresat", "expireat", "validto", "validuntil",
    "oe", "se", "until", "deadline", "xamzexpires", "xgoogexpires", "wstime", "txtime",
})  # fmt: skip
_MOMENT = re.compile(rb"[0-9]{9,13}|[0-9a-fA-F]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}T?.*|[0-9]{2,6}")
_WITHIN = re.compile(rb"(?:\A|~)exp=[0-9]+~.*hmac=|~hmac=")
_FILE = re.compile(rb"(?i)[.][a-z0-9]{2,5}\Z")
_TIMED_KEY = re.compile(rb"[0-9]{9,12}-[0-9A-Za-z]*-[0-9A-Za-z]*-[0-9a-f]{32}")
_TIMED_SECRETS = (("wssecret", "wstime"), ("txsecret", "txtime"), ("ksecret", "ktime"))
_FUNCTION_KEY = re.compile(rb"[A-Za-z0-9+/_-]{40,86}==")
_FUNCTION = re.compile(rb"\A/(?:api|runtime/webhooks|admin)/")
_SENTRY, _SENTRY_KEY = re.compile(rb"(?i)(?<![^.-])sentry[.-]"), re.compile(rb"[0-9a-f]{32}")
_PUBLISHABLE = (
    # Where a vendor documents a key for the browser: a part of the host, the name, the shape of the key.
    (re.compile(rb"mixpanel\.com\Z"), "token", re.compile(rb"[0-9a-f]{32}")),
    (re.compile(rb"algolia(?:net)?\.(?:com|net)\Z"), "xalgoliaapikey", re.compile(rb"[0-9a-f]{32}")),
    (re.compile(rb"(?:datadoghq|datad0g)\.(?:com|eu)\Z"), "ddapikey", re.compile(rb"pub[0-9a-f]{32}")),
    (re.compile(rb"(?:maptiler|tomtom|thunderforest|stadiamaps|geoapify)\.com\Z"), "", re.compile(rb"\S+")),
    (
        re.compile(rb"(?:maps\.yandex\.ru|bugsnag\.com|amplitude\.com|ls\.hereapi\.com)\Z"),
        "apikey",
        re.compile(rb"\S+"),
    ),
)


@lru_cache(8)
def _parameters(query: bytes) -> dict[str, bytes]:
    """The parameters of a query by their normalised names, the first 100."""
    found: dict[str, bytes] = {}
    for pair in _PAIRS.split(query, 100)[:100]:
        name, _, value = pair.partition(b"=")
        for one in normalised(name)[:1]:
            found.setdefault(one, value)
    return found


def neighbours(url: Parts) -> frozenset[str]:
    """The normalised names of the parameters of a URL, in query and fragment."""
    return frozenset(_parameters(url.query)) | frozenset(_parameters(url.fragment) if url.fragment else ())


def has(url: Parts, name: str) -> bool:
    """Whether the query has a parameter of this normalised name."""
    return name in _parameters(url.query)


def is_signed(url: Parts) -> bool:
    """Whether the query carries the signature of a storage service."""
    return not _SIGNATURES.isdisjoint(_parameters(url.query))


def is_expiring(url: Parts, value: bytes = b"") -> bool:
    """Whether a URL holds until some time, as content networks sign them: that is told beside the value, or in it."""
    return _WITHIN.search(value) is not None or any(
        _MOMENT.fullmatch(moment) for name, moment in _parameters(url.query).items() if name in _ENDS
    )


def is_file(url: Parts) -> bool:
    """Whether a URL is that of a file, which pages and players load by the hundred."""
    return _FILE.search(url.path) is not None


def is_url_key(url: Parts, names: tuple[str, ...], value: bytes) -> bool:
    """Whether a value is the signature of a media URL under a name that says secret or key."""
    if "authkey" in names:
        return _TIMED_KEY.fullmatch(value) is not None
    return any(name in names and has(url, time) for name, time in _TIMED_SECRETS)


def is_function(url: Parts, value: bytes) -> bool:
    """Whether a code is the key of a serverless function, which has a padded end."""
    return _FUNCTION_KEY.fullmatch(value) is not None and _FUNCTION.search(url.path) is not None


def is_oauth1(url: Parts) -> bool:
    """Whether the query is signed as OAuth 1 signs it, or brings a request token back (RFC 5849)."""
    return has(url, "oauthsignature") or has(url, "oauthverifier")


def is_connection(url: Parts, names: tuple[str, ...]) -> bool:
    """Whether a name is that of a connection that Engine.IO or SignalR numbers, or of a visit that analytics count."""
    if "sid" in names:
        return b"EIO=" in url.query or has(url, "duid") or (has(url, "ti") and has(url, "mid"))
    return "connectiontoken" in names and has(url, "transport")


def is_workflow(url: Parts) -> bool:
    """Whether the URL starts a workflow for whoever has its signature, without an expiry."""
    return b"/triggers/" in url.path and has(url, "sp") and not has(url, "se")


def is_lasting(url: Parts) -> bool:
    """Whether a shared access signature opens storage for more than seven days, or for ever."""
    found = _parameters(url.query)
    if not ("sv" in found or "sr" in found or "sp" in found):
        return False
    end = _time(found.get("se", b""))
    if end is None:
        return True
    start = _time(found.get("st", b"")) or datetime.now(UTC)
    return end - start > SHORT


def is_data_source(url: Parts, name: bytes) -> bool:
    """Whether a user name is the public key with which programs report their errors to Sentry."""
    return _SENTRY.search(url.host) is not None and _SENTRY_KEY.fullmatch(name) is not None


def is_publishable(url: Parts, names: tuple[str, ...], value: bytes) -> bool:
    """Whether the vendor documents this key for the URLs of browsers."""
    host = url.host.lower().partition(b":")[0]
    return any(
        where.search(host) and (not name or name in names) and shape.fullmatch(value)
        for where, name, shape in _PUBLISHABLE
    ) or (names == ("sentrykey",))


def _time(text: bytes) -> datetime | None:
    try:
        found = datetime.fromisoformat(unquoted(text).decode("ascii"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
