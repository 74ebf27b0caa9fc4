"""What a guide has its reader do: the commands in its blocks and the files that it says to save, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:uv|uvx|pip|pytest|seasonproof|export|sf|curl|docker|mitmdump|mkdir|while|kubectl|duckdb)\b")
_SAVED = re.compile(r"Save this as `([\w./-]+)`")


@dataclass(frozen=True)
class Typed:
    """A command, without the comment behind it."""

    line: str


@dataclass(frozen=True)
class Shown:
    """A block with a language.

    Attributes:
        text: what stands in it.
        name: the file as which the guide says to save it; empty where it does not.
    """

    text: str
    name: str


def guides() -> list[Path]:
    """README, the guide for contributors, and the guides that have commands."""
    found = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    return [path for path in found if any(isinstance(step, Typed) for step in steps(path))]


def steps(guide: Path) -> Iterator[Typed | Shown]:
    """What the guide has its reader do, from its first line to its last."""
    text = guide.read_text("utf-8")
    begin = 0
    for block in _BLOCK.finditer(text):
        before, begin = text[begin : block.start()], block.end()
        content = re.sub(f"^{block['indent']}", "", block["text"], flags=re.MULTILINE)
        if block["language"]:
            saved = _SAVED.findall(before)
            yield Shown(content, saved[-1] if saved else "")
            continue
        for line in content.splitlines():
            if _COMMAND.match(line):
                yield Typed(re.sub(r"\s+# .*$", "", line))
