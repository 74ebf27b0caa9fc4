"""The first page, and the page of each kind of reader."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.config.profile import load_profile
from conformance.reference.clients.variants import client_variants
from conformance.reference.variants import variants
from docs_site.deviations import slug
from docs_site.guides import REPOSITORY, address
from docs_site.people import PEOPLE, Person
from docs_site.pictures import picture
from docs_site.requirements import families

HOME = "docs_site/home.md"


def write_home(out: Path, pictures: Path | None) -> None:
    """Write the first page and those of the readers."""
    (out / "for").mkdir(parents=True, exist_ok=True)
    text = (REPOSITORY / HOME).read_text("utf-8")
    people = "\n".join(f"- [**{person.title}**<br>{person.asks}](for/{person.key}.md)" for person in PEOPLE)
    for name, value in {**_counts(), "people": people, "failure": picture("failure", pictures, "")}.items():
        text = text.replace("{{" + name + "}}", value)
    (out / "index.md").write_text(text, "utf-8")
    for person in PEOPLE:
        (out / "for" / f"{person.key}.md").write_text(_of(person), "utf-8")


# ------------------------------------------------------------------ details


def _counts() -> dict[str, str]:
    """The figures of the first page."""
    every = [bool(v.kills) for v in variants().values()] + [bool(v.kills) for v in client_variants().values()]
    return {
        "servers": str(len(load_profile("winter26").requirements)),
        "requirements": str(sum(len(family.requirements) for family in families())),
        "faults": str(sum(every)),
        "oddities": str(len(every) - sum(every)),
    }


def _of(person: Person) -> str:
    own, also = (
        "\n".join(f"- [**{task}**<br>{_first_sentence(path)}](../{_at(path)})" for task, path in tasks)
        for tasks in (person.own, person.also)
    )
    [family] = [family for family in families() if family.family == person.look_first]
    rows = "\n".join(f"- [{r.id}](../requirements/{r.id}.md) {r.title}" for r in family.requirements[:5])
    return f"""# {person.asks}

<div class="cards" markdown>

{own}

</div>

## Further tasks

<div class="cards" markdown>

{also}

</div>

## What is at stake

{family.title}, {len(family.requirements)} [requirements](../requirements/{family.family}.md), of which the first are:

{rows}
"""


def _at(path: str) -> str:
    file, mark, anchor = path.partition("#")
    return f"{address(file)}{mark}{anchor}"


def _first_sentence(path: str) -> str:
    """How a guide, or a section of it, begins: without links."""
    file, _, anchor = path.partition("#")
    text = (REPOSITORY / file).read_text("utf-8")
    if anchor:
        text = next(
            part for part in re.split(r"^#+ ", text, flags=re.MULTILINE) if slug(part.partition("\n")[0]) == anchor
        )
        text = text.partition("\n")[2]
    text = re.sub(r"<!--.*?-->|```.*?```|^\|[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    paragraph = next(part for part in re.split(r"\n\s*\n", text) if part.strip() and not part.lstrip().startswith("#"))
    plain = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
    return re.split(r"(?<=[.:?]) (?=[A-Z`])", plain)[0].rstrip(":")
