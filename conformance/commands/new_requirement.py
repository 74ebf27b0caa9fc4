"""Stubs for a new requirement: its entry, its test and its fault, for somebody who works on seasonproof itself.

The stubs prove nothing, and say so: the test ends in a harness error, and the fault changes nothing, so that the proof
refuses both until they are written.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.profile import load_profile
from conformance.documents import UsageProblem
from conformance.reference.variants import variants
from conformance.suites.family import families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.config.profile import Family, Requirement

PROFILE = "winter26"

_ENTRY = """
  - id: {identifier}
    title: Say in the present tense what a correct system does
    level: may
    basis: inferred
    role: {role}
    effects: [reads]
    sources:
      - title: The document that says so
        url: https://www.example.com/the-document
    rationale: Say what goes wrong where it is not so.
    remedy: Say what its makers change.
"""
_TEST = """

@requirement("{identifier}")
def test_{name}_is_still_to_be_written({role}):
    raise NotImplementedError("arrange, make the control, act, judge")
"""
_FAULT = '''

@fault(kills={{"{identifier}": "the-name-of-the-judgement"}})
class {name}IsBroken({base}):
    """Says in one sentence what is wrong with it."""
'''


@dataclass(frozen=True, slots=True)
class Stub:
    """A stub, and where it goes.

    Attributes:
        path: the file, which exists.
        text: what is added at its end.
    """

    path: Path
    text: str

    def write(self) -> int:
        """Add it, and return the line on which it begins, from 1."""
        before = self.path.read_text("utf-8").rstrip("\n") + "\n"
        self.path.write_text(before + self.text, "utf-8")
        return before.count("\n") + 1 + len(self.text) - len(self.text.lstrip("\n"))


def stubs(identifier: str, checkout: Path) -> tuple[Stub, Stub, Stub]:
    """The entry, the test and the fault of a new requirement.

    Args:
        identifier: its id, such as `SAB-34`: the letters of a family, and a number that was never used.
        checkout: the folder of the repository.

    Raises:
        UsageProblem: the id is used, or of no family, or the folder is not a checkout of seasonproof.
    """
    identifier = identifier.upper()
    family, others = _family_of(identifier)
    role = others[-1].role
    killers = [variant.role for variant in variants().values() if others[-1].id in variant.kills]
    suite = next(f for f in families() if f.role.name == role).drive.__module__.split(".")[-2]
    entry = checkout / "profiles" / f"{family.family}.yaml"
    tests = sorted((checkout / "conformance" / "suites" / suite).glob("test_*.py"))
    test = next((path for path in tests if f'"{others[-1].id}"' in path.read_text("utf-8")), None)
    fault = checkout.joinpath(*killers[0].__module__.split(".")).with_suffix(".py")
    if not entry.is_file() or test is None or not fault.is_file():
        raise UsageProblem([f"{checkout}: not a checkout of seasonproof; run this in the folder that has profiles/"])
    base = next(parent for parent in inspect.getmro(killers[0]) if "variants" not in parent.__module__)
    names = {"identifier": identifier, "role": role, "base": base.__name__}
    return (
        Stub(entry, _ENTRY.format(**names)),
        Stub(test, _TEST.format(name=identifier.lower().replace("-", "_"), **names)),
        Stub(fault, _FAULT.format(name=identifier.title().replace("-", ""), **names)),
    )


def _family_of(identifier: str) -> tuple[Family, Sequence[Requirement]]:
    """The family of an id, and its requirements whose ids begin alike, by their numbers."""
    prefix, _, number = identifier.partition("-")
    profile = load_profile(PROFILE)
    for family in profile.families:
        alike = sorted((r for r in family.requirements if r.id.startswith(f"{prefix}-")), key=lambda r: r.id)
        if not alike:
            continue
        free = f"{prefix}-{max(int(r.id.partition('-')[2]) for r in alike) + 1:02}"
        if not re.fullmatch("[0-9]{2,3}", number):
            raise UsageProblem([f"{identifier!r} has no number; the next free id is {free}"])
        if any(r.id == identifier for r in alike):
            raise UsageProblem([f"{identifier} exists; the next free id is {free}"])
        return family, alike
    known = sorted({r.id.partition("-")[0] for r in profile.requirements})
    raise UsageProblem(
        [f"{identifier!r} belongs to no family; ids begin with {', '.join(known)}, such as {known[0]}-99"]
    )
