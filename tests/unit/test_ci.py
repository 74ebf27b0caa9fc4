"""What runs in the pipelines of others: each step's script, with the variables that its runner sets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.documents.package_data import data_dir
from conformance.judging.statement_file import read_statement
from tests.unit.shims import shims

REPOSITORY = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((REPOSITORY / "templates" / "seasonproof.yml").read_text("utf-8"))["seasonproof"]
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text("utf-8"))
STEPS = [step for step in ACTION["runs"]["steps"] if "run" in step]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Path]:
    """`uv`, `pytest`, `pip` and `seasonproof`, each of the environment that is there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    scripts = {
        "uv": 'while [ "$1" != pytest ] && [ "$1" != seasonproof ]; do shift; done\nexec "$@"',
        "pip": "exit 0",
    }
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (folder / name).chmod(0o755)
    with shims(folder, {"pytest": "pytest", "seasonproof": "conformance.commands"}):
        yield folder


def run(folder: Path, programs: Path, script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a runner does."""
    whole = os.environ | {"HOME": str(folder), "PATH": f"{programs}:{os.environ['PATH']}", **environ}
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=whole, capture_output=True, text=True, check=False)


def step(folder: Path, programs: Path, number: int, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action. What it is told in its environment is filled in as GitHub does."""
    known = {name: str(given["default"]) for name, given in ACTION["inputs"].items()} | inputs
    environ = {
        name: re.sub(r"\$\{\{ (?:inputs\.(\w+)|.*) \}\}", lambda found: known.get(found[1], "/"), value)
        for name, value in STEPS[number]["env"].items()
    }
    return run(folder, programs, STEPS[number]["run"], GITHUB_STEP_SUMMARY=str(folder / "summary.md"), **environ)


ARGS = "--depth=quick --require=SAB-02* --junitxml=own.xml"


def test_the_action_runs_the_suite_in_any_project_and_makes_its_reports(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --an-option-of-a-missing-plugin\n", "utf-8")
    done = step(tmp_path, programs, 0, args=f"{ARGS} -n 2 --variant=header-wins-over-the-query")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not conformant with winter26" in done.stdout
    assert (tmp_path / "own.xml").exists()
    done = step(tmp_path, programs, 1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "## header-wins-over-the-query is not ready for Winter" in (tmp_path / "summary.md").read_text("utf-8")
    written = {path.name for path in (tmp_path / "seasonproof").iterdir()}
    assert written == {"statement.json", "statement.html", "seasonproof.sarif", "junit.xml", "badge.svg", "badge.json"}
    assert json.loads((tmp_path / "seasonproof" / "badge.json").read_text("utf-8"))["message"] == "not ready"


def test_a_run_that_wrote_nothing_is_said_in_the_summary(tmp_path: Path, programs: Path) -> None:
    assert step(tmp_path, programs, 0, args="--require=SAB-999").returncode == 4
    assert step(tmp_path, programs, 1).returncode == 0
    assert "wrote no statement" in (tmp_path / "summary.md").read_text("utf-8")


def test_the_steps_behind_a_failed_run_are_run_too() -> None:
    """GitHub skips what has no condition of its own."""
    assert ["if" in one for one in ACTION["runs"]["steps"]] == [False, True, True, True]
    assert all("cancelled()" in one["if"] for one in ACTION["runs"]["steps"][1:])


def test_the_template_for_gitlab_runs_the_suite_and_makes_its_reports(tmp_path: Path, programs: Path) -> None:
    given = {name: str(value) for name, value in GITLAB["variables"].items()} | {"ARGS": ARGS}
    for part in ("before_script", "script", "after_script"):
        done = run(tmp_path, programs, "\n".join(GITLAB[part]), **given)
        assert done.returncode == 0, done.stdout + done.stderr
    named = GITLAB["artifacts"]["reports"]["junit"].replace("$STATEMENT", given["STATEMENT"])
    assert (tmp_path / named).is_file()
    assert read_statement(tmp_path / given["STATEMENT"] / "statement.json").footer is not None


def test_the_hooks_are_a_manifest_that_pre_commit_takes() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(REPOSITORY / ".pre-commit-hooks.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


SAMPLES: dict[str, tuple[str, Any, int]] = {
    "seasonproof-audit": ("requests.log", "GET /a?access_token=kQ3vZ8mT1xYw7RbN5pLs HTTP/1.1\n", 1),
    "seasonproof-lint-spec": ("openapi.yaml", "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n", 1),
}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_fails_on_what_it_is_for_and_passes_what_is_clean(
    tmp_path: Path, programs: Path, hook: dict[str, Any]
) -> None:
    name, content, code = SAMPLES[hook["id"]]
    assert re.search(hook["files"], name)
    (tmp_path / name).write_text(content, "utf-8")
    assert run(tmp_path, programs, f"{hook['entry']} {name}").returncode == code
    clean = tmp_path / f"clean-{name}"
    good = data_dir("profiles") / "openapi" / "file-service.yaml"
    clean.write_text(
        "GET /a?page=2 HTTP/1.1\n" if hook["id"].endswith("audit") else good.read_text("utf-8"),
        "utf-8",
    )
    assert run(tmp_path, programs, f"{hook['entry']} {clean.name}").returncode == 0
