"""What the terminal shows at the end of a run: a table by family, all that is not a plain pass, and the verdict.

Pure text with markup in pytest's words (`red`, `bold`, …); who prints it decides on colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Protocol

from conformance.http.exchange import Evidence
from conformance.judging.verdict import Part, RunVerdict, Verdict
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.config.profile import Profile

LETTERS: Mapping[Outcome, tuple[str, dict[str, bool]]] = {
    Outcome.PASSED: (".", {"green": True}),
    Outcome.WAIVED: ("W", {"yellow": True}),
    Outcome.NOT_TESTED: ("-", {"yellow": True}),
    Outcome.NOT_APPLICABLE: ("n", {"cyan": True}),
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
_MOST_LEFT = 20  # lines about what is left on targets
_MANY_ALIKE = 12  # more requirements of one cause than this are named by their ids alone
_FINDINGS = 5  # cases and values of a requirement that are shown with their exchanges
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


def summary(
    run: Judged, verbosity: int, unused_waivers: Iterable[str] = (), requests: Mapping[str, int] | None = None
) -> list[Line]:
    """The whole summary of a run.

    Args:
        run: the finished run.
        verbosity: pytest's: -1 leaves out the table, -2 leaves the verdicts alone, 1 shows the plain passes too.
        unused_waivers: what is wrong with waivers, as `waiving.unused` says it.
        requests: how many requests were sent to each target.
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
    if requests is not None and verbosity >= -1:
        lines.append(Line(_sent(requests)))
    lines += [_verdict_line(run, name) for name in names]
    return lines


def left_behind(left: Sequence[str]) -> list[Line]:
    """What a run has left on its targets, and who tries again to undo it.

    Args:
        left: one line for each thing.
    """
    if not left:
        return []
    more = [Line(f"and {len(left) - _MOST_LEFT} more, which it names too")] if len(left) > _MOST_LEFT else []
    tries = Line("seasonproof cleanup tries again, and keeps what it cannot undo in the journal")
    lines = [Line(line, {"yellow": True}) for line in left[:_MOST_LEFT]]
    return [Line("left on the targets", {"bold": True}, "="), *lines, *more, tries]


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
        is_false_claim = case is not None and bool(case.claim)  # one false claim concerns many requirements
        alone = (verdict.outcome.is_deviation and not is_false_claim) or verdict.outcome is Outcome.WAIVED
        groups.setdefault(verdict.requirement.id if alone else cause, []).append(verdict)
    return list(groups.values())


def _explained(alike: list[Verdict], brief: bool, verbosity: int) -> Iterator[Line]:
    outcome = alike[0].outcome
    if outcome is Outcome.PASSED and verbosity <= 0:
        alike = [verdict for verdict in alike if (verdict.notes or verdict.unstable) and not brief]
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
        requirement = verdict.requirement
        yield Line(f"{requirement.id}  {outcome}  {requirement.title}{_at(verdict)}", markup | {"bold": True})
        if not brief and (seen := verdict.notes):
            yield from _wrapped("seen", "\n".join(seen))
        if not brief and (unstable := verdict.unstable):
            yield from _wrapped("unstable", "\n".join(unstable))
    if not brief and outcome is not Outcome.PASSED:
        for label, text in _facts(alike[0], verbosity):
            yield from _wrapped(label, text)


def _at(verdict: Verdict) -> str:
    """The one case or value that a verdict is about, in brackets, or at how many of how many there was something."""
    findings, values = verdict.findings, verdict.values
    if len(findings) == 1 and findings[0].name:
        return f" [{findings[0].name}]" if values == 1 else f" [{findings[0].name}: 1 of {values}]"
    return f" [{len(findings)} of {values}]" if len(findings) > 1 else ""


def _facts(verdict: Verdict, verbosity: int) -> Iterator[tuple[str, str]]:
    requirement, findings = verdict.requirement, verdict.findings
    if not verdict.cases:
        yield "why", "the run stopped before it"
        return
    if verdict.outcome is Outcome.HARNESS_ERROR:
        yield "why", "the harness itself broke; see the traceback above and report it"
        return
    groups = _alike(findings)
    shown = groups if verbosity > 0 else groups[:_FINDINGS]
    for group in shown:
        if len(findings) > 1 and (names := ", ".join(finding.name for finding in group if finding.name)):
            yield "at", names if group[0].outcome is verdict.outcome else f"{names} ({group[0].outcome})"
        yield from _finding(group[0])
    if len(groups) > len(shown):
        names = ", ".join(finding.name for group in groups[len(shown) :] for finding in group)
        yield "and at", f"{names}; -v shows what was sent"
    if verdict.waiver is not None:
        yield "waived", f"until {verdict.waiver.until} by {verdict.waiver.owner}: {verdict.waiver.reason}"
    if not verdict.outcome.is_deviation or verdict.claim:
        return
    if missed := sum(case.missed for case in verdict.cases):
        yield "tries", f"{missed} of {sum(case.tried for case in verdict.cases)}"
    source = requirement.sources[0]
    where = f", {source.section}" if source.section else ""
    yield "source", f"{requirement.level}, {requirement.basis}: {source.title}{where}"
    yield "", source.url
    yield "remedy", requirement.remedy


def _alike(findings: Iterable[Part]) -> list[list[Part]]:
    """The findings in groups that need one explanation each, as `_gravest_first` does."""
    groups: dict[object, list[Part]] = {}
    for number, finding in enumerate(findings):
        cause = number if finding.outcome.is_deviation else (finding.outcome, finding.message, finding.advice)
        groups.setdefault(cause, []).append(finding)
    return list(groups.values())


def _finding(finding: Part) -> Iterator[tuple[str, str]]:
    yield "why", finding.message
    if finding.advice:
        yield "way out" if finding.outcome is Outcome.FAILED else "to test it", finding.advice
    if finding.outcome in (Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE) or not finding.exchanges:
        return
    *compared, evidence = map(Evidence.from_json, finding.exchanges)
    for one in compared if finding.outcome is not Outcome.INCONCLUSIVE else ():
        yield "beside", one.summary
    yield "sent", evidence.curl
    yield "came back", evidence.answer


def _wrapped(label: str, text: str) -> Iterator[Line]:
    # Commands and addresses stay whole, so that they can be copied.
    parts = [
        line
        for paragraph in text.splitlines() or [""]
        for line in (
            [paragraph] if label == "sent" or paragraph.startswith("http") else wrap(paragraph, _WIDTH - 14) or [""]
        )
    ]
    for index, part in enumerate(parts):
        yield Line(f"  {label if index == 0 else '':<10}  {part}")


def _sent(requests: Mapping[str, int]) -> str:
    if len(requests) <= _MANY_TARGETS:
        counts = [f"{count:,} requests sent to {name}" for name, count in requests.items()]
        return ", ".join(counts) or "no requests sent"
    return f"{sum(requests.values()):,} requests sent to {len(requests)} targets"


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
