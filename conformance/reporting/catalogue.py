"""What the profile demands and what may be absent, as documents.

`python -m conformance.reporting.catalogue` writes docs/requirements.md and docs/absent.md, and the counts in README.md
and CHANGELOG.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.config.profile import Requirement, builtin_profiles, load_profile
from conformance.config.target import role_model, role_names
from conformance.judging.statement_schema import write_statement_schema
from conformance.judging.verdict import outcome_of_deviation
from conformance.reference.clients.variants import client_variants
from conformance.reference.variants import variants

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


_ABSENT_HEAD = """\
<!-- Written by `python -m conformance.reporting.catalogue` from conformance/config/roles/. Edit those files. -->

# What may be absent

A target file may say under `absent` what a system does not have. The requirements on it are then
[not applicable](outcomes.md#what-your-system-does-not-have).
"""
_ABSENT_TABLE = """\
## `{role}`

| name | there is no | because | a target file that has it says |
| --- | --- | --- | --- |
{rows}
"""
_ABSENT_ROW = "| `{f.name}` | {f.what} | {why.because} ([{why.source}]({why.url})) | {line} |"


def catalogue() -> str:
    """The catalogue as Markdown: for each family a table, then each of its requirements in full."""
    profile = load_profile(PROFILE, of_clients=True)
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


def absences() -> str:
    """What may be absent from each role, as Markdown."""
    parts = [_ABSENT_HEAD]
    for model in map(role_model, role_names()):
        optional = [(feature, model.line_of(feature)) for feature in model.features if feature.optional is not None]
        rows = [
            _ABSENT_ROW.format(
                f=feature, why=feature.optional, line=f"`{line}`" if line else "nothing: it is looked for"
            )
            for feature, line in optional
        ]
        parts.append(_ABSENT_TABLE.format(role=model.name, rows="\n".join(rows)))
    return "\n".join(parts)


def write(docs: Path) -> list[Path]:
    """Write both documents into a folder, which is made if it is missing, and return their paths."""
    docs.mkdir(parents=True, exist_ok=True)
    texts = {docs / "requirements.md": catalogue(), docs / "absent.md": absences()}
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return list(texts)


def counted(text: str) -> str:
    """A text that quotes a run on the reference, the size of a family or of the proof, with today's counts."""
    profile = load_profile(PROFILE)
    count = len(profile.requirements)
    text = re.sub(r"\(\d+ requirements: \d+ passed\)", f"({count} requirements: {count} passed)", text)
    sizes = {family.title: len(family.requirements) for family in profile.families}
    rows = rf"^({'|'.join(map(re.escape, sizes))})( +)(\d+)( +·)$"
    text = re.sub(rows, lambda row: f"{row[1]}{sizes[row[1]]:{len(row[2] + row[3])}}{row[4]}", text, flags=re.MULTILINE)
    every = [bool(v.kills) for v in variants().values()] + [bool(v.kills) for v in client_variants().values()]
    text = re.sub(r"\d+( faults were put)", rf"{sum(every)}\1", text)
    text = re.sub(r"\d+( servers and clients are unusual)", rf"{len(every) - sum(every)}\1", text)
    for title, size in sizes.items():
        text = re.sub(rf"(\*{title.lower()}\*: )\d+( requirements)", rf"\g<1>{size}\g<2>", text)
    return text


def _facts(requirement: Requirement, elsewhere: Mapping[str, str]) -> Iterator[str]:
    levels = [requirement.level, *(f"{e} in {n}" for n, e in elsewhere.items() if e != requirement.level)]
    effects = ", ".join(requirement.effects)
    yield f"{', '.join(levels)}; {requirement.basis}; role `{requirement.role}`; effects: {effects}"
    for feature in map(role_model(requirement.role).feature, requirement.needs):
        why = feature.optional
        absent = f" It may be absent: {why.because} ([{why.source}]({why.url}))." if why is not None else ""
        yield f"Needs `{feature.name}`: {feature.what}.{absent}"
    yield f"Remedy: {requirement.remedy}"
    sections = [(source, f", {source.section}" if source.section else "") for source in requirement.sources]
    yield "Sources: " + "; ".join(f"[{source.title}{section}]({source.url})" for source, section in sections)
    for name, value in requirement.parameters.items():
        yield f"Parameter: `{name}: {value}`"


if __name__ == "__main__":
    _checkout = Path(__file__).resolve().parents[2]
    for counting in (_checkout / "README.md", _checkout / "CHANGELOG.md"):
        counting.write_text(counted(counting.read_text("utf-8")), "utf-8")
    for written in [*write(_checkout / "docs"), write_statement_schema(_checkout / "profiles" / "schema")]:
        sys.stdout.write(f"{written}\n")
