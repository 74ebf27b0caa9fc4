"""What a value can be: a credential, or what stands where a credential would."""

from __future__ import annotations

import re
from enum import Enum


class Value(Enum):
    """What a value is, judged without its name.

    `RANDOM` is also `POSSIBLE`: it can be a credential, and looks made by a machine.
    """

    NOTHING = "empty, short, a number"
    WORDS = "words, flags, slugs, names of files and people"
    MASKED = "masked"
    PLACEHOLDER = "placeholder"
    IDENTIFIER = "identifier"
    POSSIBLE = "possible"
    RANDOM = "random"


SHORTEST = 8
"""Characters that a credential has at least."""
SHORTEST_RANDOM = 16
"""Characters from which on randomness can be told."""

_MASKED = re.compile(
    rb"(?i)[^\w]*(?:redacted|filtered|masked|hidden|removed|scrubbed|sanitized|censored|secret_removed)[^\w]*"
    rb"|.{0,12}(?:\*{3,}|x{5,}|\xe2\x80\xa2(?:\xe2\x80\xa2)+|#{3,}|\.{3,}|\xe2\x80\xa6).{0,12}"
    rb"|[\[<({*].{0,40}(?:redacted|filtered|masked|hidden|removed).{0,40}",
    re.DOTALL,
)
_MASK = re.compile(
    rb"(?i)[\[<({*]+(?:redacted|filtered|masked|hidden|removed|scrubbed|sanitized|censored)[\]>)}*]+|\*{3,}"
)
_LONG_PIECE = re.compile(rb"[A-Za-z0-9._~+/=-]{40,}")
_MASKED_SIGN = re.compile(rb"(?i)\*\*\*|xxxxx|\xe2\x80|###|\.\.\.|redact|filter|mask|hidden|remove|scrub|saniti|censor")
_PLACEHOLDER_SIGN = re.compile(
    rb"(?i)[<>{}\[\]$%:@]|\A\\?\([a-z_.]+\)?\Z|__|your|my|insert|replace|enter|example|sample|dummy|fake|placeholder|change"
    rb"|todo|fixme|demo|test|this\.|self\."
)
_PLACEHOLDER = re.compile(  # a token may hold .my_ by chance, so more has to follow
    rb"(?i)[<\[{(].*[>\]})][:;,.]?|\{\$.*|\$[\w({].*|%[\w({][\w)}]*%?|:\w+|\{\{.*|\\?\([a-z_.]+\)?|@\w+@|__\w+__"
    rb"|(?:.*[^a-z0-9])?(?:your|insert|replace|enter|example|sample|dummy|fake|placeholder|changeme|todo|fixme"
    rb"|my(?=[^a-z0-9]*(?:access|api|app|auth|bearer|client|key|own|pass|secret|session|token|user)))"
    rb"(?:[^a-z0-9].*)?|(?:your|my|insert|dummy|fake|example|sample|change)[a-z]{0,30}[0-9]{0,3}|.*(?-i:EXAMPLE)(?:KEY)?"
    rb"|(?-i:this|self)\.[A-Za-z_].*"  # of a program
    rb"|(?:demo|test)[_-]?(?:key|token|secret|api[_-]?key|password)?",
    re.DOTALL,
)
_OPENS_PLACEHOLDER = frozenset({b"<", b"[", b"{", b"(", b"$", b"%", b":", b"@", b"_", b"\\"})
_NAMES_ONLY = re.compile(
    rb"(?i)(?>access|authorization|auth|api|an|a|bearer|client|code|here|id|invalid|jwt|key|new|oauth|old|password|refresh"
    rb"|secret|session|sid|string|the|token|user|valid|value|[0-9_ .-])++",
)
_EXAMPLES = frozenset({
    # Keys that vendors print in their own guides.
    b"b6907d289e10d714a6e88b30761fae22", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    b"sk_test_4eC39HqLyjWDarjtT1zdp7dc", b"pk_test_TYooMQauvdEDq54NiTphI7jx",
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    b".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
})  # fmt: skip
_SEQUENCE = re.compile(
    rb"(?>0?123456789?0?|0?12345678|[a-z]{1,3}(?=123)|abcdefgh(?:ijkl(?:mnop(?:qrst(?:uvwx(?:yz)?)?)?)?)?|abcdef|abcd|abc)++"
)

_ABOUT = frozenset(  # what is said about a credential where none is given
    b"true false yes no on off null nil none nan undefined unset set empty blank missing absent present not is if in "
    b"by required notrequired optional needed allowed denied enable enabled disable disabled active inactive valid "
    b"invalid expire expired revoke revoked rotate rotated unknown wrong incorrect failed ok error default auto manual "
    b"any all other self never always only both show shown hide hidden visible reset forgot forgotten forget change "
    b"changed update updated create created add added delete deleted remove removed keep generate generated plain text "
    b"raw hash hashed encrypted encoded opaque basic digest bearer jwt saml oidc sso mfa otp sms email mail phone api "
    b"url uri header body form query cookie param params parameter field value name type hint policy very weak strong "
    b"strength good fair short long same sameorigin origin include omit asc desc post get string number bool boolean "
    b"object array access refresh session client user login auth authentication authorization authorize credential "
    b"credentials token tokens key keys secret secrets password passwords pass code id oauth example test demo sample "
    b"at until and or count length min max new old first last".split()
)
_SAID = re.compile(rb"[\w .,+/|-]*")
_NUMBER = re.compile(rb"[-+]?\d+(?:[.,:]\d+)*%?")
_DATE = re.compile(
    rb"(?i)\d{4}-?[01]\d-?[0-3]\d(?:[t +_-]?[0-2]\d[:.-]?[0-5]\d(?:[:.-]?[0-6]\d(?:[.,]\d{1,9})?)?)?"
    rb"\s?(?:z|utc|gmt|[+ -]\d\d:?\d\d)?"
)
_UUID = re.compile(rb"\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?")
_IDENTIFIER = re.compile(
    _UUID.pattern + rb"|[0-9a-z][0-9A-Za-z]{2}[0-9A-Za-z]{2}0[0-9A-Za-z]{9}(?:[A-Z0-5]{3})?"  # Salesforce
    rb"|(?:AC|SM|MM|CA|SK|PN|RE|ME|WT|WW)[0-9a-f]{32}"
    rb"|(?:cs_(?:live|test)|seti|pi|cus|sub|evt|req|acct|prod|price|in)_[A-Za-z0-9_]+|urn:.*|arn:.*"
    rb"|(?:AKIA|ASIA)[A-Z0-9]{16}|0x[0-9a-fA-F]{40}"  # a key's id; an address on a block chain
)
_EMAIL = re.compile(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOST_OR_FILE = re.compile(rb"(?i)(?:https?:/)?/?(?:[\w%.+-]+/)*[\w%+-]*(?:\.[a-z][\w+-]*)+(?::\d+)?")
_RANDOM = re.compile(rb"[\w.~+/=!*$@:|,%-]*")
_RUN = re.compile(
    rb"[A-Za-z0-9]{8}"
)  # as the prefilter asks for; apart from the above, so that both look once at each byte
_CHUNK = re.compile(rb"[A-Za-z0-9]+")
_HUMP = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WORD = re.compile(rb"(?:[b-df-hj-np-tv-xz]{0,4}+[aeiouy]++)++[b-df-hj-np-tv-xz]{0,4}")
_SHORT_WORDS = frozenset(
    b"html http https www db sql ssh tls ssl xml css js json csv pdf png jpg svg gmt utc v".split()
)


def classify(value: bytes) -> Value:
    """What a decoded value is."""
    value = value.strip(b" \t\r\n\"'\x00")
    size = len(value)
    if size < 3:
        return Value.NOTHING
    if size <= 256 and _MASKED_SIGN.search(value) and _MASKED.fullmatch(value):
        return Value.MASKED
    if size < SHORTEST:  # a short word may be the credential itself, a short {token} is not
        return Value.PLACEHOLDER if value[:1] in _OPENS_PLACEHOLDER and _is_placeholder(value) else Value.NOTHING
    if is_date_or_number(value) or len(set(value)) < 4:
        return Value.NOTHING
    if size <= 256 and _is_placeholder(value):
        return Value.PLACEHOLDER
    if size <= 128 and is_identifier(value):
        return Value.IDENTIFIER
    if is_text(value):
        return Value.WORDS
    value = value.rstrip(b")]}>,;.")  # of the text around a URL
    is_random = len(value) >= SHORTEST_RANDOM and _RANDOM.fullmatch(value) and _RUN.search(value)
    return Value.RANDOM if is_random else Value.POSSIBLE


def beside_mask(value: bytes) -> bytes:
    """What stands beside a mask and is long enough to be a piece of a credential; empty if nothing is."""
    mask = _MASK.search(value) if _MASKED_SIGN.search(value) else None
    if mask is None:
        return b""
    rest = max(value[: mask.start()], value[mask.end() :], key=len)
    return rest if _LONG_PIECE.fullmatch(rest) or classify(rest) is Value.RANDOM else b""


def _is_placeholder(value: bytes) -> bool:
    return (
        value in _EXAMPLES
        or (_PLACEHOLDER_SIGN.search(value) is not None and _PLACEHOLDER.fullmatch(value) is not None)
        or _NAMES_ONLY.fullmatch(value) is not None
        or _SEQUENCE.fullmatch(value.lower()) is not None
    )


def is_about(value: bytes) -> bool:
    """Whether a value says something about a credential and gives none: a flag, a state, a kind, a field's name."""
    words = [word.lower() for word in _HUMP.findall(value)]
    return _SAID.fullmatch(value) is not None and all(
        word in _ABOUT if word.isalpha() else len(word) < 4 for word in words
    )


def is_date_or_number(value: bytes) -> bool:
    """Whether a value is a date or a number."""
    return _NUMBER.fullmatch(value) is not None or _DATE.fullmatch(value) is not None


def is_identifier(value: bytes) -> bool:
    """Whether a value names a thing and opens nothing: a UUID, a Salesforce id, a vendor's identifier, a key id."""
    return _IDENTIFIER.fullmatch(value) is not None


def is_uuid(value: bytes) -> bool:
    """Whether a value is a UUID."""
    return _UUID.fullmatch(value) is not None


def is_text(value: bytes) -> bool:
    """Whether a value is made of words and short numbers, as names, slugs, file names and lists are."""
    if len(value) > 2048:
        return False
    if _EMAIL.fullmatch(value):
        return True
    chunks = _CHUNK.findall(value)
    if not chunks or sum(map(len, chunks)) < 0.5 * len(value):
        return any(byte >= 128 for byte in value)  # writing in another alphabet
    strange = sum(len(chunk) for chunk in chunks if not _is_plain(chunk))
    if _HOST_OR_FILE.fullmatch(value) and strange <= 0.4 * len(value):
        return True
    return strange == 0


def _is_plain(chunk: bytes) -> bool:
    """Whether letters and digits between separators are words, camel case or a short number."""
    if chunk.isdigit():
        return len(chunk) <= 10
    if chunk.lower() in _SHORT_WORDS:
        return True
    humps = _HUMP.findall(chunk)
    words = [hump for hump in humps if not hump.isdigit()]
    letters = sum(map(len, words))
    if len(humps) - len(words) > 1 or letters == 0:  # letters and digits by turns
        return False
    if len(words) > 1 and letters / len(words) < 3.5:  # humps of two or three letters are no words
        return False
    digits = len(chunk) - letters
    return digits <= 4 and all(len(word) <= 24 and _is_word(word) for word in words)


def _is_word(word: bytes) -> bool:
    lower = word.lower()
    return lower in _SHORT_WORDS or len(lower) <= 2 or _WORD.fullmatch(lower) is not None
