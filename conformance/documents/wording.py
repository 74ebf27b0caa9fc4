"""How messages write the place of a value, and which names they propose."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,30}")
"""What can be shown: a longer text may be a secret."""


def path(at: tuple[str | int, ...]) -> str:
    """A location as people write it: `requirements[3].sources[0].url`."""
    written = ""
    for part in at:
        if isinstance(part, int):
            written += f"[{part}]"
        elif part:
            shown = part if NAME.fullmatch(part) else "…"  # a key that is no name may be a secret in the wrong place
            written += f".{shown}" if written else shown
    return written


def hint(name: str, known: Collection[str]) -> str:
    """The nearest known name and the known names if they are few, to follow a `;`. Empty if none is known."""
    if not known:
        return ""
    listed = list(known)[:12]
    rest = len(known) - len(listed)
    names = ", ".join(listed) + (f" and {rest} more" if rest else "")
    by_form = {_form(one): one for one in known}
    near = get_close_matches(_form(name), by_form, n=1)
    if near:
        return f"did you mean {by_form[near[0]]}?" + (f" Known: {names}" if not rest else "")
    return f"known: {names}"


def _form(name: str) -> str:
    return name.lower().replace("_", "-")
