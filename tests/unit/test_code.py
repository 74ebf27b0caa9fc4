"""The code itself: its style, its types, and which part may know which."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("conformance", "proxy_addons")
LONGEST = 420
MODULES = sorted(path.relative_to(REPOSITORY) for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))

HTTP = frozenset({"httpx2", "httpcore2", "httpx", "requests", "urllib3", "aiohttp", "http", "socket", "ssl"})


def rooms() -> list[str]:
    """The rooms of the package from top to bottom, as ARCHITECTURE.md lists them."""
    text = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8").partition("## Rooms")[2]
    return re.findall(r"^([a-z_]+)/ ", text.split("```")[1], re.MULTILINE)


@cache
def imports(path: Path, *, for_types: bool = True) -> frozenset[str]:
    """The full names of the modules that a file imports; those for types alone may be left out."""
    return frozenset(_imports(path, for_types=for_types))


def _imports(path: Path, *, for_types: bool) -> Iterator[str]:
    pending: list[ast.AST] = [ast.parse((REPOSITORY / path).read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if for_types or not is_for_types:
            pending.extend(ast.iter_child_nodes(node))


def importers(*names: str, for_types: bool = True) -> set[str]:
    """The modules that import one of these packages, as paths."""
    return {
        path.as_posix()
        for path in MODULES
        if any(found.partition(".")[0] in names for found in imports(path, for_types=for_types))
    }


def part(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize(
    "tool", [["ruff", "check", "--quiet"], ["ruff", "format", "--check", "--quiet"], ["mypy"]], ids=" ".join
)
def test_the_code_passes(tool: list[str]) -> None:
    """Style, layout and types decide whether a change is good, as every other test does."""
    done = subprocess.run([sys.executable, "-m", *tool], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_every_module_is_in_a_room() -> None:
    """A newcomer finds the room by its name."""
    known = {path.parts[1] for path in MODULES if path.parts[0] == "conformance"} - {"__init__.py", "_data"}
    assert known == set(rooms())


def test_a_room_imports_rooms_below_it() -> None:
    """What is below knows nothing of what is above: it can be read, tested and used alone."""
    order = rooms()
    upward = {
        (".".join(path.with_suffix("").parts[1:]), room)
        for path in MODULES
        if path.parts[0] == "conformance" and len(path.parts) > 2
        for found in imports(path, for_types=False)
        if found.startswith("conformance.") and (room := found.split(".")[1]) in order
        if order.index(room) < order.index(path.parts[1])
    }
    assert upward == set()


def test_rules_know_no_library_that_talks_and_none_that_tests() -> None:
    """They judge live traffic, captured traffic and the suites' own alike."""
    rules = {path.as_posix() for path in MODULES if path.parts[:2] == ("conformance", "rules")}
    assert rules & importers(*HTTP, "pytest", "_pytest", "hypothesis", "mitmproxy", "schemathesis") == set()


def test_the_package_works_without_its_addons() -> None:
    """mitmproxy is an extra; the command that needs it loads it when it is called."""
    ours = {path for path in MODULES if path.parts[0] == "conformance"}
    known = {
        path.as_posix() for path in ours if any(part(name) in ("proxy_addons", "mitmproxy") for name in imports(path))
    }
    assert known == {"conformance/commands/app.py"}
    tree = ast.parse((REPOSITORY / "conformance/commands/app.py").read_text("utf-8"))
    [command] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "proxy"]
    inside = {node.module for node in ast.walk(command) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imports(Path("conformance/commands/app.py")) if name.startswith("proxy_addons")} >= inside
    assert inside == {"proxy_addons.session"}


def test_pytest_is_known_to_the_plugin_and_the_suites_alone() -> None:
    """A run, a rule and a report can be used without it."""
    outside = {
        p for p in importers("pytest", "_pytest") if not p.startswith(("conformance/plugin/", "conformance/suites/"))
    }
    assert outside == set()


@pytest.mark.parametrize(
    ("library", "place"),
    [
        ("allure_commons", "conformance/reporting/allure.py"),
        ("starlette", "conformance/reference/"),
        ("uvicorn", "conformance/reference/server.py"),
        ("typer", "conformance/commands/"),
        ("harfile", "conformance/http/exchange.py"),
        ("schemathesis", "conformance/suites/"),
    ],
)
def test_a_heavy_library_is_imported_where_it_is_used(library: str, place: str) -> None:
    """Whoever does not use it does not wait for it."""
    assert {path for path in importers(library, for_types=False) if not path.startswith(place)} == set()


def test_modules_are_short() -> None:
    """A file that does not fit into a head has two subjects: find the second one and give it a file of its own."""
    lengths = {path.as_posix(): (REPOSITORY / path).read_text("utf-8").count("\n") for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}
