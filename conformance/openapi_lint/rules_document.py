"""Rules on a document as a whole: its size, version, structure, references and counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from conformance.documents import Location
from conformance.documents.api_description import LONGEST, SourceDocument
from conformance.openapi_lint.openapi import METHODS, OpenApi
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
)
from conformance.openapi_lint.structure import structural_errors

_IN_BRACES = r"\{([^{}]*)\}"
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
    "external-reference",
    "warning",
    "inferred",
    sentence="A registration holds the content of one document. What lies in other files or at other addresses "
    "is not part of it.",
    source=REGISTRATION,
    remedy="Bundle everything into one document, and refer to it with #/….",
)
def external_reference(api: OpenApi) -> Iterator[Hit]:
    for at, reference in api.references:
        if not reference.startswith("#") and at[:-1] not in _silent(api):
            yield at, reference


@api_rule(
    "broken-reference",
    "warning",
    "documented",
    sentence="A reference names a value of the document. What External Services does with one that leads nowhere "
    "is not documented.",
    source=OPENAPI,
    remedy="Define what it names, or correct the name.",
)
def broken_reference(api: OpenApi) -> Iterator[Hit]:
    outside = {at[:-1] for at, reference in api.references if not reference.startswith("#")}
    for at, reference in api.references:
        if reference.startswith("#") and not _leads_somewhere(api, reference, outside) and at[:-1] not in _silent(api):
            yield at, reference


@api_rule(
    "nothing-in-the-document",
    "error",
    "documented",
    sentence="A registration holds the content of one document. Where each path or operation is a reference that leads "
    "out of it, or nowhere, it has no operation.",
    source=REGISTRATION,
    remedy="Bundle everything into one document, and check that each reference leads somewhere.",
)
def nothing_in_the_document(api: OpenApi) -> Iterator[Hit]:
    if api.unread and not api.operations:
        for item in api.unread:
            whose = "it is" if item.at[-1] in METHODS else "its operations are"
            yield item.at, f"{whose} elsewhere: {shown(item.get('$ref').value)}"


@api_rule(
    "same-path-twice",
    "warning",
    "documented",
    sentence="Paths that differ only in the names of their parameters are one path, and invalid beside each other. "
    "What External Services does with them is not documented.",
    source=OPENAPI,
    remedy="Put the operations under one path, with one name for each parameter.",
)
def same_path_twice(api: OpenApi) -> Iterator[Hit]:
    first: dict[str, str] = {}
    for path, item in api.root.get("paths").members():
        known = first.setdefault(re.sub(_IN_BRACES, "{}", path), path)
        if known != path:
            yield item.at, f"{path} and {known}"


@api_rule(
    "path-parameter",
    "warning",
    "documented",
    sentence="Each name in the braces of a path is a parameter of its operations, and each parameter of a path is in "
    "its braces. What External Services does otherwise is not documented.",
    source=OPENAPI,
    remedy="Declare the parameter with `in: path` and `required: true`, under the name that the path has.",
)
def path_parameter(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        if any(one.value is None for one in operation.parameters):
            continue  # what is elsewhere may be what is looked for
        named = {
            name: one
            for one in operation.parameters
            if one.get("in").value == "path" and isinstance(name := one.get("name").value, str)
        }
        path, _, query = operation.path.partition("?")  # no path has one, and some documents do
        for name in dict.fromkeys(re.findall(_IN_BRACES, path)):
            if name not in named:
                yield operation.node.at, f"{operation.method} {operation.path} declares no parameter {name}"
        for name, one in named.items():
            if name not in re.findall(_IN_BRACES, path + query):
                yield one.at, f"{name} is not in the path of {operation.method} {operation.path}"


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


def shown(value: object) -> str:
    """A value of the document in a message."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return "no value" if value is None else str(value)


def _silent(api: OpenApi) -> set[Location]:
    """The references of which nothing-in-the-document says more."""
    return set() if api.operations else {item.at for item in api.unread}


def _may_lack_paths(api: OpenApi) -> bool:
    """Whether a document is whole without paths: in OpenAPI 3.1 webhooks or components do."""
    return api.version == "3.1" and any(api.root.has(name) for name in ("webhooks", "components"))


def _objects(api: OpenApi) -> list[Node]:
    return [schema for _, schema in api.schemas.named() if api.kind(schema) == "object"]


def _leads_somewhere(api: OpenApi, reference: str, outside: set[Location]) -> bool:
    """Whether a reference names a value of the document, also one that is a reference out of it."""
    node = api.target(reference)
    if node is None:
        return False
    end = api.resolved(node)
    return end.value is not None or end.at in outside


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
    external_reference,
    broken_reference,
    nothing_in_the_document,
    same_path_twice,
    path_parameter,
    callback,
    too_many_operations,
    not_all_active,
    too_many_objects,
    not_all_objects_active,
    ignored,
)
