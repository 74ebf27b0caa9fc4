"""Calls that are described by the names of operations of an OpenAPI document."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from conformance.config.secret_references import References
from conformance.documents import UsageProblem, did_you_mean
from conformance.documents.api_description import read_document

_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"\{[^{}]*\}")


def with_operations(data: object, info: ValidationInfo) -> object:
    """A role's calls as written, with method and path of the operations that they name.

    Args:
        data: the role; a call such as `create: {operation: createAccount}` names an operation of the document `spec`.
        info: knows where the target file is, from where the document's path starts.

    Raises:
        PydanticCustomError: the document cannot be read or has no such operation, or its path has several parameters.
    """
    calls = {n: call for n, call in data.items() if _names_one(call)} if isinstance(data, dict) else {}
    if not isinstance(data, dict) or not calls:
        return data
    known = dict(_operations(data.get("spec"), info))
    return {**data, **{name: _completed(name, call, known) for name, call in calls.items()}}


def _names_one(call: object) -> bool:
    return isinstance(call, dict) and isinstance(call.get("operation"), str)


def _operations(spec: object, info: ValidationInfo) -> Iterator[tuple[str, tuple[str, str]]]:
    if not isinstance(spec, str) or not spec:
        text = "is missing; it is the OpenAPI document whose operations are named, such as openapi.yaml"
        raise PydanticCustomError("spec", "spec: {text}", {"text": text})
    try:
        path = info.context.path(spec) if isinstance(info.context, References) else spec
        document: Any = read_document(str(path)).data
    except (UsageProblem, ValueError) as problem:
        raise PydanticCustomError("spec", "spec: {text}", {"text": str(problem)}) from None
    paths = document.get("paths") if isinstance(document, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in _METHODS:
            operation = item.get(method) if isinstance(item, dict) else None
            if isinstance(operation, dict) and isinstance(operation.get("operationId"), str):
                yield operation["operationId"], (method.upper(), str(path))


def _completed(name: str, call: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    operation = str(call["operation"])
    if operation not in known:
        text = f"the document has no operation {operation!r}; {did_you_mean(operation, known)}"
        raise PydanticCustomError("operation", "{name}: {text}", {"name": name, "text": text})
    method, path = known[operation]
    if "path" not in call and len(_PARAMETER.findall(path)) > 1:
        text = f"the path of {operation} has several parameters; write out its path, with {{id}} for the record"
        raise PydanticCustomError("operation", "{name}: {text}", {"name": name, "text": text})
    return {"method": method, "path": _PARAMETER.sub("{id}", path), **call}
