"""What the detector reports."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

CWE = "CWE-598"
"""Use of a GET request method with sensitive query strings: https://cwe.mitre.org/data/definitions/598.html"""

URL, REPEATED_URL = "TIU-01", "TIU-02"
"""The requirements: no credential in a request URL; none in a header that repeats one, nor where a stream is opened."""


RULES: Mapping[str, str] = {
    "L1": "A value in the format of a credential is in a URL",
    "L2": "A parameter that is named like a credential has a value in a URL",
    "L3": "A URL holds a password or a token before its host",
    "L4": "A header that repeats a URL holds a credential",
    "L5": "A value that is a credential elsewhere in the traffic is in a URL",
    "L6": "A path holds a credential",
    "L7": "A credential is placed in the URL by design",
    "L8": "A piece of a credential is in a URL",
    "W1": "A single-use or short-lived credential is in a URL",
    "W2": "A client key that its vendor documents for URLs is in one",
    "W3": "A parameter for a credential is in a URL, with its value masked or filled in elsewhere",
    "W4": "A link that gives access has no short end",
    "W5": "A parameter for a credential has a short or wordy value in a URL",
}
"""What each rule finds, in one sentence."""


class Level(StrEnum):
    """How bad a finding is; what is clean has none."""

    LEAK = "leak"
    WARN = "warn"


class Finding(NamedTuple):
    """One credential at one place. No member holds a secret.

    Attributes:
        rule: the rule that found it, one of `RULES`.
        requirement: the requirement that it breaks, such as TIU-01.
        place: path, matrix, query, fragment, userinfo, `header:` and its name, or design.
        parameter: the name as written; `outer > inner` inside a nested URL; empty where there is none.
        masked: the kind of credential and its length.
        fingerprint: a keyed hash of the credential, 16 hexadecimal digits; equal for equal credentials of one salt.
        cwe: the weakness.
        remedy: where this endpoint wants the credential instead.
        host: the host that was asked, as far as it is known.
        path_template: the path with identifiers and secrets replaced, so that a finding can be recognised later.
    """

    level: Level
    rule: str
    requirement: str
    place: str
    parameter: str
    masked: str
    fingerprint: str
    cwe: str
    remedy: str
    host: str
    path_template: str


def key_of(salt: bytes) -> bytes:
    """The key of fingerprints, made from a salt."""
    return blake2b(salt, digest_size=32).digest()


def fingerprint(digest: bytes, key: bytes) -> str:
    """The fingerprint of a credential.

    Args:
        digest: its SHA-256, which other tools know too.
        key: of the salt.
    """
    return blake2b(digest, key=key, digest_size=8).hexdigest()
