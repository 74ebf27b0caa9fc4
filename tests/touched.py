"""Which families a change touches, by the files that it changes: the proofs of the others say what they said before.

A file is particular where it belongs to one family, or is a text or a test that no proof reads. Whatever is not known
to be particular touches every family: the run, the matchers, the client, the reference server, this module.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from benchmarks.imports import REPOSITORY, graph, modules
from conformance.suites.family import folders

CLIENTS = "clients"

NOWHERE = re.compile(
    r"docs/.*|[^/]*\.md|LICENSE|\.github/.*|\.pre-commit-config\.yaml|noxfile\.py|benchmarks/(?!imports).*"
    r"|conformance/commands/.*|tests/(unit|live|browser|package)/test_\w+\.py"
)
"""What no proof of a family reads: texts, what a maintainer runs by hand, the room above the plugin, other tests."""


class UnknownCommit(ValueError):
    """Git has no such commit here, or this is not a checkout."""


def changed_since(commit: str, repository: Path = REPOSITORY) -> list[str]:
    """The files that differ from where a branch left a commit, committed or not, as paths below the repository.

    Raises:
        UnknownCommit: it is not there to compare with.
    """
    compared = ["diff", "--name-only", "--no-renames", "-z", "--merge-base", "--end-of-options", commit, "--"]
    added = ["ls-files", "--others", "--exclude-standard", "-z"]
    found: set[str] = set()
    for arguments in (compared, added):
        command = ["git", "-C", str(repository), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnknownCommit(done.stderr.strip())
        found.update(filter(None, done.stdout.split("\0")))
    return sorted(found)


def touched(changed: Iterable[str]) -> dict[str, str]:
    """The families that a change touches, each with the first file that says so.

    Args:
        changed: paths below the repository.
    """
    found: dict[str, str] = {}
    for path in changed:
        for family in sorted(_touched_by(path)):
            found.setdefault(family, path)
    return found


def _touched_by(path: str) -> set[str]:
    if NOWHERE.fullmatch(path):
        return set()
    family = _family_of(path)
    if family is None:
        return set(folders())
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return {family, *(other for other in folders() if module in _reached(other))}


def _family_of(path: str) -> str | None:
    """The one family that a file belongs to."""
    roles = {family.role.name: name for name, family in folders().items()}
    if found := re.fullmatch(r"conformance/suites/(\w+)/.*|tests/proof/kill_and_spare/test_(\w+)\.py", path):
        return found[1] or found[2]
    ours = r"conformance/reference/(clients|counterpart)/.*|profiles/client-(?!credentials)\w+\.yaml|proxy_addons/.*"
    if re.fullmatch(ours, path):
        return CLIENTS
    if found := re.fullmatch(r"conformance/reference/variants/(\w+)\.py", path):
        return next((family for role, family in roles.items() if found[1].startswith(f"{role}_")), None)
    if found := re.fullmatch(r"profiles/([\w-]+)\.yaml", path):
        name = found[1].replace("-", "_")
        return name if name in folders() else None
    return None


@cache
def _edges() -> dict[str, set[str]]:
    return graph(modules())


@cache
def _reached(family: str) -> frozenset[str]:
    """The modules that the proof of a family imports: its own, those of the plugin, and what they lead to."""
    edges = _edges()
    pending = [
        name
        for name in edges
        if name.startswith("conformance.plugin") or _family_of(f"{name.replace('.', '/')}.py") == family
    ]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(edges[name])
    return frozenset(found)
