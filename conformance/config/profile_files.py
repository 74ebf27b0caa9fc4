"""Profiles and families as they stand in their files."""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from conformance.config.field_types import FileModel

type Level = Literal["must", "should", "may"]
type Basis = Literal["documented", "observed", "inferred"]
type Effect = Literal["reads", "creates", "rotates", "deletes"]
type Role = Literal[
    "single_access",
    "token_endpoint",
    "staged_credentials",
    "file_service",
    "business_system",
    "api_client",
    "token_client",
    "rotation_client",
    "file_client",
    "polling_client",
]
type Parameters = dict[str, StrictBool | StrictInt | StrictFloat | StrictStr]

_PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home", ".corp", ".test", ".invalid")


@lru_cache(maxsize=4096)  # the statements of a fleet name the same sources over and over
def public_https(url: str) -> str:
    """An address that anybody can open, as it is.

    Raises:
        ValueError: it is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme != "https" or parts.username is not None or not _is_public(host):
        raise ValueError("must be an https address on a public host, which a reader can open")
    return url


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return bool(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host)) and not host.endswith(_PRIVATE_ENDINGS)


def _pattern(pattern: str, says: str) -> AfterValidator:
    def matches(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError(says)
        return value

    return AfterValidator(matches)


type Text = Annotated[str, Field(min_length=1)]
type PublicUrl = Annotated[
    str, AfterValidator(public_https), Field(json_schema_extra={"format": "uri", "pattern": "^https://"})
]
type RequirementId = Annotated[
    str,
    _pattern(r"[A-Z]{3}-[0-9]{2,3}", "must be three capital letters, a hyphen and two or three digits, such as SAB-01"),
    Field(json_schema_extra={"pattern": "^[A-Z]{3}-[0-9]{2,3}$"}),
]
type FileStem = Annotated[
    str,
    _pattern(r"[a-z0-9][a-z0-9-]*", "must be lower-case letters, digits and hyphens, as in a file name without .yaml"),
    Field(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9-]*$"}),
]


class Source(FileModel):
    """Where a requirement comes from: something that anybody can open and read."""

    title: Text = Field(description="What the document is called.")
    url: PublicUrl = Field(description="Its public https address.")
    section: str = Field(default="", description="The heading under which the sentence stands.")


class Statement(FileModel):
    """One requirement as it stands in a family file."""

    id: RequirementId = Field(description="Permanent: never a position, never reused.")
    title: Text = Field(description="What holds, as a sentence without its full stop.")
    level: Level = Field(description="How binding it is, in the words of RFC 2119.")
    basis: Basis = Field(
        description="Whether a source says it, somebody saw it, or it follows from what a source says."
    )
    role: Role = Field(description="What the thing under test plays.")
    effects: tuple[Effect, ...] = Field(min_length=1, description="What its test does to the target.")
    needs: tuple[str, ...] = Field(
        default=(), description="The features of the role without which it does not apply, or cannot be tested."
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is written.")
    beside: bool = Field(
        default=False, description="Whether it is about a system beside the target, so that no verdict waits for it."
    )
    rationale: Text = Field(description="Why it matters, in one sentence.")
    remedy: Text = Field(description="How to fix what does not fit, in one sentence.")
    parameters: Parameters = Field(default={}, description="Figures of its test which a profile may override.")


class FamilyFile(FileModel):
    """A family as it stands in its file."""

    family: FileStem = Field(description="Its name: the file's name without .yaml.")
    title: Text = Field(description="Its name in reports.")
    requirements: tuple[Statement, ...] = Field(min_length=1, description="What it demands, each with its own id.")


class Override(FileModel):
    """What a profile says differently about a requirement; never its basis, which says what the source is."""

    level: Level | None = Field(default=None, description="The level in this profile.")
    parameters: Parameters = Field(
        default={}, description="The figures to replace; each one exists in the requirement."
    )


class ProfileFile(FileModel):
    """A profile as it stands in its file."""

    profile: FileStem = Field(description="Its name: the file's name without .yaml.")
    title: Text = Field(description="Its name in reports.")
    release: Text = Field(description="The Salesforce release that it speaks of.")
    extends: Text | None = Field(
        default=None, description="A built-in profile's name, or a path relative to this file."
    )
    clients: FileStem | None = Field(
        default=None, description="The profile beside this file of what is demanded of a target that is a client."
    )
    families: tuple[FileStem, ...] = Field(default=(), description="Family files beside this file, without .yaml.")
    overrides: dict[str, Override] = Field(default={}, description="What differs, by requirement id.")
    dialects: bool | None = Field(
        default=None,
        description="Whether what a target's dialect is known for is waived; if left out, as in the extended profile.",
    )
