"""What people read is plain English: short, active, the common word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
READ = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md")),
    *sorted((REPOSITORY / "docs").glob("*.md")),
    *sorted((REPOSITORY / "profiles").glob("*.yaml")),
]
PLAINER = {
    r"whoever": "anybody who, or name the person or the program",
    r"mend(s|ed|ing)?": "fix",
    r"(comes|came|come) to (the|a|an|it|its|something|nothing)": "name the outcome",
    r"stands? (in|at|beside|there|alone|below|above)": "is",
    r"as (it|they) stands?": "unchanged",
    r"cut off has left": "an interrupted run has left",
    r"(?<!there )is no (?!longer|more|less)\w+": "is not",
    r"all the same": "still, or anyway",
    r"anew": "again",
    r"nothing is said": "name what is not mentioned",
    r"(by|from|in|at|with|serve) (GET|POST|PUT|HEAD|OPTIONS|the form|the body|case) alone": "only, before the word",
}
"""Phrases that a reader stumbles over, and what to write instead."""


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_a_page_uses_the_common_word(path: Path) -> None:
    found = [
        f"{path.name}:{number}: {match[0]!r}: write {instead}"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for phrase, instead in PLAINER.items()
        if (match := re.search(rf"\b{phrase}\b", line, re.IGNORECASE)) is not None
    ]
    assert found == []


def messages(path: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module, with their lines: whatever is no docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.lineno, node.value


def test_a_message_uses_the_common_word() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{line}: {match[0]!r}: write {instead}"
        for folder in ("conformance", "proxy_addons")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for line, text in messages(path)
        for phrase, instead in PLAINER.items()
        if (match := re.search(rf"\b{phrase}\b", text, re.IGNORECASE)) is not None
    ]
    assert found == []
