"""What a requirement came to on a target, and what a run came to: pure functions for every output and the exit code.

Nothing here knows pytest, HTTP or files. A case is one pytest item; a requirement may have several cases;
a verdict sums the cases of one requirement on one target.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Self

from conformance.redaction import VAULT
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.config.profile import Requirement
    from conformance.config.waivers import Waiver
    from conformance.judging.statement_contents import StatedRequirement

    type Judgeable = Requirement | StatedRequirement

JOINT = " / "
"""What stands between the name of a value that a case tries and that of a value inside it."""


class RunVerdict(StrEnum):
    """What a whole run came to on one target."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    INCOMPLETE = "incomplete"


class ExitCode(IntEnum):
    """How a process ends, a run of pytest and a `seasonproof` command alike.

    Attributes:
        CONFORMANT: every *must* that can fail and applies was tested and passed; a command found nothing.
        NOT_CONFORMANT: a *must* failed, or with `--strict` a *should*; a command found what it looks for.
        COMMAND_USAGE: what a command was given is wrong. A run of pytest has 2 where it was interrupted.
        INTERNAL_ERROR: a defect of the harness, or what could not be checked although it had to be.
        USAGE: what a run of pytest was given is wrong.
        INCOMPLETE: no *must* failed, but one was inconclusive, throttled or not tested.
    """

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    COMMAND_USAGE = 2
    INTERNAL_ERROR = 3
    USAGE = 4
    INCOMPLETE = 7


@dataclass(frozen=True, slots=True)
class Part:
    """One of several values that a case tried, where it did not plainly pass.

    Attributes:
        name: the value, such as the name of a field; a waiver may name it.
        outcome: what it came to.
        message: why; what is given is redacted here.
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

    def __post_init__(self) -> None:
        _show(self, "name", "message", "advice")

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
        message: why, in one or more lines; empty for a plain pass. What is given is redacted here, as are the advice
            and the notes, so that no output can forget it.
        advice: the way out, such as the line to add to the target file; may be empty.
        tried: how many judgements were made (examples of a property count one each).
        missed: how many of them the target did not stand.
        exchanges: the redacted exchanges that show the outcome, as `Evidence.as_json()` gives them: the exchange that
            deviates last, before it those that make it a deviation, such as the control.
        seconds: how long the case took.
        notes: what was seen and is not judged, one line each.
        claim: what the target's owner claims, where that decided the outcome: that something is absent.
        claims: the values that do not apply although others do, each with the claim that says so.
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
    claim: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    judgement: str = ""
    parts: tuple[Part, ...] = ()
    values: int = 0
    unstable: str = ""

    def __post_init__(self) -> None:
        _show(self, "message", "advice")
        object.__setattr__(self, "notes", tuple(map(VAULT.shown, self.notes)))
        object.__setattr__(self, "claims", tuple((VAULT.shown(name), claim) for name, claim in self.claims))

    @property
    def findings(self) -> tuple[Part, ...]:
        """What did not plainly pass: the parts, or the case itself where it has none, under names that say the case."""
        if self.parts:
            named = f"{self.case}{JOINT}" if self.case else ""
            return tuple(replace(part, name=f"{named}{part.name}") for part in self.parts)
        if self.outcome is Outcome.PASSED:
            return ()
        return (Part(self.case, self.outcome, self.message, self.advice, self.judgement, self.exchanges),)

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
            "claims": [list(one) for one in self.claims],
            "parts": [
                {**asdict(part), "outcome": str(part.outcome), "exchanges": list(part.exchanges)} for part in self.parts
            ],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The case that `as_json` wrote."""
        lists = {name: tuple(plain[name]) for name in ("exchanges", "notes")}
        lists |= {"claims": tuple(map(tuple, plain["claims"])), "parts": tuple(map(Part.from_json, plain["parts"]))}
        return cls(**{**plain, "outcome": Outcome(plain["outcome"]), **lists})


def _show(record: Case | Part, *names: str) -> None:
    """Make text of others fit for every output."""
    for name in names:
        if text := getattr(record, name):
            object.__setattr__(record, name, VAULT.shown(text))


def by_gravity(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts of a case, the gravest first."""
    return tuple(sorted(parts, key=lambda part: -part.outcome.gravity))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one requirement came to on one target: the gravest of its cases."""

    requirement: Judgeable
    target: str
    outcome: Outcome
    cases: tuple[Case, ...] = ()
    waiver: Waiver | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What its cases saw and did not judge."""
        return tuple(dict.fromkeys(note for case in self.cases for note in case.notes))

    @property
    def claims(self) -> tuple[str, ...]:
        """What does not apply although the rest does: by each claim of the target's owner, which cases and values.

        Where the target itself shows that something does not apply, its message takes the place of a claim.
        Such a part counts as passed nowhere; where nothing applies, the outcome says so.
        """
        if self.outcome is Outcome.NOT_APPLICABLE:
            return ()
        found: dict[str, list[str]] = {}
        for case in self.cases:
            if case.outcome is Outcome.NOT_APPLICABLE:
                found.setdefault(case.claim or case.message, []).append(case.case)
            for name, claim in case.claims:
                found.setdefault(claim, []).append(f"{case.case}{JOINT}{name}" if case.case else name)
        return tuple(f"{claim} ({', '.join(names)})" for claim, names in found.items())

    @property
    def unstable(self) -> tuple[str, ...]:
        """What its cases came to at first, where they were tried again and came to something else."""
        return tuple(dict.fromkeys(case.unstable for case in self.cases if case.unstable))

    @property
    def findings(self) -> tuple[Part, ...]:
        """What did not plainly pass, of all cases and of all values that they tried, the gravest first.

        What does not apply is among the claims, unless nothing does.
        """
        found = by_gravity(finding for case in self.cases for finding in case.findings)
        if self.outcome is Outcome.NOT_APPLICABLE:
            return found
        return tuple(finding for finding in found if finding.outcome is not Outcome.NOT_APPLICABLE)

    @property
    def claim(self) -> str:
        """What the target's owner claims to be absent, where that decided the outcome, whether or not it is true.

        Where the target itself shows that the requirement does not apply, its message takes the place of a claim.
        """
        case = self.decisive
        if case is None:
            return ""
        return case.claim or (case.message if case.outcome is Outcome.NOT_APPLICABLE else "")

    @property
    def values(self) -> int:
        """How many things were tried: the cases, or the values that they tried."""
        return sum(case.values or 1 for case in self.cases)

    @property
    def decisive(self) -> Case | None:
        """The case that decided the outcome; None where nothing ran."""
        return max(self.cases, key=lambda case: case.outcome.gravity, default=None)


def outcome_of_deviation(requirement: Judgeable) -> Outcome:
    """What a deviation from this requirement is called: a level and a basis decide, never the test's author."""
    if requirement.basis == "inferred" or requirement.level == "may":
        return Outcome.DIFFERS
    return Outcome.WARNED if requirement.level == "should" else Outcome.FAILED


def sum_up(requirement: Judgeable, target: str, cases: Sequence[Case], waiver: Waiver | None = None) -> Verdict:
    """Sum the cases of one requirement on one target. No case at all means that the run stopped before it.

    Args:
        requirement: the requirement.
        target: the target's name.
        cases: its cases, with what is waived shown as waived.
        waiver: what waived it; kept if anything is waived.
    """
    outcome = max((case.outcome for case in cases), key=lambda o: o.gravity, default=Outcome.NOT_TESTED)
    found = Verdict(requirement, target, outcome, tuple(cases))
    is_used = any(finding.outcome is Outcome.WAIVED for finding in found.findings)
    return replace(found, waiver=waiver) if is_used else found


def judge(verdicts: Iterable[Verdict], roles: frozenset[str], *, strict: bool = False) -> RunVerdict:
    """Turn the verdicts of one target into the verdict of the run.

    Args:
        verdicts: one for each selected requirement.
        roles: the roles which the target declares; a requirement on another role says nothing about this target.
        strict: whether a warning counts as a failure.

    Returns:
        `not conformant` as soon as one must failed (or, if strict, one should); `incomplete` where a must that could
        fail was inconclusive, throttled or not tested although its role was declared, or where the harness itself
        broke, or where nothing at all was tested; else `conformant`. What is not applicable decides nothing, nor does
        what is about a system beside the target that its file does not name.
    """
    verdicts = list(verdicts)
    failing = {Outcome.FAILED, Outcome.WARNED} if strict else {Outcome.FAILED}
    if any(verdict.outcome in failing for verdict in verdicts):
        return RunVerdict.NOT_CONFORMANT
    if left_open(verdicts, roles) or not any(_was_tested(verdict) for verdict in verdicts):
        return RunVerdict.INCOMPLETE
    return RunVerdict.CONFORMANT


def left_open(verdicts: Iterable[Verdict], roles: frozenset[str]) -> list[Verdict]:
    """What keeps a run from a verdict: a must that could fail and was not judged, and whatever broke the harness."""
    return [verdict for verdict in verdicts if _is_open(verdict, roles)]


def inferred_deviations(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The deviations that can fail nobody, because what they deviate from follows from a source and is not in it."""
    return [one for one in verdicts if one.outcome is Outcome.DIFFERS and one.requirement.basis == "inferred"]


def exit_code(verdicts: Iterable[RunVerdict]) -> ExitCode:
    """The exit code for the run verdicts of all targets: the gravest counts."""
    found = set(verdicts)
    if RunVerdict.NOT_CONFORMANT in found:
        return ExitCode.NOT_CONFORMANT
    return ExitCode.CONFORMANT if found == {RunVerdict.CONFORMANT} else ExitCode.INCOMPLETE


def _is_open(verdict: Verdict, roles: frozenset[str]) -> bool:
    if verdict.outcome is Outcome.HARNESS_ERROR:
        return True
    unknown = verdict.outcome in (Outcome.INCONCLUSIVE, Outcome.THROTTLED, Outcome.NOT_TESTED)
    requirement = verdict.requirement
    if requirement.beside and verdict.outcome is Outcome.NOT_TESTED:
        return False
    return unknown and requirement.role in roles and outcome_of_deviation(requirement) is Outcome.FAILED


def _was_tested(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.PASSED, Outcome.WAIVED) or verdict.outcome.is_deviation
