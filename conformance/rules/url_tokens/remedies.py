"""Where an endpoint wants the credential instead."""

from __future__ import annotations

import re

_ENDPOINTS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"(?i)/services/oauth2/singleaccess"),
        "Send the access token in the Authorization header as Bearer; with POST it may also be in the form body.",
    ),
    (
        re.compile(rb"(?i)/secur/frontdoor\.jsp"),
        "Ask /services/oauth2/singleaccess for a frontdoor URL, with the access token in the Authorization header; "
        "or send sid in the body of a POST. Use the URL once and do not store it.",
    ),
    (
        re.compile(rb"(?i)/(?:oauth2?|oidc|connect)/.*(?:revo|introspect)|/(?:revoke|introspect)\b"),
        "Send the token in the form body of a POST (RFC 7009, RFC 7662).",
    ),
    (
        re.compile(rb"(?i)/userinfo\b"),
        "Send the access token in the Authorization header as Bearer (OpenID Connect Core, 5.3.1).",
    ),
    (
        re.compile(rb"(?i)/token\b"),
        "Send client credentials in the Authorization header as Basic or in the form body, never in the URL "
        "(RFC 6749, 2.3.1).",
    ),
    (
        re.compile(rb"(?i)/services/(?:data|apexrest|async|soap)/"),
        "Send the session id in the Authorization header as Bearer.",
    ),
)
_OTHERWISE = {
    "userinfo": "Take the password out of the URL and send it in the Authorization header as Basic.",
    "path": "Anybody who knows this URL can use it: replace the credential, and keep the URL as a secret, out of logs.",
    "code": "Send it in the Authorization header; for a callout, a named credential does that.",
    "design": "Declare the credential in a header: an apiKey scheme with in: header, or type: http, scheme: bearer.",
}
_WARN = {
    "W1": "Use it once, let it expire within minutes, set Referrer-Policy: no-referrer, and keep the URL out of logs.",
    "W2": "The vendor documents this key for URLs: restrict it to your sites and to the services it needs.",
    "W3": "The value is masked here; what sent it still puts a credential into the URL.",
    "W4": "Anybody who knows this link can open it: give it an expiry of at most seven days.",
    "W5": "If this is a credential, send it in the Authorization header or the body, and take one that nobody guesses.",
}
_HEADER = "Send it in the Authorization header as Bearer, or in the header that the vendor documents."
_REPEATED = "Keep credentials out of the URL that this header repeats; Referrer-Policy: no-referrer stops Referer."


def remedy(rule: str, place: str, path: bytes) -> str:
    """What to do instead, in one sentence for people.

    Args:
        rule: the rule that found the credential.
        place: where it was found; `code` is what builds the URL.
        path: the path of the request.
    """
    if (known := _WARN.get(rule)) is not None and place != "code":
        return known
    for shape, says in _ENDPOINTS:
        if shape.search(path):
            return says
    if place.startswith("header:"):
        return _REPEATED
    if rule == "L6":
        return _OTHERWISE["path"]
    return _OTHERWISE.get(place, _HEADER)
