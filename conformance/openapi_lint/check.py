"""Whether External Services registers an OpenAPI document, and what becomes of its operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.documents import UsageProblem
from conformance.openapi_lint import rules_bodies, rules_document, rules_names
from conformance.openapi_lint.openapi import BINARY, CALLED, SUPPORTED, OpenApi, Operation, Version
from conformance.openapi_lint.references import pointer
from conformance.openapi_lint.rule import Rule, RuleLevel, Subject
from conformance.redaction import VAULT

if TYPE_CHECKING:
    from conformance.documents import Location
    from conformance.documents.api_description import SourceDocument
    from conformance.documents.location import Position

RULES: tuple[Rule, ...] = (*rules_document.RULES, *rules_bodies.RULES, *rules_names.RULES)
"""All rules, errors and warnings and notes."""

MAX_FINDINGS = 100  # of one rule: whoever has more has one mistake many times
MAX_COUNTED = 10_000  # beyond that nobody counts any more

_LONGEST_TEXT = 400


class Becomes(StrEnum):
    """What an operation of a registered document is in Salesforce."""

    UPLOAD = "binary upload action"
    DOWNLOAD = "binary download action"
    ACTION = "ordinary action"
    NOTHING = "no action"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One place where a document breaks a rule.

    Attributes:
        pointer: where, as a JSON pointer (RFC 6901).
        line, column: where in the file, from 1.
        value: what stands there that breaks the rule, in words.
        accepted: why that is accepted, and until when; empty where it is not.
    """

    rule: Rule
    pointer: str
    line: int
    column: int
    value: str
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of one operation, and why."""

    method: str
    path: str
    name: str
    pointer: str
    line: int
    becomes: Becomes
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found out about one document.

    Attributes:
        name: the file's name.
        version: 2.0, 3.0 or 3.1; None where it is another, or the document was too long to be read.
        findings: the errors first, then by line.
        left_out: findings beyond the first hundred of a rule, by the rule's id.
        operations: what they would become, in the order of the document.
    """

    name: str
    version: Version | None
    findings: tuple[LintFinding, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    operations: tuple[Outlook, ...] = ()

    @property
    def registers(self) -> bool:
        """Whether nothing was found that External Services is documented to refuse, once media types are mapped."""
        return not self.of("error") and not self.is_undocumented

    @property
    def is_undocumented(self) -> bool:
        """Whether it is not documented that such a document registers, nor that it does not."""
        return not self.of("error") and any(one.rule.is_open for one in self.of("warning"))

    @property
    def to_map(self) -> tuple[str, ...]:
        """The media types that the registration has to map, in the order of the document."""
        needed = (one.value for one in self.of("warning") if one.rule is rules_bodies.media_type)
        return tuple(dict.fromkeys(needed))

    def of(self, level: RuleLevel) -> tuple[LintFinding, ...]:
        """The findings of one level that nobody accepts."""
        return tuple(one for one in self.findings if one.rule.level == level and not one.accepted)

    @property
    def accepted(self) -> tuple[LintFinding, ...]:
        """The findings that somebody accepts."""
        return tuple(finding for finding in self.findings if finding.accepted)

    def count(self, level: RuleLevel) -> int:
        """How many findings of one level there are, with those left out."""
        return len(self.of(level)) + sum(self.left_out.get(rule.id, 0) for rule in RULES if rule.level == level)


def check_document(
    document: SourceDocument, mapped: Mapping[str, str] | None = None, *, takes_openapi_3_1: bool = False
) -> Report:
    """Judge a document by the rules that Salesforce has published for External Services.

    Args:
        document: what `read_document` or `parse_document` read.
        mapped: media types that the registration maps, to the supported ones that it maps them to.
        takes_openapi_3_1: whether the org is known to have registered OpenAPI 3.1.

    Raises:
        UsageProblem: a media type is mapped to one that is not supported.
    """
    api = _api(document, _checked(mapped or {}))
    subject = Subject(document, api)
    rules = [rule for rule in RULES if not (takes_openapi_3_1 and rule is rules_document.undocumented_version)]
    hits = _without_echoes([(rule, at, value) for rule in rules for at, value in _of(rule, subject)])
    kept: list[tuple[Rule, Location, str]] = []
    left_out: dict[str, int] = {}
    counts: dict[str, int] = {}
    for rule, at, value in hits:
        counts[rule.id] = counts.get(rule.id, 0) + 1
        if counts[rule.id] <= MAX_FINDINGS:
            kept.append((rule, at, value))
        else:
            left_out[rule.id] = counts[rule.id] - MAX_FINDINGS
    operations = api.operations if api is not None else ()
    found = document.positions([*(at for _, at, _ in kept), *(operation.node.at for operation in operations)])
    findings = [LintFinding(rule, _short(pointer(at)), *_nearest(found, at), _short(value)) for rule, at, value in kept]
    order = ("error", "warning", "note")
    findings.sort(key=lambda one: (order.index(one.rule.level), one.line, one.column, one.rule.id))
    outlooks = [_outlook(api, one, _nearest(found, one.node.at)[0]) for one in operations if api is not None]
    return Report(document.name, api.version if api else None, tuple(findings), left_out, tuple(outlooks))


# ------------------------------------------------------------------ details


def _checked(mapped: Mapping[str, str]) -> dict[str, str]:
    for media_type, target in mapped.items():
        if target not in SUPPORTED:
            allowed = ", ".join(sorted(SUPPORTED))
            raise UsageProblem([f"{media_type} is mapped to {target!r}, which is not supported; supported: {allowed}"])
    return {media_type.partition(";")[0].strip().lower(): target for media_type, target in mapped.items()}


def _api(document: SourceDocument, mapped: Mapping[str, str]) -> OpenApi | None:
    data = document.data
    if not isinstance(data, dict):
        return None
    if str(data.get("swagger")) in ("2.0", "2"):
        return OpenApi("2.0", data, mapped)
    said = str(data.get("openapi"))
    known: tuple[Version, ...] = ("3.0", "3.1")
    version = next((one for one in known if said == one or said.startswith(f"{one}.")), None)
    return OpenApi(version, data, mapped) if version is not None else None


def _of(rule: Rule, subject: Subject) -> Iterator[tuple[Location, str]]:
    """What a rule finds, each place once: a shared parameter belongs to several operations."""
    seen: set[tuple[Location, str]] = set()
    for hit in rule.find(subject):
        if hit not in seen:
            seen.add(hit)
            yield hit
        if len(seen) == MAX_COUNTED:
            return


def _without_echoes(hits: list[tuple[Rule, Location, str]]) -> list[tuple[Rule, Location, str]]:
    """Without structural errors at places of which another rule says more."""
    told = {at: _TELLING[rule.id] for rule, at, _ in hits if rule.id in _TELLING}
    return [hit for hit in hits if not (hit[0].id == "structure" and hit[1] in told and told[hit[1]] in hit[2])]


_TELLING = {"paths": "paths", "parameter-name": "name", "property-value": "", "empty-get-body": ""}
"""The rules that say more than a structural error at the same place does, and the word by which to know that error."""


def _nearest(found: Mapping[Location, Position], at: Location) -> Position:
    while at not in found:
        at = at[:-1]
    return found[at]


def _short(value: str) -> str:
    plain = "".join(character if character.isprintable() else "�" for character in VAULT.redact(value))
    return VAULT.shown(plain, _LONGEST_TEXT)


def _outlook(api: OpenApi, operation: Operation, line: int) -> Outlook:
    becomes, why = _becomes(api, operation)
    at = pointer(operation.node.at)
    return Outlook(operation.method, _short(operation.path), _short(operation.name), at, line, becomes, why)


def _becomes(api: OpenApi, operation: Operation) -> tuple[Becomes, str]:
    sends, receives = (rules_bodies.is_file(api, body) for body in (operation.contents, operation.results))
    if operation.method not in CALLED:
        return Becomes.NOTHING, f"External Services does not call {operation.method}"
    if operation.method == "PUT" and sends:
        return Becomes.UPLOAD, f"a PUT with a binary body of {BINARY}"
    if operation.method == "GET" and receives:
        return Becomes.DOWNLOAD, f"a GET that answers with a binary body of {BINARY}"
    if sends or receives:
        return Becomes.ACTION, f"a file, but uploads are PUT and downloads are GET, not {operation.method}"
    form = next((content for content in operation.contents if content.media_type.startswith("multipart/")), None)
    if form is not None:
        return Becomes.ACTION, f"a form of {form.declared}, not a file as the whole body"
    kinds = {api.kind(content.schema): content for content in (*operation.contents, *operation.results)}
    if "binary" in kinds:
        return Becomes.ACTION, f"a file as {kinds['binary'].declared or 'an unnamed type'}, not {BINARY}"
    if any(content.media_type == BINARY for content in (*operation.contents, *operation.results)):
        return Becomes.ACTION, f"{BINARY}, but the schema is not of type string and format binary"
    return Becomes.ACTION, "no file is sent or received"
