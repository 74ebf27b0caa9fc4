"""A requirement is added by the guide's own text, in three places and no fourth, and the proof judges it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = (REPOSITORY / "docs" / "add-a-requirement.md").read_text("utf-8")
ADDED = "SAB-17"
ENTRY, TEST, FAULT = "profiles/token-handling.yaml", "test_frontdoor_urls.py", "single_access_frontdoors.py"


def block(first: str) -> str:
    """The block of the guide that begins with this."""
    [found] = re.findall(rf"^```\w+\n({re.escape(first)}.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


BLOCKS = {ENTRY: block(f"  - id: {ADDED}"), TEST: block(f'@requirement("{ADDED}")'), FAULT: block("@fault(")}


class Checkout:
    """A copy of what a requirement needs, without the one that the guide adds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("conformance", "profiles", "tests"):
            shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "interop"))
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
            shutil.copy(REPOSITORY / name, root)
        for place, text in BLOCKS.items():
            self.replace(place, text, "")

    def replace(self, place: str, old: str, new: str) -> None:
        """Change a text that one file of this name has once."""
        [path] = self.root.rglob(place) if "/" not in place else [self.root / place]
        before = path.read_text("utf-8")
        assert before.count(old) == 1, (place, old)
        path.write_text(before.replace(old, new), "utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """Run a module of Python in the copy. Gives the exit code, and what it printed."""
        environ = {"PYTHONPATH": str(self.root), "HOME": str(self.root), "XDG_STATE_HOME": str(self.root / "state")}
        command = [sys.executable, "-m", *words]
        done = subprocess.run(
            command, cwd=self.root, env=os.environ | environ, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def prove(self) -> tuple[int, str]:
        """Run the proof of the new requirement and of its fault."""
        return self.run(
            "pytest", "-q", "-p", "no:cacheprovider", "tests/proof/kill_and_spare/test_token_handling.py",
            "-k", f"{ADDED} or frontdoor-is-cached or sab17-is-broken",
        )  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"))


def test_stubs_prove_nothing_and_the_guides_text_proves_the_requirement(checkout: Checkout) -> None:
    status, said = checkout.run("conformance.commands", "new-requirement", ADDED)
    assert status == 0, said
    places = re.findall(r"^(\S+):(\d+)$", said, re.MULTILINE)
    assert [Path(path).parts[:2] for path, _ in places] == [
        ("profiles", "token-handling.yaml"), ("conformance", "suites"), ("conformance", "reference"),
    ]  # fmt: skip
    lines = [(checkout.root / path).read_text("utf-8").splitlines()[int(line) - 1] for path, line in places]
    assert [line for line in lines if ADDED in line] == lines

    status, said = checkout.run("pytest", "--profile=winter26", f"--require={ADDED}")
    assert status != 0
    assert "NotImplementedError" in said
    status, said = checkout.prove()
    assert status == 1, said

    for (path, line), text in zip(places, BLOCKS.values(), strict=True):
        stubbed = (checkout.root / path).read_text("utf-8").splitlines(keepends=True)
        (checkout.root / path).write_text("".join(stubbed[: int(line) - 1]) + text, "utf-8")
    status, said = checkout.prove()
    assert status == 0, said
    assert said.splitlines()[-1].startswith("4 passed")

    checkout.replace(places[1][0], "    second.differs_from(first)\n", "")
    status, said = checkout.prove()
    assert (status, said.splitlines()[-1][:18]) == (1, "3 failed, 1 passed"), said


@pytest.mark.parametrize(
    ("identifier", "says"),
    [
        ("SAB-01", "SAB-01 exists; the next free id is SAB-"),
        ("SAB", "'SAB' has no number; the next free id is SAB-"),
        ("XYZ-01", "'XYZ-01' belongs to no family; ids begin with ACT, "),
        ("SAB-999", "not a checkout of seasonproof"),
    ],
)
def test_what_cannot_be_added_is_said(tmp_path: Path, identifier: str, says: str) -> None:
    command = [sys.executable, "-m", "conformance.commands", "new-requirement", identifier]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
