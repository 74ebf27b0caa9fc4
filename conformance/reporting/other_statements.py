"""The statements of what is not a run of suites: traffic that was overheard, an audit of files, a lint of documents.

An audit and a lint judge by rules, which are the requirements of their statements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from conformance.config.profile_files import Source
from conformance.judging.statement_building import header_of, requirements_of, state, stated_profile
from conformance.judging.statement_contents import StatedRequirement, StatedTarget
from conformance.judging.tried_values import told
from conformance.judging.verdict import Case, Part, by_gravity, sum_up
from conformance.openapi_lint import RULES as DOCUMENT_RULES
from conformance.rules.outcome import Outcome
from conformance.rules.url_tokens import RULES as URL_RULES
from conformance.rules.url_tokens import Level

if TYPE_CHECKING:
    from conformance.config.profile_files import Level as Binding
    from conformance.judging.statement import Statement
    from conformance.openapi_lint import LintFinding, Report
    from conformance.openapi_lint.rule import Rule
    from conformance.traffic.audit.auditing import Audit
    from conformance.traffic.audit.place_result import PlaceResult
    from conformance.traffic.observation import Observation

_CWE = Source(
    title="CWE-598: Use of GET Request Method With Sensitive Query Strings",
    url="https://cwe.mitre.org/data/definitions/598.html",
)
_BINDING: Mapping[str, Binding] = {"error": "must", "warning": "should", "note": "may"}
_OUTCOME = {"error": Outcome.FAILED, "warning": Outcome.WARNED, "note": Outcome.DIFFERS}


def of_traffic(observation: Observation, about: str, started: datetime, ended: datetime) -> Statement:
    """The statement on overheard traffic.

    Args:
        observation: what was heard.
        about: how it was heard, in one phrase.
        started: when listening began, in UTC.
        ended: when it ended, in UTC.
    """
    name, profile = observation.name, observation.profile
    verdicts = observation.verdicts(name)
    target = StatedTarget(name=name, about=about, roles=tuple(sorted(observation.roles(name))))
    header = header_of(stated_profile(profile), [target], run=_run(), started=started, kind="traffic")
    requirements = requirements_of(profile, {verdict.requirement.id for verdict in verdicts})
    return state(header, requirements, {name: verdicts}, ended=ended)


def of_audit(audit: Audit, paths: Iterable[str], started: datetime, *, strict: bool) -> Statement:
    """The statement of an audit: each rule on all files together.

    Args:
        audit: what was found.
        paths: what the user named.
        started: when it began, in UTC.
        strict: whether warnings fail.
    """
    requirements = [
        _rule(name, sentence, "must" if name.startswith("L") else "should", "documented", _CWE, _MOVE_IT, "url-tokens")
        for name, sentence in URL_RULES.items()
    ]
    why = f"{len(audit.unjudged)} files were not judged as a whole" if audit.unjudged else "there was nothing to judge"
    cases = {
        rule.id: _case(rule.id, "audit", _places(audit, rule.id), "" if audit.is_complete else why)
        for rule in requirements
    }
    about = f"{len(audit.read)} files in {', '.join(paths)}"
    return _statement("audit", "Credentials in URLs", requirements, {"audit": (about, cases)}, started, strict=strict)


def of_documents(reports: Iterable[Report], unread: Mapping[str, str], started: datetime, *, strict: bool) -> Statement:
    """The statement of a lint of documents: each rule on each document.

    Args:
        reports: on what was read.
        unread: why other documents could not be read, by their names.
        started: when it began, in UTC.
        strict: whether warnings fail.
    """
    requirements = [_document_rule(rule) for rule in DOCUMENT_RULES]
    targets: dict[str, tuple[str, dict[str, Case]]] = {}
    for report in reports:
        found: dict[str, list[Part]] = {}
        for one in report.findings:
            at = f"{report.name}:{one.line}:{one.column} {one.pointer}"
            found.setdefault(one.rule.id, []).append(Part(at, _outcome_of(one), one.accepted or one.value))
        name = report.name
        targets[name] = name, {rule.id: _case(rule.id, name, found.get(rule.id, ())) for rule in requirements}
    for name, why in unread.items():
        targets[name] = name, {rule.id: _case(rule.id, name, (), why) for rule in requirements}
    title = "External Services registers it"
    return _statement("lint-spec", title, requirements, targets, started, strict=strict)


# ------------------------------------------------------------------ details

_MOVE_IT = "Send the credential in a header or in the body of a request, and replace what stood in a URL."
_RELEASE = "Winter '26 (API 65.0)"


def _run() -> str:
    return uuid4().hex[:8]


def _rule(
    identifier: str, sentence: str, level: Binding, basis: object, source: Source, remedy: str, family: str
) -> StatedRequirement:
    said = "\n".join((identifier, sentence, level, str(basis), source.url, remedy))
    return StatedRequirement.model_validate(
        {
            "id": identifier,
            "family": family,
            "title": sentence,
            "level": level,
            "basis": basis,
            "role": family,
            "effects": ("reads",),
            "sources": (source,),
            "rationale": sentence,
            "remedy": remedy,
            "digest": hashlib.sha256(said.encode()).hexdigest(),
        }
    )


def _document_rule(rule: Rule) -> StatedRequirement:
    source = Source(title=rule.source.title, url=rule.source.url)
    return _rule(rule.id, rule.sentence, _BINDING[rule.level], rule.basis, source, rule.remedy, "openapi")


def _places(audit: Audit, rule: str) -> list[Part]:
    parts = [_place(found) for found in audit.found.values() if found.finding.rule == rule]
    # Beyond the first places only the level is known, so they are told under the first rule of that level.
    for level, count in audit.beyond.items():
        if rule == ("L1" if level is Level.LEAK else "W1"):
            parts.append(Part("further places", _of(level), f"{count:,} findings at places that are not told apart"))
    return parts


def _place(found: PlaceResult) -> Part:
    one = found.finding
    where = f"{one.place} parameter {one.parameter}" if one.parameter else one.place
    times = "once" if found.count == 1 else f"{found.count:,} times"
    accepted = found.accepted is not None
    said = f"{one.masked} in {one.host}{one.path_template or '/'}, {where}, {times}"
    return Part(
        f"{found.first} {one.host}{one.path_template} {where}",
        Outcome.WAIVED if accepted else _of(one.level),
        f"{said}; accepted: {found.accepted}" if accepted else said,
        one.remedy,
    )


def _of(level: Level) -> Outcome:
    return Outcome.FAILED if level is Level.LEAK else Outcome.WARNED


def _outcome_of(finding: LintFinding) -> Outcome:
    if finding.accepted:
        return Outcome.WAIVED
    return Outcome.INCONCLUSIVE if finding.rule.is_open else _OUTCOME[finding.rule.level]


def _case(rule: str, target: str, parts: Sequence[Part], why_unknown: str = "") -> Case:
    parts = by_gravity(parts)
    if why_unknown and (not parts or parts[0].outcome is Outcome.WAIVED):
        return Case(rule, target, "", Outcome.INCONCLUSIVE, why_unknown)
    if not parts:
        return Case(rule, target, "", Outcome.PASSED, tried=1)
    message = told(parts, len(parts))
    return Case(
        rule, target, "", parts[0].outcome, message, tried=len(parts), missed=len(parts), parts=parts, values=len(parts)
    )


def _statement(
    kind: str,
    title: str,
    requirements: Sequence[StatedRequirement],
    targets: Mapping[str, tuple[str, Mapping[str, Case]]],
    started: datetime,
    *,
    strict: bool,
) -> Statement:
    family = requirements[0].family
    digest = hashlib.sha256("\n".join(one.digest for one in requirements).encode()).hexdigest()
    profile = {
        "name": kind,
        "title": title,
        "release": _RELEASE,
        "digest": digest,
        "families": ({"family": family, "title": title},),
        "requirements": {family: len(requirements)},
    }
    named = [StatedTarget(name=name, about=about, roles=(family,)) for name, (about, _) in targets.items()]
    header = header_of(profile, named, run=_run(), started=started, kind=kind, strict=strict)
    verdicts = {
        name: [sum_up(one, name, [cases[one.id]]) for one in requirements] for name, (_, cases) in targets.items()
    }
    return state(header, requirements, verdicts, ended=datetime.now(UTC))
