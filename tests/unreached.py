"""Which modules the traced tests reach less than nine tenths of, and why: the last lines of `nox -s coverage`."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ENOUGH = 90
"""Percent of the lines and branches of a module."""

REASONS = {}
"""By the beginning of a module's path, why no more of it is reached. The longest beginning counts."""


def told(percents: Mapping[str, float], reasons: Mapping[str, str]) -> tuple[list[str], bool]:
    """What is reached too little, by its reason.

    Args:
        percents: how much of each module is reached, by its path.
        reasons: by the beginning of a path, why.

    Returns:
        Lines to print, and whether each module has a reason and each reason a module.
    """
    low = {path: percent for path, percent in percents.items() if percent < ENOUGH}
    explained: dict[str, list[str]] = defaultdict(list)
    unexplained = []
    for path in sorted(low):
        beginnings = [beginning for beginning in reasons if path.startswith(beginning)]
        if beginnings:
            explained[max(beginnings, key=len)].append(path)
        else:
            unexplained.append(path)
    lines = [f"{len(low)} of {len(percents)} modules are reached by less than {ENOUGH}%:"]
    for beginning, paths in explained.items():
        least, most = (f"{bound(low[path] for path in paths):.0f}" for bound in (min, max))
        lines.append(f"  {beginning}: {len(paths)}, {least}% to {most}%: {reasons[beginning]}")
    lines += [f"  {path}: {low[path]:.0f}%: NO REASON is given in {Path(__file__).name}" for path in unexplained]
    unneeded = [beginning for beginning in reasons if beginning not in explained]
    lines += [f"  {beginning}: {ENOUGH}% is reached, so the reason in {Path(__file__).name} can go" for beginning in unneeded]
    return lines, not unexplained and not unneeded


def main() -> int:
    """Read what coverage has written as JSON, and tell."""
    files = json.loads(Path(sys.argv[1]).read_text("utf-8"))["files"]
    lines, is_whole = told({path: file["summary"]["percent_covered"] for path, file in files.items()}, REASONS)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
