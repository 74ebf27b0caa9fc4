"""Variants of the reference: each has a name of its own, so that each one runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import conformance.reference.variants as package
from conformance.reference.file_service import FileService
from conformance.reference.variants import fault, variants


def test_two_variants_of_one_name_are_an_error() -> None:
    """The second one would take the place of the first, which would never run and prove nothing."""
    taken = next(iter(variants()))
    class_name = "".join(part.capitalize() for part in taken.split("-"))

    with pytest.raises(ValueError, match=f"two variants are called {taken}, in conformance.*: rename one"):
        fault(kills={"BIN-01"})(type(class_name, (FileService,), {}))


def test_every_variant_that_is_written_down_is_known() -> None:
    """As many names as there are classes with a decorator that registers them."""
    decorators = ("fault", "oddity", "oddity_without")
    written = [
        node.name
        for file in Path(package.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and any(_name(one) in decorators for one in node.decorator_list)
    ]

    assert len(written) == len(set(written)) == len(variants())


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.id if isinstance(called, ast.Name) else ""
