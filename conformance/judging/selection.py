"""Which requirements of a profile are chosen: by id, family, role and level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.config.profile import Profile, Requirement

LEVELS = ("must", "should", "may")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for. A requirement is chosen where each of the fields that are given has a value that fits it.

    Attributes:
        require: ids such as `SAB-01`, their beginnings such as `SAB`, or patterns such as `SAB-*`.
        families: names of families.
        roles: names of roles.
        level: this level and above.
    """

    require: Sequence[str] = ()
    families: Sequence[str] = ()
    roles: Sequence[str] = ()
    level: str | None = None

    def __str__(self) -> str:
        """The options, as they stand on the command line."""
        given = [("require", self.require), ("family", self.families), ("role", self.roles)]
        words = [f"--{name}={value}" for name, values in given for value in values]
        return " ".join([*words, f"--level={self.level}"] if self.level else words)


def choose(profile: Profile, selection: Selection) -> frozenset[str]:
    """The ids of what is chosen.

    Raises:
        UsageProblem: a name is unknown, with those nearest to it, or nothing is left; every problem at once.
    """
    by_family = {family.family: {one.id for one in family.requirements} for family in profile.families}
    by_role: dict[str, set[str]] = {}
    for requirement in profile.requirements:
        by_role.setdefault(requirement.role, set()).add(requirement.id)
    ids = [requirement.id for requirement in profile.requirements]
    known = [*ids, *dict.fromkeys(identifier.partition("-")[0] for identifier in ids)]
    problems: list[str] = []
    chosen = set(ids)
    for option, what, values, find, names in (
        ("--require", "no requirement", selection.require, lambda value: _like(value, ids), known),
        ("--family", "no family", selection.families, lambda value: by_family.get(value, set()), list(by_family)),
        ("--role", "nothing on the role", selection.roles, lambda value: by_role.get(value, set()), list(by_role)),
    ):
        chosen &= _united(option, f"{profile.name} has {what}", values, find, names, problems) if values else chosen
    if problems:
        raise UsageProblem(problems)
    chosen = {identifier for identifier in chosen if _is_of_level(profile.requirement(identifier), selection.level)}
    if not chosen:
        raise UsageProblem([f"{selection}: these leave nothing of {profile.name} to test; leave one of them out"])
    return frozenset(chosen)


def _united(
    option: str,
    none: str,
    values: Sequence[str],
    find: Callable[[str], Collection[str]],
    names: Collection[str],
    problems: list[str],
) -> set[str]:
    found: set[str] = set()
    for value in values:
        fits = find(value)
        if not fits:
            near = nearest(value.upper().rstrip("-*?") if option == "--require" else value, names)
            problems.append(f"{option}: {none} {value!r}; near it {'are' if ',' in near else 'is'} {near}")
        found.update(fits)
    return found


def _like(value: str, ids: Sequence[str]) -> set[str]:
    """The ids that a value of `--require` means, in whichever case it is written."""
    wanted = value.upper()
    return {identifier for identifier in ids if fnmatchcase(identifier, wanted) or identifier.startswith(f"{wanted}-")}


def _is_of_level(requirement: Requirement, level: str | None) -> bool:
    return level is None or requirement.level in LEVELS[: LEVELS.index(level) + 1]
