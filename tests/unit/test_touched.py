"""Which proofs a change runs: those of the families that it touches, and all where that is not certain."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.imports import REPOSITORY
from conformance.suites.family import folders
from tests.touched import UnknownCommit, changed_since, touched

SUITES = "conformance/suites"
VARIANTS = "conformance/reference/variants"


@pytest.mark.parametrize(
    ("path", "family"),
    [
        (f"{SUITES}/token_handling/test_tokens_in_urls.py", "token_handling"),
        (f"{SUITES}/clients/driver.py", "clients"),
        (f"{VARIANTS}/business_system_feed.py", "change_triggers"),
        (f"{VARIANTS}/token_endpoint_answers.py", "client_credentials"),
        ("conformance/reference/clients/http.py", "clients"),
        ("conformance/reference/counterpart/world.py", "clients"),
        ("profiles/rotation-lifecycle.yaml", "rotation_lifecycle"),
        ("profiles/client-credentials.yaml", "client_credentials"),
        ("profiles/client-tokens.yaml", "clients"),
        ("proxy_addons/rerouting.py", "clients"),
        ("tests/proof/kill_and_spare/test_binary_files.py", "binary_files"),
    ],
)
def test_what_belongs_to_a_family_touches_it_alone(path: str, family: str) -> None:
    assert (REPOSITORY / path).is_file()
    assert touched([path]) == {family: path}


@pytest.mark.parametrize(
    "path",
    [
        "conformance/judging/matchers.py",
        "conformance/reference/app.py",
        "conformance/reference/token_endpoint.py",
        f"{VARIANTS}/__init__.py",
        f"{SUITES}/stateful.py",
        "profiles/winter26.yaml",
        "profiles/observed-traffic.yaml",
        "pyproject.toml",
        "tests/touched.py",
        "tests/suite.py",
        "tests/proof/kill_and_spare/__init__.py",
        "tests/cleanroom/wire.py",
        "benchmarks/imports.py",
        ".ci/run",
    ],
)
def test_what_families_share_touches_all(path: str) -> None:
    assert (REPOSITORY / path).is_file()
    assert touched([path]) == dict.fromkeys(folders(), path)


def test_what_nobody_knows_touches_all() -> None:
    """A file that is gone or new may be anything."""
    assert touched(["conformance/reference/gone.py"]).keys() == folders().keys()
    assert touched([f"{VARIANTS}/a_new_role_answers.py"]).keys() == folders().keys()


@pytest.mark.parametrize(
    "path", ["CHANGELOG.md", "docs/requirements.md", "conformance/commands/app.py", "tests/unit/test_touched.py"]
)
def test_texts_commands_and_other_tests_touch_no_family(path: str) -> None:
    assert (REPOSITORY / path).is_file()
    assert touched([path]) == {}


def test_a_new_requirement_touches_its_family() -> None:
    """Its three places, and what is generated from them."""
    places = ["profiles/token-handling.yaml", f"{SUITES}/token_handling/test_frontdoors.py",
              f"{VARIANTS}/single_access_urls.py", "docs/requirements.md", "CHANGELOG.md"]  # fmt: skip
    assert touched(places) == {"token_handling": places[0]}


def test_each_proof_says_which_families_it_proves() -> None:
    """A name that no family has would never run with --changed-since."""
    files = [path for folder in ("proof", "interop") for path in (REPOSITORY / "tests" / folder).rglob("test_*.py")]
    marks = [line for path in files for line in path.read_text("utf-8").splitlines() if "mark.proves(" in line]
    named = {word for line in marks for word in line.partition("proves(")[2].strip(")").replace('"', "").split(", ")}
    assert named == set(folders())


def git(repository: Path, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", "-C", str(repository), *names, *arguments], check=True, capture_output=True)


def test_what_changed_is_what_was_committed_since_or_not_at_all(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    for name in ("kept", "moved", "edited"):
        (tmp_path / name).write_text(name * 9, "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message=first")
    git(tmp_path, "switch", "--create=work")
    git(tmp_path, "mv", "moved", "ü b")
    git(tmp_path, "commit", "--message=second")
    (tmp_path / "edited").write_text("other", "utf-8")
    (tmp_path / "new").touch()
    assert changed_since("main", tmp_path) == ["edited", "moved", "new", "ü b"]


@pytest.mark.parametrize("commit", ["0" * 40, "origin/nothing", "--output=x"])
def test_a_commit_that_is_not_there_is_no_base(tmp_path: Path, commit: str) -> None:
    """So that nothing is left out by accident."""
    git(tmp_path, "init")
    with pytest.raises(UnknownCommit):
        changed_since(commit, tmp_path)
