"""Keeps Schemathesis' plugin for pytest out of runs that do not use it: it takes most of a second to load.

It becomes a part of the run when tests of a project have loaded Schemathesis themselves. A pytest that loads it before
this plugin, or is told to leave it out, is left alone.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

_PLUGIN = "schemathesis"


def defer(plugins: pytest.PytestPluginManager) -> None:
    """Have Schemathesis' plugin loaded when it is needed, and not with all the others."""
    if not plugins.has_plugin(_PLUGIN) and not plugins.is_blocked(_PLUGIN):
        plugins.set_blocked(_PLUGIN)
        plugins.register(_Deferred(plugins))


class _Deferred:
    """Waits for the first module of tests that has loaded Schemathesis."""

    def __init__(self, plugins: pytest.PytestPluginManager) -> None:
        self._plugins = plugins

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Module | pytest.Class, name: str, obj: object) -> Any:
        """Load the plugin, and ask everybody again: it answers to the tests that it knows."""
        if _PLUGIN not in sys.modules:
            return None
        self._plugins.unregister(self)
        self._plugins.unblock(_PLUGIN)
        self._plugins.load_setuptools_entrypoints("pytest11", name=_PLUGIN)
        return collector.ihook.pytest_pycollect_makeitem(collector=collector, name=name, obj=obj)
