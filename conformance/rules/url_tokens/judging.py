"""The rules: which piece of a URL is a leak, which a warning. Everything else is clean."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from conformance.rules.url_tokens import signed
from conformance.rules.url_tokens.decoding import unquoted
from conformance.rules.url_tokens.finding import Level
from conformance.rules.url_tokens.formats import Kind, Token, tokens
from conformance.rules.url_tokens.names import PASSES, Named, is_unambiguous, named, normalised
from conformance.rules.url_tokens.places import MOST, Parts, Piece, pieces
from conformance.rules.url_tokens.values import (
    SHORTEST_RANDOM,
    Value,
    beside_mask,
    classify,
    is_about,
    is_date_or_number,
    is_uuid,
)
from conformance.rules.url_tokens.webhooks import routed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Judgement(NamedTuple):
    """A credential in a piece.

    Attributes:
        secret: the credential, decoded.
        shown: how many of its first bytes are public.
        halves: the values that are the credential together, where it is split.
    """

    level: Level
    rule: str
    piece: Piece
    secret: bytes
    shown: int = 0
    halves: tuple[bytes, ...] = ()


_SCHEME = re.compile(rb"(?i)(?:bearer|basic|token|oauth|apikey)[ +]+(\S{12,})")
_ONE_TIME_PATH = re.compile(
    rb"(?i)reset|forgot|recover|verif|confirm|activat|invit|magic|unsubscribe|unlock|one-?time|passwordless|email[-_]?login"
)
_OAUTH_NEIGHBOURS = frozenset(
    {"state", "sessionstate", "iss", "scope", "clientid", "redirecturi", "granttype", "nonce"}
)
_OAUTH1_ASKS = re.compile(rb"(?i)/oauth/(?:authori[sz]e|authenticate)\Z")
_OAUTH_PATH = re.compile(rb"(?i)callback|oauth|oidc|auth|sso|log-?in|sign-?in|redirect|connect|return")
_CAS_TICKET = re.compile(rb"(?:ST|PT|PGT|PGTIOU|TGT|LT)-[\w.-]{8,}")
_AS_TYPED = re.compile(rb"(?i)autocomplete|suggest|searchbox|geocod|/place")
_MEETING = re.compile(rb"(?i)/(?:j|my|w|s|wc|join|meeting)/|zoom|webex|meet")
_FRONTDOOR = re.compile(rb"(?i)frontdoor")
_CAPABILITIES = frozenset({"rlkey", "resourcekey", "pubsecret", "pwd", "sig"})
_NO_USERINFO = re.compile(rb"[\s\"]")
_LABELS = frozenset(
    {b"author", b"authors", b"by", b"cc", b"contact", b"email", b"e-mail", b"from", b"mail", b"mailto", b"maintainer"}
    | {b"owner", b"to", b"todo", b"fixme", b"note", b"see"}
)
_FORMAT = re.compile(rb"%(?:[sdvq@]|\d\$[sd@]|[({][\w.-]+[)}][sd]?)")
_PASSWORD = re.compile(r"passw|passphrase|passcode|pwd\Z|secret\Z")
_PEOPLES = re.compile(rb"[0-9!@#$%^&*?]")  # words of a password that people make up come with one of these
_WORD, _INVENTED = re.compile(rb"[A-Za-z]{4}"), re.compile(rb"[!@#$%^&*+=?~]|(?<![A-Za-z0-9])[0-9]+[A-Za-z]")
_WEBHOOK_KEY = re.compile(rb"/webhook/send\Z")
_USER_PLACEHOLDERS = frozenset((b"password", b"pass", b"passwd", b"pwd", b"pw", b"secret", b"token", b"PASSWORD"))
_NO_PASSWORDS = _USER_PLACEHOLDERS | {
    b"",
    b"x",
    b"X",
    b"-",
    b"_",
    b"x-oauth-basic",
    b"api_token",
    b"apikey",
    b"api_key",
    b"anoncvs",
}
_ANYBODY = frozenset((b"anonymous", b"ftp"))  # RFC 1635: an archive of files lets them in with whatever password
_USERS = frozenset(
    {
        "user",
        "username",
        "uname",
        "userid",
        "usr",
        "uid",
        "login",
        "loginname",
        "account",
        "acct",
        "email",
        "mail",
        "name",
    }
)
_EXPRESSION = re.compile(rb"[.]|[^(]*[(]")  # of a program, as a comparison is: no name of a parameter begins so
_LONG_PASSWORD = re.compile(rb"\S{%d,}" % SHORTEST_RANDOM)


def judged(parts: Sequence[Piece]) -> Iterator[Judgement]:
    """The credentials in the pieces of a URL, by place."""
    urls: set[Parts] = set()
    for piece in parts:
        if piece.url.path and piece.url not in urls:
            urls.add(piece.url)
            yield from _in_path(piece)
        yield from _judged(piece)


def opened(url: Parts) -> list[Piece]:
    """The pieces of a URL, as many as are looked at."""
    return list(islice(pieces(url), MOST))


def _in_path(piece: Piece) -> Iterator[Judgement]:
    if found := routed(unquoted(piece.url.path), piece.url.host):
        route, secret = found
        if classify(secret) in (Value.PLACEHOLDER, Value.MASKED):
            return
        rule, level = ("L6", Level.LEAK) if route.leak else ("W4", Level.WARN)
        yield Judgement(level, rule, piece._replace(name=b""), secret)


def _judged(piece: Piece) -> Iterator[Judgement]:
    if piece.place == "userinfo" or (not piece.name and piece.raw is piece.url.userinfo and piece.raw):
        yield from _userinfo(piece)
        return
    named_tokens = tokens(piece.name) if len(piece.name) > SHORTEST_RANDOM else []
    for token in named_tokens:
        yield Judgement(Level.LEAK, "L1", piece, token.value, token.shown)
    kind = named(piece.name) if piece.name else Named.OTHER
    found = tokens(piece.value) if len(piece.value) >= SHORTEST_RANDOM else []
    if found:
        for token in found:
            if (one := _formatted(piece, kind, token)) is not None:
                yield one
        return
    if piece.name and (one := _by_name(piece, kind)) is not None:
        yield one
    elif kind is not Named.PUBLIC and (match := _SCHEME.fullmatch(piece.value)) and _is_random(match[1]):
        yield Judgement(Level.LEAK, "L2", piece, match[1])


def _userinfo(piece: Piece) -> Iterator[Judgement]:
    if _NO_USERINFO.search(piece.url.userinfo) or _is_source_text(piece.url):
        return
    user, colon, _ = piece.url.userinfo.partition(b":")
    password = piece.value if colon else b""
    for value in (unquoted(user), password):
        if (found := tokens(value)) and found[0].kind is not Kind.PUBLISHABLE and not _is_example(found[0].value):
            yield Judgement(Level.LEAK, "L3", piece, found[0].value, found[0].shown)
            return
    sort = classify(password)
    if sort is Value.MASKED:
        yield Judgement(Level.WARN, "W3", piece, password)
    elif piece.url.scheme == b"ftp" and user.lower() in _ANYBODY:
        return
    elif password not in _NO_PASSWORDS and not _is_filled_in(password, sort):
        yield Judgement(Level.LEAK, "L3", piece, password)
    elif _is_random(name := unquoted(user)) and len(name) >= (SHORTEST_RANDOM if colon else 20):
        if not colon and signed.is_data_source(piece.url, name):
            yield Judgement(Level.WARN, "W2", piece, name)
        else:
            yield Judgement(Level.LEAK, "L3", piece, name)  # an API key as user name, as vendors document for Basic


def _is_source_text(url: Parts) -> bool:
    """Whether two slashes begin no URL but an XPath (`//a:b[@c]`) or a comment (`//Author:me@example.com`)."""
    is_comment = not (url.path or url.query or url.fragment) and url.userinfo.partition(b":")[0].lower() in _LABELS
    return not url.scheme and (b"[" in url.userinfo or is_comment)


def _is_filled_in(password: bytes, sort: Value) -> bool:
    """Whether something else takes the place of a password before the URL is used."""
    return sort is Value.PLACEHOLDER or password[:1] in b"{<$[" or _FORMAT.fullmatch(password) is not None


def _formatted(piece: Piece, kind: Named, token: Token) -> Judgement | None:
    """What a value in a known format is, under its name."""
    if _is_example(token.value):
        return None
    if token.kind is Kind.PUBLISHABLE:
        return Judgement(Level.WARN, "W2", piece, token.value, token.shown)
    if kind is Named.PUBLIC and token.kind in (Kind.JWT, Kind.ENCRYPTED, Kind.PIECE):
        return None  # a state, a request object or an anti-forgery token may be a JWT
    names = normalised(piece.name)
    is_code = kind is Named.CODE and token.kind is not Kind.SECRET
    if "otp" in names or kind is Named.ONE_TIME or is_code or _is_one_time(piece, kind):
        return Judgement(Level.WARN, "W1", piece, token.value, token.shown)
    if token.kind is Kind.ENCRYPTED:
        if kind is Named.CREDENTIAL:
            return Judgement(Level.LEAK, "L2", piece, token.value, token.shown)
        return Judgement(Level.WARN, "W1", piece, token.value, token.shown)
    return Judgement(Level.LEAK, "L8" if token.kind is Kind.PIECE else "L1", piece, token.value, token.shown)


def _by_name(piece: Piece, kind: Named) -> Judgement | None:
    """What a value without a known format is, by its name."""
    if kind in (Named.OTHER, Named.PUBLIC) or _EXPRESSION.match(piece.name) or piece.value.startswith(b"=="):
        return None
    names = normalised(piece.name)
    value = _credential_part(piece.value)
    if signed.is_connection(piece.url, names) or _is_bookkeeping(piece, names, value):
        return None  # a number that authenticates nobody
    sort = _sort(value, names[-1])
    if kind is Named.CREDENTIAL and (piece_of_it := beside_mask(value)):
        return Judgement(Level.LEAK, "L8", piece, piece_of_it)
    if sort is Value.MASKED:
        is_asked = kind in (Named.CREDENTIAL, Named.ONE_TIME) and not is_about(value)
        return Judgement(Level.WARN, "W3", piece, value) if is_asked else None
    if capability := _capability(piece, names, value, sort):
        return capability
    if sort in (Value.NOTHING, Value.WORDS, Value.PLACEHOLDER):
        return Judgement(Level.WARN, "W5", piece, value) if _was_meant(names[-1], value, sort) else None
    if kind is Named.CREDENTIAL:
        return _credential(piece, names, value, sort)
    if kind is Named.CODE and signed.is_function(piece.url, value):
        return Judgement(Level.LEAK, "L2", piece, value)
    if _is_artefact(piece, kind, names, value, sort):
        return Judgement(Level.WARN, "W1", piece, value)
    is_last = kind in (Named.GENERIC, Named.PRODUCT) and "ticket" not in names
    return _generic(piece, names, value, sort) if is_last else None


def _was_meant(name: str, value: bytes, sort: Value) -> bool:
    """Whether a value that is too short or too wordy for a credential was meant as one."""
    if sort is Value.PLACEHOLDER or not is_unambiguous(name) or is_about(value) or len(set(value)) < 2:
        return False
    if value.isdigit():
        return len(value) >= 4 and name.endswith(("word", "wd"))
    return len(value) >= 3 and value.split() == [value] and not is_date_or_number(value)


def _sort(value: bytes, name: str) -> Value:
    """What a value is, where the name makes more of it."""
    sort = classify(value)
    if sort is Value.WORDS and _PASSWORD.search(name) and _PEOPLES.search(value):
        return Value.POSSIBLE
    if sort is Value.WORDS and name in PASSES and (_INVENTED.search(value) or not _WORD.search(value)):
        return Value.POSSIBLE
    if sort is Value.NOTHING and len(value) >= SHORTEST_RANDOM and value.isdigit() and name.endswith("secret"):
        return Value.POSSIBLE  # older consumer secrets of Salesforce are numbers of 19 digits
    return sort


def _is_artefact(piece: Piece, kind: Named, names: tuple[str, ...], value: bytes, sort: Value) -> bool:
    """Whether a value is what a protocol puts into a URL to be used once."""
    if kind in (Named.ONE_TIME, Named.OAUTH1):
        return len(value) >= SHORTEST_RANDOM
    if kind is Named.CODE:
        return _is_code(piece, value, sort)
    return ("ticket" in names or "ticketid" in names) and _CAS_TICKET.fullmatch(value) is not None


def _credential(piece: Piece, names: tuple[str, ...], value: bytes, sort: Value) -> Judgement | None:
    if sort is Value.IDENTIFIER and not is_uuid(value):
        return None
    if any(name.endswith("securitytoken") for name in names) and signed.is_signed(piece.url):
        return None
    if "oauthtoken" in names and (signed.is_oauth1(piece.url) or _OAUTH1_ASKS.search(piece.url.path)):
        return Judgement(Level.WARN, "W1", piece, value)
    if signed.is_url_key(piece.url, names, value):
        return None
    if signed.is_publishable(piece.url, names, value):
        return Judgement(Level.WARN, "W2", piece, value)
    return Judgement(Level.LEAK, "L2", piece, value)


def _generic(piece: Piece, names: tuple[str, ...], value: bytes, sort: Value) -> Judgement | None:
    if sort is not Value.RANDOM and not is_uuid(value) and not _is_long_password(piece, names, value):
        return None
    if {"sig", "signature", "credential"} & set(names):
        return None
    if "key" in names and _WEBHOOK_KEY.search(piece.url.path):
        return Judgement(Level.LEAK, "L6", piece, value)
    if is_uuid(value) and {"key", "appid", "pass"} & set(names):
        return None
    if signed.is_publishable(piece.url, names, value):
        return Judgement(Level.WARN, "W2", piece, value)
    if signed.is_expiring(piece.url, value):
        return None if signed.is_file(piece.url) else Judgement(Level.WARN, "W1", piece, value)
    if _is_one_time(piece, Named.GENERIC) or "otp" in names:
        return Judgement(Level.WARN, "W1", piece, value)
    return Judgement(Level.LEAK, "L2", piece, value)


def _is_long_password(piece: Piece, names: tuple[str, ...], value: bytes) -> bool:
    """Whether a value beside a user name is a password that no word explains; punctuation may break it into pieces."""
    return not set(PASSES).isdisjoint(names) and bool(
        _LONG_PASSWORD.fullmatch(value) and signed.neighbours(piece.url) & _USERS
    )


def _is_bookkeeping(piece: Piece, names: tuple[str, ...], value: bytes) -> bool:
    """Whether a value groups requests: of one search as it is typed, or of one command that may be sent twice."""
    if "sessiontoken" in names:
        return len(value) <= 36 and _AS_TYPED.search(piece.url.path) is not None
    return names[-1].endswith("clienttoken") and is_uuid(value)


def _capability(piece: Piece, names: tuple[str, ...], value: bytes, sort: Value) -> Judgement | None:
    name = next((name for name in names if name in _CAPABILITIES), None)
    if name is None or len(value) < 6 or sort is Value.PLACEHOLDER or value.split() != [value]:
        return None
    if name == "sig":
        if signed.is_workflow(piece.url):
            return Judgement(Level.LEAK, "L6", piece, value)
        return Judgement(Level.WARN, "W4", piece, value) if signed.is_lasting(piece.url) else None
    if name == "pwd":
        where = piece.url.host + piece.url.path
        return Judgement(Level.WARN, "W4", piece, value) if _MEETING.search(where) else None
    return Judgement(Level.WARN, "W4", piece, value) if len(value) >= 10 else None


def _credential_part(value: bytes) -> bytes:
    """The value without the name of an authentication scheme."""
    match = _SCHEME.fullmatch(value) if b" " in value or b"+" in value else None
    return match[1] if match else value


def _is_code(piece: Piece, value: bytes, sort: Value) -> bool:
    if signed.neighbours(piece.url) & _OAUTH_NEIGHBOURS:
        return len(value) >= 10
    if _OAUTH_PATH.search(piece.url.path):
        return sort in (Value.RANDOM, Value.IDENTIFIER)
    return sort is Value.RANDOM and len(value) >= 20


def _is_one_time(piece: Piece, kind: Named) -> bool:
    """Whether a generic name stands in a link for resetting, confirming, inviting or logging in once."""
    return kind in (Named.GENERIC, Named.OTHER) and is_one_time(piece.url.path)


def is_one_time(path: bytes) -> bool:
    """Whether a path is that of a link for resetting, confirming, inviting or logging in once."""
    return _ONE_TIME_PATH.search(path) is not None


def _is_example(value: bytes) -> bool:
    return classify(value) is Value.PLACEHOLDER


def _is_random(value: bytes) -> bool:
    return classify(value) is Value.RANDOM
