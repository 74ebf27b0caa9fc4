"""Rules on what is sent and what comes back: methods, parameters, media types, binary bodies, headers."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.openapi_lint.openapi import BINARY, CALLED, SUPPORTED, Content, DescribedResponse, OpenApi, Operation
from conformance.openapi_lint.references import Node
from conformance.openapi_lint.rule import (
    DEFINITIONS,
    MEDIA_TYPES,
    OPENAPI_3_0,
    VERSIONS,
    WINTER_26,
    Hit,
    api_rule,
)

_LISTED = "application/json, application/x-www-form-urlencoded and text/plain"


@api_rule(
    "method",
    "warning",
    "documented",
    sentence="A document can use GET, PATCH, PUT, POST and DELETE.",
    source=DEFINITIONS,
    remedy="Nothing to fix, if Salesforce has no need of it. Otherwise offer it with one of these methods too.",
)
def method(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        if operation.method not in CALLED:
            yield operation.node.at, f"{operation.method} {operation.path}"


@api_rule(
    "empty-get-body",
    "error",
    "documented",
    sentence="A GET that declares an empty request body is a validation error.",
    source=DEFINITIONS,
    remedy="Remove the request body from the GET; say with parameters what it needs.",
)
def empty_get_body(api: OpenApi) -> Iterator[Hit]:
    for operation, body in _get_bodies(api):
        if _is_empty(operation):
            yield body.at, f"GET {operation.path} declares a request body without a schema"


@api_rule(
    "get-body",
    "warning",
    "documented",
    sentence="Where HTTP gives a request body no meaning, as with GET, OpenAPI has it ignored or avoided.",
    source=OPENAPI_3_0,
    remedy="Say with parameters what the GET needs, or make it a POST.",
)
def get_body(api: OpenApi) -> Iterator[Hit]:
    for operation, body in _get_bodies(api):
        if not _is_empty(operation):
            yield body.at, f"GET {operation.path} declares a request body"


@api_rule(
    "parameter-name",
    "error",
    "documented",
    sentence="Each parameter must have a name.",
    source=DEFINITIONS,
    remedy="Give the parameter a name.",
)
def parameter_name(api: OpenApi) -> Iterator[Hit]:
    for parameter in _parameters(api):
        name = parameter.get("name").value
        if not (isinstance(name, str) and name.strip()):
            if parameter.has("name"):
                yield (*parameter.at, "name"), "the name is empty" if name in (None, "") else "the name is not text"
            else:
                yield parameter.at, "the name is missing"


@api_rule(
    "cookie-parameter",
    "warning",
    "inferred",
    sentence="Request headers and form parameters are supported; cookies are not mentioned.",
    source=DEFINITIONS,
    remedy="Take the value from a header or from the query.",
)
def cookie_parameter(api: OpenApi) -> Iterator[Hit]:
    for parameter in _parameters(api):
        if parameter.get("in").value == "cookie":
            yield parameter.at, f"{parameter.get('name').value} in a cookie"


@api_rule(
    "form-file",
    "warning",
    "inferred",
    sentence="Form parameters are sent as application/x-www-form-urlencoded, which has no place for a file.",
    source=MEDIA_TYPES,
    remedy=f"Upload the file as the whole body of a PUT, as {BINARY}.",
)
def form_file(api: OpenApi) -> Iterator[Hit]:
    for parameter in _parameters(api):
        if parameter.get("in").value == "formData" and parameter.get("type").value == "file":
            yield parameter.at, f"{parameter.get('name').value} is a file in a form"


@api_rule(
    "media-type",
    "warning",
    "documented",
    sentence="A media type that is not supported makes the registration invalid, unless it is mapped. Supported "
    f"are {_LISTED}.",
    source=MEDIA_TYPES,
    remedy="Map it when you register, and say so here with --map. Or offer a supported media type, "
    f"for a file {BINARY}.",
)
def media_type(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        if not any(_is_supported(api, content) for content in contents):
            for content in contents:
                if not _is_other_binary(api, content):
                    yield content.at, content.declared


@api_rule(
    "media-type-beside",
    "warning",
    "inferred",
    sentence="A media type that is not supported makes the registration invalid, unless it is mapped. "
    "Whether that holds beside a supported one too is not documented.",
    source=MEDIA_TYPES,
    remedy="Remove it, or map it when you register, and say so here with --map.",
)
def media_type_beside(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        if any(_is_supported(api, content) for content in contents):
            for content in contents:
                if not _is_supported(api, content) and not _is_other_binary(api, content):
                    yield content.at, content.declared


@api_rule(
    "media-type-schema",
    "warning",
    "documented",
    sentence="A media type that does not fit the schema of its body registers, and fails when the operation is called.",
    source=MEDIA_TYPES,
    remedy="Declare the media type that the service speaks: JSON for objects and lists, text for plain values, "
    f"{BINARY} for files.",
)
def media_type_schema(api: OpenApi) -> Iterator[Hit]:
    unfit = {
        "application/json": {"binary": "raw bytes"},
        "text/plain": {"object": "an object", "array": "a list", "binary": "raw bytes"},
        "application/x-www-form-urlencoded": {"array": "a list", "primitive": "a plain value", "binary": "raw bytes"},
    }
    for contents in _bodies(api):
        for content in contents:
            what = unfit.get(content.media_type, {}).get(api.kind(content.schema))
            if what:
                yield content.at, f"{content.declared} for {what}"


@api_rule(
    "default-media-type",
    "note",
    "documented",
    sentence="Where no media type is declared, objects and lists travel as application/json, plain values as "
    "text/plain, and forms as application/x-www-form-urlencoded.",
    source=MEDIA_TYPES,
    remedy="Declare consumes and produces, if that is not what the service speaks.",
)
def default_media_type(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        for content in contents:
            if not content.declared:
                yield content.at, "no media type"


@api_rule(
    "binary-schema",
    "warning",
    "documented",
    sentence="A file is a body of application/octet-stream with a schema of type string and format binary.",
    source=WINTER_26,
    remedy="Write `schema: {type: string, format: binary}` for a file, or the media type that the body has.",
)
def binary_schema(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        for content in contents:
            if content.media_type == BINARY and api.kind(content.schema) != "binary":
                yield content.at, f"{BINARY} for a schema that is not binary"


@api_rule(
    "binary-media-type",
    "warning",
    "inferred",
    sentence="For files application/octet-stream is documented. Whether other types of files register is not.",
    source=WINTER_26,
    remedy=f"Declare the file as {BINARY}; the service may still look into it.",
)
def binary_media_type(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        for content in contents:
            if _is_other_binary(api, content):
                yield content.at, content.declared


@api_rule(
    "binary-method",
    "warning",
    "inferred",
    sentence="PUT operations upload files, and GET operations download them. Files with other methods are not "
    "mentioned.",
    source=WINTER_26,
    remedy="Offer the upload as a PUT, and the download as a GET.",
)
def binary_method(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        if operation.method in CALLED and operation.method != "PUT" and is_file(api, operation.contents):
            yield operation.node.at, f"{operation.method} {operation.path} sends a file"
        if operation.method in CALLED and operation.method != "GET" and is_file(api, operation.results):
            yield operation.node.at, f"{operation.method} {operation.path} answers with a file"


@api_rule(
    "binary-version",
    "note",
    "inferred",
    sentence="The published examples of binary operations are in OpenAPI 3.0. That 2.0 works as well is not stated.",
    source=WINTER_26,
    remedy="Write the document in OpenAPI 3.0, if the binary actions do not appear.",
)
def binary_version(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        if api.version == "2.0" and is_file(api, contents):
            yield ("swagger",), "binary bodies in OpenAPI 2.0"


@api_rule(
    "response-header",
    "note",
    "documented",
    sentence="Response headers are not supported: no action has them among its outputs.",
    source=DEFINITIONS,
    remedy="Put what Salesforce needs into the body.",
)
def response_header(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        for answer in operation.answers:
            for name, header in answer.node.get("headers").named():
                if not _is_the_result(answer, name):
                    yield header.at, name


@api_rule(
    "result-in-header",
    "warning",
    "inferred",
    sentence="Response headers are not supported. What a response says only in a header cannot be used.",
    source=DEFINITIONS,
    remedy="Give the answer a body with the id or the address.",
)
def result_in_header(api: OpenApi) -> Iterator[Hit]:
    for operation in api.operations:
        for answer in operation.answers:
            for name, header in answer.node.get("headers").named():
                if _is_the_result(answer, name):
                    yield header.at, f"{operation.method} {operation.path} says {name}, and has no body"


@api_rule(
    "encoding",
    "note",
    "documented",
    sentence="All character sets of the Java runtime are supported; UTF-8 is the default.",
    source=VERSIONS,
    remedy="Nothing to fix, if the service speaks this character set.",
)
def encoding(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        for content in contents:
            charset = content.declared.lower().partition("charset=")[2].strip("\"' ")
            if charset and charset != "utf-8":
                yield content.at, content.declared


@api_rule(
    "media-type-parameter",
    "warning",
    "inferred",
    sentence="The supported media types are named without parameters, and with a charset. Other parameters are not "
    "mentioned.",
    source=VERSIONS,
    remedy="Leave the parameter out of the document, if the service does not need it.",
)
def media_type_parameter(api: OpenApi) -> Iterator[Hit]:
    for contents in _bodies(api):
        for content in contents:
            names = [part.partition("=")[0].strip().lower() for part in content.declared.split(";")[1:]]
            if any(name not in ("", "charset") for name in names):
                yield content.at, content.declared


# ------------------------------------------------------------------ details


def is_file(api: OpenApi, contents: tuple[Content, ...]) -> bool:
    """Whether a body is a file, as External Services understands it."""
    return any(content.media_type == BINARY and api.kind(content.schema) == "binary" for content in contents)


def _is_the_result(answer: DescribedResponse, header: str) -> bool:
    return answer.succeeds and not answer.contents and header.lower() in ("location", "content-location")


def _bodies(api: OpenApi) -> Iterator[tuple[Content, ...]]:
    for operation in api.operations:
        if operation.method in CALLED:
            yield operation.contents
            yield from (answer.contents for answer in operation.answers)


def _is_supported(api: OpenApi, content: Content) -> bool:
    return content.media_type in SUPPORTED or content.media_type in ("", BINARY)


def _is_other_binary(api: OpenApi, content: Content) -> bool:
    """A file of a type for which nothing is documented."""
    return not _is_supported(api, content) and api.kind(content.schema) == "binary"


def _get_bodies(api: OpenApi) -> Iterator[tuple[Operation, Node]]:
    for operation in api.operations:
        if operation.method == "GET" and operation.body is not None:
            yield operation, operation.body


def _is_empty(operation: Operation) -> bool:
    return all(content.schema.value in (None, {}) for content in operation.contents)


def _parameters(api: OpenApi) -> Iterator[Node]:
    for operation in api.operations:
        yield from (parameter for parameter in operation.parameters if isinstance(parameter.value, dict))


RULES = (
    method,
    empty_get_body,
    get_body,
    parameter_name,
    cookie_parameter,
    form_file,
    media_type,
    media_type_beside,
    media_type_schema,
    default_media_type,
    binary_schema,
    binary_media_type,
    binary_method,
    binary_version,
    response_header,
    result_in_header,
    encoding,
    media_type_parameter,
)
