"""OpenAPI documents as they are found in the wild, drawn by Hypothesis, and the same with something broken."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

type Document = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
MEDIA_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/octet-stream",
    "application/vnd.example.v1+json",
    "application/x-www-form-urlencoded",
    "application/xml",
    "image/png",
    "multipart/form-data",
    "text/plain",
    "*/*",
)
PATHS = ("/files", "/files/{id}", "/a/b-c", "/")
COMPONENTS = ("Account", "File", "Page", "Error", "a-b", "class", "x.y")  # with the characters that OpenAPI allows
NAMES = (*COMPONENTS, "naïve", "$value", "", "007")

names = st.sampled_from(NAMES)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts
)


def _fewest(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def schemas(version: str) -> st.SearchStrategy[Document]:
    """Schemas with references, compositions, lists, maps and enums, a few levels deep."""
    prefix = "#/definitions/" if version == "2.0" else "#/components/schemas/"
    references = st.sampled_from(COMPONENTS).map(lambda name: {"$ref": f"{prefix}{name}"})
    common = {"description": texts, "example": scalars, "x-order": scalars}
    plain = _fewest(**common).flatmap(
        lambda fields: st.sampled_from(
            [
                {"type": "string"},
                {"type": "string", "format": "binary"},
                {"type": "string", "format": "date-time"},
                {"type": "string", "enum": ["a", "b"], "default": "a"},
                {"type": "integer", "format": "int64", "minimum": 0},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "object"},
                {},
            ]
        ).map(lambda schema: fields | schema)
    )

    def around(inner: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
        lists = inner.map(lambda items: {"type": "array", "items": items})
        objects = st.dictionaries(names, inner, max_size=3).map(lambda found: {"type": "object", "properties": found})
        maps = inner.map(lambda values: {"type": "object", "additionalProperties": values})
        words = ["allOf"] if version == "2.0" else ["allOf", "anyOf", "oneOf"]
        composed = st.builds(
            lambda word, parts: {word: parts}, st.sampled_from(words), st.lists(inner, min_size=1, max_size=2)
        )
        return lists | objects | maps | composed

    return st.recursive(plain | references, around, max_leaves=6)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document that has the structure which its version asks for."""
    version = draw(st.sampled_from(["2.0", "3.0"]))
    schema = schemas(version)
    named = {name: draw(schema) for name in COMPONENTS}
    operations: Document = {}
    for path in draw(st.lists(st.sampled_from(PATHS), unique=True, min_size=1, max_size=3)):
        methods = draw(st.lists(st.sampled_from(METHODS), unique=True, min_size=1, max_size=3))
        operations[path] = {method: draw(_operation(version, schema)) for method in methods}
        if "{id}" in path:
            operations[path]["parameters"] = [
                _parameter(version, "id", "path", {"type": "string"}) | {"required": True}
            ]
    info = {"title": draw(texts), "version": "1"}
    if version == "2.0":
        document = {"swagger": "2.0", "info": info, "paths": operations, "definitions": named}
        return document | draw(_fewest(consumes=_media_types(), produces=_media_types(), host=st.just("a.example.com")))
    said = draw(st.sampled_from(["3.0.0", "3.0.3", "3.0.4"]))
    return {"openapi": said, "info": info, "paths": operations, "components": {"schemas": named}}


@st.composite
def broken_documents(draw: st.DrawFn) -> Document:
    """A document in which a few values anywhere are removed or replaced by something else."""
    document = draw(documents())
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(document))))
        if draw(st.booleans()):
            holder[key] = draw(scalars | st.lists(scalars, max_size=2) | st.dictionaries(texts, scalars, max_size=2))
        else:
            del holder[key]
    return document


def _media_types() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(MEDIA_TYPES), unique=True, max_size=3)


@st.composite
def _operation(draw: st.DrawFn, version: str, schema: st.SearchStrategy[Document]) -> Document:
    statuses = draw(st.lists(st.sampled_from(["200", "201", "204", "404", "default"]), min_size=1, unique=True))
    operation: Document = {"responses": {status: draw(_response(version, schema)) for status in statuses}}
    operation |= draw(_fewest(operationId=names, summary=texts, description=texts, tags=st.just(["files"])))
    places = ["query", "header"] if version == "2.0" else ["query", "header", "cookie"]
    parameters = [
        _parameter(version, name, draw(st.sampled_from(places)), {"type": "string"})
        for name in draw(st.lists(names, max_size=2, unique=True))
    ]
    if version == "2.0":
        if draw(st.booleans()):
            parameters.append({"name": "body", "in": "body", "schema": draw(schema)})
        operation |= draw(_fewest(consumes=_media_types(), produces=_media_types()))
    elif draw(st.booleans()):
        operation["requestBody"] = {"content": draw(_content(schema))}
    return operation | ({"parameters": parameters} if parameters else {})


@st.composite
def _response(draw: st.DrawFn, version: str, schema: st.SearchStrategy[Document]) -> Document:
    response: Document = {"description": draw(texts)}
    if draw(st.booleans()):
        response |= {"schema": draw(schema)} if version == "2.0" else {"content": draw(_content(schema))}
    if draw(st.booleans()):
        header = {"type": "string"} if version == "2.0" else {"schema": {"type": "string"}}
        response["headers"] = {draw(st.sampled_from(["ETag", "Location"])): header}
    return response


def _content(schema: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
    return st.dictionaries(st.sampled_from(MEDIA_TYPES), _fewest(schema=schema, example=scalars), max_size=2)


def _parameter(version: str, name: str, place: str, schema: Document) -> Document:
    described = copy.deepcopy(schema) if version == "2.0" else {"schema": copy.deepcopy(schema)}
    return {"name": name, "in": place, **described}


def _places(value: Any) -> Any:
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)
