"""Print what the changelog says of one version: `python .github/release_notes.py v0.1.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"


def release_notes(changelog: str, tag: str) -> str:
    """The section of a version.

    Args:
        changelog: Markdown with one heading of level two a version, such as `## 0.1.0 (2026-12-01)`.
        tag: the version as git has it, such as `v0.1.0`.

    Raises:
        ValueError: no section is about that version, or it still says that the version is not released.
    """
    version = tag.removeprefix("v")
    dated = f'"## {version} (2026-12-01)", with the day of the release'
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        heading, _, notes = section.partition("\n")
        if heading.split()[:1] == [version]:
            if not re.fullmatch(r"\S+ \(\d{4}-\d\d-\d\d\)", heading):
                raise ValueError(f'CHANGELOG.md: make the heading "## {heading}" {dated}')
            return notes.strip()
    raise ValueError(f"CHANGELOG.md: the tag {tag} has no section; add {dated}")


if __name__ == "__main__":
    try:
        sys.stdout.write(release_notes(CHANGELOG.read_text("utf-8"), sys.argv[1]) + "\n")
    except ValueError as error:
        sys.exit(str(error))
