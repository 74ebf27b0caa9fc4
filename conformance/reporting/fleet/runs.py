"""What a fleet keeps of one run of one target. A large fleet has many, so it is little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from conformance.judging.verdict import RunVerdict
from conformance.redaction import VAULT
from conformance.reporting.view import DEVIATING, UNTESTED, why
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from conformance.judging.statement import Header, StatedResult, Statement
    from conformance.judging.statement_contents import StatedRequirement, StatedTarget

_WHY = 300  # the most characters of a reason


class Judged(NamedTuple):
    """What a requirement came to.

    Attributes:
        why: why it is not a plain pass, in one line; empty for a plain pass.
        waived_until: the last day of its waiver, as an ISO date; empty without one.
    """

    requirement: StatedRequirement
    outcome: Outcome
    why: str
    waived_until: str


@dataclass(frozen=True)
class TargetRun:
    """One run of one target.

    Attributes:
        file: its statement.
        parts: all its statements, where it was divided.
        header: that of its statement.
        target: the target.
        result: what it came to; None where the run ended early.
        total: how many requirements the profile has on its roles.
        judged: what was judged, in the profile's order.
        ended: when it ended, in UTC.
    """

    file: Path
    parts: frozenset[Path]
    header: Header
    target: StatedTarget
    result: StatedResult | None
    total: int
    judged: tuple[Judged, ...]
    ended: datetime | None

    @cached_property
    def ids(self) -> frozenset[str]:
        """The requirements that were judged."""
        return frozenset(one.requirement.id for one in self.judged)

    @property
    def requirements(self) -> list[StatedRequirement]:
        """Those requirements, in the words that they were judged by."""
        return [one.requirement for one in self.judged]

    @property
    def verdict(self) -> RunVerdict:
        """The verdict; *incomplete* where the run ended early."""
        return self.result.verdict if self.result is not None else RunVerdict.INCOMPLETE

    @property
    def is_ready(self) -> bool:
        """Whether it is conformant with the whole profile."""
        return self.verdict is RunVerdict.CONFORMANT and len(self.judged) == self.total

    @property
    def shown(self) -> str:
        """The verdict in a table. A part that passed is not called conformant."""
        if self.verdict is not RunVerdict.CONFORMANT:
            return str(self.verdict)
        return "ready" if self.is_ready else "a part passed"

    @cached_property
    def counts(self) -> Counter[Outcome]:
        """How many requirements came to which outcome."""
        return Counter(one.outcome for one in self.judged)

    @property
    def open(self) -> int:
        """How many requirements were not judged although they were chosen."""
        return sum(self.counts[outcome] for outcome in UNTESTED)

    @property
    def badness(self) -> tuple[int, int, int, int, str]:
        """The order of targets, the worst first."""
        grave = ("not conformant", "incomplete", "a part passed", "ready").index(self.shown)
        failed, warned = self.counts[Outcome.FAILED], self.counts[Outcome.WARNED]
        return grave, -failed, -self.open, -warned, self.target.name

    @cached_property
    def findings(self) -> list[Judged]:
        """What deviates or was not judged, the gravest first."""
        found = [one for one in self.judged if one.outcome in (*DEVIATING, *UNTESTED)]
        return sorted(found, key=lambda one: -one.outcome.gravity)

    @property
    def summary(self) -> str:
        """The outcomes that are no pass, in numbers."""
        said = [f"{self.counts[one]} {one}" for one in (*DEVIATING, *UNTESTED) if self.counts[one]]
        return ", ".join(said) or f"{self.counts[Outcome.PASSED]} passed"


def run_of(
    file: Path,
    statement: Statement,
    target: StatedTarget,
    known: Mapping[str, StatedRequirement],
    parts: Collection[Path] = (),
) -> TargetRun:
    """What is kept of a statement.

    Args:
        file: where it is.
        statement: a statement.
        target: one of its targets.
        known: its requirements, by id: the objects that are kept.
        parts: the files that it was joined from, if there are several.
    """
    judged = tuple(
        Judged(
            known[one.requirement.id],
            one.outcome,
            "" if one.outcome is Outcome.PASSED and not one.claims else VAULT.shown(why(one), _WHY),
            one.waiver.until if one.waiver is not None else "",
        )
        for one in statement.of(target.name)
    )
    return TargetRun(
        file,
        frozenset(parts or (file,)),
        statement.header,
        target,
        statement.result(target.name),
        statement.total(target.name),
        judged,
        statement.footer.ended if statement.footer is not None else None,
    )
