"""Which tests a profile means: the suites' own files, from wherever the package is installed.

One item per requirement, case and target.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import conformance.suites
from conformance.judging.run import Run

SUITES = Path(conformance.suites.__file__).parent


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
        suites = sorted(map(str, SUITES.rglob("test_*.py")))
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = suites
        if config.args == suites:  # so they are in the workers of pytest-xdist too
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
            # What concerns no target at all is collected for all of them, and deselected later.
            concerned = [name for name in names if marker is None or self.run.concerns(marker.args[0], name)]
            metafunc.parametrize("target", concerned or names, indirect=True, scope="session")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep what was chosen; per target, move the clock last."""
        chosen: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for item in items:
            marker = item.get_closest_marker("requirement")
            wanted = marker is None or self._is_wanted(marker.args[0], item)
            (chosen if wanted else left).append(item)
            if marker is not None:
                # A project's own warning filters are not meant for these tests.
                item.add_marker(pytest.mark.filterwarnings("default"))
        if left:
            config.hook.pytest_deselected(items=left)
        names = self.run.target_names
        chosen.sort(
            key=lambda item: (_target_index(item, names), item.get_closest_marker("moves_the_clock") is not None)
        )
        items[:] = chosen

    def _is_wanted(self, identifier: str, item: pytest.Item) -> bool:
        target = item.callspec.params.get("target") if hasattr(item, "callspec") else None
        return identifier in self.run.wanted and (target is None or self.run.concerns(identifier, target))


def _target_index(item: pytest.Item, names: list[str]) -> int:
    target = item.callspec.params.get("target") if hasattr(item, "callspec") else None
    return names.index(target) if target in names else -1
