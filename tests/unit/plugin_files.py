"""Files for runs of the plugin, and what a run printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsonpath_rfc9535  # noqa: F401 - the same: its Rust part can be imported only once
import pytest
import yaml

import conformance.plugin.session  # noqa: F401 - so that no run in this process imports it again
from conformance.documents.package_data import data_dir
from conformance.reference.app import describe
from tests.profiles import builtin
from tests.suite import run_module

ALL = len(builtin("winter26").requirements)

PROFILE = "--profile=winter26"
WAIVER = "  - {id: SAB-07, target: TARGET, reason: the gateway is replaced in spring, owner: platform, until: UNTIL}\n"


def write_target(pytester: pytest.Pytester, name: str, base_url: str, *left_out: str, **limits: Any) -> Path:
    """A target file for a reference target, without some of its lines."""
    data: dict[str, Any] = describe(base_url, name)
    for line in left_out:
        (data if line in data else data["single_access"]).pop(line)
    data["limits"].update(limits)
    path = pytester.path / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def write_profile(pytester: pytest.Pytester, changes: dict[str, dict[str, object]]) -> Path:
    """A copy of the profile `winter26` in which some requirements are changed."""
    families = yaml.safe_load((data_dir("profiles") / "winter26.yaml").read_text())["families"]
    for name in ("winter26.yaml", *(f"{family}.yaml" for family in families)):
        data = yaml.safe_load((data_dir("profiles") / name).read_text())
        for requirement in data.get("requirements", ()):
            requirement.update(changes.get(requirement["id"], {}))
        (pytester.path / name).write_text(yaml.safe_dump(data))
    return pytester.path / "winter26.yaml"


def write_waivers(pytester: pytest.Pytester, target: str, until: str = "2999-12-31") -> Path:
    path = pytester.path / "waivers.yaml"
    path.write_text("waivers:\n" + WAIVER.replace("TARGET", target).replace("UNTIL", until))
    return path


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """What `runpytest_subprocess` does, in a fork of a process that has loaded the suites."""
    done = run_module(["pytest", *options], pytester.path, dict(os.environ))
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), duration=0)


def words(result: pytest.RunResult) -> str:
    """All that a run printed, with every run of white space as one space."""
    return " ".join((result.stdout.str() + result.stderr.str()).split())
