"""What the sources of the requirements said on a day: digests of their sentences, taken from saved pages.

A page is the property of others, so the file holds no sentence of it.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urldefrag

import yaml
from pydantic import Field

from conformance.config.field_types import FileModel
from conformance.config.profile_files import PublicUrl
from conformance.documents import Problem, UsageProblem, check, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.config.profile import Profile

type Cited = tuple[str, str]
"""What a source cites: an address, and the heading in its page; empty where none is named."""

_HEAD = "# What the sources of the requirements said when their pages were saved: seasonproof sources\n"
_LONGEST_NAME = 100


class RecordedPart(FileModel):
    """The part of a page that a source cites, as it was on a day."""

    url: PublicUrl = Field(description="The address of the source.")
    section: str = Field(default="", description="The heading that the source names.")
    found: Literal["anchor", "heading", "page"] = Field(
        description="How the part was found: by the # of the address, by the heading, or not at all: all of the page."
    )
    recorded: date = Field(description="The day.")
    sentences: Annotated[str, Field(pattern=r"^[0-9a-f]{12}( [0-9a-f]{12})*$")] = Field(
        description="The beginning of the SHA-256 of each sentence."
    )

    @property
    def cited(self) -> Cited:
        """Which source this is."""
        return self.url, self.section


class SourcesFile(FileModel):
    """Recorded sources as they are in their file."""

    sources: Literal[1] = Field(description="The version of the format.")
    parts: tuple[RecordedPart, ...] = Field(description="What was recorded of each page, part by part.")


def digests_of(sentences: Iterable[str]) -> dict[str, str]:
    """Each sentence by its digest."""
    return {hashlib.sha256(one.encode("utf-8", "surrogatepass")).hexdigest()[:12]: one for one in sentences}


def cited_by(profile: Profile) -> dict[Cited, list[str]]:
    """What the sources of a profile cite, each with the ids of its requirements."""
    cited: dict[Cited, list[str]] = {}
    for requirement in profile.requirements:
        for source in requirement.sources:
            cited.setdefault((source.url, source.section), []).append(requirement.id)
    return cited


def page_name(url: str) -> str:
    """The name of the file for the page of an address, without `.html`."""
    address = urldefrag(url).url
    name = re.sub(r"[^a-z0-9.]+", "-", address.removeprefix("https://").lower()).strip("-.")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"


def load_recorded(path: Path) -> dict[Cited, RecordedPart]:
    """The recorded parts of a file, by what they cite.

    Raises:
        UsageProblem: it cannot be read, has errors, or records a part twice.
    """
    document = read(path)
    parts = check(document, SourcesFile).parts
    known: dict[Cited, RecordedPart] = {}
    problems: list[Problem] = []
    for position, part in enumerate(parts):
        if known.setdefault(part.cited, part) is not part:
            problems.append((("parts", position, "url"), "is recorded already, with this section; delete one of them"))
    document.refuse(problems)
    return known


def write_recorded(path: Path, parts: Iterable[RecordedPart]) -> None:
    """Write recorded parts.

    Raises:
        UsageProblem: the file cannot be written.
    """
    plain = {"sources": 1, "parts": [one.model_dump(exclude_defaults=True) for one in parts]}
    try:
        path.write_text(_HEAD + yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=116), "utf-8")
    except OSError as error:
        raise UsageProblem([f"{path}: cannot be written: {error.strerror}"]) from None
