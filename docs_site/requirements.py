"""A page for each requirement: the sentence, why, how to fix it, what proves the check, and who deviates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from conformance.config.profile import Family, Requirement, load_profile
from conformance.config.target import role_model
from conformance.judging.verdict import outcome_of_deviation
from conformance.reporting.explanation import Proof, proof_of
from docs_site.deviations import GUIDE, Deviation, deviations
from docs_site.guides import REPOSITORY, address
from docs_site.markup import badge, cell, table

PROFILE = "winter26"


def families() -> tuple[Family, ...]:
    """All families of the profile: those on servers first, then those on clients and on traffic."""
    every, on_servers = load_profile(PROFILE, of_clients=True).families, load_profile(PROFILE).families
    first = {family.family for family in on_servers}
    return tuple(sorted(every, key=lambda family: family.family not in first))


def write_requirements(out: Path) -> None:
    """Write the index, a page for each family, and a page for each requirement."""
    folder = out / "requirements"
    folder.mkdir(parents=True, exist_ok=True)
    by_id = deviations(REPOSITORY)
    (folder / "index.md").write_text(_index(), "utf-8")
    for family in families():
        (folder / f"{family.family}.md").write_text(_family(family), "utf-8")
        for requirement in family.requirements:
            page = _page(requirement, family, by_id.get(requirement.id, []))
            (folder / f"{requirement.id}.md").write_text(page, "utf-8")


# ------------------------------------------------------------------ details


def _index() -> str:
    every = families()
    count = sum(len(family.requirements) for family in every)
    rows = [
        (f"[{f.title}]({f.family}.md)", f"`{f.requirements[0].role}`", len(f.requirements), _levels(f)) for f in every
    ]
    return f"""# Requirements of {load_profile(PROFILE).title}

{count} requirements, each with a page: the sentence, why it matters, how to fix a deviation, what proves the check,
its sources, and the real systems that deviate. Search for an id, such as `SAB-01`, or for words.

{table(("family", "role", "requirements", "must · should · may"), rows)}

A *must* that is documented or observed decides the verdict. A *should* warns. A *may*, and whatever is only *inferred*,
is shown as *differs* and fails nobody. [Outcomes]({_guide("outcomes")}) says what each word means.
"""


def _levels(family: Family) -> str:
    return " · ".join(str(sum(r.level == level for r in family.requirements)) for level in ("must", "should", "may"))


def _family(family: Family) -> str:
    rows = [
        (f"[{r.id}]({r.id}.md)", cell(r.title), r.level, r.basis, outcome_of_deviation(r)) for r in family.requirements
    ]
    head = ("id", "requirement", "level", "basis", "a deviation is")
    return f"# {family.title}\n\n{len(family.requirements)} requirements.\n\n{table(head, rows)}"


def _page(requirement: Requirement, family: Family, found: list[Deviation]) -> str:
    r = requirement
    badges = " ".join(
        (badge(r.level, r.level), badge(r.basis), badge(f"a deviation: {outcome_of_deviation(r)}"), badge(r.role))
    )
    sections = {
        "Why": r.rationale,
        "How to fix": r.remedy,
        "When it applies": _needs(r),
        "What proves the check": _proof(r, proof_of(r)),
        "Sources": "\n".join(f"- [{s.title}{', ' + s.section if s.section else ''}]({s.url})" for s in r.sources),
        "Real systems that deviate": _deviations(found),
        "Try it": _commands(r, proof_of(r)),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items() if text)
    return f"""---
title: "{r.id}: {r.title}"
---

# {r.id}: {r.title}

{badges}

{body}

[All requirements on {family.title[0].lower()}{family.title[1:]}]({family.family}.md)
"""


def _needs(requirement: Requirement) -> str:
    return "\n".join(_lines_of_needs(requirement))


def _lines_of_needs(requirement: Requirement) -> Iterator[str]:
    model = role_model(requirement.role)
    for feature in map(model.feature, requirement.needs):
        line = model.line_of(feature)
        declared = f"The target file declares it as `{line}`." if line else "The suite looks for it."
        yield f"- It needs {feature.what}. {declared}"
        if why := feature.optional:
            yield f"  Where there is none, say `{model.name}.absent: [{feature.name}]`: {why.because}"
            yield f"  ([{why.source}]({why.url}))."
    effects = ", ".join(requirement.effects)
    parameters = "".join(
        f" `{name}: {value}` is a parameter of the profile." for name, value in requirement.parameters.items()
    )
    yield f"- What the test does to the target: {effects}.{parameters}"


def _proof(requirement: Requirement, proof: Proof) -> str:
    faults = table(("fault", "what is wrong"), [(f"`{name}`", cell(says)) for name, says in proof.faults])
    return f"""The check catches each of these, and no other fault trips it unless it is listed here:

{faults}
It spares {proof.spared} that are unusual and correct. The tests of the project run this proof each time.
"""


def _deviations(found: list[Deviation]) -> str:
    if not found:
        return "None of the [real systems that were tried](" + _guide("interop") + ")."
    where = _guide("interop")
    rows = [
        (f"[{cell(d.system)}]({where}#{d.anchor})", badge(d.outcome, d.outcome), _away(d.does), _away(d.because))
        for d in found
    ]
    return table(("system", "outcome", "what it does", "whose mistake it is"), rows)


def _commands(requirement: Requirement, proof: Proof) -> str:
    run = f"uv run pytest --profile={PROFILE}"
    lines = [f"uv run seasonproof explain {requirement.id}"]
    if proof.of_clients:
        lines.append(f"{run} --client='python sync.py' --client-role={requirement.role} --require={requirement.id}")
    elif proof.faults:
        lines.append(f"{run} --target=acme.yaml --require={requirement.id}")
        lines.append(f"{run} --variant={proof.faults[0][0]} --require={requirement.id}   # see it fail")
    return "```\n" + "\n".join(lines) + "\n```"


def _guide(name: str) -> str:
    return f"../{address(f'docs/{name}.md')}"


_away = partial(cell, source=GUIDE)
