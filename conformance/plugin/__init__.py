"""The pytest plugin: options, and nothing else until `--profile` is given.

This package is the only place that knows pytest's hooks.
"""

from __future__ import annotations

import pytest

_DEPTHS = ("quick", "standard", "deep")
_LEVELS = ("must", "should", "may")
_CHOOSING = ("target", "variant", "level", "require", "family", "role")
_OPTIONS = (*_CHOOSING, "depth", "plan", "allow-destructive", "waivers", "har")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the suites."""
    group = parser.getgroup("seasonproof", "conformance of any target with a release")
    add = group.addoption
    add("--profile", metavar="NAME|FILE", help="run the conformance suites of a profile, such as winter26")
    add(
        "--target",
        action="append",
        default=[],
        metavar="FILE",
        help="a target file; may repeat (default: the embedded reference)",
    )
    add(
        "--variant",
        action="append",
        default=[],
        metavar="NAME",
        help="run against a variant of the reference; may repeat; 'all' for all",
    )
    add("--level", choices=_LEVELS, help="only requirements of this level and above")
    add("--require", action="append", default=[], metavar="ID", help="only SAB-01, SAB or 'SAB-*'; may repeat")
    add("--family", action="append", default=[], metavar="NAME", help="only this family of requirements; may repeat")
    add("--role", action="append", default=[], metavar="NAME", help="only requirements on this role; may repeat")
    add("--depth", choices=_DEPTHS, help="how many examples a property is tried with (default: standard)")
    add("--plan", action="store_true", help="say what would be done to the target, without doing it")
    add(
        "--allow-destructive",
        action="store_true",
        help="allow what cannot be undone, on targets that say disposable: true",
    )
    add("--waivers", metavar="FILE", help="accepted deviations, each with reason, owner and date")
    add("--har", metavar="FILE", help="write the redacted exchanges of all that did not pass as a HAR file")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Keep another project's conftest files away from the suites, unless paths were asked for too."""
    options = early_config.known_args_namespace
    if options.profile and not options.file_or_dir:
        options.noconftest = True


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run only where a profile was asked for: before other plugins open their files."""
    if config.option.profile is None:
        _refuse_options_without_a_profile(config)
        return
    from conformance.plugin.session import start

    start(config)


def _refuse_options_without_a_profile(config: pytest.Config) -> None:
    used = [name for name in _OPTIONS if config.getoption(name.replace("-", "_"))]
    if used:
        msg = f"--{used[0]} needs --profile, such as --profile=winter26"
        raise pytest.UsageError(msg)
