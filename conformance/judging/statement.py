"""The statement: the one record of a run, from which every other output is written. Header, verdicts, footer.

Without its footer a statement has no verdict: the run that wrote it ended early. Numbers in the footer are those of the
verdicts, which is checked whenever a statement is read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from conformance.config.waivers import Waiver
from conformance.http.exchange import Evidence
from conformance.judging.statement_contents import Record, StatedProfile, StatedRequirement, StatedTarget
from conformance.judging.verdict import Case, RunVerdict, Verdict, judge, sum_up
from conformance.rules.outcome import Outcome

FORMAT = 2
"""The version of the format. A reader refuses every other one."""

type Kind = Literal["suites", "clients", "traffic", "audit", "lint-spec"]
type Counts = dict[Outcome, int]

_EVIDENCE = TypeAdapter(Evidence)
_CLIENTS = frozenset({"api_client", "token_client", "rotation_client", "file_client", "polling_client"})


class Header(Record):
    """What is known before the first verdict."""

    kind: Annotated[Kind, Field(description="What was run.")]
    run: Annotated[str, Field(description="The name of the run, which its requests carry.")]
    suite: Annotated[str, Field(description="The version of seasonproof.")]
    python: Annotated[str, Field(description="The version of Python.")]
    profile: StatedProfile
    targets: Annotated[tuple[StatedTarget, ...], Field(description="What was judged.")]
    depth: Annotated[str, Field(description="How many examples a property was tried with.")] = ""
    seed: Annotated[
        str, Field(description="What the examples were drawn with; derandomized if they are the same each time.")
    ] = ""
    strict: Annotated[bool, Field(description="Whether a should counts like a must.")] = False
    selection: Annotated[str, Field(description="The options that chose a part; empty for everything.")] = ""
    dependencies: Annotated[dict[str, str], Field(description="The versions of what the suite is built on.")]
    dependencies_digest: Annotated[str, Field(description="SHA-256 over those versions.")]
    started: Annotated[AwareDatetime, Field(description="When the run began.")]


class StatedVerdict(Record):
    """What one requirement came to on one target."""

    target: Annotated[str, Field(description="The name of the target.")]
    requirement: Annotated[str, Field(description="The id of the requirement.")]
    outcome: Outcome
    cases: Annotated[
        tuple[Case, ...], Field(description="What was tried, one by one; the gravest outcome counts.")
    ] = ()
    waiver: Annotated[Waiver | None, Field(description="What accepts the deviation.")] = None
    days_left: Annotated[int | None, Field(description="The days that the waiver held when the run ended.")] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for case in self.cases:
            for exchange in [*case.exchanges, *(exchange for part in case.parts for exchange in part.exchanges)]:
                if not _is_time(_EVIDENCE.validate_python(exchange).started):
                    raise ValueError("holds an exchange that started at no time")
            if (case.requirement, case.target) != (self.requirement, self.target):
                raise ValueError("holds a case of another requirement or target")
        gravest = max((case.outcome for case in self.cases), key=lambda o: o.gravity, default=Outcome.NOT_TESTED)
        if self.outcome is not gravest:
            raise ValueError(f"says {self.outcome}, but its gravest case is {gravest}")
        return self


class Totals(Record):
    """How many requirements came to which outcome on one target."""

    outcomes: Annotated[Counts, Field(description="Of all requirements.")]
    families: Annotated[dict[str, Counts], Field(description="Of each family.")]
    levels: Annotated[dict[str, Counts], Field(description="Of each level.")]
    bases: Annotated[dict[str, Counts], Field(description="Of each basis.")]


class StatedResult(Record):
    """What a target came to."""

    target: Annotated[str, Field(description="The name of the target.")]
    verdict: RunVerdict
    sentence: Annotated[str, Field(description="The verdict as a sentence for people.")]
    totals: Totals
    open: Annotated[tuple[str, ...], Field(description="The requirements that keep it from a verdict.")] = ()
    requests: Annotated[int | None, Field(description="How many requests were sent to it.")] = None


class Footer(Record):
    """What is known after the last verdict. Without it there is no verdict."""

    ended: Annotated[AwareDatetime, Field(description="When the run ended.")]
    seconds: Annotated[float, Field(description="How long it took.")]
    results: Annotated[tuple[StatedResult, ...], Field(description="The verdict on each target, in their order.")]
    unused_waivers: Annotated[tuple[str, ...], Field(description="What is wrong with waivers, one line each.")] = ()
    left: Annotated[tuple[str, ...], Field(description="What is left on the targets, one line each.")] = ()
    broken: Annotated[
        tuple[str, ...], Field(description="Target files of a fleet that cannot be used, with the first reason.")
    ] = ()
    baseline: Annotated[str, Field(description="The file of deviations that were there before.")] = ""
    better: Annotated[tuple[str, ...], Field(description="Entries of the baseline that deviate no more.")] = ()


class Statement(Record):
    """The record of one run."""

    statement: Annotated[Literal[2], Field(description="The version of the format.")]
    header: Header
    requirements: Annotated[
        tuple[StatedRequirement, ...], Field(description="What was asked, in the words of that day.")
    ]
    verdicts: Annotated[
        tuple[StatedVerdict, ...], Field(description="The answers: one for each requirement and target.")
    ] = ()
    footer: Annotated[
        Footer | None, Field(description="What is known after the last verdict; without it there is none.")
    ] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        families = {family.family for family in self.header.profile.families}
        if unknown := next((one for one in self.requirements if one.family not in families), None):
            raise ValueError(f"{unknown.id} is of the family {unknown.family}, which the profile does not have")
        for verdict in self.verdicts:
            if verdict.requirement not in self.by_id:
                raise ValueError(f"a verdict is on {verdict.requirement}, which is not among the requirements")
            if verdict.target not in self.target_names:
                raise ValueError(f"a verdict is on the target {verdict.target}, which the header does not have")
        if self.footer is not None and [result.target for result in self.footer.results] != self.target_names:
            raise ValueError("the footer has other targets than the header")
        for result in self.footer.results if self.footer is not None else ():
            verdicts = self.of(result.target)
            found = judge(verdicts, self.roles(result.target), strict=self.header.strict)
            if (result.verdict, result.totals) != (found, totals_of(verdicts)):
                raise ValueError(f"the footer does not agree with the verdicts on {result.target}")
        return self

    @cached_property
    def by_id(self) -> Mapping[str, StatedRequirement]:
        """The requirements by their ids."""
        return {requirement.id: requirement for requirement in self.requirements}

    @cached_property
    def days_left(self) -> Mapping[tuple[str, str], int]:
        """How many days each waiver held when the run ended, by target and requirement."""
        return {(one.target, one.requirement): one.days_left for one in self.verdicts if one.days_left is not None}

    @property
    def target_names(self) -> list[str]:
        """What was judged, by name."""
        return [target.name for target in self.header.targets]

    def target(self, name: str) -> StatedTarget:
        """What is said of a target."""
        return next(target for target in self.header.targets if target.name == name)

    def roles(self, name: str) -> frozenset[str]:
        """The roles that a target declares."""
        return frozenset(self.target(name).roles)

    def total(self, name: str) -> int:
        """How many requirements the profile has on the roles of a target."""
        return sum(count for role, count in self.header.profile.requirements.items() if role in self.roles(name))

    @cached_property
    def _by_target(self) -> Mapping[str, list[Verdict]]:
        # A run that ended early leaves each case by itself.
        cases: dict[tuple[str, str], list[Case]] = {}
        waivers: dict[tuple[str, str], Waiver | None] = {}
        for one in self.verdicts:
            cases.setdefault((one.target, one.requirement), []).extend(one.cases)
            waivers[one.target, one.requirement] = one.waiver
        found: dict[str, list[Verdict]] = {name: [] for name in self.target_names}
        for (target, identifier), those in cases.items():
            found[target].append(sum_up(self.by_id[identifier], target, those, waivers[target, identifier]))
        return found

    def of(self, name: str) -> list[Verdict]:
        """The verdicts on one target, in the profile's order."""
        return self._by_target[name]

    def is_ready(self, name: str) -> bool:
        """Whether a target is conformant with the whole profile and not only with a part of it."""
        result = self.result(name)
        is_conformant = result is not None and result.verdict is RunVerdict.CONFORMANT
        return is_conformant and len(self.of(name)) == self.total(name)

    def result(self, name: str) -> StatedResult | None:
        """What a target came to; None where the run ended early."""
        results = self.footer.results if self.footer is not None else ()
        return next((result for result in results if result.target == name), None)

    def as_json(self) -> str:
        """The file: one verdict a line."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        return "".join(_lines(plain))


def totals_of(verdicts: Iterable[Verdict]) -> Totals:
    """The numbers of outcomes, by family, level and basis too."""
    verdicts = list(verdicts)

    def by(name: str) -> dict[str, Counts]:
        found: dict[str, Counts] = {}
        for verdict in verdicts:
            counts = found.setdefault(getattr(verdict.requirement, name), {})
            counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
        return found

    outcomes = dict(Counter(verdict.outcome for verdict in verdicts))
    return Totals(outcomes=outcomes, families=by("family"), levels=by("level"), bases=by("basis"))


# ------------------------------------------------------------------ details


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return False
    return True


def _lines(plain: Mapping[str, Any]) -> Iterable[str]:
    yield "{"
    for position, (name, value) in enumerate(plain.items()):
        yield f"{',' if position else ''}\n{json.dumps(name)}: "
        if name in ("requirements", "verdicts"):
            rows = ",\n".join(json.dumps(one, ensure_ascii=False) for one in value)
            yield f"[\n{rows}\n]"
        else:
            yield json.dumps(value, ensure_ascii=False)
    yield "\n}\n"
