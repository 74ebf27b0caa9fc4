"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a row of headings; empty where it has no rows."""
    lines = ["| " + " | ".join(str(value) for value in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines]) + "\n"


def cell(text: str, source: str = "") -> str:
    """A text for a cell: on one line, with its bars escaped.

    Args:
        text: plain text or Markdown.
        source: the guide that it comes from, where links of it lead nowhere from here; they become plain words.
    """
    if source:
        text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))


def badge(text: str, kind: str = "") -> str:
    """A word in a small frame; its kind, such as `must`, chooses the colour."""
    return f'<span class="badge {escape(kind.replace(" ", "-"))}">{escape(text)}</span>'
