"""Draws what imports what: `python -m benchmarks.imports`, or with `--dot` as a graph for Graphviz.

The rooms are those of ARCHITECTURE.md, from top to bottom. An arrow back leads to a room further up; an import that
only names a type is none. A circle is a set of modules that import each other, be it for a type alone.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def rooms() -> list[str]:
    """The rooms from top to bottom."""
    text = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8").partition("## Rooms")[2]
    return re.findall(r"^([a-z_]+)/ ", text.split("```")[1], re.MULTILINE)


def modules() -> dict[str, ast.Module]:
    """Every module of the package, by its full name."""
    found = {}
    for path in sorted((REPOSITORY / "conformance").rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.Module, *, types: bool) -> Iterator[str]:
    """The names that a module imports, with or without those that are needed for types alone."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if types or not is_for_types:
            pending.extend(ast.iter_child_nodes(node))


def graph(known: dict[str, ast.Module], *, types: bool = False) -> dict[str, set[str]]:
    """What each module imports of the others."""
    found = {}
    for name, tree in known.items():
        places = {one if one in known else one.rpartition(".")[0] for one in imported(tree, types=types)}
        found[name] = {place for place in places if place in known and place != name}
    return found


def circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle of modules, if there is any."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--dot", action="store_true", help="for Graphviz: python -m benchmarks.imports --dot | dot -Tsvg"
    )
    as_dot = parser.parse_args().dot
    order, known = rooms(), modules()
    edges = graph(known)
    pairs = [(one.split(".")[1], other.split(".")[1]) for one in edges for other in edges[one]
             if one.count(".") and other.count(".")]  # fmt: skip
    arrows = Counter((above, below) for above, below in pairs if above != below)
    if as_dot:
        lines = [f'  {above} -> {below} [label="{count}"];' for (above, below), count in sorted(arrows.items())]
        print("digraph rooms {", *(f"  {room};" for room in order), *lines, "}", sep="\n")
        return
    for room in order:
        size = sum(1 for name in known if name.split(".")[1:2] == [room])
        below = [f"{other} {arrows[room, other]}" for other in order if arrows[room, other]]
        print(f"{room:<14}{size:>4} modules   imports {', '.join(below) or 'nothing'}")
    back = [pair for pair in arrows if order.index(pair[1]) < order.index(pair[0])]
    found = circle(graph(known, types=True))
    print(f"\n{len(order)} rooms, {len(arrows)} arrows, {len(back)} arrows back, ", end="")
    print(f"a circle: {' → '.join(found)}" if found else "0 circles")


if __name__ == "__main__":
    main()
