"""A fleet: the target files of a folder, or those that a pattern names, each by itself.

What is wrong with one file of a fleet costs that target alone. A file that is named by itself has to be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path

from conformance.config.target import DEFAULTS, Target, load_target
from conformance.documents import UsageProblem
from conformance.documents.shards import shard_numbers


@dataclass(frozen=True, slots=True)
class Fleet:
    """Target files that were loaded.

    Attributes:
        targets: by name, in the order of the files.
        broken: the problems of files that can't be used, by the file.
        others: the names of those that were not chosen.
        is_one: whether a folder or a pattern was named, and not each file by itself.
    """

    targets: Mapping[str, Target] = field(default_factory=dict)
    broken: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: Sequence[str] = ()
    is_one: bool = False

    @property
    def names(self) -> list[str]:
        """The names of all targets; of a file that can't be used, what it is called without a name of its own."""
        return [*self.targets, *self.others, *(Path(path).stem.lower() for path in self.broken)]


def first_problem(path: str, problems: Sequence[str]) -> str:
    """The first thing that is wrong with a file, to stand behind its path."""
    return re.sub(r"^(\d+):", r"line \1:", problems[0].removeprefix(f"{path}:").strip())


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which targets of a fleet are wanted, in the words of the options.

    Attributes:
        select: `owner=payments` or `label=value`; all have to match.
        shard: `3/20` for the third of twenty parts, by the order of names; None for all.
    """

    select: Sequence[str] = ()
    shard: str | None = None

    def of(self, targets: Mapping[str, Target]) -> dict[str, Target]:
        """The targets that are wanted.

        Raises:
            UsageProblem: an option has the wrong form, or nothing is wanted.
        """
        pairs = [one.partition("=") for one in self.select]
        if wrong := [name for name, equals, value in pairs if not (name and equals and value)]:
            raise UsageProblem([f"--select={wrong[0]}: must be owner=NAME or a label with its value, such as env=test"])
        kept = {
            name: target
            for name, target in targets.items()
            if all(
                (target.owner if label == "owner" else target.labels.get(label)) == value for label, _, value in pairs
            )
        }
        if targets and not kept:
            raise UsageProblem([f"--select={self.select[0]}: matches none of the targets; there are {len(targets)}"])
        if self.shard is None:
            return kept
        number, of = shard_numbers(self.shard)
        return dict(sorted(kept.items())[number - 1 :: of])


def load_fleet(places: Sequence[str], chosen: Chosen, *, needs_secrets: bool = True) -> Fleet:
    """Load target files.

    Args:
        places: files, folders whose YAML files are targets, and patterns such as `targets/*-test.yaml`.
        chosen: which of them are wanted.
        needs_secrets: as in `load_target`.

    Raises:
        UsageProblem: a file that is named by itself can't be used, two targets have one name, or nothing can be used.
    """
    problems: list[str] = []
    broken: dict[str, Sequence[str]] = {}
    loaded: dict[str, Target] = {}
    is_one = False
    for place in places:
        paths = paths_of(place)
        is_one = is_one or paths != [place]
        if not paths:
            problems.append(f"{place}: no target file (*.yaml) is there")
        for path in paths:
            if path != place and not Path(path).name.isprintable():
                shown = ascii(path)[1:-1]
                broken[shown] = [f"{shown}: its name holds characters that cannot be shown; give the file another one"]
                continue
            try:
                target = load_target(path, needs_secrets=needs_secrets)
            except UsageProblem as problem:
                if path == place:
                    problems += problem.problems
                else:
                    broken[path] = problem.problems
                continue
            if target.name in loaded:
                other = f"another target of this run is called {target.name} too; give it another name"
                problems.append(f"{path}: name: {other}")
            loaded[target.name] = target
    if problems or (broken and not loaded):
        raise UsageProblem([*problems, *(one for found in broken.values() for one in found)])
    kept = chosen.of(loaded)
    return Fleet(kept, broken, [name for name in loaded if name not in kept], is_one)


def paths_of(place: str) -> list[str]:
    """The target files that a file, a folder or a pattern names, in the order of their names."""
    if Path(place).is_dir():
        found = [path for path in Path(place).iterdir() if path.suffix in (".yaml", ".yml") and path.is_file()]
    elif has_magic(place) and not Path(place).exists():
        found = [Path(path) for path in glob(place) if Path(path).is_file()]
    else:
        return [place]
    return sorted(str(path) for path in found if path.name != DEFAULTS)
