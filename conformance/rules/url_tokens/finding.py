"""What the detector reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CWE = "CWE-598"
"""Use of a GET request method with sensitive query strings: https://cwe.mitre.org/data/definitions/598.html"""

URL, REPEATED_URL = "TIU-01", "TIU-02"
"""The requirements: no credential in a request URL; none in a header that repeats one, nor where a stream is opened."""


class Level(StrEnum):
    """How bad a finding is; what is clean has none."""

    LEAK = "leak"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One credential at one place. No member holds a secret.

    Attributes:
        rule: the rule that found it, L1 to L8 and W1 to W4.
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
