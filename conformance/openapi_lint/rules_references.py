"""Rules on what leads where: references, and the parameters in the braces of paths."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.documents import Location
from conformance.openapi_lint.openapi import METHODS, OpenApi
from conformance.openapi_lint.references import Node
from conformance.openapi_lint.rule import OPENAPI, REGISTRATION, Hit, api_rule, shown

_IN_BRACES = r"\{([^{}]*)\}"


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
    sentence="A reference names a value of the document, and a link one of its operations. What External Services does "
    "with one that leads nowhere is not documented.",
    source=OPENAPI,
    remedy="Define what it names, or correct the name.",
)
def broken_reference(api: OpenApi) -> Iterator[Hit]:
    outside = {at[:-1] for at, reference in api.references if not reference.startswith("#")}
    for at, reference in api.references:
        if reference.startswith("#") and not _leads_somewhere(api, reference, outside) and at[:-1] not in _silent(api):
            yield at, reference
    names = set(_names(api))
    for link in _links(api):
        name, named = link.get("operationId"), link.get("operationRef")
        if isinstance(name.value, str) and name.value not in names and not api.unread:
            yield name.at, f"no operation is called {shown(name.value)}"
        is_inside = isinstance(named.value, str) and named.value.startswith("#")
        if is_inside and not _leads_somewhere(api, named.value, outside):
            yield named.at, named.value


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
    open_ = {
        path: item for path, item in api.root.get("paths").members() if re.search("[{}]", re.sub(_IN_BRACES, "", path))
    }
    for path, item in open_.items():
        yield item.at, f"the braces of {path} are no pairs"
    for operation in api.operations:
        if operation.path in open_ or any(one.value is None for one in operation.parameters):
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


# ------------------------------------------------------------------ details


def _links(api: OpenApi) -> Iterator[Node]:
    """The links of all answers, each once."""
    shared = api.root.get("components").get("links")
    answers = (answer.node.get("links") for operation in api.operations for answer in operation.answers)
    found = (api.resolved(link) for links in (shared, *answers) for _, link in links.named())
    yield from {link.at: link for link in found}.values()


def _names(api: OpenApi) -> Iterator[object]:
    """What operations are called, those of callbacks and webhooks too."""
    items = list(api.root.get("webhooks").named())
    for operation in api.operations:
        yield operation.name
        for _, callback in operation.node.get("callbacks").named():
            items += api.resolved(callback).members()
    for _, item in items:
        yield from (one.get("operationId").value for _, one in api.resolved(item).members())


def _silent(api: OpenApi) -> set[Location]:
    """The references of which nothing-in-the-document says more."""
    return set() if api.operations else {item.at for item in api.unread}


def _leads_somewhere(api: OpenApi, reference: str, outside: set[Location]) -> bool:
    """Whether a reference names a value of the document, also one that is a reference out of it."""
    node = api.target(reference)
    if node is None:
        return False
    end = api.resolved(node)
    return end.value is not None or end.at in outside


RULES = (external_reference, broken_reference, nothing_in_the_document, same_path_twice, path_parameter)
