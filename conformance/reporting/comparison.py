"""What changed between two statements, and because of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.reporting.sections import Section
from conformance.reporting.view import DEVIATING, UNTESTED, why
from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.statement import Statement
    from conformance.judging.statement_contents import StatedRequirement
    from conformance.judging.verdict import Verdict


class Kind(StrEnum):
    """What a change is. The first four make things worse."""

    BROKEN = "broken"
    WORSE = "worse"
    NOT_TESTED = "newly not tested"
    GONE = "gone"
    ACCEPTED = "newly accepted"
    UNSTABLE = "unstable"
    BETTER = "better"
    FIXED = "fixed"
    TESTED = "newly tested"
    NEW = "new"


IS_WORSE = frozenset({Kind.BROKEN, Kind.WORSE, Kind.NOT_TESTED, Kind.GONE})


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement on one target, before and after.

    Attributes:
        kind: what the change is.
        target: the target's name, of the later statement where it is in it.
        id: the requirement.
        title: what it says.
        before, after: the outcomes; empty where it was not there.
        cause: because of what.
        detail: what is seen now, in a line.
    """

    kind: Kind
    target: str
    id: str
    title: str
    before: str
    after: str
    cause: str
    detail: str = ""


def changes(before: Statement, after: Statement) -> list[Change]:
    """What changed from one statement to another, what is worse first.

    Targets are paired by their names; where each statement has one, these two are compared whatever they are called.
    """
    found = [change for old, new in _pairs(before, after) for change in _of_target(before, old, after, new)]
    return sorted(found, key=lambda change: list(Kind).index(change.kind))


def sections(found: Sequence[Change]) -> list[Section]:
    """The changes as a report."""
    kinds = dict.fromkeys(change.kind for change in found)
    head = ("requirement", "target", "before", "after", "because of", "what is seen")
    return [
        Section(
            title=f"{kind}: {len(those)}",
            head=head,
            table=[
                (f"{one.id} {one.title}", one.target, one.before or "·", one.after or "·", one.cause, one.detail)
                for one in those
            ],
        )
        for kind in kinds
        if (those := [change for change in found if change.kind is kind])
    ]


def headline(found: Sequence[Change]) -> str:
    """The changes in a sentence."""
    worse = sum(change.kind in IS_WORSE for change in found)
    if not found:
        return "Nothing changed."
    counted = "1 change" if len(found) == 1 else f"{len(found)} changes"
    return f"{counted}, {worse or 'none'} for the worse."


# ------------------------------------------------------------------ details


def _pairs(before: Statement, after: Statement) -> Iterator[tuple[str | None, str | None]]:
    old, new = before.target_names, after.target_names
    if len(old) == len(new) == 1:
        yield old[0], new[0]
        return
    yield from ((name, name if name in new else None) for name in old)
    yield from ((None, name) for name in new if name not in old)


def _of_target(before: Statement, old: str | None, after: Statement, new: str | None) -> Iterator[Change]:
    was = {verdict.requirement.id: verdict for verdict in before.of(old)} if old is not None else {}
    now = {verdict.requirement.id: verdict for verdict in after.of(new)} if new is not None else {}
    for identifier in dict.fromkeys([*was, *now]):
        first, second = was.get(identifier), now.get(identifier)
        kind = _kind(first, second)
        if kind is not None:
            known = second or first
            if known is not None:
                yield Change(
                    kind,
                    new or old or "",
                    identifier,
                    known.requirement.title,
                    str(first.outcome) if first is not None else "",
                    str(second.outcome) if second is not None else "",
                    _cause(before, old, first, after, new, second),
                    why(second) if second is not None and second.outcome is not Outcome.PASSED else "",
                )


def _kind(was: Verdict | None, now: Verdict | None) -> Kind | None:
    if was is None or now is None:
        return Kind.GONE if now is None else Kind.BROKEN if _fails(now) else Kind.NEW
    if was.outcome is now.outcome:
        more = {_place(f) for f in now.findings} - {_place(f) for f in was.findings}
        less = {_place(f) for f in was.findings} - {_place(f) for f in now.findings}
        if now.outcome in DEVIATING and (more or less):
            return Kind.WORSE if more and _fails(now) else Kind.BETTER
        return Kind.UNSTABLE if now.unstable and not was.unstable else None
    if now.outcome in UNTESTED:
        return Kind.NOT_TESTED if was.outcome not in UNTESTED else _by_gravity(was, now)
    if now.outcome in (Outcome.WAIVED, Outcome.NOT_APPLICABLE):
        return Kind.ACCEPTED
    if now.outcome is Outcome.PASSED:
        return Kind.FIXED if was.outcome in (*DEVIATING, Outcome.WAIVED) else Kind.TESTED
    return _by_gravity(was, now) if was.outcome in DEVIATING else Kind.BROKEN


def _by_gravity(was: Verdict, now: Verdict) -> Kind:
    return Kind.WORSE if now.outcome.gravity > was.outcome.gravity else Kind.BETTER


def _fails(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.HARNESS_ERROR)


def _place(finding: object) -> tuple[str, str]:
    return getattr(finding, "name", ""), getattr(finding, "judgement", "")


def _cause(
    before: Statement, old: str | None, was: Verdict | None, after: Statement, new: str | None, now: Verdict | None
) -> str:
    """Because of what a verdict changed: what decides it alone, or all that may have."""
    if was is not None and now is not None:
        if was.waiver != now.waiver:
            return "a waiver" if now.waiver is not None else "a waiver that is no longer there"
        if (was.claim, was.claims) != (now.claim, now.claims):
            return f"a claim: {', '.join(filter(None, (now.claim, *now.claims))) or was.claim or ', '.join(was.claims)}"
        if now.unstable or was.unstable:
            return f"instability: {(now.unstable or was.unstable)[0]}"
    text = _text_change(before, was, after, now)
    if text:
        return text
    if before.header.selection != after.header.selection and (was is None or now is None):
        return f"the selection: {before.header.selection or 'all'} → {after.header.selection or 'all'}"
    return " or ".join(_candidates(before, old, after, new))


def _text_change(before: Statement, was: Verdict | None, after: Statement, now: Verdict | None) -> str:
    first: StatedRequirement | None = before.by_id.get(was.requirement.id) if was is not None else None
    second: StatedRequirement | None = after.by_id.get(now.requirement.id) if now is not None else None
    if first is None or second is None:
        return "the profile" if before.header.profile.digest != after.header.profile.digest else ""
    if first.digest == second.digest:
        return ""
    if first.level != second.level:
        return f"the requirement: {first.level} → {second.level}"
    return "the requirement's text"


def _candidates(before: Statement, old: str | None, after: Statement, new: str | None) -> Iterator[str]:
    """What is different about the circumstances. The target always may be, because nobody sees into it."""
    first, second = before.header, after.header
    if old is None or new is None:
        yield "the targets that were named"
        return
    if old != new:
        yield f"the target: {old} → {new}"
    elif before.target(old).digest != after.target(new).digest:
        yield "the target, whose file changed"
    else:
        yield "the target"
    if first.suite != second.suite:
        yield f"the suite: {first.suite} → {second.suite}"
    if first.dependencies_digest != second.dependencies_digest:
        names = sorted({*first.dependencies, *second.dependencies})
        moved = [name for name in names if first.dependencies.get(name) != second.dependencies.get(name)]
        yield f"the suite's {', '.join(moved)}"
    for name in ("depth", "seed"):
        if getattr(first, name) != getattr(second, name):
            yield f"the {name}: {getattr(first, name)} → {getattr(second, name)}"
