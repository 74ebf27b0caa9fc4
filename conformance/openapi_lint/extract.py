"""One operation of an OpenAPI document as a document of its own, in which every reference leads somewhere.

A document comes from a target, and a library that is given one follows its references to any address and any file,
at any cost. It is given an extract: the fields that say what is sent and what may come back, and the schemas that they
lead to. Nothing is fetched or read: a reference outside the document is an `UnusableDocument`, and so is a document
beyond the bounds below. What takes time is bounded by them too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.documents import Location
from conformance.openapi_lint.minimum_size import minimum_size
from conformance.openapi_lint.references import MAX_HOPS, Node, pointer, target
from conformance.openapi_lint.validation_cost import TooManySchemasError, most_applied
from conformance.redaction import VAULT

MAX_VALUES = 200_000
MAX_REFERENCES = 20_000
MAX_DEPTH = 100  # values in values, and schemas in schemas by way of references
MAX_LEAST = 10_000  # characters, items and properties that a value in a request has to have

_HEADERS_OF_THE_CLIENT = frozenset(
    {"accept", "authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ONE_SCHEMA = _words(
    "additionalItems additionalProperties contains else if items not propertyNames then unevaluatedItems "
    "unevaluatedProperties"
)
_LIST_OF_SCHEMAS = _words("allOf anyOf oneOf prefixItems")
_MAPPING_OF_SCHEMAS = _words("dependentSchemas patternProperties properties")
_UNFOLLOWED = _words("$dynamicRef $recursiveRef")
_PLAIN = _words(
    "const contentEncoding contentMediaType dependentRequired enum exclusiveMaximum exclusiveMinimum format "
    "maxContains maxItems maxLength maxProperties maximum minContains minItems minLength minProperties minimum "
    "multipleOf nullable pattern readOnly required type uniqueItems writeOnly"
)
_PLAIN_FIELDS = ("allowEmptyValue", "allowReserved", "collectionFormat", "explode", "in", "name", "required", "style")
_KEYWORDS = _ONE_SCHEMA | _LIST_OF_SCHEMAS | _MAPPING_OF_SCHEMAS | _UNFOLLOWED | _PLAIN | {"discriminator"}


class UnusableDocument(Exception):
    """An operation cannot be taken out of its document. The text says where, and why."""


@dataclass(frozen=True, slots=True)
class Extract:
    """One operation by itself.

    Attributes:
        document: an OpenAPI document of the same version, with this operation and the schemas it needs.
        path: the path that the operation has in it.
        applied: how many schemas one value of an answer is held against, at most.
    """

    document: dict[str, Any] = field(repr=False)
    path: str
    applied: int


def extract(data: object, path: str, method: str, parameters: Collection[str] = ("header",)) -> Extract:
    """Take one operation out of an OpenAPI document.

    Args:
        data: the document, as plain values.
        path: the operation's path in it.
        method: its method, in lower case.
        parameters: which ones are wanted, by where they stand in a request. Bodies always are.

    Raises:
        UnusableDocument: a part that is needed is malformed, lies outside the document, or is beyond a bound.
    """
    copy = _Copy(Node((), data), "definitions" if _is_swagger(data) else "components")
    at = path if "path" in parameters else "/"
    item = copy.leads_to(copy.root.get("paths").get(path))
    operation = copy.operation(item, method, frozenset({*parameters, "body", "formData"}))
    head = {"info": {"title": "extract", "version": "1"}, "paths": {at: {method: operation}}}
    if _is_swagger(data):
        document = {"swagger": "2.0", **head, "definitions": copy.named}
    else:
        document = {"openapi": str(copy.root.get("openapi").value), **head, "components": {"schemas": copy.named}}
    _refuse_to_send_too_much(operation, copy.named, f"{method.upper()} {path}")
    try:
        return Extract(document, at, most_applied(copy.named, operation))
    except TooManySchemasError as error:
        raise UnusableDocument(f"{method.upper()} {path}: {error}") from None


# ------------------------------------------------------------------ details


def _refuse_to_send_too_much(operation: Mapping[str, Any], named: Mapping[str, Any], name: str) -> None:
    contents = operation.get("requestBody", {}).get("content", {})
    sent = [*operation["parameters"], *(one.get("schema", one) for one in operation["parameters"])]
    size = max(
        (minimum_size(one, named) for one in (*sent, *(media.get("schema") for media in contents.values()))), default=0
    )
    if size > MAX_LEAST:
        raise UnusableDocument(f"{name}: asks for a value of {size:,} characters or more, and {MAX_LEAST:,} are sent")


def _is_swagger(data: object) -> bool:
    return isinstance(data, dict) and "swagger" in data


class _Copy:
    """Copies the parts of an operation, and notes which schemas they refer to."""

    def __init__(self, root: Node, place: str) -> None:
        self.root = root
        self.named: dict[str, Any] = {}
        self._prefix = "#/definitions/" if place == "definitions" else "#/components/schemas/"
        self._home: Location = ("definitions",) if place == "definitions" else ("components", "schemas")
        self._names: dict[Location, str] = {}
        self._taken: set[str] = set()
        self._pending: deque[tuple[str, Node, int]] = deque()
        self._values = 0
        self._references = 0

    def operation(self, item: Node, method: str, kinds: Collection[str]) -> dict[str, Any]:
        """The operation of a path."""
        operation = _mapping(item).get(method)
        found: dict[str, Any] = {}
        for name in ("consumes", "produces"):
            listed = operation.get(name) if _mapping(operation).has(name) else self.root.get(name)
            if listed.value is not None:
                found[name] = self._plain(listed)
        found["parameters"] = list(self._parameters(item, operation, kinds))
        if operation.has("requestBody"):
            body = self.leads_to(operation.get("requestBody"))
            found["requestBody"] = self._with_content(body, required=body.get("required").value is True)
        found["responses"] = dict(self._responses(_mapping(operation.get("responses"))))
        self._copy_what_is_referred_to()
        return found

    def leads_to(self, node: Node) -> Node:
        """What a node is, or what its reference leads to."""
        for _ in range(MAX_HOPS):
            if not node.has("$ref"):
                return _mapping(node)
            node = self._target(node)
        raise _unusable(node, "the references lead to references without end")

    # --------------------------------------------------------------- details

    def _copy_what_is_referred_to(self) -> None:
        while self._pending:
            name, node, depth = self._pending.popleft()
            self.named[name] = self._schema(node, depth)

    def _target(self, node: Node) -> Node:
        reference = node.value["$ref"]
        self._references += 1
        if self._references > MAX_REFERENCES:
            raise _unusable(node, f"the operation needs more than {MAX_REFERENCES:,} references")
        if not isinstance(reference, str):
            raise _unusable(node, "$ref is not text")
        shown = VAULT.shown(reference, 200)
        if not reference.startswith("#"):
            raise _unusable(node, f"refers to {shown!r}, outside the document, where nothing is read")
        found = target(self.root, reference)
        if found is None:
            raise _unusable(node, f"refers to {shown!r}, which the document does not hold")
        return found

    def _parameters(self, item: Node, operation: Node, kinds: Collection[str]) -> Iterator[dict[str, Any]]:
        found: dict[tuple[object, object], Node] = {}
        for holder in (item, operation):
            for one in _list(holder.get("parameters")):
                parameter = self.leads_to(one)
                name, place = parameter.get("name").value, parameter.get("in").value
                if not (isinstance(name, str) and isinstance(place, str)):
                    raise _unusable(parameter, "the parameter has no name, or does not say where it is")
                found[name, place] = parameter
        for (name, place), parameter in found.items():
            if place in kinds and not (place == "header" and str(name).lower() in _HEADERS_OF_THE_CLIENT):
                yield self._value(parameter)

    def _responses(self, responses: Node) -> Iterator[tuple[str, dict[str, Any]]]:
        for status, one in responses.members():
            response = self.leads_to(one)
            copied = self._with_content(response, description="")
            headers = response.get("headers")
            if headers.value is not None:
                copied["headers"] = {n: self._value(self.leads_to(h)) for n, h in _mapping(headers).members()}
            yield status, copied

    def _with_content(self, node: Node, **fields: object) -> dict[str, Any]:
        """A body, a response, or a parameter: what is of a schema, or of several by media type."""
        if node.has("schema"):
            fields["schema"] = self._schema(node.get("schema"))
        if node.has("content"):
            fields["content"] = {
                media_type: {"schema": self._schema(media.get("schema"))} if _mapping(media).has("schema") else {}
                for media_type, media in _mapping(node.get("content")).members()
            }
        return fields

    def _value(self, node: Node) -> dict[str, Any]:
        """A parameter or a header. In OpenAPI 2.0 it is itself like a schema."""
        fields = {name: self._plain(node.get(name)) for name in _PLAIN_FIELDS if node.has(name)}
        like_a_schema = Node(node.at, {k: v for k, v in node.value.items() if k not in ("required", "schema", "$ref")})
        return {**self._schema(like_a_schema), **self._with_content(node, **fields)}

    def _schema(self, node: Node, depth: int = 0) -> Any:
        if isinstance(node.value, bool):
            return node.value
        self._count(node, depth)
        schema = _mapping(node)
        copied: dict[str, Any] = {}
        if schema.has("$ref"):
            copied["$ref"] = self._prefix + self._name(self._target(schema), depth)
        copied |= {key: self._keyword(key, schema.get(key), depth + 1) for key in schema.value if key in _KEYWORDS}
        return copied

    def _keyword(self, key: str, node: Node, depth: int) -> object:
        if key in _LIST_OF_SCHEMAS or (key == "items" and isinstance(node.value, list)):
            return [self._schema(one, depth) for one in _list(node)]
        if key in _ONE_SCHEMA:
            return self._schema(node, depth)
        if key in _MAPPING_OF_SCHEMAS:
            return {name: self._schema(one, depth) for name, one in _members(node)}
        if key in _UNFOLLOWED:
            raise _unusable(node, "such references depend on who refers to them, and are not followed")
        if key == "discriminator":
            return self._discriminator(node)
        return self._plain(node)

    def _name(self, node: Node, depth: int) -> str:
        """The name of a schema that is referred to; its own, where it has one, for a discriminator goes by it."""
        if node.at not in self._names:
            own = str(node.at[-1]) if node.at[:-1] == self._home else ""
            name = own if re.fullmatch(r"[\w.-]+", own) and own not in self._taken else f"schema-{len(self._names)}"
            while name in self._taken:
                name += "-"
            self._taken.add(name)
            self._names[node.at] = name
            self._pending.append((name, node, depth + 1))
        return self._names[node.at]

    def _discriminator(self, node: Node) -> object:
        if isinstance(node.value, str):  # OpenAPI 2.0
            return node.value
        mapping = {value: value for value, _ in _members(node.get("mapping"))} if node.has("mapping") else {}
        return {"propertyName": self._plain(node.get("propertyName")), "mapping": mapping}

    def _plain(self, node: Node) -> Any:
        """A value without any meaning as a schema; a library looks for references everywhere."""
        pending = [node]
        while pending:
            one = pending.pop()
            self._count(one, len(one.at) - len(node.at))
            if one.has("$ref"):
                raise _unusable(one, "$ref is where it is not a reference")
            pending += [one.get(key) for key in one.value] if isinstance(one.value, dict) else one.items()
        return node.value

    def _count(self, node: Node, depth: int) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _unusable(node, f"the operation needs more than {MAX_VALUES:,} values of the document")
        if depth > MAX_DEPTH:
            raise _unusable(node, f"values are nested deeper than {MAX_DEPTH} levels once references are followed")


def _mapping(node: Node) -> Node:
    if not isinstance(node.value, dict):
        raise _unusable(node, "is missing" if node.value is None else "is not a mapping")
    return node


def _members(node: Node) -> Iterator[tuple[str, Node]]:
    return ((name, node.get(name)) for name in _mapping(node).value)


def _list(node: Node) -> Iterator[Node]:
    if node.value is not None and not isinstance(node.value, list):
        raise _unusable(node, "is not a list")
    return node.items()


def _unusable(node: Node, text: str) -> UnusableDocument:
    return UnusableDocument(f"{VAULT.shown(pointer(node.at), 300) or '/'}: {text}")
