"""The runs of the tests are forks of one process; what they say is what a process of their own says."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.imports import modules
from tests.suite import run_module


def without_chance(text: str) -> str:
    """What is not the same in two runs: the run's id, its ports and tokens, and how long it took."""
    chance = r"=+|\brun.\w{8}|\d+(\.\d+)? m?s\b|\d+\.\d+s|127\.0\.0\.1:\d+|Date: .*|\b\w{20,}\b"
    return re.sub(chance, "", text)


@pytest.mark.parametrize(
    "options",
    [
        ["-q", "--require=SAB-08", "--variant=frontdoor-is-relative"],
        ["-q", "--an-option-that-nobody-has"],
        ["-q", "--require=SAB-17"],
    ],
    ids=" ".join,
)
def test_a_run_says_what_a_process_of_its_own_says(tmp_path: Path, options: list[str]) -> None:
    arguments = ["pytest", "--profile=winter26", "--depth=quick", *options]
    environ = os.environ | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "120"}
    command = [sys.executable, "-m", *arguments]
    alone = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    forked = run_module(arguments, tmp_path, environ)
    assert forked.returncode == alone.returncode
    assert without_chance(forked.stdout) == without_chance(alone.stdout)
    assert without_chance(forked.stderr) == without_chance(alone.stderr)


def test_a_run_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    """Neither its variables and its folder nor what it has loaded."""
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        variables = "{**os.environ, 'TMPDIR': None}"
        (folder / "shown.py").write_text(
            "import os, sys\n"
            f"print({name!r}, {variables}, os.getcwd(), sys.argv, 'shown' in sys.modules)\n"
            "sys.exit(7)\n"
        )
        done = run_module(["shown", "-x"], folder, {"ONLY": name})
        assert done.returncode == 7
        argv = [str(folder / "shown.py"), "-x"]
        assert done.stdout == f"{name} { {'TMPDIR': None, 'ONLY': name} } {folder} {argv} False\n"


CHANCE = {"uuid4", "token_hex", "token_bytes", "token_urlsafe", "randbytes", "urandom", "getpid", "monotonic", "time"}


def test_no_module_makes_something_up_as_it_is_loaded() -> None:
    """All runs that are forked would have the same: it is made where it is first asked for."""
    made: set[tuple[str, str]] = set()
    for name, tree in modules().items():
        pending: list[ast.AST] = list(tree.body)
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                made |= {(name, called)} if called.rpartition(".")[2] in CHANCE else set()
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                pending.extend(ast.iter_child_nodes(node))
    assert made == set()
