"""Credentials that can be told by their format alone.

Sources: the vendors' own descriptions of their tokens, and the rule files of public secret scanners.
"""

from __future__ import annotations

import binascii
import json
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.engines import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

ESCAPE = r"%(?:25)*"
"""The start of a percent escape, however often it was encoded again; two hexadecimal digits follow."""


class Kind(Enum):
    """What a format says about a value."""

    SECRET = "secret"
    PIECE = "piece of a secret"
    JWT = "signed JWT"
    ENCRYPTED = "encrypted JWT"
    PUBLISHABLE = "publishable key"


@dataclass(frozen=True, slots=True)
class Format:
    """A credential format.

    Attributes:
        literal: bytes that the credential contains; they are looked for first, because that is fast.
        shape: an expression that matches the credential in decoded text; most are never needed, so it is not compiled.
        head: how it begins, as an expression that matches whenever `shape` does and needs no look-around.
        shown: how many bytes at its beginning are the same for everybody.
        begins: with what it begins where it may stand directly behind a letter or a digit; None where it never may.
    """

    kind: Kind
    literal: bytes
    shape: bytes
    head: str
    shown: int
    begins: bytes | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A credential found in a text."""

    kind: Kind
    value: bytes
    shown: int
    start: int


_AFTER = rb"(?![A-Za-z0-9])"

# prefix, what follows it; the prefix is public.
_SECRETS = (
    ("5Aep861", r"[A-Za-z0-9._=]{40,}"),  # Salesforce refresh token
    ("ghp_", r"[A-Za-z0-9]{30,}"),
    ("gho_", r"[A-Za-z0-9]{30,}"),
    ("ghu_", r"[A-Za-z0-9]{30,}"),
    ("ghs_", r"[A-Za-z0-9]{30,}"),
    ("ghr_", r"[A-Za-z0-9]{30,}"),
    ("github_pat_", r"[A-Za-z0-9_]{22,}"),
    ("glpat-", r"[A-Za-z0-9_-]{20,}"),
    ("gldt-", r"[A-Za-z0-9_-]{20,}"),
    ("glptt-", r"[A-Za-z0-9_-]{20,}"),
    ("glrt-", r"[A-Za-z0-9_-]{20,}"),
    ("xoxa-", r"[A-Za-z0-9-]{16,}"),
    ("xoxb-", r"[A-Za-z0-9-]{16,}"),
    ("xoxe-", r"[A-Za-z0-9-]{16,}"),
    ("xoxe.xox", r"[A-Za-z0-9-]{16,}"),
    ("xoxp-", r"[A-Za-z0-9-]{16,}"),
    ("xoxr-", r"[A-Za-z0-9-]{16,}"),
    ("xoxs-", r"[A-Za-z0-9-]{16,}"),
    ("xapp-", r"[A-Za-z0-9-]{16,}"),
    ("sk_live_", r"[A-Za-z0-9]{16,}"),
    ("sk_test_", r"[A-Za-z0-9]{16,}"),
    ("rk_live_", r"[A-Za-z0-9]{16,}"),
    ("rk_test_", r"[A-Za-z0-9]{16,}"),
    ("whsec_", r"[A-Za-z0-9+/=]{24,}"),
    ("sk-proj-", r"[A-Za-z0-9_-]{20,}"),
    ("sk-ant-", r"[A-Za-z0-9_-]{20,}"),
    ("sk-", r"[A-Za-z0-9]{32,}"),
    ("ya29.", r"[A-Za-z0-9_-]{20,}"),
    ("1//0", r"[A-Za-z0-9_-]{30,}"),
    ("GOCSPX-", r"[A-Za-z0-9_-]{20,}"),
    ("EAA", r"[A-Za-z0-9]{40,}"),
    ("npm_", r"[A-Za-z0-9]{30,}"),
    ("pypi-", r"[A-Za-z0-9_-]{50,}"),
    ("dop_v1_", r"[a-f0-9]{40,}"),
    ("doo_v1_", r"[a-f0-9]{40,}"),
    ("dor_v1_", r"[a-f0-9]{40,}"),
    ("shpat_", r"[A-Fa-f0-9]{32}"),
    ("shpca_", r"[A-Fa-f0-9]{32}"),
    ("shppa_", r"[A-Fa-f0-9]{32}"),
    ("shpss_", r"[A-Fa-f0-9]{32}"),
    ("SG.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,}"),
    ("hf_", r"[A-Za-z0-9]{30,}"),
    ("NRAK-", r"[A-Z0-9]{20,}"),
    ("dapi", r"[a-f0-9]{32}"),
    ("sq0atp-", r"[A-Za-z0-9_-]{22}"),
    ("sq0csp-", r"[A-Za-z0-9_-]{40,}"),
    ("ATATT3", r"[A-Za-z0-9_=-]{40,}"),
    ("ATCTT3", r"[A-Za-z0-9_=-]{40,}"),
    ("lin_api_", r"[A-Za-z0-9]{30,}"),
    ("figd_", r"[A-Za-z0-9_-]{30,}"),
    ("ntn_", r"[A-Za-z0-9]{40,}"),
    ("hvs.", r"[A-Za-z0-9_-]{24,}"),
    ("rubygems_", r"[a-f0-9]{40,}"),
    ("glsa_", r"[A-Za-z0-9]{32}"),
    ("glc_ey", r"[A-Za-z0-9+/=]{30,}"),
    ("pul-", r"[a-f0-9]{40}"),
    ("dckr_pat_", r"[A-Za-z0-9_-]{20,}"),
    ("sbp_", r"[a-f0-9]{40}"),
    ("PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),
    ("CFPAT-", r"[A-Za-z0-9_-]{40,}"),
    ("sntrys_", r"[A-Za-z0-9+/=_-]{30,}"),
    ("sntryu_", r"[a-f0-9]{40,}"),
    ("phx_", r"[A-Za-z0-9]{30,}"),
    ("gsk_", r"[A-Za-z0-9]{40,}"),
    ("xai-", r"[A-Za-z0-9]{60,}"),
    ("secret_", r"[A-Za-z0-9]{43}"),
    ("key-", r"[0-9a-f]{32}"),  # Mailgun
    ("xoxc-", r"[A-Za-z0-9-]{16,}"),
    ("xoxd-", r"[A-Za-z0-9%+/=-]{20,}"),
    ("glcbt-", r"[A-Za-z0-9_-]{20,}"),
    ("glft-", r"[A-Za-z0-9_-]{20,}"),
    ("gloas-", r"[A-Za-z0-9_-]{20,}"),
    ("glsoat-", r"[A-Za-z0-9_-]{20,}"),
    ("glagent-", r"[A-Za-z0-9_-]{20,}"),
    ("sk-svcacct-", r"[A-Za-z0-9_-]{20,}"),
    ("sk-admin-", r"[A-Za-z0-9_-]{20,}"),
    ("sk-or-v1-", r"[a-f0-9]{40,}"),
    ("sk_", r"[a-f0-9]{48}"),  # ElevenLabs
    ("pplx-", r"[A-Za-z0-9]{40,}"),
    ("tvly-", r"[A-Za-z0-9-]{28,}"),
    ("r8_", r"[A-Za-z0-9]{37}"),  # Replicate
    ("lsv2_", r"(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}"),
    ("dp.pt.", r"[A-Za-z0-9]{40,}"),  # Doppler
    ("dp.st.", r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}"),
    ("dp.ct.", r"[A-Za-z0-9]{40,}"),
    ("dp.sa.", r"[A-Za-z0-9]{40,}"),
    ("dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),  # Dynatrace
    ("dt0s01.", r"[A-Z0-9]{8}\.[A-Z0-9]{64}"),
    ("xkeysib-", r"[a-f0-9]{64}-[A-Za-z0-9]{16}"),  # Brevo
    ("xsmtpsib-", r"[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("mlsn.", r"[a-f0-9]{64}"),
    ("re_", r"[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),  # Resend
    ("ATBB", r"[A-Za-z0-9]{32}"),  # Bitbucket
    ("ATTA", r"[a-f0-9]{60,}"),  # Trello
    ("nfp_", r"[A-Za-z0-9]{36}"),  # Netlify
    ("pscale_tkn_", r"[A-Za-z0-9_.=-]{32,}"),
    ("pscale_pw_", r"[A-Za-z0-9_.=-]{32,}"),
    ("pscale_oauth_", r"[A-Za-z0-9_.=-]{32,}"),
    ("napi_", r"[a-z0-9]{60,}"),  # Neon
    ("sb_secret_", r"[A-Za-z0-9_-]{20,}"),
    ("ops_eyJ", r"[A-Za-z0-9+/=_-]{60,}"),  # 1Password
    ("bkua_", r"[a-f0-9]{40}"),
    ("CCIPAT_", r"[A-Za-z0-9]{20,24}_[a-f0-9]{40}"),
    ("lin_oauth_", r"[A-Za-z0-9]{30,}"),
    ("HRKU-", r"[A-Za-z0-9_-]{36,}"),
    ("EAAA", r"[A-Za-z0-9_-]{56,}"),  # Square
    ("IGQV", r"[A-Za-z0-9_-]{60,}"),
    ("EZAK", r"[A-Za-z0-9]{54}"),
    ("EZTK", r"[A-Za-z0-9]{54}"),
    ("shippo_live_", r"[a-f0-9]{40}"),
    ("shippo_test_", r"[a-f0-9]{40}"),
    ("duffel_live_", r"[A-Za-z0-9_=-]{40,}"),
    ("FLWSECK-", r"[a-f0-9]{32}-[A-Za-z0-9-]*X"),
    ("secret-live-", r"[A-Za-z0-9=_-]{30,}"),
    ("access-production-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),  # Plaid
    ("access_token$", r"(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"),  # Braintree
    ("tfp_", r"[A-Za-z0-9_.=-]{40,}"),
    ("aio_", r"[A-Za-z0-9]{28}"),
    ("y0_", r"[A-Za-z0-9_-]{50,}"),  # Yandex
    ("vk1.a.", r"[A-Za-z0-9_-]{80,}"),
    ("squ_", r"[a-f0-9]{40}"),
    ("sqp_", r"[a-f0-9]{40}"),
    ("AKCp", r"[A-Za-z0-9]{60,}"),  # Artifactory
    ("dckr_oat_", r"[A-Za-z0-9_-]{20,}"),
    ("oy2", r"[a-z0-9]{43}"),  # NuGet
    ("tskey-", r"[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    ("pat-na1-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),  # HubSpot
    ("pat-eu1-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),
    ("rdme_", r"[a-z0-9]{70}"),
    ("waka_", r"[0-9a-f]{8}-[0-9a-f-]{27}"),
    ("hvb.", r"[A-Za-z0-9_-]{24,}"),
    ("sk.eyJ", r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}"),  # Mapbox
    ("tk.eyJ", r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}"),
)
_PUBLISHABLE = (
    ("pk_live_", r"[A-Za-z0-9]{16,}"),
    ("pk_test_", r"[A-Za-z0-9]{16,}"),
    ("pk.eyJ", r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}"),
    ("AIza", r"[A-Za-z0-9_-]{30,}"),
    ("phc_", r"[A-Za-z0-9]{30,}"),
    ("NRJS-", r"[A-Za-z0-9]{10,}"),
    ("sb_publishable_", r"[A-Za-z0-9_-]{20,}"),
)


_START = f"(?:^|[^A-Za-z0-9]|{ESCAPE}[0-9A-Fa-f]{{2}})"
TAIL = "[A-Za-z0-9_.+/=%-]{12}"


def _prefixed(kind: Kind, prefix: str, rest: str) -> Format:
    shape = re.escape(prefix).encode() + rest.encode()
    head = (
        re.escape(prefix).replace(r"\.", DOT).replace("/", f"(?:/|{ESCAPE}2[fF])").replace(r"\$", f"(?:[$]|{ESCAPE}24)")
    )
    return Format(kind, prefix.encode(), shape, head, len(prefix))


DOT = f"(?:[.]|{ESCAPE}2[eE])"
_SESSION = rb"00[A-Za-z0-9]{13}(?:[A-Za-z0-9]{3})?![A-Za-z0-9._-]{%s}"
_SESSION_HEAD = f"(?:!|{ESCAPE}21)[A-Za-z0-9._-]{{40}}"

FORMATS: tuple[Format, ...] = (
    Format(Kind.SECRET, b"!", _SESSION % b"80,", _SESSION_HEAD, 5, begins=b"00D"),
    Format(Kind.PIECE, b"!", _SESSION % b"40,79" + rb"(?![A-Za-z0-9._-])", _SESSION_HEAD, 5),
    *(_prefixed(Kind.SECRET, *one) for one in _SECRETS),
    *(_prefixed(Kind.PUBLISHABLE, *one) for one in _PUBLISHABLE),
    Format(
        Kind.SECRET,
        b"pat",  # Airtable
        rb"pat[A-Za-z0-9]{14}\.[a-f0-9]{40,}",
        f"(?:pat[A-Za-z0-9]{{14}}{DOT}[a-f0-9])",
        3,
    ),
    Format(
        Kind.SECRET,
        b"-us",  # Mailchimp
        rb"[a-f0-9]{32}-us[0-9]{1,2}" + _AFTER,
        "[a-f0-9]-us[0-9]",
        0,
    ),
    Format(
        Kind.SECRET,
        b":AA",  # Telegram
        rb"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}" + _AFTER,
        f"[0-9](?::|{ESCAPE}3[aA])AA[A-Za-z0-9_-]{{33}}",
        0,
    ),
    Format(
        Kind.SECRET,
        b"Q~",  # Microsoft Entra
        rb"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}",
        "[78]Q~[A-Za-z0-9_~.-]{31}",
        0,
    ),
    Format(
        Kind.SECRET,
        b"PRIVATE",  # PEM
        rb"-----BEGIN[A-Z +]{1,20}PRIVATE[ +]KEY-----[^-]{16,}",
        f"PRIVATE(?:[ +]|{ESCAPE}20|{ESCAPE}2[bB])KEY-----",
        0,
    ),
    Format(
        Kind.SECRET,
        b"force://",  # Salesforce CLI
        rb"force://[^\s&;#:]*:[^\s&;#:]*:[^\s&;#@:]{20,}@",
        f"(?:force(?::|{ESCAPE}3[aA])(?:/|{ESCAPE}2[fF]))",
        8,
    ),
)
_JSON_STARTS = (b"eyJ", b"eyA", b"ewo", b"ew0")

PREFIXES = sorted({one.head for one in FORMATS if one.head[0].isalnum()})
HEADS: tuple[str, ...] = (
    # The second part of a JWE may be empty.
    f"{_START}(?:(?:{'|'.join(PREFIXES)}){TAIL}|(?:eyJ|eyA|ewo|ew0)[A-Za-z0-9_-]+{DOT}{DOT}?[A-Za-z0-9_-])",
    *dict.fromkeys(one.head for one in FORMATS if not one.head[0].isalnum()),
)
"""Expressions of which one matches wherever a format does, encoded or not; for the prefilter."""


_DOTTED = re.compile(rb"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)+")
_MOST = 64  # tokens that are looked at in one text


def tokens(text: bytes) -> list[Token]:
    """The credentials in a decoded text, by place; of overlapping ones the first and longest counts."""
    if not engine(HEADS).matches(text):
        return []
    found = [
        Token(one.kind, match[0], one.shown, match.start())
        for one in FORMATS
        if one.literal in text
        for match in _compiled(one.shape).finditer(text)
        if not text[match.start() - 1 : match.start()].isalnum()
        or (one.begins is not None and match[0].startswith(one.begins))
    ]
    if b"." in text and (b"ey" in text or b"ew" in text):
        found += (token for match in _DOTTED.finditer(text) for token in _json_web(match, len(text)))
    found.sort(key=lambda token: (token.start, -len(token.value)))
    kept: list[Token] = []
    for token in found:
        if not kept or token.start >= kept[-1].start + len(kept[-1].value):
            kept.append(token)
    return kept[:_MOST]


@cache
def _compiled(shape: bytes) -> re.Pattern[bytes]:
    return re.compile(shape)


def _json_web(run: re.Match[bytes], size: int) -> Iterator[Token]:
    """The JSON Web Tokens in a run of parts with dots between them (RFC 7515, RFC 7516, compact serialization)."""
    parts = run[0].split(b".")
    at = run.start()
    skip = 0
    for number, part in enumerate(parts):
        if not skip and (start := _json_start(part)) >= 0:
            rest = [part[start:], *parts[number + 1 : number + 5]]
            ends = run.end() == size and number + 3 >= len(parts)
            kind, skip = _web_kind(rest, ends=ends)
            if kind is not None:
                yield Token(kind, b".".join(rest[:skip]), 3, at + start)
        skip = max(skip - 1, 0)
        at += len(part) + 1


def _json_start(part: bytes) -> int:
    """Where the Base64 of a JSON object starts in a part; -1 if nowhere."""
    if part.startswith(_JSON_STARTS):
        return 0
    return next((at + 1 for mark in _JSON_STARTS if (at := part.find(b"-" + mark)) >= 0), -1)


def _web_kind(parts: list[bytes], *, ends: bool) -> tuple[Kind | None, int]:
    """The kind of token that begins with these parts, and how many of them it has."""
    header = _object(parts[0])
    algorithm = header.get("alg") if header is not None else None
    if header is None or not isinstance(algorithm, str) or algorithm.lower() == "none":
        return None, 0
    if "enc" in header and len(parts) == 5 and all(len(part) >= 8 for part in parts[2:4]):
        return Kind.ENCRYPTED, 5
    if len(parts) >= 3 and len(parts[1]) >= 4 and len(parts[2]) >= 16:
        return Kind.JWT, 3
    if ends and len(parts) >= 2 and len(parts[1]) >= 20 and parts[1].startswith(_JSON_STARTS):
        return Kind.PIECE, len(parts)
    return None, 0


def _object(part: bytes) -> dict[str, object] | None:
    if len(part) > 8192:
        return None
    try:
        found = json.loads(binascii.a2b_base64(part.translate(URL_SAFE) + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


URL_SAFE = bytes.maketrans(b"-_", b"+/")
"""From the URL-safe alphabet of Base64 to the ordinary one."""
