"""What the name of a parameter says about its value.

A name is compared without case, separators, bracket suffixes, surrounding blanks and NUL, after percent-decoding.
"""

from __future__ import annotations

import functools
import re
from enum import Enum

from conformance.rules.url_tokens.decoding import unquoted


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
    # A name that ends like this announces a credential: user_access_token does, access_token_type does not.
    "accesstoken", "refreshtoken", "idtoken", "authtoken", "oauthtoken", "sessiontoken", "privatetoken",
    "bearertoken", "apitoken", "usertoken", "bottoken", "apptoken", "admintoken", "mastertoken", "securitytoken",
    "deploytoken", "jobtoken", "clienttoken", "servicetoken", "secrettoken", "authenticationtoken",
    "authorizationtoken", "subjecttoken", "actortoken", "devicetoken", "webtoken", "ssotoken", "oauthverifier",
    "clientsecret", "consumersecret", "appsecret", "apisecret", "sharedsecret", "tokensecret", "webhooksecret",
    "secret", "clientassertion", "assertion", "apikey", "apikeys", "secretkey", "privatekey", "accesskey",
    "sentrykey", "authkey", "accountkey", "masterkey", "sharedaccesskey", "subscriptionkey", "functionkey", "appkey",
    "applicationkey", "servicekey", "password", "passwd", "passphrase", "passcode", "userpwd", "authorization",
    "bearer", "jwt", "jsessionid", "phpsessid", "aspsessionid", "aspnetsessionid", "sessionid", "sessid",
    "sessionkey", "xamzsecuritytoken", "cfid", "cftoken", "credentials", "tokenvalue", "authcookie",
)  # fmt: skip
GENERIC: tuple[str, ...] = (
    "token", "key", "sid", "session", "code", "auth", "pass", "secret", "appid", "pwd", "pw", "tok", "sig",
    "signature", "credential", "otp", "ticket", "authcode", "xtoken", "xauth", "authn", "ticketid",
)  # fmt: skip
"""A name that is exactly this may announce a credential; its value decides."""

ONE_TIME: tuple[str, ...] = (
    "samlart", "idtokenhint", "resettoken", "resetpasswordtoken", "passwordresettoken", "passwordtoken",
    "confirmationtoken", "confirmtoken", "verificationtoken", "verifytoken", "invitationtoken", "invitetoken",
    "activationtoken", "activationkey", "unlocktoken", "magictoken", "magiclink", "onetimetoken", "logintoken",
    "emailtoken", "loginticket", "oobcode", "resetkey", "resetcode", "bridgetoken", "samlresponse",
    "unsubscribetoken", "logouttoken", "loginhinttoken", "devicecode",
)  # fmt: skip
OAUTH1 = "oauthsignature"
CAPABILITY: tuple[str, ...] = ("rlkey", "resourcekey", "pubsecret", "pwd", "sig")
"""Names of links that open something to whoever holds them."""

_PUBLIC = re.compile(
    r"csrf|xsrf|requestverification|authenticitytoken|formtoken|antiforgery|"  # anti-forgery
    r"(?:page|paging|paginat\w*|continuation|cursor|next|prev|previous|sync|delta|skip|marker|resume|list|scroll)"
    r"(?:page)?token\Z|"  # paging
    r"(?:publishable|public|site|client)(?:api)?key\Z|clientid\Z|consumerkey\Z|codechallenge\Z|\A(?:oauth)?state\Z|"
    r"\Anonce\Z|requestid|traceid|correlationid|traceparent|etag|spanid|\Arequest\Z|idempotency|clickid"
)
_SEPARATORS = re.compile(rb"[-_.\s\x00\"'\\]+")
_BRACKETS = re.compile(rb"\[([^\]]*)\]?")


@functools.lru_cache(4096)
def named(name: bytes) -> Named:
    """What a name announces, as written in a URL."""
    if name == b"_token":  # the anti-forgery token of a web framework
        return Named.PUBLIC
    kinds = [_named(one) for one in normalised(name)]
    return min(kinds, key=_RANK.__getitem__, default=Named.OTHER)


@functools.lru_cache(4096)
def normalised(name: bytes) -> tuple[str, ...]:
    """The names in a name: `user[Access-Token]` is `user` and `accesstoken`."""
    if len(name) > 512:  # no name of a parameter, and its last part decides
        name = name[-512:]
    text = unquoted(name).lower()
    parts = [_BRACKETS.sub(b"", text), *_BRACKETS.findall(text)]
    return tuple(one.decode("latin-1") for part in parts if (one := _SEPARATORS.sub(b"", part)))


def _named(name: str) -> Named:
    if _PUBLIC.search(name):
        return Named.PUBLIC
    if name in GENERIC and name not in {"code", "authcode"}:
        return Named.GENERIC
    if name.endswith(ONE_TIME):
        return Named.ONE_TIME
    if name.endswith(CREDENTIALS):
        return Named.CREDENTIAL
    if name in {"code", "authcode"}:
        return Named.CODE
    if name == OAUTH1:
        return Named.OAUTH1
    return Named.CAPABILITY if name in CAPABILITY else Named.OTHER


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
