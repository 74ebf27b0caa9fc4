"""The options of the suites, in a pytest that other plugins and projects share.

Names as common as `--profile` and `--target` belong to others too: pytest-profiling has a `--profile`, and so have the
conftest files of many projects. So the options are added last, those that are free. `--profile=NAME` with the name of a
profile is always ours, because argparse looks for the whole argument among the options before it looks at its parts.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
from itertools import pairwise
from typing import Any

import pytest

_PREFIX = "seasonproof_"  # of the attributes that pytest keeps the values in
_GROUP = ("seasonproof", "conformance of any target with a release")
_MANY: dict[str, Any] = {"action": "append", "default": [], "metavar": "NAME"}

PROFILE = "--profile"
OPTIONS: dict[str, dict[str, Any]] = {
    PROFILE: {"metavar": "NAME|FILE", "help": "run the conformance suites of a profile, such as winter26"},
    "--target": _MANY
    | {"metavar": "FILE", "help": "a target file, a folder or a pattern; may repeat (default: the embedded reference)"},
    "--select": _MANY | {"metavar": "LABEL=VALUE", "help": "only targets with this owner or label; may repeat"},
    "--shard": {"metavar": "I/N", "help": "only part I of N of the targets, by the order of their names"},
    "--resume": {
        "metavar": "DIR",
        "help": "leave targets alone that have a verdict in this folder of statements, and add the others to it",
    },
    "--variant": _MANY | {"help": "run against a variant of the reference; may repeat; 'all' for all"},
    "--client": {"metavar": "COMMAND", "help": "judge a client: the command that runs it once"},
    "--client-manual": {
        "action": "store_true",
        "help": "judge a client that a person drives: the terminal says what to do, and shows what arrives",
    },
    "--traffic": _MANY
    | {"metavar": "FILE", "help": "judge a client by its traffic, in a HAR file or mitmproxy flows; may repeat"},
    "--client-role": _MANY
    | {"metavar": "ROLE", "help": "a role that the client plays; may repeat (default: api_client)"},
    "--level": {"choices": ("must", "should", "may"), "help": "only requirements of this level and above"},
    "--require": _MANY | {"metavar": "ID", "help": "only SAB-01, SAB or 'SAB-*'; may repeat"},
    "--family": _MANY | {"help": "only this family of requirements; may repeat"},
    "--role": _MANY | {"help": "only requirements for this role; may repeat"},
    "--depth": {
        "choices": ("quick", "standard", "deep"),
        "help": "how many examples a property is tried with (default: standard)",
    },
    "--plan": {"action": "store_true", "help": "show what a run would do to the target, without doing it"},
    "--allow-destructive": {
        "action": "store_true",
        "help": "allow what cannot be undone, on targets that say disposable: true",
    },
    "--waivers": {"metavar": "FILE", "help": "accepted deviations, each with reason, owner and date"},
    "--baseline": {"metavar": "FILE", "help": "accept the deviations of this file, and fail on new ones"},
    "--update-baseline": {"action": "store_true", "help": "write today's deviations to the file of --baseline"},
    "--statement": {
        "metavar": "DIR",
        "help": "where statement.json, the record of the run, and its page go (default: reports/out)",
    },
    "--har": {"metavar": "FILE", "help": "write the redacted exchanges of all that did not pass as a HAR file"},
}

_TAKEN = pytest.StashKey[list[str]]()
"""The options that somebody else has."""


def chosen(config: pytest.Config) -> argparse.Namespace:
    """The values of our options, by their names."""
    return argparse.Namespace(**{_name(o): _value(config.option, o) for o in OPTIONS})


def add_profiles_as_typed(parser: pytest.Parser, config: pytest.Config) -> None:
    """Add an option for each `--profile=NAME` of the command line that names a profile."""
    typed = {arg.partition("=")[2] for arg in _arguments(config) if arg.startswith(f"{PROFILE}=")}
    group = parser.getgroup(*_GROUP)
    for name in sorted(filter(_is_a_profile, typed)):
        attributes = {"dest": _dest(PROFILE), "action": "store_const", "const": name, "help": argparse.SUPPRESS}
        group.addoption(f"{PROFILE}={name}", **attributes)


def add_those_that_are_free(parser: pytest.Parser, config: pytest.Config) -> None:
    """Add every option that no other plugin and no conftest file has."""
    group = parser.getgroup(*_GROUP)
    taken = config.stash[_TAKEN] = list[str]()
    for option, attributes in OPTIONS.items():
        try:
            group.addoption(option, dest=_dest(option), **attributes)
        except (ValueError, argparse.ArgumentError):
            taken.append(option)


def names_a_profile(config: pytest.Config) -> bool:
    """Whether some `--profile` is given, which may be somebody else's. Asked before the options are added."""
    return any(argument.partition("=")[0] == PROFILE for argument in _arguments(config))


def asks_for_the_suites_alone(config: pytest.Config) -> bool:
    """Whether a profile is named, and no path. Asked before the options are added."""
    known, pairs = config.known_args_namespace, list(pairwise(_arguments(config)))
    values = {value for option, value in pairs if option in OPTIONS and "action" not in OPTIONS[option]}
    values |= {value for option, value in pairs if OPTIONS.get(option, {}).get("action") == "append"}
    in_two_words = not hasattr(known, _name(PROFILE)) and any(o == PROFILE and _is_a_profile(v) for o, v in pairs)
    named = in_two_words or _value(known, PROFILE) is not None
    return named and not set(known.file_or_dir or ()) - values


def check(config: pytest.Config) -> None:
    """Refuse what would be misunderstood. Raises pytest.UsageError."""
    taken, pairs = config.stash.get(_TAKEN, []), list(pairwise(_arguments(config)))
    if chosen(config).profile is not None:
        typed = {argument.partition("=")[0] for argument in _arguments(config)}
        for option in taken:
            if option in typed - {PROFILE}:
                way_out = "leave that one out with -p no:NAME"
                raise pytest.UsageError(f"{option}: another plugin has an option of this name too; {way_out}")
        return
    for option, value in pairs:
        if option == PROFILE and PROFILE in taken and _is_a_profile(value) and not os.path.exists(value):
            said = f"another plugin has a {PROFILE} without a value; write {PROFILE}={value}"
            raise pytest.UsageError(f"{PROFILE} {value}: {said}")
    for option in OPTIONS:
        if _value(config.option, option):
            raise pytest.UsageError(f"{option} needs {PROFILE}, such as {PROFILE}=winter26")


# ------------------------------------------------------------------ details


def _name(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _dest(option: str) -> str:
    return _PREFIX + _name(option)


def _value(namespace: argparse.Namespace, option: str) -> Any:
    default = False if OPTIONS[option].get("action") == "store_true" else OPTIONS[option].get("default")
    return getattr(namespace, _dest(option), default)


def _arguments(config: pytest.Config) -> list[str]:
    """All arguments: of the environment, of the project's settings, and of the command line."""
    try:
        settings = config.getini("addopts")
    except ValueError:  # a plugin that is handed to pytest.main is asked before the settings are read
        settings = []
    return [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *settings, *map(str, config.invocation_params.args)]


def _is_a_profile(name: str) -> bool:
    if name.endswith((".yaml", ".yml")):
        return True
    from conformance.documents.package_data import data_dir  # only where somebody says --profile

    return re.fullmatch(r"[\w-]+", name) is not None and (data_dir("profiles") / f"{name}.yaml").is_file()
