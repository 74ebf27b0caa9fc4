"""Rules on a document as a whole: its size, version, structure and counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from conformance.documents import Location
from conformance.documents.api_description import LONGEST, SourceDocument
from conformance.openapi_lint import rules_references
from conformance.openapi_lint.openapi import OpenApi
from conformance.openapi_lint.references import Node
from conformance.openapi_lint.rule import (
    ASYNCHRONOUS,
    DEFINITIONS,
    LIMITS,
    OPENAPI,
    REGISTRATION,
    RELABELLED_REPORT,
    YAML_1_2,
    Hit,
    Subject,
    api_rule,
    rule,
    shown,
)
from conformance.openapi_lint.structure import structural_errors

MAX_OPERATIONS, MAX_ACTIVE_OPERATIONS = 10_000, 3_000
MAX_OBJECTS, MAX_ACTIVE_OBJECTS, MAX_PROPERTIES = 10_000, 3_000, 400_000


@rule(
    "document-size",
    "error",
    "documented",
    sentence="External Services takes documents of up to 10,000,000 characters in JSON, and 3,000,000 in YAML.",
    source=LIMITS,
    remedy="Write it as JSON without indentation, if that is said to fit. Otherwise split the document, or remove "
    "examples and descriptions.",
)
def document_size(subject: Subject) -> Iterator[Hit]:
    document = subject.document
    if document.too_long:
        more = "more than " if document.is_cut else ""
        said = f"{more}{len(document.text):,} characters of {document.format}, {LONGEST[document.format]:,} allowed"
        yield (), f"{said}; {_without_indentation(document)}"


@rule(
    "openapi-version",
    "error",
    "documented",
    sentence="A registration holds a document of OpenAPI 2.0.x or 3.0.x.",
    source=REGISTRATION,
    remedy="Write the document in OpenAPI 3.0, which is more than another number: later versions changed what "
    "schemas are.",
)
def openapi_version(subject: Subject) -> Iterator[Hit]:
    if subject.api is not None or subject.document.data is None:
        return
    root = Node((), subject.document.data)
    for field in ("openapi", "swagger"):
        if root.has(field):
            yield (field,), f"{field}: {shown(root.get(field).value)}"
            return
    yield (), "neither openapi nor swagger says a version"


@api_rule(
    "undocumented-version",
    "warning",
    "observed",
    sentence="A registration is documented to hold OpenAPI 2.0.x or 3.0.x. One public report says that a document "
    "of 3.0 registered when it was relabelled 3.1; what becomes of what is new in 3.1 is not documented.",
    source=RELABELLED_REPORT,
    remedy="Write the document in OpenAPI 3.0. If your org has registered it as it is, say so with "
    "--undocumented-version.",
)
def undocumented_version(api: OpenApi) -> Iterator[Hit]:
    if api.version == "3.1":
        yield ("openapi",), f"openapi: {shown(api.root.get('openapi').value)}"


undocumented_version = replace(undocumented_version, is_open=True)


@api_rule(
    "paths",
    "error",
    "documented",
    sentence="An OpenAPI document has a mapping of paths, and an operation is a method on one of them.",
    source=OPENAPI,
    remedy="Add `paths` with the operations that Salesforce calls.",
)
def paths(api: OpenApi) -> Iterator[Hit]:
    if api.root.has("paths"):
        if not isinstance(api.root.get("paths").value, dict):
            yield ("paths",), "paths is not a mapping"
    elif not _may_lack_paths(api):
        yield (), "paths is missing"


@api_rule(
    "no-operations",
    "warning",
    "inferred",
    sentence="Each operation becomes an action; where there is none, nothing does.",
    source=LIMITS,
    remedy="Declare at least one operation with GET, PUT, POST, PATCH or DELETE.",
)
def no_operations(api: OpenApi) -> Iterator[Hit]:
    if isinstance(api.root.get("paths").value, dict) and not api.operations and not api.unread:
        yield ("paths",), "no path has an operation"
    elif not api.root.has("paths") and _may_lack_paths(api):
        yield (), "there are no paths, and webhooks and components are no operations"


@api_rule(
    "structure",
    "warning",
    "documented",
    sentence="The specification of OpenAPI says which fields an object has, and which of them it needs. "
    "What External Services does with a document that breaks it is not documented.",
    source=OPENAPI,
    remedy="Write the field as the specification has it.",
)
def structure(api: OpenApi) -> Iterator[Hit]:
    if api.version == "3.1":
        return  # its schemas are those of JSON Schema
    unread = {node.at for node in api.unread}  # a reference that leads nowhere lacks every field
    for at, text in structural_errors(api):
        if {at[:2], at[:3]} & unread:
            continue
        yield at, f"{_called(api, at)}: {text}" if at else text


@rule(
    "duplicate-key",
    "warning",
    "inferred",
    sentence="The keys of a mapping are unique. Of a key that is given twice most parsers keep the last value, "
    "some refuse it.",
    source=YAML_1_2,
    remedy="Keep one of the two.",
)
def duplicate_key(subject: Subject) -> Iterator[Hit]:
    for at in subject.document.duplicates:
        yield at, f"{at[-1]} is given more than once"


@api_rule(
    "callback",
    "note",
    "documented",
    sentence="An operation with callbacks becomes an asynchronous action, which only Apex can call.",
    source=ASYNCHRONOUS,
    remedy="Offer the operation without callbacks too, if a flow needs it.",
)
def callback(api: OpenApi) -> Iterator[Hit]:
    for node in api.callbacks:
        yield node.at, f"{node.at[-1]}: the operation is asynchronous"


@api_rule(
    "too-many-operations",
    "error",
    "documented",
    sentence="An org holds at most 10,000 operations, active and inactive.",
    source=LIMITS,
    remedy="Split the document, and register what Salesforce calls.",
)
def too_many_operations(api: OpenApi) -> Iterator[Hit]:
    if len(api.operations) > MAX_OPERATIONS:
        yield ("paths",), f"{len(api.operations):,} operations"


@api_rule(
    "not-all-active",
    "warning",
    "documented",
    sentence="At most 3,000 operations of an org are active, and only active ones are actions.",
    source=LIMITS,
    remedy="Select at the registration which operations are active, or split the document.",
)
def not_all_active(api: OpenApi) -> Iterator[Hit]:
    if MAX_ACTIVE_OPERATIONS < len(api.operations) <= MAX_OPERATIONS:
        yield ("paths",), f"{len(api.operations):,} operations"


@api_rule(
    "too-many-objects",
    "error",
    "documented",
    sentence="An org holds at most 10,000 objects, active and inactive, and at most 400,000 properties of objects.",
    source=LIMITS,
    remedy="Remove schemas that no operation uses, or split the document.",
)
def too_many_objects(api: OpenApi) -> Iterator[Hit]:
    objects = _objects(api)
    properties = sum(len(schema.get("properties").value or ()) for schema in objects if _has_properties(schema))
    if len(objects) > MAX_OBJECTS:
        yield api.schemas.at, f"{len(objects):,} named objects"
    elif properties > MAX_PROPERTIES:
        yield api.schemas.at, f"{properties:,} properties"


@api_rule(
    "not-all-objects-active",
    "warning",
    "documented",
    sentence="At most 3,000 objects of an org are active: those of its active operations.",
    source=LIMITS,
    remedy="Select at the registration which operations are active, or split the document.",
)
def not_all_objects_active(api: OpenApi) -> Iterator[Hit]:
    if MAX_ACTIVE_OBJECTS < (count := len(_objects(api))) <= MAX_OBJECTS:
        yield api.schemas.at, f"{count:,} named objects"


@api_rule(
    "ignored",
    "note",
    "documented",
    sentence="Security requirements and schemes, tags and external documentation are ignored; the named "
    "credential authenticates.",
    source=DEFINITIONS,
    remedy="Nothing to fix. Put the authentication into the named credential.",
)
def ignored(api: OpenApi) -> Iterator[Hit]:
    schemes = ("securityDefinitions",) if api.version == "2.0" else ("components", "securitySchemes")
    for at in (("security",), schemes, ("externalDocs",)):
        node = api.root
        for part in at:
            node = node.get(part)
        if node.value:
            yield node.at, at[-1]


# ------------------------------------------------------------------ details


def _without_indentation(document: SourceDocument) -> str:
    """How long the same document is as JSON without indentation, and whether that fits."""
    if document.data is None:
        return "it is too long to be checked further"
    length = len(json.dumps(document.data, ensure_ascii=False, separators=(",", ":"), default=str))
    fits = "fits" if length <= LONGEST["JSON"] else "does not fit either"
    return f"as JSON without indentation it has {length:,}, which {fits}"


def _may_lack_paths(api: OpenApi) -> bool:
    """Whether a document is whole without paths: in OpenAPI 3.1 webhooks or components do."""
    return api.version == "3.1" and any(api.root.has(name) for name in ("webhooks", "components"))


def _objects(api: OpenApi) -> list[Node]:
    return [schema for _, schema in api.schemas.named() if api.kind(schema) == "object"]


def _called(api: OpenApi, at: Location) -> str:
    """What a place is called: its key, or, in a list, what the item there calls itself."""
    node = api.root
    for part in at:
        node = node.get(part)
    if not isinstance(at[-1], int):
        return str(at[-1])
    name = api.resolved(node).get("name").value
    return name if isinstance(name, str) and name else f"{at[-2]} {at[-1] + 1}" if len(at) > 1 else str(at[-1])


def _has_properties(schema: Node) -> bool:
    return isinstance(schema.get("properties").value, dict)


RULES = (
    document_size,
    openapi_version,
    undocumented_version,
    paths,
    no_operations,
    structure,
    duplicate_key,
    *rules_references.RULES,
    callback,
    too_many_operations,
    not_all_active,
    too_many_objects,
    not_all_objects_active,
    ignored,
)
