"""What a statement says of what was asked, and of what was judged by it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from conformance.config.profile_files import Basis, Effect, Level, Source
from conformance.documents.fresh_copies import FreshCopies


class Record(FreshCopies, BaseModel):
    """A part of a statement: nothing in it is unknown, nothing in it changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StatedFamily(Record):
    """A family of the profile."""

    family: Annotated[str, Field(description="Its name.")]
    title: Annotated[str, Field(description="Its name in reports.")]


class StatedProfile(Record):
    """What was asked for."""

    name: Annotated[str, Field(description="Such as winter26.")]
    title: Annotated[str, Field(description="Its name in reports.")]
    release: Annotated[str, Field(description="The Salesforce release that it speaks of.")]
    digest: Annotated[str, Field(description="SHA-256 over everything that the profile says.")]
    families: Annotated[tuple[StatedFamily, ...], Field(description="Its families, in their order.")]
    requirements: Annotated[dict[str, int], Field(description="How many requirements it has on each role.")]


class StatedTarget(Record):
    """What was judged."""

    name: Annotated[str, Field(description="What reports call it.")]
    about: Annotated[str, Field(description="Where it is or what it did, in one redacted phrase.")]
    roles: Annotated[tuple[str, ...], Field(description="The roles that it plays.")]
    digest: Annotated[str, Field(description="SHA-256 over its file without its secrets; empty without a file.")] = ""
    selected: Annotated[int, Field(description="How many requirements were chosen on it.")] = 0
    owner: Annotated[str, Field(description="Whose target it is, as its file says; empty where it does not.")] = ""
    labels: Annotated[dict[str, str], Field(description="The labels of its file.")] = {}


class StatedRequirement(Record):
    """A requirement in the words that it was judged by."""

    id: Annotated[str, Field(description="Permanent: never a position, never reused.")]
    family: Annotated[str, Field(description="The family that it belongs to.")]
    title: Annotated[str, Field(description="What holds, as a sentence without its full stop.")]
    level: Annotated[Level, Field(description="How binding it is, in the words of RFC 2119.")]
    basis: Annotated[
        Basis, Field(description="Whether a source says it, somebody saw it, or it follows from what a source says.")
    ]
    role: Annotated[str, Field(description="What the thing under test plays.")]
    effects: Annotated[tuple[Effect, ...], Field(description="What its test does to the target.")] = ()
    sources: Annotated[tuple[Source, ...], Field(min_length=1, description="Where it is written.")]
    rationale: Annotated[str, Field(description="Why it matters, in one sentence.")]
    remedy: Annotated[str, Field(description="How to fix what does not fit, in one sentence.")]
    digest: Annotated[str, Field(description="SHA-256 over everything that the requirement says.")]
    beside: Annotated[bool, Field(description="Whether it is about a system beside the target.")] = False
    proofs: Annotated[tuple[str, ...], Field(description="The faults of the reference that its test catches.")] = ()
