"""Which real systems deviate from a requirement, read from the tables of docs/interop.md."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

GUIDE = "docs/interop.md"
SHARED = "Binary files"
"""The section whose own table has what most of its systems do; each of them names what it shares."""
_OF_THE_LIST = re.compile(r"Of the list above: (all but )?([A-Z]{3}-\d+(?:(?:, | and )\d+)*)")
_SAME = "As most of the stores."
_DEVIATES = ("failed", "warned", "differs")
_IDS = re.compile(r"([A-Z]{3})-(\d+)|(?:\bto |, |and )(\d+)")
_BY_A_CLIENT = re.compile(r"((?:[A-Z]{3}-\d+(?: and )?)+) (warned|differs?|failed)")


@dataclass(frozen=True, slots=True)
class Deviation:
    """What one system, or one kind of systems, does instead.

    Attributes:
        system: its name and version.
        outcome: `failed`, `warned` or `differs`.
        does: what it does.
        because: the sentence that it breaks, and whose mistake it is; may be empty.
        anchor: where the guide has it.
    """

    system: str
    outcome: str
    does: str
    because: str
    anchor: str


def deviations(repository: Path) -> Mapping[str, list[Deviation]]:
    """The deviations from each requirement, in the order of the guide."""
    found: dict[str, list[Deviation]] = defaultdict(list)
    for identifier, deviation in _read((repository / GUIDE).read_text("utf-8")):
        found[identifier].append(deviation)
    return found


def slug(heading: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\- ]", "", heading.lower()).strip())


def identifiers(cell: str) -> list[str]:
    """The requirements that a cell names: `CCS-51 to 54, 56` are five."""
    names: list[str] = []
    prefix, last = "", 0
    for match in _IDS.finditer(cell):
        if match[1]:
            prefix, last = match[1], int(match[2])
            names.append(match[0])
        elif prefix:
            number = int(match[3])
            first = last + 1 if match[0].startswith("to ") else number
            names += [f"{prefix}-{n:02}" for n in range(first, number + 1)]
            last = number
    return names


# ------------------------------------------------------------------ details


def _read(text: str) -> Iterator[tuple[str, Deviation]]:
    heading, section, before = "", "", [""]
    shared: dict[str, Deviation] = {}
    for line in text.splitlines():
        if title := re.match(r"(##+) (.+)", line):
            heading, section = title[2], (title[2] if title[1] == "##" else section)
        elif line.startswith("| "):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            before = [cells[0] or before[0], *cells[1:]]  # a row without a name goes on about the one above
            for identifier, deviation in _row(before, heading):
                if heading == section == SHARED:
                    shared[identifier] = deviation
                does = deviation.does or (_SAME if identifier in shared else "")
                yield identifier, replace(deviation, does=does)
        elif also := _OF_THE_LIST.search(line):
            named = identifiers(also[2])
            for identifier in [one for one in shared if one not in named] if also[1] else named:
                one = shared[identifier]
                yield identifier, Deviation(heading, one.outcome, _SAME, "", slug(heading))


def _row(cells: list[str], heading: str) -> Iterator[tuple[str, Deviation]]:
    if len(cells) < 3:
        return
    anchor = slug(heading)
    because = cells[3] if len(cells) > 3 else ""
    if re.match(r"[A-Z]{3}-\d+", cells[0]) and cells[1].startswith(_DEVIATES):
        system = "most of the stores" if heading == SHARED else heading
        outcome = cells[1].partition(" ")[0]
        for identifier in identifiers(cells[0]):
            yield identifier, Deviation(system, outcome, cells[2], because, anchor)
    elif heading == "Clients" and (named := _BY_A_CLIENT.match(cells[2])):
        outcome = {"differ": "differs"}.get(named[2], named[2])
        does = cells[2].partition(": ")[2]
        for identifier in identifiers(named[1]):
            yield identifier, Deviation(cells[0], outcome, does[:1].upper() + does[1:], because, anchor)
    elif heading == "Tried by hand" and re.fullmatch(r"none|[\d, ]+", cells[1]):
        for outcome, numbers in (("failed", cells[1]), ("warned", cells[2])):
            for number in re.findall(r"\d+", numbers):
                yield f"BIN-{number}", Deviation(cells[0], outcome, "", "", anchor)
