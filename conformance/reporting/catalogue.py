"""The catalogue of all requirements. `python -m conformance.reporting.catalogue` writes docs/requirements.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.config.profile import Requirement, builtin_profiles, load_profile
from conformance.judging.verdict import outcome_of_deviation

PROFILE = "winter26"

_HEAD = """\
<!-- Written by `python -m conformance.reporting.catalogue` from profiles/. Edit those files, not this one. -->

# Requirements of {title}

{count} requirements. `uv run seasonproof explain {first}` adds the faults that prove the check.

A *must* that is documented or observed decides the verdict. A *should* warns. A *may*, and whatever is only *inferred*,
is shown as *differs* and fails nobody. [Outcomes](outcomes.md) says what each word means.
"""
_TABLE = """\
## {title}

| id | requirement | level | basis | a deviation is |
| --- | --- | --- | --- | --- |
{rows}
"""
_ROW = "| [{r.id}](#{anchor}) | {r.title} | {r.level} | {r.basis} | {outcome} |"
_ENTRY = """\
### {r.id}

**{r.title}.** {r.rationale}

{facts}
"""


def catalogue() -> str:
    """The catalogue as Markdown: for each family a table, then each of its requirements in full."""
    profile = load_profile(PROFILE)
    others = {name: load_profile(name).requirements for name in builtin_profiles() if name != PROFILE}
    title, count, first = profile.title, len(profile.requirements), profile.requirements[0].id
    parts = [_HEAD.format(title=title, count=count, first=first)]
    for family in profile.families:
        rows = [_ROW.format(r=r, anchor=r.id.lower(), outcome=outcome_of_deviation(r)) for r in family.requirements]
        parts.append(_TABLE.format(title=family.title, rows="\n".join(rows)))
        for requirement in family.requirements:
            elsewhere = {n: r.level for n, known in others.items() for r in known if r.id == requirement.id}
            facts = "\n".join(f"- {fact}" for fact in _facts(requirement, elsewhere))
            parts.append(_ENTRY.format(r=requirement, facts=facts))
    return "\n".join(parts)


def write(path: Path) -> Path:
    """Write the catalogue and return its path. The directory is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(catalogue(), "utf-8")
    return path


def _facts(requirement: Requirement, elsewhere: Mapping[str, str]) -> Iterator[str]:
    levels = [requirement.level, *(f"{e} in {n}" for n, e in elsewhere.items() if e != requirement.level)]
    effects = ", ".join(requirement.effects)
    yield f"{', '.join(levels)}; {requirement.basis}; role `{requirement.role}`; effects: {effects}"
    yield f"Remedy: {requirement.remedy}"
    sections = [(source, f", {source.section}" if source.section else "") for source in requirement.sources]
    yield "Sources: " + "; ".join(f"[{source.title}{section}]({source.url})" for source, section in sections)
    for name, value in requirement.parameters.items():
        yield f"Parameter: `{name}: {value}`"


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(__file__).resolve().parents[2] / 'docs' / 'requirements.md')}\n")
