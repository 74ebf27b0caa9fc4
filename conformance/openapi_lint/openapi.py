"""An OpenAPI document as External Services reads it: operations with parameters, bodies and answers.

One view of OpenAPI 2.0, 3.0 and 3.1. What is malformed is passed over here; the rules on structure report it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from conformance.documents import Location
from conformance.openapi_lint.references import MAX_HOPS, Node, resolved, target

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
CALLED = ("GET", "PUT", "POST", "PATCH", "DELETE")
"""The methods which External Services calls."""

SUPPORTED = frozenset({"application/json", "application/x-www-form-urlencoded", "text/plain"})
BINARY = "application/octet-stream"

_WITH_SCHEMAS = frozenset(
    {"items", "additionalProperties", "not", "allOf", "anyOf", "oneOf", "prefixItems", "contains", "if", "then", "else"}
)
_WITH_NAMED_SCHEMAS = frozenset({"$defs", "patternProperties", "dependentSchemas"})  # of OpenAPI 3.1
_VALUES = frozenset({"example", "examples", "default", "enum"})  # in which $ref means nothing
_NAMES = frozenset(  # whose keys are names
    {"properties", "schemas", "definitions", "headers", "content", "parameters", "requestBodies", "links", "callbacks"}
) | {"securitySchemes", "pathItems", "encoding", *_WITH_NAMED_SCHEMAS}
_FORM = {"type": "object"}  # what the form parameters of OpenAPI 2.0 are together

type Version = Literal["2.0", "3.0", "3.1"]
type Kind = Literal["object", "array", "binary", "primitive", "anything"]
"""What a schema describes, as far as serialization is concerned."""


@dataclass(frozen=True, slots=True)
class Content:
    """A body in one media type.

    Attributes:
        media_type: in lower case, without parameters, as it is mapped; empty where none is declared.
        declared: as the document writes it.
        at: where the media type is declared, or the body where none is.
        schema: of the body; its value is None where there is none.
    """

    media_type: str
    declared: str
    at: Location
    schema: Node


@dataclass(frozen=True, slots=True)
class DescribedResponse:
    """A response of an operation."""

    status: str
    node: Node
    contents: tuple[Content, ...]

    @property
    def succeeds(self) -> bool:
        """Whether its status is of the class 2xx."""
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method does on one path.

    Attributes:
        body: what declares the request body; None where nothing does.
        contents: the request body, by media type.
    """

    method: str
    path: str
    node: Node
    parameters: tuple[Node, ...]
    body: Node | None
    contents: tuple[Content, ...]
    answers: tuple[DescribedResponse, ...]

    @property
    def results(self) -> tuple[Content, ...]:
        """What comes back on success, by media type: of the statuses 2xx, or else of the default answer."""
        named = [answer for answer in self.answers if answer.succeeds]
        answers = named or [answer for answer in self.answers if answer.status == "default"]
        return tuple(content for answer in answers for content in answer.contents)

    @property
    def name(self) -> str:
        """The operationId; empty where there is none."""
        value = self.node.get("operationId").value
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class OpenApi:
    """A document of OpenAPI 2.0, 3.0 or 3.1.

    Attributes:
        version: the first two numbers.
        data: the whole document.
        mapped: media types which the registration maps, to what they are mapped to.
    """

    version: Version
    data: Mapping[str, Any] = field(repr=False)
    mapped: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Node:
        """The whole document."""
        return Node((), self.data)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, in the order of the document."""
        return tuple(self._operations())

    @cached_property
    def schemas(self) -> Node:
        """The named schemas."""
        return self.root.get("definitions") if self.version == "2.0" else self.root.get("components").get("schemas")

    @cached_property
    def callbacks(self) -> tuple[Node, ...]:
        """The callbacks of operations, by name."""
        return tuple(node for one in self.operations for _, node in one.node.get("callbacks").named())

    @cached_property
    def unread(self) -> tuple[Node, ...]:
        """The items of paths, and the operations, that are references which lead out of the document, or nowhere."""
        items = [item for _, item in self.root.get("paths").members()]
        operations = [node for item in items for _, node in self._methods(item)]
        return tuple(one for one in (*items, *operations) if one.has("$ref") and self.resolved(one).value is None)

    def resolved(self, node: Node) -> Node:
        """What a node refers to inside the document; its value is None where a reference leads nowhere."""
        return resolved(self.root, node)

    def target(self, reference: str) -> Node | None:
        """What a reference names inside the document; None where that is nothing."""
        return target(self.root, reference)

    def kind(self, schema: Node) -> Kind:
        """What a schema describes."""
        for _ in range(MAX_HOPS):
            schema = self.resolved(schema)
            said = _type(schema)
            if said == "file" or (said in ("string", None) and schema.get("format").value == "binary"):
                return "binary"
            if said == "object" or schema.has("properties") or schema.has("additionalProperties"):
                return "object"
            if said == "array" or schema.has("items"):
                return "array"
            if said in ("string", "integer", "number", "boolean"):
                return "primitive"
            parts = schema.get("allOf").value
            if not (isinstance(parts, list) and parts):
                break
            if len(parts) > 1:
                return "object"  # what is composed of several schemas
            schema = schema.get("allOf").get(0)
        return "anything"

    @cached_property
    def all_schemas(self) -> tuple[Node, ...]:
        """Each schema of the document once: the named ones, those of operations, and all inside them."""
        pending = [schema for _, schema in self.schemas.named()]
        for operation in self.operations:
            pending += [one.get("schema") for one in operation.parameters]
            bodies = [operation.contents, *(answer.contents for answer in operation.answers)]
            pending += [content.schema for contents in bodies for content in contents]
        found: dict[Location, Node] = {}
        while pending:
            schema = pending.pop()
            if not isinstance(schema.value, dict) or schema.at in found:
                continue
            found[schema.at] = schema
            for key in schema.value.keys() & _WITH_SCHEMAS:
                inner = schema.get(key)
                pending += [inner] if isinstance(inner.value, dict) else inner.items()
            for key in schema.value.keys() & _WITH_NAMED_SCHEMAS:
                pending += [inner for _, inner in schema.get(key).named()]
            pending += [inner for _, inner in properties(schema)]
        return tuple(found.values())

    @cached_property
    def references(self) -> tuple[tuple[Location, str], ...]:
        """Where all `$ref` of the document stand, and what they say."""
        found: list[tuple[Location, str]] = []
        pending: list[tuple[Location, Any, bool]] = [((), self.data, False)]
        while pending:
            at, value, has_names = pending.pop()
            if isinstance(value, list):
                pending += [
                    ((*at, n), inner, False)
                    for n, inner in enumerate(value)
                    if inner and isinstance(inner, dict | list)
                ]
                continue
            if isinstance(value.get("$ref"), str):
                found.append(((*at, "$ref"), value["$ref"]))
            values = _VALUES - {"default"} if at[-1:] == ("responses",) else _VALUES
            pending += [
                ((*at, key), inner, key in _NAMES and not has_names)
                for key, inner in value.items()
                if inner
                and isinstance(inner, dict | list)
                and (has_names or not (key in values or key.startswith("x-")))
            ]
        return tuple(found)

    # ------------------------------------------------------------------ details

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.root.get("paths").members():
            shared = [self.resolved(one) for one in self.resolved(item).get("parameters").items()]
            for method, found in self._methods(item):
                node = self.resolved(found)
                if isinstance(node.value, dict):
                    own = [self.resolved(one) for one in node.get("parameters").items()]
                    yield self._operation(path, method, node, shared, own)

    def _methods(self, item: Node) -> Iterator[tuple[str, Node]]:
        """What stands under the methods of a path's item."""
        yield from ((method, node) for method, node in self.resolved(item).members() if method in METHODS)

    def _operation(self, path: str, method: str, node: Node, shared: list[Node], own: list[Node]) -> Operation:
        replaced = {(one.get("name").value, one.get("in").value) for one in own if _is_named(one)}
        kept = [p for p in shared if not _is_named(p) or (p.get("name").value, p.get("in").value) not in replaced]
        parameters = (*kept, *own)
        answers = tuple(
            DescribedResponse(status, answer, tuple(self._contents_of_answer(answer, node)))
            for status, one in node.get("responses").members()
            if isinstance((answer := self.resolved(one)).value, dict)
        )
        if self.version == "2.0":
            body = next((one for one in parameters if one.get("in").value == "body"), None)
            form = [one for one in parameters if one.get("in").value == "formData"]
            sent = body.get("schema") if body else Node(form[0].at, _FORM) if form else None
            contents = tuple(self._listed("consumes", node, sent)) if sent else ()
        else:
            body = self.resolved(node.get("requestBody")) if node.has("requestBody") else None
            contents = tuple(self._contents(body.get("content"))) if body else ()
        return Operation(method.upper(), path, node, parameters, body, contents, answers)

    def _contents_of_answer(self, answer: Node, operation: Node) -> Iterator[Content]:
        if self.version != "2.0":
            yield from self._contents(answer.get("content"))
        elif answer.has("schema"):
            yield from self._listed("produces", operation, answer.get("schema"))

    def _contents(self, content: Node) -> Iterator[Content]:
        for declared, media in content.named():
            yield Content(self.media_type(declared), declared, media.at, self.resolved(media).get("schema"))

    def _listed(self, directive: str, operation: Node, schema: Node) -> Iterator[Content]:
        listed = operation.get(directive) if operation.has(directive) else self.root.get(directive)
        declared = [one for one in listed.items() if isinstance(one.value, str)]
        for one in declared:
            yield Content(self.media_type(one.value), one.value, one.at, schema)
        if not declared:
            yield Content("", "", schema.at, schema)

    def media_type(self, declared: str) -> str:
        """A media type in lower case, without parameters, as the registration maps it."""
        plain = declared.partition(";")[0].strip().lower()
        return self.mapped.get(plain, plain)


def _type(schema: Node) -> object:
    """The type of a schema. OpenAPI 3.1 has lists of them, with null beside the one that the values have."""
    said = schema.get("type").value
    named = [one for one in said if one != "null"] if isinstance(said, list) else [said]
    return named[0] if len(named) == 1 else None


def properties(schema: Node) -> Iterator[tuple[str, Node]]:
    """The properties of a schema. Unlike other mappings theirs may have any names."""
    declared = schema.value.get("properties") if isinstance(schema.value, dict) else None
    if isinstance(declared, dict):
        yield from ((name, Node((*schema.at, "properties", name), value)) for name, value in declared.items())


def _is_named(parameter: Node) -> bool:
    return isinstance(parameter.get("name").value, str) and isinstance(parameter.get("in").value, str)
