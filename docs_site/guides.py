"""The guides as the site has them: their text as it is, with links that lead to pages of the site."""

from __future__ import annotations

import os.path
import re
import shutil
from pathlib import Path, PurePosixPath

from conformance.documents import UsageProblem
from docs_site.people import placed
from docs_site.pictures import picture

REPOSITORY = Path(__file__).resolve().parents[1]
CATALOGUE = "docs/requirements.md"
"""The one guide that the site has in another form: a page for each requirement."""

_LINK = re.compile(r"(\]\()([^)\s:#]*)(#[^)\s]*)?(\))")
_CODE = re.compile(r"^( *)(```.*?^\1```$)", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"^<!-- picture: ([\w-]+) -->\n?", re.MULTILINE)
_COMMENT = re.compile(r"^<!-- .*? -->\n+", re.DOTALL)


def address(path: str) -> str:
    """Where the site has a file of the repository, as a path below its root."""
    if path.startswith("docs/"):
        return "guides/" + path.removeprefix("docs/")
    return f"project/{path}" if "/" not in path and path.endswith(".md") else f"files/{path}"


def write_guides(out: Path, pictures: Path | None) -> None:
    """Write every guide, and each file that one leads to, below a folder.

    Raises:
        UsageProblem: a guide has no place in the navigation, or a link leads nowhere.
    """
    there = {f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")} - {CATALOGUE}
    if lost := sorted(there - set(placed())):
        raise UsageProblem([f"{path}: nobody finds it: give it a place in docs_site/people.py" for path in lost])
    for path in placed():
        target = out / address(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_as_page((REPOSITORY / path).read_text("utf-8"), path, out, pictures), "utf-8")


def linked(text: str, source: str, out: Path) -> str:
    """A text of the repository with links for the site; files that it leads to are copied there.

    Args:
        text: Markdown.
        source: the file that it is in, as a path in the repository.
        out: the folder of the site's pages.
    """
    here = PurePosixPath(address(source)).parent

    def to_the_site(found: re.Match[str]) -> str:
        if not found[2]:
            return found[0]
        path = os.path.normpath(f"{PurePosixPath(source).parent}/{found[2]}")
        page, anchor = _place(path, found[3] or "", source, out)
        return f"{found[1]}{os.path.relpath(page, here)}{anchor}{found[4]}"

    return _LINK.sub(to_the_site, text)


# ------------------------------------------------------------------ details


def _as_page(text: str, source: str, out: Path, pictures: Path | None) -> str:
    text = _COMMENT.sub("", text)
    parts, end = [], 0
    for block in _CODE.finditer(text):  # what is in a block of code is no link
        parts += [linked(text[end : block.start()], source, out), block[0]]
        end = block.end()
    text = "".join([*parts, linked(text[end:], source, out)])
    text = _PICTURE.sub(lambda found: f"\n{picture(found[1], pictures, '../')}\n", text)
    return _in_lists(text)


def _in_lists(text: str) -> str:
    """Code that belongs to an item of a list, indented as far as this dialect of Markdown wants it."""
    lines, in_list = [], False
    for line in text.splitlines():
        if re.match(r"\d+\. ", line):
            in_list = True
        elif line and not line.startswith(" "):
            in_list = False
        lines.append(f" {line}" if in_list and line.startswith("   ") else line)
    return "\n".join(lines) + "\n"


def _place(path: str, anchor: str, source: str, out: Path) -> tuple[str, str]:
    """The page of the site that stands for a file, and the anchor there."""
    if path == CATALOGUE:
        identifier = anchor.removeprefix("#").upper()
        if re.fullmatch(r"[A-Z]+-\d+", identifier):
            return f"requirements/{identifier}.md", ""
        return "requirements/index.md", anchor
    if path == "README.md":
        return "index.md", ""
    if path in placed():
        return address(path), anchor
    found = REPOSITORY / path
    if not found.is_file():
        raise UsageProblem([f"{source}: a link leads to {path}, where there is no file"])
    target = out / address(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found, target)
    return address(path), anchor
