"""Accepted places of findings, as a file that somebody completes: by place and never by secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

_MEMBERS = ("rule", "host", "path_template", "parameter")
_HEAD = "# Places at which findings are accepted. Give each one a reason and a last day, such as 2027-03-31.\n"


def write_baseline(path: str, found: Iterable[Mapping[str, str]]) -> int:
    """Write findings as accepted places, each once.

    Args:
        path: the file.
        found: findings as plain mappings.

    Returns:
        How many places were written.
    """
    places = {tuple(str(finding[member]) for member in _MEMBERS): None for finding in found}
    entries = [{**dict(zip(_MEMBERS, place, strict=True)), "reason": "", "until": ""} for place in places]
    Path(path).write_text(_HEAD + yaml.safe_dump({"accepted": entries}, sort_keys=False, allow_unicode=True), "utf-8")
    return len(entries)
