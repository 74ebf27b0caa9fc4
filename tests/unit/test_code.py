"""The code itself: its length, its names, and which part may know which."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from benchmarks.imports import circle, graph, modules, rooms
from conformance.suites.family import folders

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("conformance", "proxy_addons")
LONGEST = 400
MODULES = sorted(path.relative_to(REPOSITORY) for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))

HTTP = frozenset({"httpx2", "httpcore2", "httpx", "requests", "urllib3", "aiohttp", "http", "socket", "ssl"})


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


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Each can be read after those that it imports."""
    assert circle(graph(modules(), types=True)) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) in (["a", "b", "c", "a"], ["a", "c", "b", "a"])


def test_all_suites_have_one_shape() -> None:
    """Who knows one family knows where to look in another. Nothing is drawn for clients: they get scenarios."""
    for name in folders():
        found = {path.name for path in (REPOSITORY / "conformance" / "suites" / name).glob("*.py")}
        wanted = {"family.py", "driver.py", "answers.py"} | ({"strategies.py"} if name != "clients" else set())
        assert wanted <= found, f"conformance/suites/{name} lacks {', '.join(sorted(wanted - found))}"
        assert any(file.startswith("test_") for file in found)


def test_rules_know_no_library_that_talks_and_none_that_tests() -> None:
    """They judge live traffic, captured traffic and the suites' own alike."""
    rules = {path.as_posix() for path in MODULES if path.parts[:2] == ("conformance", "rules")}
    assert rules & importers(*HTTP, "pytest", "_pytest", "hypothesis", "mitmproxy", "schemathesis") == set()


def test_the_package_works_without_its_addons() -> None:
    """mitmproxy is an extra; the command, the way of a client and the reader of flows load it when they are called."""
    ours = {path for path in MODULES if path.parts[0] == "conformance"}
    known = {
        path.as_posix() for path in ours if any(part(name) in ("proxy_addons", "mitmproxy") for name in imports(path))
    }
    places: dict[str, tuple[str, set[str]]] = {
        "conformance/commands/proxy.py": ("listen", {"proxy_addons.exchange_store", "proxy_addons.session"}),
        "conformance/suites/clients/routes.py": ("reached", {"proxy_addons.rerouting"}),
        "conformance/traffic/captures.py": (
            "_add_flows",
            {"mitmproxy.addons.savehar", "mitmproxy.exceptions", "mitmproxy.io"},
        ),
    }
    assert known == set(places)
    for place, (function, loaded) in places.items():
        tree = ast.parse((REPOSITORY / place).read_text("utf-8"))
        [user] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
        asked = {node.module or "" for node in ast.walk(user) if isinstance(node, ast.ImportFrom)}
        inside = {name for name in asked if part(name) in ("proxy_addons", "mitmproxy")}
        assert imports(Path(place)) >= inside
        assert inside == loaded


def test_pytest_is_known_to_the_plugin_and_the_suites_alone() -> None:
    """A run, a rule and a report can be used without it."""
    outside = {
        p for p in importers("pytest", "_pytest") if not p.startswith(("conformance/plugin/", "conformance/suites/"))
    }
    assert outside == set()


@pytest.mark.parametrize(
    ("library", "place"),
    [
        ("allure_commons", "conformance/reporting/allure"),
        ("starlette", "conformance/reference/"),
        ("uvicorn", "conformance/reference/server.py"),
        ("click", "conformance/commands/"),
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


CUTS = {
    "conformance/config/source_digests.py: name[:_LONGEST_NAME]": "the address of a public page",
    "conformance/documents/json_text.py: error.msg[:1]": "words of Python's own",
    "conformance/http/exchange.py: textwrap.shorten(body, BODY_QUOTED)": "the evidence, which is redacted",
    "conformance/http/transport/wire.py: text[:3]": "a status code",
    "conformance/suites/binary_files/uploads.py: least[:24]": "a file that the suite made up",
    "conformance/suites/binary_files/remote_file.py: self.name[:40]": "a file name that the suite made up",
    "conformance/suites/change_triggers/strategies.py: f'.{fraction:09d}'[:about.fraction_digits + 1]": "made up",
    "conformance/suites/identifiers.py: known[:counted.start()]": "a made-up id",
    "conformance/traffic/audit/findings.py: self.commit[:12]": "git's name of a commit",
    "conformance/suites/rotation_lifecycle/answers.py: whole.apps[place:place + 1]": "a list of apps",
}
"""What is cut beside words for people, and why it holds no piece of a secret."""


def test_texts_are_cut_in_one_place() -> None:
    """`VAULT.shown(text, limit)` redacts first and cuts afterwards: a piece of a secret would not be recognised."""
    ours = [path for path in MODULES if not path.as_posix().startswith(("conformance/reference/", "conformance/redac"))]
    assert {f"{path.as_posix()}: {cut}" for path in ours for cut in cuts(path)} == set(CUTS)


def cuts(path: Path) -> Iterator[str]:
    """What is cut in the statements of a module that make words for people: slices, `shorten`, and `{x:.40}`."""
    simple = (ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Raise)
    for statement in ast.walk(ast.parse((REPOSITORY / path).read_text("utf-8"))):
        if isinstance(statement, simple) and any(map(is_for_people, ast.walk(statement))):
            of_lists = {id(part) for node in ast.walk(statement) for part in lists_in(node)}
            for node in ast.walk(statement):
                if is_cut(node) and id(node) not in of_lists:
                    yield ast.unparse(node)


def is_for_people(node: ast.AST) -> bool:
    """Whether it is a text with blanks, or one with values in it."""
    words = isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[ …]", node.value) is not None
    return words or isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and is_cut(node))


def is_cut(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(value=value, slice=ast.Slice(upper=ast.expr() as upper)):
            from_behind = isinstance(upper, ast.UnaryOp)  # as `name[:-5]`, which takes a known ending away
            made_up = isinstance(value, ast.Constant) or re.search(r"(hex|digest|sha256)(\(\))?$", ast.unparse(value))
            return not from_behind and not made_up
        case ast.Call(func=ast.Attribute(attr="shorten")):
            return True
        case ast.FormattedValue(format_spec=ast.JoinedStr() as spec):
            return re.search(r"\.(\d+|\{.*\})s?'$", ast.unparse(spec)) is not None
    return False


def lists_in(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of an expression that are lists of things, not texts."""
    match node:
        case ast.comprehension(iter=part) | ast.Starred(value=part):
            yield part
        case ast.Call(func=ast.Attribute(attr="join"), args=[part]):
            yield part


@pytest.mark.parametrize(
    "line", ["raise Bad(f'is {text[:40]!r}')", "shown = text[:n] + '…'", "x = f'{text:.40}'", "y = shorten_.shorten(t)"]
)
def test_a_new_cut_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "new.py").write_text(line)
    assert len(list(cuts(tmp_path / "new.py"))) == 1
