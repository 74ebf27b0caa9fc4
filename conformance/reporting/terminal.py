"""What the terminal shows at the end of a run: a table by family, all that is not a plain pass, and the verdict.

Pure text with markup in pytest's words (`red`, `bold`, …); who prints it decides on colours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING

from conformance.config.roles import Client
from conformance.http.exchange import Evidence
from conformance.judging.tried_values import IN_SCENARIO
from conformance.judging.verdict import Part, RunVerdict, Verdict, inferred_deviations, left_open
from conformance.reporting.view import named, passed_in_part
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.statement_contents import StatedFamily

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
_ORDER = (*(outcome for outcome in Outcome if outcome is not Outcome.NOT_APPLICABLE), Outcome.NOT_APPLICABLE)
_MANY_TARGETS = 3
_MOST_LEFT = 20  # lines about what is left on targets
_MANY_ALIKE = 12  # more requirements of one cause than this are named by their ids alone
_FINDINGS = 5  # cases and values of a requirement that are shown with their exchanges
_MANY_OPEN = 12  # more requirements than this are counted at the end of a verdict's line
WIDTH = 120
_COLUMN = 30  # the widest column of ids
_MADE_UP = re.compile(r"\S+…\(\d+ characters\)|:\d+")  # what each scenario has of its own: secrets and ports
_INDENT = 14  # where the facts of an explanation begin


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output; with a separator, a heading across the screen.

    Attributes:
        text: what it says.
        markup: how it looks, in pytest's words.
        separator: what fills the heading; empty for a plain line.
        indent: where it goes on if it does not fit; None for a line that stays whole, so that it can be copied.
    """

    text: str
    markup: dict[str, bool] = field(default_factory=dict)
    separator: str = ""
    indent: int | None = None

    def fitted(self, width: int) -> Iterator[Line]:
        """The lines that it takes on a screen of this width."""
        if self.indent is None or len(self.text) <= width:
            yield self
            return
        parts = wrap(self.text, width, subsequent_indent=" " * self.indent, break_on_hyphens=False)
        yield from (Line(part, self.markup) for part in parts)


def summary(statement: Statement, verbosity: int = 0, width: int = WIDTH) -> list[Line]:
    """The whole summary of a run.

    Args:
        statement: the run.
        verbosity: pytest's: -1 leaves out the table, -2 leaves the verdicts alone, 1 shows the plain passes too, and
            why something was not tested or does not apply.
        width: how many characters a line of the screen has.
    """
    width = min(width, WIDTH)
    lines: list[Line] = []
    names, footer = statement.target_names, statement.footer
    for name in names:
        verdicts = statement.of(name)
        if verbosity >= -1:
            lines.append(Line(f"{statement.header.profile.title} · {name}", {"bold": True}, "="))
        if verbosity >= 0:
            lines += _table(statement, verdicts, width)
        if verbosity >= -1:
            brief = len(names) > _MANY_TARGETS and verbosity <= 0
            short = [] if verbosity > 0 else [v for v in verdicts if v.outcome in _IN_SHORT and v.cases]
            for alike in _gravest_first([verdict for verdict in verdicts if verdict not in short]):
                lines += _explained(alike, brief, verbosity)
            lines += [] if brief else _in_short(short, statement, name)
    if verbosity >= -1 and len(names) <= _MANY_TARGETS:
        for name in names:
            lines += _what_is_open(statement, name)
    lines.append(Line(""))
    if footer is not None:
        lines += [Line(problem, {"red": True}) for problem in footer.unused_waivers]
        lines += [
            Line(f"{footer.baseline}: {one} deviates no more; --update-baseline takes it out", indent=2)
            for one in footer.better
        ]
        if verbosity >= -1 and any(result.requests is not None for result in footer.results):
            lines.append(Line(_sent(statement, {result.target: result.requests or 0 for result in footer.results})))
    lines += [line for name in names for line in _verdict_lines(statement, name)]
    return [part for line in lines for part in line.fitted(width)]


_IN_SHORT = (Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE)


def _in_short(verdicts: list[Verdict], statement: Statement, name: str) -> Iterator[Line]:
    """What was not tested, each with the line that changes that, and what does not apply, each with its claim."""
    opened = left_open(statement.of(name), statement.roles(name))
    not_tested = [v for v in verdicts if v.outcome is Outcome.NOT_TESTED and v not in opened]
    needed = [v for v in verdicts if v.outcome is Outcome.NOT_TESTED and v in opened]
    if needed and not _is_kept_open(statement, name):  # else they come last, as what keeps the run from a verdict
        yield Line("")
        yield Line("not tested, and needed to be conformant (the page says why)", LETTERS[Outcome.NOT_TESTED][1])
        yield from rows((verdict.requirement.id, _advice(verdict)) for verdict in needed)
    absent = [v for v in verdicts if v.outcome is Outcome.NOT_APPLICABLE]
    if not_tested:
        yield Line("")
        yield Line("not tested, and not needed for the verdict (the page says why)", LETTERS[Outcome.NOT_TESTED][1])
        yield from rows((verdict.requirement.id, _first_line(_advice(verdict))) for verdict in not_tested)
    if absent:
        yield Line("")
        yield Line(
            "not applicable, as the target's owner says or the target shows (the page says why that may be)",
            LETTERS[absent[0].outcome][1],
        )
        yield from rows((verdict.requirement.id, verdict.claim) for verdict in absent)


def _what_is_open(statement: Statement, name: str) -> Iterator[Line]:
    """The musts that keep a run from a verdict, and the line of the target file to add for each."""
    opened = left_open(statement.of(name), statement.roles(name))
    if not opened or not _is_kept_open(statement, name):
        return
    what = f"{len(opened)} requirements keep" if len(opened) > 1 else "1 requirement keeps"
    yield Line("")
    yield Line(f"{what} {name} from a verdict:", _VERDICT_MARKUP[RunVerdict.INCOMPLETE])
    yield from rows((verdict.requirement.id, _way_to_a_verdict(verdict)) for verdict in opened)


def _is_kept_open(statement: Statement, name: str) -> bool:
    result = statement.result(name)
    return result is not None and result.verdict is RunVerdict.INCOMPLETE


def _way_to_a_verdict(verdict: Verdict) -> str:
    if not verdict.cases:
        return "the run stopped before it"
    if verdict.outcome is Outcome.NOT_TESTED:
        return _advice(verdict)
    return f"{verdict.outcome}, as explained above"


def _advice(verdict: Verdict) -> str:
    """The way out of the case that decided; why it was not tested, where there is none."""
    case = verdict.decisive
    return (case.advice or case.message) if case is not None else "the run stopped before it"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def rows(pairs: Iterable[tuple[str, str]], indent: int = 2) -> Iterator[Line]:
    """Two columns: the ids of all that has one text, and the text.

    Args:
        pairs: an id and a text of one or more lines, as often as wanted.
        indent: where the first column begins.
    """
    by_text: dict[str, list[str]] = {}
    for identifier, text in pairs:
        by_text.setdefault(text, []).append(identifier)
    column = min(_COLUMN, max((len(", ".join(ids)) for ids in by_text.values()), default=0))
    begins = indent + column + 2
    for text, ids in by_text.items():
        named, lines = ", ".join(ids), text.splitlines() or [""]
        if len(named) > column:
            yield Line(f"{'':{indent}}{named}", indent=indent)
            named = ""
        for number, line in enumerate(lines):
            yield Line(f"{'':{indent}}{named if number == 0 else '':<{column}}  {line}", indent=begins)


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


def _table(statement: Statement, verdicts: list[Verdict], screen: int) -> list[Line]:
    shown = [o for o in _ORDER if o in (Outcome.PASSED, Outcome.FAILED) or any(v.outcome is o for v in verdicts)]
    families = [
        family
        for family in statement.header.profile.families
        if any(v.requirement.family == family.family for v in verdicts)
    ]
    width = max([len("family"), *(len(family.title) for family in families)])
    lines = [
        Line(f"{'family':<{width}}" + "".join(f"  {outcome:>{len(outcome)}}" for outcome in shown), {"bold": True})
    ]
    for family in families:
        counts = Counter(v.outcome for v in verdicts if v.requirement.family == family.family)
        cells = "".join(f"  {counts[outcome] or '·':>{len(outcome)}}" for outcome in shown)
        lines.append(Line(f"{family.title:<{width}}{cells}"))
    if max(len(line.text) for line in lines) > screen:  # then each family gets a line of words
        return [_row(family, verdicts, width) for family in families]
    return lines


def _row(family: StatedFamily, verdicts: list[Verdict], width: int) -> Line:
    counted = _counted([verdict for verdict in verdicts if verdict.requirement.family == family.family])
    return Line(f"{family.title:<{width}}  {counted}", indent=width + 2)


def _counted(verdicts: Sequence[Verdict]) -> str:
    counts = Counter(verdict.outcome for verdict in verdicts)
    in_part = sum(passed_in_part(verdict) for verdict in verdicts)
    beside = {Outcome.PASSED: f", {in_part} of them in part"} if in_part else {}
    return ", ".join(f"{count} {outcome}{beside.get(outcome, '')}" for outcome in _ORDER if (count := counts[outcome]))


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
        alike = [one for one in alike if (one.notes or one.unstable or one.claims) and not brief]
    _, markup = LETTERS[outcome]
    if not brief and (alike or outcome is not Outcome.PASSED):
        yield Line("")
    if len(alike) > _MANY_ALIKE and outcome is not Outcome.PASSED:
        identifiers = ", ".join(verdict.requirement.id for verdict in alike)
        yield Line(f"{len(alike)} requirements  {outcome}  {identifiers}", markup | {"bold": True}, indent=2)
        named_alone = []
    else:
        named_alone = alike
    for verdict in named_alone:
        requirement = verdict.requirement
        title = f"{requirement.id}  {named(verdict)}  {requirement.title}{_at(verdict)}"
        yield Line(title, markup | {"bold": True}, indent=len(requirement.id) + 2)
        if not brief and (seen := verdict.notes):
            yield from _wrapped("seen", "\n".join(seen))
        if not brief and (unstable := verdict.unstable):
            yield from _wrapped("unstable", "\n".join(unstable))
        if not brief and (claims := verdict.claims):
            yield from _wrapped("claimed", "\n".join(claims))
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
    groups = _alike(findings, verbosity)
    shown = groups if verbosity > 0 else groups[:_FINDINGS]
    for group in shown:
        if len(findings) > 1 and (names := ", ".join(finding.name for finding in group if finding.name)):
            yield "at", names if group[0].outcome is verdict.outcome else f"{names} ({group[0].outcome})"
        yield from _finding(group[0])
    if len(groups) > len(shown):
        names = ", ".join(finding.name for group in groups[len(shown) :] for finding in group)
        yield "and at", f"{names}; the page shows what was sent"
    if verdict.waiver is not None:
        yield "waived", verdict.waiver.said
    if not verdict.outcome.is_deviation or verdict.claim:
        return
    if missed := sum(case.missed for case in verdict.cases):
        yield "tries", f"{missed} of {sum(case.tried for case in verdict.cases)}"
    source = requirement.sources[0]
    where = f", {source.section}" if source.section else ""
    yield "source", f"{requirement.level}, {requirement.basis}: {source.title}{where}"
    yield "", source.url
    yield "remedy", requirement.remedy


def _alike(findings: Iterable[Part], verbosity: int) -> list[list[Part]]:
    """The findings in groups that need one explanation each, as `_gravest_first` does.

    A client that does the same in several scenarios is explained once; -v explains it in each.
    """
    groups: dict[object, list[Part]] = {}
    for number, finding in enumerate(findings):
        what, in_scenario, _ = finding.message.partition(IN_SCENARIO)
        cause: object = (finding.outcome, finding.message, finding.advice)
        if finding.outcome.is_deviation:
            is_alike = in_scenario and verbosity <= 0
            cause = (finding.outcome, finding.judgement, _MADE_UP.sub("", what)) if is_alike else number
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
    for index, paragraph in enumerate(text.splitlines() or [""]):
        # Commands and addresses stay whole, so that they can be copied.
        is_whole = label == "sent" or paragraph.startswith("http")
        named = label if index == 0 else ""
        yield Line(f"  {named:<10}  {paragraph}", indent=None if is_whole else _INDENT)


def _sent(statement: Statement, requests: Mapping[str, int]) -> str:
    if len(requests) <= _MANY_TARGETS:
        calls = {name for name in requests if statement.roles(name) <= {*Client.played}}
        counts = [
            f"{count:,} request{'s' if count > 1 else ''} {'of' if name in calls else 'sent to'} {name}"
            for name, count in requests.items()
            if count
        ]
        return ", ".join(counts) or "no requests sent"
    return f"{sum(requests.values()):,} requests sent to {len(requests)} targets"


def _verdict_lines(statement: Statement, name: str) -> Iterator[Line]:
    """The verdict on a target, on a line that stays whole for whoever looks for it, and what keeps it open."""
    verdicts, result = statement.of(name), statement.result(name)
    total, profile = statement.total(name), statement.header.profile.name
    selection = f"{len(verdicts)} of {total} requirements, a selection"
    scope = f"{total} requirements" if len(verdicts) == total else selection
    verdict = result.verdict if result is not None else RunVerdict.INCOMPLETE
    yield Line(f"{name}: {verdict} with {profile} ({scope}: {_counted(verdicts)})", _VERDICT_MARKUP[verdict])
    if result is None:
        yield Line(
            "no verdict: the run ended early, so its statement has no footer", _VERDICT_MARKUP[verdict], indent=2
        )
    elif verdict is RunVerdict.INCOMPLETE:
        more = f" and {len(result.open) - _MANY_OPEN} more" if len(result.open) > _MANY_OPEN else ""
        ids = f"open: {', '.join(result.open[:_MANY_OPEN])}{more}"
        yield Line(ids if result.open else "open, because nothing was tested", _VERDICT_MARKUP[verdict], indent=2)
    if inferred := [one.requirement.id for one in inferred_deviations(verdicts)]:
        one, several = (
            "deviation of an inferred requirement, which fails",
            "deviations of inferred requirements, which fail",
        )
        what = one if len(inferred) == 1 else several
        yield Line(f"{len(inferred)} {what} nobody: {', '.join(inferred)}", {"cyan": True}, indent=2)
