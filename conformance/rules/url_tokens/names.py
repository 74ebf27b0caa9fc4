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
    "security token", "deploy token", "job token", "client token", "service token", "secret token",
    "authentication token", "authorization token", "subject token", "actor token", "device token", "web token",
    "sso token", "oauth verifier", "secret", "assertion", "api key", "api keys", "secret key", "private key",
    "access key", "sentry key", "auth key", "account key", "master key", "subscription key", "function key",
    "app key", "application key", "service key", "pass word", "pass wd", "pass phrase", "pass code", "user pwd",
    "authorization", "bearer", "jwt", "session id", "sess id", "session key", "credentials", "token value",
    "auth cookie", "jwt token", "ws token", "feed token", "rss token", "trigger token", "runner token", "cftoken",
    "registration token", "personal token", "connect sid", "ltpa token2?", "aspsessionid[a-z]+",
)  # fmt: skip
GENERIC: tuple[str, ...] = (
    "token", "key", "sid", "session", "code", "auth", "pass", "secret", "app id", "pwd", "pw", "tok", "tkn", "sig",
    "signature", "credential", "otp", "ticket", "auth code", "x token", "x auth", "authn", "ticket id",
)  # fmt: skip
"""A name that is exactly this may announce a credential; its value decides."""

ONE_TIME: tuple[str, ...] = (
    "saml art", "id token hint", "reset token", "pass word token", "confirmation token", "confirm token",
    "verification token", "verify token", "invitation token", "invite token", "activation token", "activation key",
    "unlock token", "magic token", "magic link", "one time token", "login token", "email token", "login ticket",
    "oob code", "reset key", "reset code", "bridge token", "saml response", "unsubscribe token", "logout token",
    "login hint token", "device code",
)  # fmt: skip
OAUTH1 = "oauth signature"
CAPABILITY: tuple[str, ...] = ("rlkey", "resource key", "pub secret", "pwd", "sig")
"""Names of links that open something to whoever holds them."""

_PUBLIC = re.compile(
    rb"csrf|xsrf|requestverification|authenticitytoken|formtoken|antiforgery|"  # anti-forgery
    rb"(?:page|paging|paginat\w*|continuation|cursor|next|prev|previous|sync|delta|skip|marker|resume|list|scroll)"
    rb"(?:page)?token\Z|"  # paging
    rb"(?:publishable|public|site|client)(?:api)?key\Z|clientid\Z|consumerkey\Z|codechallenge\Z|\A(?:oauth)?state\Z|"
    rb"\Anonce\Z|requestid|traceid|correlationid|traceparent|etag|spanid|\Arequest\Z|idempotency|clickid"
)
_SEPARATORS = re.compile(rb"[-_.]+")
_BRACKETS = re.compile(rb"\[([^\]]*)\]?")
_BLANKS = b" +\t\r\n\x00\"'\\"


def spelled(name: str) -> str:
    """An expression for a name of several words, with or without separators between them."""
    return name.replace(" ", "[-_.]*")


def _any(names: Iterable[str]) -> str:
    return "|".join(spelled(name) for name in names)


_CREDENTIAL = re.compile(f"(?:{_any(CREDENTIALS)})\\Z".encode())
_ONE_TIME = re.compile(f"(?:{_any(ONE_TIME)})\\Z".encode())
_GENERIC = re.compile(_any(GENERIC).encode())
_CAPABILITY = re.compile(_any(CAPABILITY).encode())
_OAUTH1 = re.compile(spelled(OAUTH1).encode())
_CODE = re.compile(rb"(?:auth[-_.]*)?code")


@lru_cache(4096)
def named(name: bytes) -> Named:
    """What a name announces, as written in a URL."""
    return min((_named(part) for part in _parts(name)), key=_RANK.__getitem__, default=Named.OTHER)


@lru_cache(4096)
def normalised(name: bytes) -> tuple[str, ...]:
    """The names in a name, without separators: `user[Access-Token]` is `user` and `accesstoken`."""
    return tuple(_SEPARATORS.sub(b"", part).decode("latin-1") for part in _parts(name))


def _parts(name: bytes) -> list[bytes]:
    if len(name) > 512:  # no name of a parameter, and its last part decides
        name = name[-512:]
    text = unquoted(name).lower()
    parts = [_BRACKETS.sub(b"", text), *_BRACKETS.findall(text)] if b"[" in text else [text]
    return [one for part in parts if (one := part.strip(_BLANKS).rstrip(b"-_."))]


def _named(name: bytes) -> Named:
    if name == b"_token" or _PUBLIC.search(_SEPARATORS.sub(b"", name)):
        return Named.PUBLIC  # _token is the anti-forgery token of a web framework
    for shape, kind in _SHAPES:
        if shape.fullmatch(name):
            return kind
    if _ONE_TIME.search(name):
        return Named.ONE_TIME
    return Named.CREDENTIAL if _CREDENTIAL.search(name) else Named.OTHER


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
            Named.GENERIC,
            Named.CAPABILITY,
            Named.OTHER,
        )
    )
}
