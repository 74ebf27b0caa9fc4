"""What several reports say of a statement, in the same words: the answer, the groups of outcomes, the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.judging.verdict import RunVerdict, left_open
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.verdict import Verdict

DEVIATING = (Outcome.FAILED, Outcome.WARNED, Outcome.DIFFERS)
NOT_JUDGED = "not judged: "
UNTESTED = (Outcome.HARNESS_ERROR, Outcome.INCONCLUSIVE, Outcome.THROTTLED, Outcome.NOT_TESTED)


def by_order(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The gravest first, and of these what the verdict of the run waits for; what does not apply last."""

    def place(verdict: Verdict) -> tuple[int, bool]:
        return -verdict.outcome.gravity, not left_open([verdict], frozenset({verdict.requirement.role}))

    return sorted(verdicts, key=place)


def headline(statement: Statement) -> str:
    """The answer to "are we ready?" in a sentence."""
    results = statement.footer.results if statement.footer is not None else ()
    broken = len(statement.footer.broken) if statement.footer is not None else 0
    if len(results) == 1 and not broken:
        return results[0].sentence
    release = statement.header.profile.release.partition(" (")[0]
    if not results:
        return f"Nobody knows whether {' and '.join(statement.target_names)} is ready for {release}: no verdict."
    ready = sum(statement.is_ready(result.target) for result in results)
    return f"{ready} of {len(results) + broken} targets are ready for {release}."


def overall(statement: Statement) -> str:
    """The gravest verdict of all targets. A target file that cannot be used leaves the run incomplete."""
    footer = statement.footer
    found = {str(result.verdict) for result in footer.results} if footer is not None else set()
    found |= {str(RunVerdict.INCOMPLETE)} if footer is not None and footer.broken else set()
    return next(
        (one for one in ("not conformant", "incomplete") if one in found), "conformant" if found else "incomplete"
    )


def alarms(statement: Statement) -> list[str]:
    """What somebody has to know beside the verdicts."""
    footer = statement.footer
    if footer is None:
        return []
    better = [
        f"{one}: it deviates no more; take it out of the baseline with --update-baseline" for one in footer.better
    ]
    broken = (f"{NOT_JUDGED}{line}" for line in footer.broken)
    return [*broken, *footer.unused_waivers, *(f"left on a target: {line}" for line in footer.left), *better]


def about(statement: Statement) -> Iterator[tuple[str, str]]:
    """The circumstances of a run, by name."""
    header, footer = statement.header, statement.footer
    yield "run", header.run
    yield "suite", f"{header.suite}, Python {header.python}"
    yield "profile", f"{header.profile.name}, {header.profile.release}, digest {header.profile.digest[:12]}"
    for target in header.targets:
        digest = f", digest {target.digest[:12]}" if target.digest else ""
        yield "target", f"{target.name}: {target.about} ({', '.join(target.roles)}){digest}"
    if header.selection:
        yield "selection", header.selection
    yield from ((name, value) for name, value in (("depth", header.depth), ("seed", header.seed)) if value)
    if header.strict:
        yield "strict", "a warning counts as a failure"
    yield "started", header.started.isoformat(timespec="seconds")
    if footer is not None:
        yield "ended", f"{footer.ended.isoformat(timespec='seconds')}, after {footer.seconds:,.1f} s"
        if footer.baseline:
            yield "baseline", footer.baseline
    yield "built on", ", ".join(f"{name} {version}" for name, version in header.dependencies.items())


def named(verdict: Verdict) -> str:
    """The outcome in a table. What passed but for what is claimed to be absent is not called passed as a whole."""
    return f"{verdict.outcome} in part" if passed_in_part(verdict) else str(verdict.outcome)


def is_accepted(verdict: Verdict) -> bool:
    """Whether somebody answers for it: who waives a deviation, or claims that something is absent."""
    return verdict.outcome in (Outcome.WAIVED, Outcome.NOT_APPLICABLE) or passed_in_part(verdict)


def passed_in_part(verdict: Verdict) -> bool:
    """Whether it passed but for what is claimed to be absent."""
    return verdict.outcome is Outcome.PASSED and bool(verdict.claims)


def why(verdict: Verdict) -> str:
    """Why a requirement is not a plain pass, in one line; empty for a plain pass."""
    case = verdict.decisive
    if case is None:
        return "the run stopped before it"
    if verdict.outcome in (Outcome.NOT_TESTED, Outcome.INCONCLUSIVE, Outcome.THROTTLED):
        said, way_out = (text.partition("\n")[0] for text in (case.message, case.advice))
        return " → ".join(filter(None, (said, way_out)))
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        return f"claimed: {case.claim}" if case.claim else verdict.claim
    if passed_in_part(verdict):
        return f"claimed in part: {'; '.join(verdict.claims)}"
    return case.message.partition("\n")[0]


def accepted(verdict: Verdict, days_left: int | None) -> str:
    """Who accepts a deviation, and until when."""
    waiver = verdict.waiver
    if waiver is None:
        return ""
    left = f", {days_left} days left" if days_left is not None else ""
    return f"{waiver.said}{left}"
