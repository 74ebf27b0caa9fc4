"""Fresh environments, made by uv as a user makes them, with the wheel and nothing of this checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "SEASONPROOF_TARGET", "VIRTUAL_ENV")


def unavailable(reason: str) -> None:
    """Skip the test, but never in CI."""
    if os.environ.get("CI", "false") not in ("", "0", "false"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@cache
def environ() -> dict[str, str]:
    """The environment variables of a user, who has neither this checkout's environment nor its settings."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    if pyenv := shutil.which("pyenv"):  # its programs refuse to run where it has not chosen them
        listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=True)
        kept["PYENV_VERSION"] = ":".join(listed.stdout.split())
    return kept


def uv(*arguments: str) -> str:
    """What uv prints."""
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        unavailable("uv is not installed, so no environment can be made")
    command = [str(program), "--no-progress", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY.anchor, env=environ(), capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"uv {' '.join(arguments[:2])} failed:\n{done.stderr}")
    return done.stdout


@cache
def pythons() -> list[str]:
    """The versions of Python that are installed and supported, the oldest first; 3.12 is always one of them."""
    listed = json.loads(uv("python", "list", "--only-installed", "--output-format", "json"))
    parts = {(one["version_parts"]["major"], one["version_parts"]["minor"]) for one in listed} | {sys.version_info[:2]}
    supported = sorted(version for version in parts | {(3, 12)} if version >= (3, 12))
    return [".".join(map(str, version)) for version in supported]


@dataclass(frozen=True)
class Environment:
    """An environment, and an empty folder that has nothing to do with it."""

    python: Path
    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs in the folder."""
        program = self.python.parent / command[0]
        home = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state"), "COLUMNS": "120"}
        return subprocess.run(
            [str(program), *command[1:]],
            cwd=self.folder,
            env=environ() | home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, *packages: str) -> None:
        """Install packages, of the day on which this checkout's own resolution is frozen."""
        day = PROJECT["tool"]["uv"]["exclude-newer"]
        uv("pip", "install", "--quiet", "--python", str(self.python), "--exclude-newer", day, *packages)


def fresh(folder: Path, version: str) -> Environment:
    """An environment with one version of Python and nothing else."""
    uv("venv", "--quiet", "--no-project", "--python", version, str(folder / "env"))
    (folder / "unrelated").mkdir()
    return Environment(folder / "env" / "bin" / "python", folder / "unrelated")
