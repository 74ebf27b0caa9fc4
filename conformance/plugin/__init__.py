"""The pytest plugin: options, and nothing else until `--profile` is given.

This package is the only place that knows pytest's hooks.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from conformance.plugin.late_schemathesis import defer
from conformance.plugin.options import (
    add_profiles_as_typed,
    add_those_that_are_free,
    asks_for_the_suites_alone,
    check,
    chosen,
    names_a_profile,
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """What has to be known before other plugins are."""
    defer(pluginmanager)
    config = pluginmanager.get_plugin("pytestconfig")
    if config is not None:
        add_profiles_as_typed(parser, config)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Keep closed streams and another project's conftest files away from the suites; add their options after others."""
    if names_a_profile(early_config):
        from conformance.reporting.outputs import replace_closed_streams

        replace_closed_streams()  # before pytest takes note of them, to give them back in the end
    if asks_for_the_suites_alone(early_config):
        from conformance.plugin.plain_imports import load_plainly

        load_plainly(early_config)
        early_config.known_args_namespace.noconftest = True
    result = yield
    add_those_that_are_free(parser, early_config)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run only where a profile was asked for: before other plugins open their files."""
    check(config)
    if chosen(config).profile is None:
        return
    from conformance.plugin.session import start

    start(config)
