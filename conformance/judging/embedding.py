"""What a run needs of targets that it brings along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from conformance.config.target import Target


class Embedded(Protocol):
    """Targets that the run brings along."""

    @property
    def names(self) -> Sequence[str]:
        """Their names."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles that each of them plays."""

    def says(self, name: str) -> str:
        """What one is, in one phrase."""

    def concerns(self, role: str, name: str) -> bool:
        """Whether requirements on a role are judged on one."""

    def target(self, name: str) -> Target:
        """One by its name, ready to answer."""

    def close(self) -> None:
        """Stop what was started."""


type Embed = Callable[[Sequence[str]], Embedded]
"""Makes embedded targets: of the named variants, or without a name the reference. Raises UsageProblem."""
