"""What a contributor is offered exists and agrees: sessions, continuous integration, hooks, templates."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
GUIDE = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
WORKFLOW = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
CI_RUN = (REPOSITORY / ".ci" / "run").read_text("utf-8")
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
release_notes = runpy.run_path(str(REPOSITORY / ".github" / "release_notes.py"))["release_notes"]
FORMS = sorted((REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@cache
def sessions() -> dict[str, str]:
    """The sessions of the noxfile, with what they say of themselves."""
    command = [sys.executable, "-m", "nox", "--list", "--nocolor"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return dict(re.findall(r"^[*-] (\w+) -> (.+)$", done.stdout, re.MULTILINE))


def matrix() -> tuple[set[str], set[str]]:
    """The versions of Python and the sessions that continuous integration runs."""
    given = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]
    return set(given["python"]), {*given["session"], *(one["session"] for one in given["include"])}


def test_the_guide_lists_every_session() -> None:
    assert re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE) == list(sessions())
    assert all(sessions().values())


def test_every_folder_of_tests_has_a_session() -> None:
    """No test is run by hand alone."""
    noxfile = (REPOSITORY / "noxfile.py").read_text("utf-8")
    folders = {path.parent.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "tests").rglob("test_*.py")}
    folders = {"/".join(folder.split("/")[:2]) for folder in folders}
    assert {folder for folder in folders if f'"{folder}"' not in noxfile} == set()


def test_the_readme_and_ci_run_leave_no_folder_of_tests_out() -> None:
    """The README's command runs some folders, and `.ci/run` the sessions of the others, but for one that needs Java."""
    [named] = re.findall(r"nox -s ([\w ]+)", CI_RUN)
    assert set(named.split()) <= set(sessions())
    given = [folder.removeprefix("tests/") for folder in PROJECT["tool"]["pytest"]["ini_options"]["testpaths"]]
    folders = {path.relative_to(REPOSITORY / "tests").parts[0] for path in (REPOSITORY / "tests").rglob("test_*.py")}
    assert sorted([*given, *named.split()]) == sorted([*folders - {"engines"}, "lint"])


@pytest.mark.parametrize("broken", ["", "pytest --profile", "pytest -n", "nox -s"])
def test_what_fails_in_ci_run_stops_nothing_else(tmp_path: Path, broken: str) -> None:
    """And the last line names it. Its programs are stand-ins, which write down how they are called."""
    programs, checkout, log = tmp_path / "bin", tmp_path / "checkout", tmp_path / "log.txt"
    programs.mkdir()
    for name in ("uv", "pip", "nginx", "chromium", "chromedriver", "node", "npx", "glewlwyd", "ruby", "apt-get"):
        script = f"""#!/bin/sh
echo "{name} $*, changed since: $CHANGED_SINCE" >> "{log}"
case "$*" in *"$BROKEN"*) exit 1 ;; esac
"""
        (programs / name).write_text(script, "utf-8")
        (programs / name).chmod(0o755)
    (checkout / ".ci").mkdir(parents=True)
    (checkout / ".ci" / "run").write_text(CI_RUN, "utf-8")
    (checkout / "README.md").write_bytes((REPOSITORY / "README.md").read_bytes())
    git = ["git", "-C", str(checkout), "-c", "user.name=test", "-c", "user.email=test@example.com"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["commit", "-qm", "two", "--allow-empty"]):
        subprocess.run([*git, *words], check=True)
    base = subprocess.run([*git, "rev-parse", "HEAD~"], capture_output=True, text=True, check=True).stdout.strip()
    environ = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "BROKEN": f"run {broken}" if broken else "none"}
    command = ["bash", str(checkout / ".ci" / "run")]
    done = subprocess.run(
        command, env=environ | {"CHANGED_SINCE": "HEAD~"}, capture_output=True, text=True, check=False
    )
    run = [line for line in log.read_text("utf-8").splitlines() if line.startswith("uv ")]
    assert run == [
        f"uv run pytest --profile=winter26, changed since: {base}",
        f"uv run pytest -n 3 --dist=loadfile --changed-since={base}, changed since: {base}",
        f"uv run nox -s lint interop live browser package rehearsal, changed since: {base}",
    ]
    assert done.returncode == bool(broken), done.stdout + done.stderr
    named = [line for line in done.stderr.splitlines() if line.startswith("failed: ") and broken in line]
    assert (done.stderr.splitlines(), len(named)) == (named, bool(broken))


def test_continuous_integration_runs_every_session() -> None:
    """All but twenty thousand damaged files, for which each night has time; the tests hold four hundred."""
    assert matrix()[1] == set(sessions()) - {"fuzz"}


def test_only_a_pull_request_leaves_proofs_out() -> None:
    """Main and every night prove everything: there, the base is empty."""
    jobs = {name: job for name, job in WORKFLOW["jobs"].items() if name != "night"}
    bases = {job["env"]["CHANGED_SINCE"] for job in jobs.values()}
    assert bases == {"${{ github.event.pull_request.base.sha }}"}
    assert WORKFLOW[True].keys() == {"push", "pull_request", "schedule"}  # YAML 1.1 reads `on` as a truth value


def test_a_night_tries_many_examples_many_damaged_files_and_every_test_on_every_variant() -> None:
    """A change tries fewer: it waits for them."""
    night = WORKFLOW["jobs"]["night"]
    assert night["if"] == "github.event_name == 'schedule'"
    commands = [step["run"] for step in night["steps"] if "run" in step]
    assert [one for one in commands if one.endswith(" --hypothesis-profile=nightly")]
    assert "uv run nox -s fuzz" in commands
    assert "uv run pytest tests/proof/kill_and_spare -n 2 --dist=loadfile --every-test" in commands
    assert settings.get_profile("nightly").max_examples == 10 * settings.get_profile("project").max_examples


def test_continuous_integration_tries_every_version_that_is_declared() -> None:
    classifiers = PROJECT["project"]["classifiers"]
    declared = {found[1] for one in classifiers if (found := re.search(r":: (3\.\d+)$", one))}
    assert matrix()[0] == declared == {"3.12", "3.13", "3.14"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_program_of_the_environment(hook: dict[str, Any]) -> None:
    words = shlex.split(hook["entry"])
    assert words[:2] == ["uv", "run"]
    program = next(word for word in words[2:] if not word.startswith("-"))
    groups = " ".join([*PROJECT["dependency-groups"]["dev"], *PROJECT["project"]["dependencies"]])
    assert re.search(rf"\b{program}\b", groups)


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_something(form: Path) -> None:
    data = yaml.safe_load(form.read_text("utf-8"))
    if form.stem == "config":
        assert data == {"blank_issues_enabled": True}
        return
    fields = [one for one in data["body"] if one["type"] != "markdown"]
    assert {one["type"] for one in fields} <= {"input", "textarea", "dropdown"}
    assert len({one["id"] for one in fields}) == len(fields)
    assert any(one.get("validations", {}).get("required") for one in fields)


CHANGELOG = """# Changelog

## 0.2.0 (unreleased)

- To come.

## 0.1.0 (2026-12-01)

- The first one.
"""


def test_the_notes_of_a_release_are_the_section_of_its_tag() -> None:
    assert release_notes(CHANGELOG, "v0.1.0") == "- The first one."


@pytest.mark.parametrize(("tag", "said"), [("v0.2.0", "make the heading"), ("v0.1", "has no section")])
def test_a_release_that_the_changelog_does_not_tell_of_is_refused(tag: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        release_notes(CHANGELOG, tag)


def test_the_workflow_of_a_release_takes_its_notes_from_the_changelog() -> None:
    """Its step, with the variables of the runner; the section of today is not released, so the tag is refused."""
    steps = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "release.yml").read_text("utf-8"))["jobs"]["build"]
    [step] = [step["run"] for step in steps["steps"] if "notes" in step.get("run", "")]
    script = step.partition(" > ")[0].replace("python ", f"{shlex.quote(sys.executable)} ")
    environ = {"GITHUB_REF_NAME": "v999.0.0", "PATH": ""}
    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=REPOSITORY, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("CHANGELOG.md: the tag v999.0.0 has no section")
