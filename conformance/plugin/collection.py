"""Which tests a profile means: the suites' own files, from wherever the package is installed.

One item per requirement, case and target.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Self

import pytest

import conformance.suites
from conformance.config.profile import builtin_profiles, load_profile
from conformance.documents import nearest
from conformance.judging.run import Run
from conformance.rules.outcome import NotTested
from conformance.suites.family import folders

SUITES = Path(conformance.suites.__file__).parent

_BLIND_TO_REFERENCES = "ignore:It looks like `register_random` was passed an object that could be garbage collected"
"""What Hypothesis says of its own generator since Python 3.14 counts fewer references to it; no user can help it."""


class SuiteModule(pytest.Module):
    """A file of the suites. It does not depend on the python_files and python_functions of the project it runs in."""

    def funcnamefilter(self, name: str) -> bool:
        """Whether a function is a test."""
        return name.startswith("test_")

    def classnamefilter(self, name: str) -> bool:
        """Whether a class holds tests: the suites have none."""
        return False


class Collection:
    """The hooks that collect."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self.run = run
        # Files that are named one by one are collected whatever the python_files of the project are.
        suites = sorted(str(path) for folder in _folders(run) for path in (SUITES / folder).glob("test_*.py"))
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = suites
        self.is_complete = config.args == suites  # so they are in the workers of pytest-xdist too
        if self.is_complete:
            config.getini("usefixtures").clear()  # the project's own fixtures; its conftest files are not read

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """Name the suites' files as they stand below the suites' folder: no test id has a path of the machine."""
        if not module_path.is_relative_to(SUITES):
            return None
        name = module_path.relative_to(SUITES).as_posix()
        return SuiteModule.from_parent(parent, path=module_path, nodeid=name)

    @pytest.hookimpl(tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test against each target that its requirement concerns."""
        if metafunc.definition.getparent(SuiteModule) is not None:
            names, marker = self.run.target_names, metafunc.definition.get_closest_marker("requirement")
            # What concerns no target at all is collected for one of them, and deselected later.
            concerned = [name for name in names if marker is None or self.run.concerns(marker.args[0], name)]
            metafunc.parametrize("target", concerned or names[:1], indirect=True, scope="session")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep what was chosen, add what no test names; per target, move the clock last."""
        named = {item: identifier for item in items if (identifier := requirement_of(item)) is not None}
        self._refuse_unknown(named)
        chosen: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for item in items:
            is_wanted = item not in named or self._is_wanted(named[item], item)
            (chosen if is_wanted else left).append(item)
            if item in named:
                # A project's own warning filters are not meant for these tests.
                item.add_marker(pytest.mark.filterwarnings("default", _BLIND_TO_REFERENCES))
        if left:
            config.hook.pytest_deselected(items=left)
        if self.is_complete:
            chosen += self._untested(session, self.run.wanted - set(named.values()))
        names = self.run.target_names
        chosen.sort(
            key=lambda item: (_target_index(item, names), item.get_closest_marker("moves_the_clock") is not None)
        )
        items[:] = chosen

    def pytest_collection_finish(self) -> None:
        """Everything is loaded by now."""
        _freeze()

    def _refuse_unknown(self, named: Mapping[pytest.Item, str]) -> None:
        """Raise pytest.UsageError for each test that judges what no profile has."""
        ours = {requirement.id for requirement in self.run.profile.requirements}
        if not (unknown := set(named.values()) - ours):
            return
        known = ours.union(*({r.id for r in load_profile(name).requirements} for name in builtin_profiles()))
        tests = {identifier: item.nodeid.partition("[")[0] for item, identifier in named.items()}
        if problems := [
            f"{tests[identifier]} names the requirement {identifier!r}, which no profile has; "
            f"near it are {nearest(identifier, sorted(known))}"
            for identifier in sorted(unknown - known)
        ]:
            raise pytest.UsageError("\n".join(problems))

    def _untested(self, session: pytest.Session, identifiers: Iterable[str]) -> Iterator[pytest.Item]:
        for target in self.run.target_names:
            for identifier in sorted(identifiers):
                if self.run.concerns(identifier, target):
                    yield Untested.of(session, identifier, target)

    def _is_wanted(self, identifier: str, item: pytest.Item) -> bool:
        target, _ = target_and_case_of(item)
        return identifier in self.run.wanted and (not target or self.run.concerns(identifier, target))


class Untested(pytest.Item):
    """A requirement that no test names. It is in every report as what it is: not tested."""

    target: str

    @classmethod
    def of(cls, session: pytest.Session, identifier: str, target: str) -> Self:
        """The item for a requirement on a target."""
        name = f"{identifier}[{target}]"
        item = cls.from_parent(session, name=name, nodeid=f"requirements_without_a_test.py::{name}")
        item.target = target
        item.add_marker(pytest.mark.requirement(identifier))
        return item

    def runtest(self) -> None:
        """Say so."""
        raise NotTested(
            "no test names this requirement, so nothing was asked of the target",
            "a test that names it, as docs/add-a-requirement.md shows, or a profile without it",
        )

    def reportinfo(self) -> tuple[Path, None, str]:
        """It is in no file."""
        return self.path, None, self.name


def _folders(run: Run) -> Iterator[str]:
    """The folders of the families with a role that a target plays and a wanted requirement has; no other is loaded."""
    played = {role for name in run.target_names for role in run.roles(name)}
    asked = played & {requirement.role for requirement in run.profile.requirements if requirement.id in run.wanted}
    for folder, family in folders().items():
        if asked & {family.role.name, *family.role.played}:
            yield folder


def requirement_of(item: pytest.Item) -> str | None:
    """The requirement that a test of the suites names. Other projects may have a marker of this name themselves."""
    is_ours = isinstance(item, Untested) or item.getparent(SuiteModule) is not None
    marker = item.get_closest_marker("requirement") if is_ours else None
    return marker.args[0] if marker is not None else None


def target_and_case_of(item: pytest.Item) -> tuple[str, str]:
    """The name of the target that a test asks, and of the case inside its requirement; empty where it has none."""
    if isinstance(item, Untested):
        return item.target, ""
    if not hasattr(item, "callspec"):
        return "", ""
    target = str(item.callspec.params.get("target", ""))
    return target, item.callspec.id.removeprefix(target).removeprefix("-")


def _target_index(item: pytest.Item, names: list[str]) -> int:
    target, _ = target_and_case_of(item)
    return names.index(target) if target in names else -1


@cache  # once a process: what a first session leaves behind is little
def _freeze() -> None:
    """Have no collection of garbage look through what was loaded, which stays."""
    gc.freeze()
