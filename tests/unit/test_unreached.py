"""What the coverage session says of modules that the traced tests reach too little of."""

from __future__ import annotations

from pathlib import Path

from tests.unreached import REASONS, told

ROOT = Path(__file__).parents[2]

PERCENTS = {"a/one.py": 100.0, "a/two.py": 89.9, "a/b/three.py": 12.0, "c/four.py": 50.0}


def test_the_longest_beginning_gives_the_reason() -> None:
    lines, is_explained = told(PERCENTS, {"a/": "rarely", "a/b/": "elsewhere", "c/": "never"})
    assert is_explained
    assert lines[0].startswith("3 of 4 modules")
    assert any("a/b/: 1, 12% to 12%: elsewhere" in line for line in lines)
    assert any("a/: 1, 89% to 89%: rarely" in line for line in lines)


def test_a_module_without_a_reason_is_named_and_a_reason_without_a_module_too() -> None:
    lines, is_explained = told(PERCENTS, {"a/": "rarely", "d/": "no more"})
    assert not is_explained
    assert any("c/four.py: 50%" in line for line in lines)
    assert any(line.strip().startswith("d/:") for line in lines)


def test_each_reason_is_of_a_place_that_is_there() -> None:
    assert [place for place in REASONS if not (ROOT / place).exists()] == []
