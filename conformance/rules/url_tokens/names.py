"""What the name of a parameter says about its value.

A name is compared without case, separators, bracket suffixes, surrounding blanks and NUL, after percent-decoding.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.decoding import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable


class Named(Enum):
    """What a name announces."""

    CREDENTIAL = "credential"
    PRODUCT = "token of some product"
    GENERIC = "generic"
    ONE_TIME = "single-use artefact"
    CODE = "authorization code"
    OAUTH1 = "OAuth 1 signature"
    CAPABILITY = "capability"
    PUBLIC = "public"
    OTHER = "other"


CREDENTIALS: tuple[str, ...] = (
    # Words, now and then an expression. A name that ends like this announces a credential: user_access_token does,
    # access_token_type does not.
    "access token", "refresh token", "id token", "auth token", "oauth token", "session token", "private token",
    "bearer token", "api token", "user token", "bot token", "app token", "admin token", "master token",
    "security token", "deploy token", "job token", "service token", "secret token",
    "authentication token", "authorization token", "subject token", "actor token", "device token", "web token",
    "sso token", "secret", "assertion", "api key", "api keys", "secret key", "private key",
    "access key", "sentry key", "auth key", "account key", "master key", "subscription key", "function key",
    "app key", "application key", "service key", "pass word", "pass wd", "pass phrase", "pass code", "user pwd",
    "authorization", "bearer", "jwt", "session id", "sess id", "session key", "credentials", "token value",
    "auth cookie", "jwt token", "ws token", "feed token", "rss token", "trigger token", "runner token", "cftoken",
    "registration token", "personal token", "connect sid", "ltpa token2?", "aspsessionid[a-z]+",
    "aspx auth", "hub verify token",
)  # fmt: skip
PRODUCTS: tuple[str, ...] = ("token", "code verifier")
"""A name that ends like this, whatever product's word comes before it, may announce a credential; its value decides."""

GENERIC: tuple[str, ...] = (
    "token", "key", "sid", "session", "code", "auth", "pass", "secret", "app id", "pwd", "pw", "psw", "tok", "tkn",
    "sig", "signature", "credential", "otp", "ticket", "auth code", "x token", "x auth", "authn", "ticket id",
)  # fmt: skip
"""A name that is exactly this may announce a credential; its value decides."""

ONE_TIME: tuple[str, ...] = (
    "saml art", "id token hint", "reset token", "pass word token", "confirmation token", "confirm token",
    "verification token", "verify token", "invitation token", "invite token", "activation token", "activation key",
    "unlock token", "magic token", "magic link", "one time token", "login token", "email token", "login ticket",
    "oob code", "reset key", "reset code", "bridge token", "saml response", "unsubscribe token", "logout token",
    "login hint token", "device code", "request token", "state token", "oauth verifier", "login verifier",
    "consent verifier",
)  # fmt: skip
UNAMBIGUOUS: tuple[str, ...] = (
    "client secret", "app secret", "consumer secret", "pass word", "pass wd", "pass phrase", "access token",
    "refresh token", "session token",
)  # fmt: skip
"""Under these names even a short value, or a word, was meant as a credential."""

OAUTH1 = "oauth signature"
CAPABILITY: tuple[str, ...] = ("rlkey", "resource key", "pub secret", "pwd", "sig")
"""Names of links that open something to whoever holds them."""

PASSES: tuple[str, ...] = ("pass", "pwd", "pw", "psw")
"""Names of the password in forms that are sent by GET, beside a user name."""

PUBLIC_TOKENS: tuple[str, ...] = (
    # Where a list goes on, and how far an upload is.
    "page", "paging", "pagination", "paginated", "continuation", "cursor", "next", "prev", "previous", "sync", "delta",
    "skip", "marker", "resume", "resumption", "scroll", "forward", "backward", "iterator", "checkpoint", "upload",
    # Which form or person sent this, and whether it was sent before.
    "csrf", "xsrf", "request verification", "authenticity", "anti forgery", "synchronizer", "captcha", "taglib.html",
    "idempotency", "client request",
    # What somebody clicked or was shown.
    "tracking", "attribution", "click", "impression", "campaign", "recommendation", "correlation", "trace",
    "public", "publishable",
)  # fmt: skip
"""A token opens nothing whose name ends in one of these words and *token*."""
_PUBLIC_WORDS = (
    "list", "start", "starting", "end", "after", "before", "since", "offset", "position", "search", "history",
    "bookmark", "more", "last", "cont", "c", "form", "chunk", "part", "block", "batch", "term", "poll", "wait",
    # Which state of something was seen, so that no other is changed.
    "change", "update", "lock", "sequence", "version", "revision", "generation", "snapshot", "conditional", "creation",
    "consistency", "restore", "rewrite", "configuration",
)  # fmt: skip
"""The same where the word stands alone: a start token is public, a restart token may not be."""

_PUBLIC = re.compile(
    rb"csrf|xsrf|requestverification|authenticitytoken|antiforgery|"
    rb"(?:publishable|public|site|client)(?:api)?key\Z|clientid\Z|consumerkey\Z|codechallenge\Z|\A(?:oauth)?state\Z|"
    rb"\Anonce\Z|requestid|traceid|correlationid|traceparent|spanid|\Arequest\Z|idempotency|clickid|\A(?:if)?etag"
)
_SEPARATORS = re.compile(rb"[-_.]+")
_BRACKETS = re.compile(rb"\[([^\]]*)\]?")
_BLANKS = b" +\t\r\n\x00\"'\\"


def spelled(name: str) -> str:
    """An expression for a name of several words, with or without separators between them."""
    return name.replace(".", "[.]").replace(" ", "[-_.]*")


def _any(names: Iterable[str]) -> str:
    return "|".join(spelled(name) for name in names)


_PUBLIC_TOKEN = re.compile(
    f"(?:{_any(PUBLIC_TOKENS)}|(?:\\A|[-_.])(?:{_any(_PUBLIC_WORDS)}|(?:next|prev|last)[a-z]*))"
    "[-_.]*(?:page[-_.]*)?token\\Z".encode()
)
_PUBLIC_HUMP = re.compile(
    f"[a-z0-9](?:{'|'.join(word.title() for word in _PUBLIC_WORDS)})(?:Page)?Token[^A-Za-z]*\\Z".encode()
)
_CREDENTIAL = re.compile(f"(?:{_any(CREDENTIALS)})\\Z".encode())
_ONE_TIME = re.compile(f"(?:{_any(ONE_TIME)})\\Z".encode())
_PRODUCT = re.compile(f"(?:{_any(PRODUCTS)})\\Z".encode())
_GENERIC = re.compile(f"[-_.]{{0,2}}(?:{_any(GENERIC)})".encode())
_CAPABILITY = re.compile(_any(CAPABILITY).encode())
_UNAMBIGUOUS = re.compile(
    rf"(?:(?:user|new|old|current|confirm|login|admin|account|db|os|j|my|x|oauth2?|auth)[-_.]*)?(?:{_any(UNAMBIGUOUS)})"
)
_OAUTH1 = re.compile(spelled(OAUTH1).encode())
_CODE = re.compile(rb"(?:auth[-_.]*)?code")


@lru_cache(4096)
def named(name: bytes) -> Named:
    """What a name announces, as written in a URL."""
    if _PUBLIC_HUMP.search(unquoted(name)):
        return Named.PUBLIC
    return min((_named(part) for part in _parts(name)), key=_RANK.__getitem__, default=Named.OTHER)


@lru_cache(4096)
def normalised(name: bytes) -> tuple[str, ...]:
    """The names in a name, without separators: `user[Access-Token]` is `user` and `accesstoken`."""
    return tuple(_SEPARATORS.sub(b"", part).decode("latin-1") for part in _parts(name))


def is_unambiguous(name: str) -> bool:
    """Whether a normalised name is one of a password, a client secret or a token, and of nothing else."""
    return _UNAMBIGUOUS.fullmatch(name) is not None


def _parts(name: bytes) -> list[bytes]:
    if len(name) > 512:  # no name of a parameter, and its last part decides
        name = name[-512:]
    text = unquoted(name).lower()
    parts = [_BRACKETS.sub(b"", text), *_BRACKETS.findall(text)] if b"[" in text else [text]
    return [one for part in parts if (one := part.strip(_BLANKS).rstrip(b"-_."))]


def _named(name: bytes) -> Named:
    if (
        name.lstrip(b"_") == b"token" != name
        or _PUBLIC.search(_SEPARATORS.sub(b"", name))
        or _PUBLIC_TOKEN.search(name)
    ):
        return Named.PUBLIC  # _token and __token__ are the anti-forgery tokens of web frameworks
    for shape, kind in _SHAPES:
        if shape.fullmatch(name):
            return kind
    if _CREDENTIAL.search(name):
        return Named.CREDENTIAL
    if _ONE_TIME.search(name):
        return Named.ONE_TIME
    return Named.PRODUCT if _PRODUCT.search(name) else Named.OTHER


_SHAPES = (
    (_CODE, Named.CODE),
    (_OAUTH1, Named.OAUTH1),
    (_GENERIC, Named.GENERIC),
    (_CAPABILITY, Named.CAPABILITY),
)
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            Named.PUBLIC,
            Named.CREDENTIAL,
            Named.ONE_TIME,
            Named.CODE,
            Named.OAUTH1,
            Named.PRODUCT,
            Named.GENERIC,
            Named.CAPABILITY,
            Named.OTHER,
        )
    )
}
