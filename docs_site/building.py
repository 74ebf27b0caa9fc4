"""From the guides and the code to a folder of HTML."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.config.profile import Family
from conformance.documents import UsageProblem
from docs_site.guides import REPOSITORY, address, write_guides
from docs_site.home import write_home
from docs_site.links import broken_links
from docs_site.people import PEOPLE, PROJECT, START
from docs_site.pictures import make_pictures
from docs_site.reference import PAGES, write_reference
from docs_site.requirements import families, write_requirements

HERE = Path(__file__).resolve().parent
SETTINGS = "zensical.toml"

_COLOURS = re.compile(r"(\x1b|\\x1b)\[[\d;]*m")

type Nav = list[dict[str, "str | Nav"]]


def build(out: Path, *, with_pictures: bool) -> Path:
    """Build the site, check its links, and return its folder.

    Args:
        out: the folder of everything that is built; the site is in `site` there.
        with_pictures: whether its pictures are made, which takes a minute and needs Chromium.

    Raises:
        UsageProblem: something is missing, or a link is broken; all of them.
    """
    out = out.resolve()
    pages, site = out / "pages", out / "site"
    for old in (pages, site):
        if old.exists() and not (out / SETTINGS).is_file():
            raise UsageProblem([f"{old} exists, and was not built by this; choose another folder with --out"])
        shutil.rmtree(old, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / SETTINGS).write_text(_settings(), "utf-8")
    pictures = pages / "pictures" if with_pictures else None
    if pictures is not None:
        make_pictures(pictures)
    write_home(pages, pictures)
    write_guides(pages, pictures)
    write_requirements(pages)
    write_reference(pages)
    shutil.copytree(HERE / "assets", pages / "assets")
    _run_zensical(out / SETTINGS)
    if broken := list(broken_links(site)):
        raise UsageProblem(broken)
    return site


def navigation() -> Nav:
    """The tabs of the site, each with its pages."""
    tabs = [_tab("Start", ("Overview", "index.md"), *_tasks(START))]
    tabs += [_tab(p.title, ("Overview", f"for/{p.key}.md"), *_tasks(p.own)) for p in PEOPLE]
    requirements: Nav = [{"Overview": "requirements/index.md"}]
    tabs.append({"Requirements": requirements + [_family(family) for family in families()]})
    tabs.append(_tab("Reference", *((title, f"reference/{name}") for name, title in PAGES.items())))
    tabs.append(_tab("Project", *_tasks(PROJECT)))
    return tabs


# ------------------------------------------------------------------ details


def _tab(title: str, *pages: tuple[str, str]) -> dict[str, str | Nav]:
    return {title: [{name: path} for name, path in pages]}


def _tasks(tasks: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((task, address(path)) for task, path in tasks)


def _family(family: Family) -> dict[str, str | Nav]:
    pages = ((f"{r.id} {r.title}", f"requirements/{r.id}.md") for r in family.requirements)
    return _tab(family.title, ("Overview", f"requirements/{family.family}.md"), *pages)


def _settings() -> str:
    text = (HERE / SETTINGS).read_text("utf-8")
    return text.replace("nav = []", f"nav = {_toml(navigation())}")


def _toml(value: str | Nav | dict[str, str | Nav]) -> str:
    """A value as TOML has it on one line; its texts are those of JSON."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return "[" + ", ".join(map(_toml, value)) + "]"


def _run_zensical(settings: Path) -> None:
    """Turn the pages into HTML, in an environment of its own, so that nobody else waits for its thousands of icons."""
    uv = shutil.which(os.environ.get("UV", "uv"))
    if uv is None:
        raise UsageProblem(["uv is not installed: pip install uv"])
    command = [uv, "run", "--quiet", "--isolated", "--only-group=site", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(
        [*command, f"--config-file={settings}"], cwd=REPOSITORY, capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        said = _COLOURS.sub("", done.stdout + done.stderr).partition("Traceback")[0]
        raise UsageProblem([f"zensical ended with exit code {done.returncode}:\n{said}"])
