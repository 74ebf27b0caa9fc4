"""Every requirement on clients is caught by a faulty client, and no unusual but correct client trips anything.

Each role has a file, whose one class says by which judgements its requirements are found to be broken.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

import yaml

from conformance.config.profile import load_profile
from conformance.reference.clients.variants import ClientVariant, client_variants
from conformance.rules.outcome import Outcome
from tests.suite import Result, run_suite

FORKS = ("-p", "tests.proof.clients.forks")
"""Options of a run that starts clients of the reference as forks."""


class ProofOfClients:
    """The proof of one role, which derives from this.

    Attributes:
        role: the role whose requirements and variants are proved.
        judgements: by which judgements each requirement is found to be broken, separated by blanks. A kill by accident
            comes by another one.
    """

    role: ClassVar[str]
    judgements: ClassVar[dict[str, str]]

    def test_a_client_trips_what_it_names_and_nothing_else(self, proof: Result, client: str) -> None:
        """The named requirements deviate; all others on its role pass, but for those to which it gives no occasion."""
        variant = variants_of(self.role)[client]
        found = proof.outcomes[client]

        assert {requirement for requirement, outcome in found.items() if outcome.is_deviation} == variant.kills
        rest = {r: o for r, o in found.items() if r not in variant.kills and o is not Outcome.PASSED}
        assert rest == dict.fromkeys(variant.untested, Outcome.NOT_TESTED)

    def test_a_requirement_is_caught_by_its_own_judgements(self, proof: Result, requirement: str) -> None:
        """Each judgement that the table names is made by a fault, and no other one is."""
        killers = [name for name, variant in variants_of(self.role).items() if requirement in variant.kills]
        made = [proof.judgements[name, requirement] for name in killers]

        assert made
        assert set().union(*made) == set(self.judgements[requirement].split())

    def test_a_role_has_oddities(self) -> None:
        """What is unusual and correct is tried on each role."""
        assert any(not variant.kills for variant in variants_of(self.role).values())


@cache
def variants_of(role: str) -> dict[str, ClientVariant]:
    """The variants of a role, by name."""
    return {name: variant for name, variant in client_variants().items() if variant.program.role == role}


@cache
def requirements(role: str) -> list[str]:
    """The requirements on a role."""
    return [one.id for one in load_profile("winter26-clients").requirements if one.role == role]


def judged(folder: Path, names: Iterable[str], *options: str, forks: Sequence[str] = FORKS) -> Result:
    """One run of the suites against variants, each of them a target of its own."""
    variants = client_variants()
    targets = []
    for name in names:
        command = [sys.executable, "-m", "conformance.reference.clients.variants", name]
        client = {"command": command, "roles": [variants[name].program.role], "timeout_seconds": 60}
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"name": name, "client": client}), "utf-8")
        targets.append(f"--target={path}")
    return run_suite(folder, *targets, "-qq", *options, *forks)
