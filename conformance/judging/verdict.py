"""What a requirement came to on a target, and what a run came to: pure functions for every output and the exit code.

Nothing here knows pytest, HTTP or files. A case is one pytest item; a requirement may have several cases;
a verdict sums the cases of one requirement on one target.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.http.exchange import Exchange


class Outcome(StrEnum):
    """What a requirement came to. The order is the order of severity: of several cases the gravest counts."""

    PASSED = "passed"
    WAIVED = "waived"
    NOT_TESTED = "not tested"
    DIFFERS = "differs"
    WARNED = "warned"
    THROTTLED = "throttled"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"
    HARNESS_ERROR = "harness error"

    @property
    def gravity(self) -> int:
        """The place in the order of severity, 0 for `passed`."""
        return list(Outcome).index(self)

    @property
    def is_deviation(self) -> bool:
        """Whether the target did something else than the requirement says."""
        return self in (Outcome.FAILED, Outcome.WARNED, Outcome.DIFFERS)


class RunVerdict(StrEnum):
    """What a whole run came to on one target."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    INCOMPLETE = "incomplete"


class ExitCode(IntEnum):
    """How the process ends. 2, 3 and 4 are pytest's own: interrupted, internal error, usage error."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    USAGE = 4
    INCOMPLETE = 7


class NonConformant(AssertionError):
    """The target did something else than the requirement says. Raised by matchers only.

    Attributes:
        judgement: the identifier of the judgement that went against the target, such as `no-store`.
        exchanges: what shows it: the exchange that deviates last, before it those that make it a deviation.
        parts: what was found where a case tries several values, none for a case that tries one.
        values: how many values such a case tried.
    """

    def __init__(
        self,
        message: str,
        judgement: str = "",
        exchanges: Sequence[Exchange] = (),
        parts: Sequence[FoundPart] = (),
        values: int = 0,
    ) -> None:
        super().__init__(message)
        self.judgement = judgement
        self.exchanges = tuple(exchanges)
        self.parts = tuple(parts)
        self.values = values

    def saying(self, message: str) -> NonConformant:
        """The same deviation, told in other words."""
        return NonConformant(message, self.judgement, self.exchanges, self.parts, self.values)


class Stopped(BaseException):
    """A case ended without a judgement of the target.

    It derives from `BaseException`, as pytest's own outcomes do, so that Hypothesis neither shrinks it nor tries again.

    Attributes:
        outcome: what the case came to.
        advice: the way out, such as the line to add to the target file.
        exchanges: what shows why, where that is known.
        parts: as in `NonConformant`.
        values: as in `NonConformant`.
    """

    outcome: Outcome

    def __init__(
        self,
        message: str,
        advice: str = "",
        exchanges: Sequence[Exchange] = (),
        parts: Sequence[FoundPart] = (),
        values: int = 0,
    ) -> None:
        super().__init__(message)
        self.advice = advice
        self.exchanges = tuple(exchanges)
        self.parts = tuple(parts)
        self.values = values


class NotTested(Stopped):
    """A role, a capability or a permission is missing."""

    outcome = Outcome.NOT_TESTED


class Inconclusive(Stopped):
    """The control did not work or no answer came, so what was seen proves nothing."""

    outcome = Outcome.INCONCLUSIVE


class Throttled(Stopped):
    """The target answered 429 or was overloaded to the end."""

    outcome = Outcome.THROTTLED


@dataclass(frozen=True, slots=True)
class FoundPart:
    """What was found at one of several values that a case tries, as it was raised.

    Attributes:
        name: the value, such as the name of a field.
        error: what was raised at it.
        exchanges: what shows it.
    """

    name: str
    error: NonConformant | Stopped
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One of several values that a case tried, where it did not plainly pass.

    Attributes:
        name: the value, such as the name of a field; a waiver may name it.
        outcome: what it came to.
        message: why, in redacted text.
        advice: the way out; may be empty.
        judgement: the identifier of the judgement that went against the target; may be empty.
        exchanges: the redacted exchanges that show it, as in `Case`.
    """

    name: str
    outcome: Outcome
    message: str = ""
    advice: str = ""
    judgement: str = ""
    exchanges: tuple[dict[str, object], ...] = ()

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The part that stands in what `Case.as_json` wrote."""
        return cls(**{**plain, "outcome": Outcome(plain["outcome"]), "exchanges": tuple(plain["exchanges"])})


@dataclass(frozen=True, slots=True)
class Case:
    """One judged pytest item.

    Attributes:
        requirement: the permanent id, such as `SAB-01`.
        target: the target's name.
        case: the name of the case inside the requirement, empty where there is only one.
        outcome: what it came to.
        message: why, in redacted text of one or more lines; empty for a plain pass.
        advice: the way out, such as the line to add to the target file; may be empty.
        tried: how many judgements were made (examples of a property count one each).
        missed: how many of them the target did not stand.
        exchanges: the redacted exchanges that show the outcome, as `Evidence.as_json()` gives them: the exchange that
            deviates last, before it those that make it a deviation, such as the control.
        seconds: how long the case took.
        notes: what was seen and is not judged, in redacted text of one line each.
        judgement: the identifier of the judgement that went against the target, such as `no-store`; may be empty.
        parts: of the values that the case tried, those that did not plainly pass, the gravest first.
        values: how many values it tried; 0 where it tries one thing.
        unstable: what the case came to at first, where it was tried again alone and came to something else.
    """

    requirement: str
    target: str
    case: str
    outcome: Outcome
    message: str = ""
    advice: str = ""
    tried: int = 0
    missed: int = 0
    exchanges: tuple[dict[str, object], ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    judgement: str = ""
    parts: tuple[Part, ...] = ()
    values: int = 0
    unstable: str = ""

    @property
    def evidence(self) -> tuple[dict[str, object], ...]:
        """All exchanges that show something: those of each part where there are parts."""
        return tuple(exchange for part in self.parts for exchange in part.exchanges) or self.exchanges

    @property
    def judgements(self) -> str:
        """The identifiers of all judgements that went against the target, with blanks between them."""
        parts = [part.judgement for part in self.parts if part.outcome.is_deviation]
        return " ".join(sorted(set(filter(None, parts or [self.judgement]))))

    def as_json(self) -> dict[str, object]:
        """The fields as plain JSON types, for other processes."""
        return {
            **asdict(self),
            "outcome": str(self.outcome),
            "exchanges": list(self.exchanges),
            "notes": list(self.notes),
            "parts": [
                {**asdict(part), "outcome": str(part.outcome), "exchanges": list(part.exchanges)} for part in self.parts
            ],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The case that `as_json` wrote."""
        lists = {name: tuple(plain[name]) for name in ("exchanges", "notes")}
        parts = tuple(map(Part.from_json, plain["parts"]))
        return cls(**{**plain, "outcome": Outcome(plain["outcome"]), **lists, "parts": parts})


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted deviation: it shows as `waived` until its date, with reason and owner, and never as passed."""

    id: str
    target: str
    reason: str
    owner: str
    until: str  # an ISO date, the last day on which it holds
    line: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one requirement came to on one target: the gravest of its cases."""

    requirement: Requirement
    target: str
    outcome: Outcome
    cases: tuple[Case, ...] = ()
    waiver: Waiver | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What its cases saw and did not judge."""
        return tuple(dict.fromkeys(note for case in self.cases for note in case.notes))

    @property
    def decisive(self) -> Case | None:
        """The case that decided the outcome; None where nothing ran."""
        return max(self.cases, key=lambda case: case.outcome.gravity, default=None)


def outcome_of_deviation(requirement: Requirement) -> Outcome:
    """What a deviation from this requirement is called: a level and a basis decide, never the test's author."""
    if requirement.basis == "inferred" or requirement.level == "may":
        return Outcome.DIFFERS
    return Outcome.WARNED if requirement.level == "should" else Outcome.FAILED


def sum_up(requirement: Requirement, target: str, cases: Sequence[Case], waiver: Waiver | None = None) -> Verdict:
    """Sum the cases of one requirement on one target. No case at all means that the run stopped before it."""
    outcome = max((case.outcome for case in cases), key=lambda o: o.gravity, default=Outcome.NOT_TESTED)
    if waiver is not None and (outcome.is_deviation or outcome is Outcome.WAIVED):
        return Verdict(requirement, target, Outcome.WAIVED, tuple(cases), waiver)
    return Verdict(requirement, target, outcome, tuple(cases))


def judge(verdicts: Iterable[Verdict], roles: frozenset[str], *, strict: bool = False) -> RunVerdict:
    """Turn the verdicts of one target into the verdict of the run.

    Args:
        verdicts: one for each selected requirement.
        roles: the roles which the target declares; a requirement on another role says nothing about this target.
        strict: whether a warning counts as a failure.

    Returns:
        `not conformant` as soon as one must failed (or, if strict, one should); `incomplete` where a must that could
        fail was inconclusive, throttled or not tested although its role was declared, or where the harness itself
        broke, or where nothing at all was tested; else `conformant`.
    """
    verdicts = list(verdicts)
    failing = {Outcome.FAILED, Outcome.WARNED} if strict else {Outcome.FAILED}
    if any(verdict.outcome in failing for verdict in verdicts):
        return RunVerdict.NOT_CONFORMANT
    if any(_is_open(verdict, roles) for verdict in verdicts) or not any(_was_tested(v) for v in verdicts):
        return RunVerdict.INCOMPLETE
    return RunVerdict.CONFORMANT


def exit_code(verdicts: Iterable[RunVerdict]) -> ExitCode:
    """The exit code for the run verdicts of all targets: the gravest counts."""
    found = set(verdicts)
    if RunVerdict.NOT_CONFORMANT in found:
        return ExitCode.NOT_CONFORMANT
    return ExitCode.CONFORMANT if found == {RunVerdict.CONFORMANT} else ExitCode.INCOMPLETE


def with_outcome(case: Case, outcome: Outcome) -> Case:
    """The same case with another outcome."""
    return replace(case, outcome=outcome)


def _is_open(verdict: Verdict, roles: frozenset[str]) -> bool:
    if verdict.outcome is Outcome.HARNESS_ERROR:
        return True
    unknown = verdict.outcome in (Outcome.INCONCLUSIVE, Outcome.THROTTLED, Outcome.NOT_TESTED)
    requirement = verdict.requirement
    return unknown and requirement.role in roles and outcome_of_deviation(requirement) is Outcome.FAILED


def _was_tested(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.PASSED, Outcome.WAIVED) or verdict.outcome.is_deviation
