"""What the terminal shows at the end of a run: a table by family, all that is not a plain pass, and the verdict.

Pure text with markup in pytest's words (`red`, `bold`, …); who prints it decides on colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Protocol

from conformance.rules.outcome import Outcome

from conformance.http.exchange import Evidence
from conformance.judging.verdict import Case, RunVerdict, Verdict

if TYPE_CHECKING:
    from conformance.config.profile import Profile

LETTERS: Mapping[Outcome, tuple[str, dict[str, bool]]] = {
    Outcome.PASSED: (".", {"green": True}),
    Outcome.WAIVED: ("W", {"yellow": True}),
    Outcome.NOT_TESTED: ("-", {"yellow": True}),
    Outcome.DIFFERS: ("d", {"cyan": True}),
    Outcome.WARNED: ("w", {"yellow": True}),
    Outcome.THROTTLED: ("t", {"yellow": True}),
    Outcome.INCONCLUSIVE: ("?", {"yellow": True}),
    Outcome.FAILED: ("F", {"red": True}),
    Outcome.HARNESS_ERROR: ("E", {"red": True, "bold": True}),
}
"""The letter and the colour of each outcome, while the run goes on and after."""

_VERDICT_MARKUP = {
    RunVerdict.CONFORMANT: {"green": True, "bold": True},
    RunVerdict.NOT_CONFORMANT: {"red": True, "bold": True},
    RunVerdict.INCOMPLETE: {"yellow": True, "bold": True},
}
_MANY_TARGETS = 3
_MANY_ALIKE = 12  # more requirements of one cause than this are named by their ids alone
_WIDTH = 116


class Judged(Protocol):
    """What was judged by a profile: the targets of a run, or traffic that was overheard."""

    @property
    def profile(self) -> Profile:
        """What was asked for."""

    @property
    def target_names(self) -> list[str]:
        """What was judged, by name."""

    @property
    def selected(self) -> set[tuple[str, str]]:
        """The (target, requirement id) pairs that were chosen."""

    def roles(self, name: str) -> frozenset[str]:
        """The roles that a target declares."""

    def verdicts(self, name: str) -> list[Verdict]:
        """The verdict on each selected requirement, in the profile's order."""

    def verdict(self, name: str) -> RunVerdict:
        """The verdict on a target."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output; with a separator, a heading across the screen."""

    text: str
    markup: dict[str, bool] = field(default_factory=dict)
    separator: str = ""


def summary(run: Judged, verbosity: int, unused_waivers: Iterable[str] = ()) -> list[Line]:
    """The whole summary of a run.

    Args:
        run: the finished run.
        verbosity: pytest's: -1 leaves out the table, -2 leaves the verdicts alone, 1 shows the plain passes too.
        unused_waivers: what is wrong with waivers, as `waivers.unused` says it.
    """
    lines: list[Line] = []
    selected = {target for target, _ in run.selected}
    names = [name for name in run.target_names if name in selected]
    for name in names:
        verdicts = run.verdicts(name)
        if verbosity >= -1:
            lines.append(Line(f"{run.profile.title} · {name}", {"bold": True}, "="))
        if verbosity >= 0:
            lines += _table(run, verdicts)
        if verbosity >= -1:
            brief = len(names) > _MANY_TARGETS and verbosity <= 0
            for alike in _gravest_first(verdicts):
                lines += _explained(alike, brief, verbosity)
    lines.append(Line(""))
    lines += [Line(problem, {"red": True}) for problem in unused_waivers]
    lines += [_verdict_line(run, name) for name in names]
    return lines


def _table(run: Judged, verdicts: list[Verdict]) -> list[Line]:
    shown = [o for o in Outcome if o in (Outcome.PASSED, Outcome.FAILED) or any(v.outcome is o for v in verdicts)]
    families = [
        family for family in run.profile.families if any(v.requirement.family == family.family for v in verdicts)
    ]
    width = max([len("family"), *(len(family.title) for family in families)])
    lines = [
        Line(f"{'family':<{width}}" + "".join(f"  {outcome:>{len(outcome)}}" for outcome in shown), {"bold": True})
    ]
    for family in families:
        counts = Counter(v.outcome for v in verdicts if v.requirement.family == family.family)
        cells = "".join(f"  {counts[outcome] or '·':>{len(outcome)}}" for outcome in shown)
        lines.append(Line(f"{family.title:<{width}}{cells}"))
    return lines


def _gravest_first(verdicts: list[Verdict]) -> list[list[Verdict]]:
    """The verdicts in groups that need one explanation each: a deviation is explained alone, one cause is said once."""
    groups: dict[object, list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: -verdict.outcome.gravity):
        case = verdict.decisive
        cause = (verdict.outcome, case.message, case.advice) if case is not None else verdict.outcome
        alone = verdict.outcome.is_deviation or verdict.outcome is Outcome.WAIVED
        groups.setdefault(verdict.requirement.id if alone else cause, []).append(verdict)
    return list(groups.values())


def _explained(alike: list[Verdict], brief: bool, verbosity: int) -> Iterator[Line]:
    outcome = alike[0].outcome
    if outcome is Outcome.PASSED and verbosity <= 0:
        alike = [verdict for verdict in alike if verdict.notes and not brief]
    _, markup = LETTERS[outcome]
    if not brief and outcome is not Outcome.PASSED:
        yield Line("")
    if len(alike) > _MANY_ALIKE and outcome is not Outcome.PASSED:
        identifiers = ", ".join(verdict.requirement.id for verdict in alike)
        for part in wrap(f"{len(alike)} requirements  {outcome}  {identifiers}", _WIDTH, subsequent_indent="  "):
            yield Line(part, markup | {"bold": True})
        named_alone = []
    else:
        named_alone = alike
    for verdict in named_alone:
        requirement, case = verdict.requirement, verdict.decisive
        named = f" [{case.case}]" if case is not None and case.case and outcome is not Outcome.PASSED else ""
        yield Line(f"{requirement.id}  {outcome}  {requirement.title}{named}", markup | {"bold": True})
        if not brief and (seen := verdict.notes):
            yield from _wrapped("seen", "\n".join(seen))
    if not brief and outcome is not Outcome.PASSED:
        for label, text in _facts(alike[0], alike[0].decisive):
            yield from _wrapped(label, text)


def _facts(verdict: Verdict, case: Case | None) -> Iterator[tuple[str, str]]:
    requirement = verdict.requirement
    if case is None:
        yield "why", "the run stopped before it"
        return
    if verdict.outcome is Outcome.HARNESS_ERROR:
        yield "why", "the harness itself broke; see the traceback above and report it"
        return
    yield "why", case.message
    if case.advice:
        yield "to test it", case.advice
    if verdict.waiver is not None:
        yield "waived", f"until {verdict.waiver.until} by {verdict.waiver.owner}: {verdict.waiver.reason}"
    if verdict.outcome is Outcome.NOT_TESTED:
        return
    if case.exchanges:
        evidence = Evidence.from_json(case.exchanges[-1])
        yield "sent", evidence.curl
        yield "came back", evidence.answer
    if not verdict.outcome.is_deviation:
        return
    if case.missed:
        yield "tries", f"{case.missed} of {case.tried}"
    source = requirement.sources[0]
    where = f", {source.section}" if source.section else ""
    yield "source", f"{requirement.level}, {requirement.basis}: {source.title}{where}"
    yield "", source.url
    yield "remedy", requirement.remedy


def _wrapped(label: str, text: str) -> Iterator[Line]:
    # Commands and addresses stay whole, so that they can be copied.
    whole = label == "sent" or text.startswith("http")
    parts = [
        line
        for paragraph in text.splitlines() or [""]
        for line in ([paragraph] if whole else wrap(paragraph, _WIDTH - 14) or [""])
    ]
    for index, part in enumerate(parts):
        yield Line(f"  {label if index == 0 else '':<10}  {part}")


def _verdict_line(run: Judged, name: str) -> Line:
    verdicts, verdict = run.verdicts(name), run.verdict(name)
    declared = [v for v in verdicts if v.requirement.role in run.roles(name)]
    counts = Counter(v.outcome for v in declared)
    parts = [f"{count} {outcome}" for outcome in Outcome if (count := counts[outcome])]
    if others := len(verdicts) - len(declared):
        parts.append(f"{others} on roles that it does not declare")
    total = len(run.profile.requirements)
    selection = f"{len(verdicts)} of {total} requirements, a selection"
    scope = f"{total} requirements" if len(verdicts) == total else selection
    return Line(f"{name}: {verdict} with {run.profile.name} ({scope}: {', '.join(parts)})", _VERDICT_MARKUP[verdict])
