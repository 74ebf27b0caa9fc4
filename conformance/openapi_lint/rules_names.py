"""Rules on names, descriptions and schemas: what becomes a class, a variable or an action in Salesforce."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.documents import Location
from conformance.openapi_lint.openapi import CALLED, OpenApi, properties
from conformance.openapi_lint.references import Node
from conformance.openapi_lint.rule import CONSIDERATIONS, DEFINITIONS, NAMING, OPENAPI, UNTYPED_REPORT, Hit, api_rule
from conformance.redaction import VAULT

LONGEST_NAME = 254
LONGEST_DESCRIPTION = 1_333

_TYPING = frozenset(
    {"type", "$ref", "properties", "additionalProperties", "items", "allOf", "anyOf", "oneOf", "enum", "const"}
)
"""What tells, or leads to, the type of a schema."""

_APEX_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*(?<!_)")


@api_rule(
    "property-value",
    "error",
    "documented",
    sentence="A property must include a value.",
    source=DEFINITIONS,
    remedy="Give the property a schema, {} for any value, or delete the line.",
)
def property_value(api: OpenApi) -> Iterator[Hit]:
    for schema in api.all_schemas:
        for name, inner in properties(schema):
            if inner.value is None:
                yield inner.at, f"{name} has no value"


@api_rule(
    "name-length",
    "warning",
    "documented",
    sentence="The names of object types and of properties need fewer than 255 characters to be usable in Apex "
    "and in Flow.",
    source=CONSIDERATIONS,
    remedy="Shorten the name.",
)
def name_length(api: OpenApi) -> Iterator[Hit]:
    for at, name in _names(api):
        if len(name) > LONGEST_NAME:
            yield at, f"{VAULT.shown(name, 40)} ({len(name)} characters)"


@api_rule(
    "apex-name",
    "note",
    "documented",
    sentence="Names of Apex classes and properties are derived from these, and have the characters of Apex "
    "identifiers.",
    source=NAMING,
    remedy="Use letters, digits and single underscores, and begin with a letter, if the name in Salesforce is to "
    "be the same.",
)
def apex_name(api: OpenApi) -> Iterator[Hit]:
    for at, name in _names(api):
        if not _APEX_NAME.fullmatch(name) and len(name) <= LONGEST_NAME:
            yield at, name
    for operation in api.operations:
        if operation.name and not _APEX_NAME.fullmatch(operation.name):
            yield (*operation.node.at, "operationId"), operation.name


@api_rule(
    "operation-id",
    "note",
    "documented",
    sentence="An operation is named after its operationId; without one, after its method and path.",
    source=NAMING,
    remedy="Give the operation an operationId, so that the name of the action is yours.",
)
def operation_id(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        if not operation.name and operation.method in CALLED:
            yield operation.node.at, f"{operation.method} {operation.path}"


@api_rule(
    "operation-id-twice",
    "warning",
    "documented",
    sentence="An operationId is unique among the operations of a document. What External Services does otherwise "
    "is not documented.",
    source=OPENAPI,
    remedy="Give each operation a name of its own.",
)
def operation_id_twice(api: OpenApi) -> Iterator[Hit]:
    seen: set[str] = set()
    for operation in api.operations:
        if operation.name in seen:
            yield (*operation.node.at, "operationId"), operation.name
        elif operation.name:
            seen.add(operation.name)


@api_rule(
    "parameter-twice",
    "warning",
    "documented",
    sentence="A list of parameters has no two of one name in one place. What External Services does otherwise "
    "is not documented.",
    source=OPENAPI,
    remedy="Delete one of the two, or rename it.",
)
def parameter_twice(api: OpenApi) -> Iterator[Hit]:
    twice: dict[Location, str] = {}
    for operation in api.operations:
        seen: set[tuple[str, str]] = set()
        for one in operation.parameters:
            name, place = one.get("name").value, one.get("in").value
            if isinstance(name, str) and isinstance(place, str):
                if (name, place) in seen:
                    twice[one.at] = name
                seen.add((name, place))
    yield from twice.items()


@api_rule(
    "names-differ-in-case",
    "warning",
    "inferred",
    sentence="Apex tells no upper case from lower case, so names that differ only in case are one name in Salesforce.",
    source=NAMING,
    remedy="Rename one of the two.",
)
def names_differ_in_case(api: OpenApi) -> Iterator[Hit]:
    yield from _alike(((schema.at, name) for name, schema in api.schemas.named()))
    for schema in api.all_schemas:
        yield from _alike((inner.at, name) for name, inner in properties(schema))
    yield from _alike(((*one.node.at, "operationId"), one.name) for one in api.operations if one.name)
    for operation in api.operations:
        named = [(one, one.get("name").value, one.get("in").value) for one in operation.parameters]
        for place in ("path", "query"):  # names of headers have no case
            yield from _alike((one.at, name) for one, name, where in named if where == place and isinstance(name, str))


@api_rule(
    "description-length",
    "note",
    "documented",
    sentence="Of the description of an operation or a parameter 1,333 characters are stored.",
    source=NAMING,
    remedy="Say what matters first.",
)
def description_length(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        for node in (operation.node, *operation.parameters):
            text = node.get("description").value
            if isinstance(text, str) and len(text) > LONGEST_DESCRIPTION:
                yield (*node.at, "description"), f"{len(text):,} characters"


@api_rule(
    "untyped-schema",
    "warning",
    "observed",
    sentence="A schema says of which type its values are. A registration was seen to fail at one "
    "that says other things and not that.",
    source=UNTYPED_REPORT,
    remedy="Give the schema a type.",
)
def untyped_schema(api: OpenApi) -> Iterator[Hit]:
    for schema in api.all_schemas:
        is_a_part = len(schema.at) > 1 and schema.at[-2] in ("allOf", "anyOf", "oneOf")  # another has the type
        if schema.value and not is_a_part and not _TYPING & schema.value.keys():
            yield schema.at, f"{_owner(api, schema)} has no type"


@api_rule(
    "discriminator-mapping",
    "warning",
    "documented",
    sentence="The mapping of a discriminator is ignored: its value is the name of a schema.",
    source=DEFINITIONS,
    remedy="Let the service send the name of the schema, or rename the schema to the value.",
)
def discriminator_mapping(api: OpenApi) -> Iterator[Hit]:
    for schema in (one for one in api.all_schemas if one.has("discriminator")):
        for value, name in schema.get("discriminator").get("mapping").named():
            if isinstance(name.value, str) and name.value.rpartition("/")[2] != value:
                yield name.at, f"{value} means {name.value}"


@api_rule(
    "nested-list",
    "warning",
    "documented",
    sentence="A list of lists is supported in Apex; Flow cannot use it as a field of a variable.",
    source=DEFINITIONS,
    remedy="Put the inner list into an object, if a flow needs it.",
)
def nested_list(api: OpenApi) -> Iterator[Hit]:
    for schema in api.all_schemas:
        for name, inner in properties(schema):
            if api.kind(inner) == "array" and api.kind(api.resolved(inner).get("items")) == "array":
                yield inner.at, f"{name} is a list of lists"


# ------------------------------------------------------------------ details


def _owner(api: OpenApi, schema: Node) -> str:
    """Whose schema it is: a property, a named schema, or a parameter by its name."""
    *around, last = schema.at
    node = api.root
    for part in around:
        node = node.get(part)
    name = node.get("name").value
    return name if last == "schema" and isinstance(name, str) else str(last)


def _alike(names: Iterable[tuple[Location, str]]) -> Iterator[Hit]:
    """Names that one before them differs from in case alone."""
    first: dict[str, str] = {}
    for at, name in names:
        known = first.setdefault(name.casefold(), name)
        if known != name:
            yield at, f"{name} and {known}"


def _names(api: OpenApi) -> Iterator[tuple[Location, str]]:
    yield from ((schema.at, name) for name, schema in api.schemas.named())
    for schema in api.all_schemas:
        yield from ((inner.at, name) for name, inner in properties(schema))


RULES = (
    property_value,
    name_length,
    apex_name,
    operation_id,
    operation_id_twice,
    parameter_twice,
    names_differ_in_case,
    description_length,
    untyped_schema,
    discriminator_mapping,
    nested_list,
)
