"""What the docstring of a class says of each attribute, for schemas and references: it is written once."""

from __future__ import annotations

import inspect
import re
from textwrap import dedent

_SECTION = re.compile(r"^Attributes:\n(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^(\w+): (.*?)(?=^\w+: |\Z)", re.MULTILINE | re.DOTALL)


def attributes(described: type) -> dict[str, str]:
    """The attributes of a class by name, each with its sentence: its own, and those of the classes it derives from."""
    found: dict[str, str] = {}
    for one in reversed(described.__mro__):
        section = _SECTION.search(inspect.cleandoc(one.__dict__.get("__doc__") or ""))
        if section is not None:
            found |= {name: _sentence(text) for name, text in _ENTRY.findall(dedent(section[1]))}
    return found


def _sentence(text: str) -> str:
    words = " ".join(text.split())
    return words[:1].upper() + words[1:] if words[:1].islower() else words
