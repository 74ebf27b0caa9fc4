"""The conformance statement: who was judged, by what, and what it came to. Without its footer there is no verdict."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from conformance.rules.outcome import Outcome

if TYPE_CHECKING:
    from conformance.judging.verdict import Verdict
    from conformance.reporting.terminal import Judged

FORMAT = 1


def statement(judged: Judged, name: str, about: str, started: datetime, ended: datetime) -> dict[str, object]:
    """The statement on one target, in plain JSON types.

    Args:
        judged: the finished run, or the traffic that was overheard.
        name: the target.
        about: where the target is or what it did, in one redacted phrase.
        started: when the judging began, in UTC.
        ended: when it ended, in UTC.

    Returns:
        `{statement, header, requirements, footer}`. The header names suite, profile (with its digest), target and
        start; each requirement has its digest and its outcome; the footer has counts, the verdict and the end.
    """
    profile, verdicts = judged.profile, judged.verdicts(name)
    counts = Counter(verdict.outcome for verdict in verdicts)
    return {
        "statement": FORMAT,
        "header": {
            "suite": f"seasonproof {version('seasonproof')}",
            "profile": {
                "name": profile.name,
                "title": profile.title,
                "release": profile.release,
                "digest": profile.digest,
            },
            "target": {"name": name, "about": about, "roles": sorted(judged.roles(name))},
            "started": started.isoformat(),
        },
        "requirements": [_entry(verdict) for verdict in verdicts],
        "footer": {
            "counts": {str(outcome): counts[outcome] for outcome in Outcome if counts[outcome]},
            "verdict": str(judged.verdict(name)),
            "ended": ended.isoformat(),
        },
    }


def _entry(verdict: Verdict) -> dict[str, object]:
    requirement, case = verdict.requirement, verdict.decisive
    said = {"message": case.message, "advice": case.advice, "claim": case.claim} if case is not None else {}
    return {
        "id": requirement.id,
        "title": requirement.title,
        "digest": requirement.digest,
        "level": requirement.level,
        "basis": requirement.basis,
        "outcome": str(verdict.outcome),
        "tried": sum(one.tried for one in verdict.cases),
        "missed": sum(one.missed for one in verdict.cases),
        **{name: text for name, text in said.items() if text},
        **_values(verdict),
        **({"unstable": list(verdict.unstable)} if verdict.unstable else {}),
    }


def _values(verdict: Verdict) -> dict[str, object]:
    """At which of how many cases and values something was found, where there are several."""
    if verdict.values < 2 or not verdict.findings:
        return {}
    findings = [
        {"at": one.name, "outcome": str(one.outcome), "judgement": one.judgement, "message": one.message}
        for one in verdict.findings
    ]
    return {"values": verdict.values, "findings": findings}
