"""Which tests a variant can't change: those in which no step that it replaces does anything else than the correct one.

A variant is the correct reference until something calls what it replaces. So a test that never gets there passes on the
variant as it does on the reference, where it was seen to pass, and need not be run again. The same holds for a test
that gets only to steps that change nothing, where the variant answers each call as the correct reference does.
"""

from __future__ import annotations

import json
from abc import ABC
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from inspect import getattr_static, isfunction
from pathlib import Path
from typing import TYPE_CHECKING, Self

from conformance.reference.role import CORRECT
from conformance.reference.variants import variants
from conformance.rules.outcome import Outcome
from tests.proof.kill_and_spare.looking import compared
from tests.suite import Outcomes, Result, run_suite

if TYPE_CHECKING:
    from conformance.reference.role import Role

REACHED = "reached.json"
"""What the plugin `tracing` writes."""

LEFT_OUT = "left_out.json"
"""What the plugin `leaving_out` reads: the ids of tests."""


class _Plain(ABC):
    """Has what Python gives every class."""

    annotated: int

    def __init__(self) -> None:
        self.annotated = 0


BY_PYTHON = vars(_Plain).keys() - {"__init__"}


def replaced(variant: type[Role]) -> frozenset[str] | None:
    """The methods that a variant replaces; None where it replaces something else, whose use cannot be traced."""
    correct = CORRECT[variant.role]
    found = set()
    for cls in set(variant.__mro__) - set(correct.__mro__):
        for name, value in vars(cls).items():
            if name in BY_PYTHON:
                continue
            is_new = getattr_static(correct, name, None) is None and not name.startswith("__")
            if not isfunction(value) or not (is_new or isfunction(getattr_static(correct, name, None))):
                return None
            found.add(name)
    return frozenset(found)


@dataclass(frozen=True)
class Reached:
    """What the tests of a family reach on the correct reference.

    Attributes:
        before: the steps that are taken before the first test, as the reference is set up and described.
        steps: by the id of a test that passes, the steps that it reaches.
        requirements: by the same ids, what the test judges.
        differing: by the same ids, the classes of variants that answer otherwise in a step that only looks.
    """

    before: frozenset[str]
    steps: Mapping[str, frozenset[str]]
    requirements: Mapping[str, str]
    differing: Mapping[str, frozenset[str]]

    @classmethod
    def on_the_reference(cls, folder: Path, role: str) -> Self:
        """Run the tests of a role on the reference, each as if it were the first."""
        run_suite(folder, "-p", f"{__package__}.tracing", f"--role={role}", "--depth=quick", "-qq")
        found = json.loads((folder / REACHED).read_text("utf-8"))
        steps, differing = (
            {test: frozenset(names) for test, names in found[part].items()} for part in ("steps", "differing")
        )
        return cls(frozenset(found["before"]), steps, found["requirements"], differing)

    def unchanged_by(self, variant: type[Role]) -> frozenset[str]:
        """The tests that a variant cannot change."""
        names = replaced(variant)
        if names is None or names & self.before:
            return frozenset()
        alike = compared(variant)
        return frozenset(
            test
            for test, reached in self.steps.items()
            if names.isdisjoint(reached if variant.__name__ in self.differing[test] else reached - alike)
        )


def run_against(folder: Path, names: Iterable[str], reached: Reached | None) -> Result:
    """Run the suites against variants.

    Args:
        folder: an empty folder.
        names: the variants.
        reached: what the tests reach, to leave out those that a variant cannot change; None to run them all.
    """
    left = {name: reached.unchanged_by(variants()[name].role) if reached else frozenset() for name in names}
    ids = [on(name, test) for name, tests in left.items() for test in tests]
    (folder / LEFT_OUT).write_text(json.dumps(ids), "utf-8")
    options = [f"--variant={name}" for name in left]
    done = run_suite(folder, "-p", f"{__package__}.leaving_out", *options, "--depth=quick", "-qq")
    return replace(done, outcomes=_with_passes(done.outcomes, left, reached)) if reached else done


def on(target: str, test: str) -> str:
    """The id on a target of a test that has an id on the reference."""
    return test.replace("[reference", f"[{target}", 1)


def _with_passes(run: Outcomes, left: Mapping[str, frozenset[str]], reached: Reached) -> Outcomes:
    """The outcomes of a run, with a pass for each test that was left out."""
    whole: Outcomes = defaultdict(dict)
    for name, tests in left.items():
        outcomes = run.get(name, {})
        unseen = {reached.requirements[test] for test in reached.steps.keys() - tests} - outcomes.keys()
        assert not unseen, f"{name}: {sorted(unseen)} have no outcome, though their tests were not left out"
        passed = {reached.requirements[test]: Outcome.PASSED for test in tests}
        whole[name] = passed | {r: max(o, passed.get(r, o), key=lambda one: one.gravity) for r, o in outcomes.items()}
    return dict(whole)
