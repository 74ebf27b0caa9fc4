"""Which modules the traced tests reach less than nine tenths of, and why: the last lines of `nox -s coverage`."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ENOUGH = 90
"""Percent of the lines and branches of a module."""

REASONS = {
    "conformance/commands/": "`rehearsal`, `interop`, `live` and the proof run them, where nothing is traced",
    "conformance/config/field_types.py": "what is written wrongly in rare ways",
    "conformance/config/roles/record_fields.py": "what is written wrongly in rare ways",
    "conformance/config/schemas.py": "`docs` writes the schemas",
    "conformance/documents/package_data.py": "where the data lies in an installed package: `package`",
    "conformance/judging/resuming.py": "the proof cuts runs off and takes them up again",
    "conformance/plugin/": "the proof cuts runs off, takes them up again, and spreads them over processes",
    "conformance/reference/": "the proof's deviations, hang-ups and nonsense reach these answers",
    "conformance/reference/clients/": "the proof runs the clients against every scenario",
    "conformance/reference/variants/": "the proof runs each fault and each oddity",
    "conformance/reporting/allure_description.py": "`browser` looks at rare outcomes",
    "conformance/reporting/fleet/markdown.py": "the proof merges fleets",
    "conformance/reporting/other_statements.py": "the proof states rare outcomes",
    "conformance/rules/change_feed.py": "what the reference does right, the proof's faults do wrong",
    "conformance/rules/clients/": "the proof judges the clients by them",
    "conformance/rules/file_answer.py": "what the reference does right, the proof's faults do wrong",
    "conformance/rules/overload.py": "what the reference does right, the proof's faults do wrong",
    "conformance/suites/": "what a deviation reaches: the proof's faults, and `interop`",
    "conformance/suites/clients/": "the proof judges the clients by them, and `interop` those of others",
    "conformance/traffic/audit/dask_engine.py": "the proof starts a cluster of real processes",
    "conformance/traffic/audit/journaling.py": "the proof kills audits",
    "conformance/traffic/audit/readers/": "damage of rare kinds: the properties, and `fuzz`",
    "conformance/traffic/captures.py": "damage of rare kinds: the properties, and `fuzz`",
    "conformance/traffic/replay.py": "damage of rare kinds: the properties, and `fuzz`",
    "conformance/traffic/unpacking.py": "damage of rare kinds: the properties, and `fuzz`",
    "proxy_addons/": "mitmproxy loads them in a process of its own: `live`",
}
"""By the beginning of a module's path, why no more of it is reached. The longest beginning counts."""


def told(percents: Mapping[str, float], reasons: Mapping[str, str]) -> tuple[list[str], bool]:
    """What is reached too little, by its reason.

    Args:
        percents: how much of each module is reached, by its path.
        reasons: by the beginning of a path, why.

    Returns:
        Lines to print, and whether each module has a reason.
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
        least, most = (int(bound(low[path] for path in paths)) for bound in (min, max))  # 89.9% is not 90%
        lines.append(f"  {beginning}: {len(paths)}, {least}% to {most}%: {reasons[beginning]}")
    lines += [f"  {path}: {int(low[path])}%: no reason is given in {Path(__file__).name}" for path in unexplained]
    unneeded = [beginning for beginning in reasons if beginning not in explained]
    lines += [
        f"  {beginning}: {ENOUGH}% is reached, so the reason in {Path(__file__).name} can go" for beginning in unneeded
    ]
    return lines, not unexplained


def main() -> int:
    """Read what coverage has written as JSON, and tell."""
    files = json.loads(Path(sys.argv[1]).read_text("utf-8"))["files"]
    lines, is_explained = told({path: file["summary"]["percent_covered"] for path, file in files.items()}, REASONS)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if is_explained else 1


if __name__ == "__main__":
    sys.exit(main())
