"""How an OpenAPI document says that a caller proves who it is."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.commands.init.draft import secret
from conformance.openapi_lint.openapi import OpenApi, Operation
from conformance.openapi_lint.references import Node


def access_of(api: OpenApi, operation: Operation, name: str) -> dict[str, object]:
    """The field `access` by the first security scheme of an operation that a target file knows; empty for none.

    Args:
        api: the document.
        operation: the operation, whose own requirements take the place of those of the document.
        name: what the target will be called: its secrets are named after it.
    """
    for scheme in _schemes(api, operation):
        if granted := _granted(scheme, name):
            return {"access": granted}
    return {}


def _schemes(api: OpenApi, operation: Operation) -> Iterator[Node]:
    root = api.root
    named = root.get("securityDefinitions") if api.version == "2.0" else root.get("components").get("securitySchemes")
    asked = operation.node.get("security") if operation.node.has("security") else root.get("security")
    for requirement in asked.items():
        yield from (api.resolved(named.get(one)) for one, _ in requirement.named())


def _granted(scheme: Node, name: str) -> dict[str, object]:
    kind, way = (str(scheme.get(member).value).lower() for member in ("type", "scheme"))
    if kind == "apikey" and scheme.get("in").value == "header" and isinstance(scheme.get("name").value, str):
        return {"api_key": {"header": scheme.get("name").value, "value": secret(name, "key")}}
    if kind == "basic" or (kind, way) == ("http", "basic"):
        return {"basic": {"user": "the-user", "password": secret(name, "password")}}
    if kind in ("oauth2", "openidconnect") or (kind, way) == ("http", "bearer"):
        return {"bearer": secret(name, "token")}
    return {}
