"""Where files are: the addresses that an OpenAPI document or a template gives them, and the names they get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from conformance.documents import UsageProblem
from conformance.judging.applicability import lacking
from conformance.openapi_lint import Report, SourceDocument, check_document, parse_document, read_document
from conformance.openapi_lint.references import Node, resolved
from conformance.rules.outcome import Inconclusive

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.config.roles import FileService

type Act = Literal["upload", "download", "delete", "probe"]

_METHODS: dict[str, str] = {"upload": "PUT", "download": "GET", "delete": "DELETE", "probe": "HEAD"}


@dataclass(slots=True)
class Memory:
    """What earlier cases have read in the OpenAPI document.

    Attributes:
        operations: the path and the method of each operation, by its operationId.
    """

    operations: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Places:
    """The addresses of a file service.

    Args:
        role: what the target file says about the service.
        fetch: gets the text of a document from its address.
        memory: what is known of the document; what is read here is added to it.
    """

    def __init__(self, role: FileService, fetch: Callable[[str], str], memory: Memory | None = None) -> None:
        self.role = role
        self._fetch = fetch
        self._memory = memory or Memory()
        self._numbers = count(1)
        self.run = uuid4().hex[:8]

    def url(self, act: Act, segment: str) -> str:
        """The address at which something is done with a file. The segment stands in its path as it is given."""
        return self._templates[act].replace("{name}", segment)

    def new_name(self, end: str = ".bin") -> str:
        """A name that no file has, of the kind that the service takes. An end with a dot is its extension."""
        if self.role.names == "uuid":
            return str(uuid4())
        if self.role.names == "digest":
            return f"sha256:{uuid4().hex}{uuid4().hex}"  # of no file that anybody has
        end = re.sub(r"[^A-Za-z0-9.-]", "-", end) if self.role.names == "plain" else end
        return f"{self.role.prefix}{self.run}-{next(self._numbers)}{end if end.startswith('.') else f'-{end}'}"

    @property
    def create_url(self) -> str:
        """Where files are posted. Raises NotTested where the target file does not say."""
        create, operations = self.role.create, self.role.operations
        if create is not None and create.url is not None:
            return create.url
        if operations is None or operations.create is None:
            raise lacking(self.role, "posted_files")
        path, _ = self._operation(operations.create, "POST")
        return f"{self.role.base_url}{path}"

    # ------------------------------------------------------------- document

    @cached_property
    def document(self) -> SourceDocument:
        """The OpenAPI document, as it is now.

        Raises:
            NotTested: the target file names none.
            Inconclusive: it cannot be read.
        """
        spec = self.role.spec
        if spec is None:
            raise lacking(self.role, "openapi")
        try:
            found = parsed(self._fetch(spec)) if isinstance(spec, str) else read_document(str(spec))
        except UsageProblem as problem:
            raise Inconclusive(f"the OpenAPI document cannot be read: {problem.problems[0]}") from None
        self._memory.operations = _operations(found.data)
        return found

    @cached_property
    def report(self) -> Report:
        """What External Services makes of the document."""
        role = self.role
        return check_document(self.document, role.mapped_media_types, takes_openapi_3_1=role.openapi_3_1)

    def declared(self, act: Act) -> tuple[str, str]:
        """The path and the method, in lower case, with which the document declares what is done. Raises NotTested."""
        if self.role.operations is None:
            raise lacking(self.role, "operations")
        return self._operation(getattr(self.role.operations, act), _METHODS[act])

    @cached_property
    def _templates(self) -> dict[str, str]:
        if self.role.url is not None:
            return dict.fromkeys(_METHODS, self.role.url)
        operations = self.role.operations
        found = {act: self._template(act) for act in ("upload", "download")}
        for act in ("delete", "probe"):  # where there is no such operation, it would be one of the same address
            is_declared = operations is not None and getattr(operations, act) is not None
            found[act] = self._template(act) if is_declared else found["download"]
        return found

    def _template(self, act: Any) -> str:
        path, method = self.declared(act)
        parameters = re.findall(r"\{[^{}]*\}", path)
        if len(parameters) != 1 or method != _METHODS[act].lower():
            raise Inconclusive(
                f"the operation that does the {act} is {method.upper()} {path}: "
                f"it has to be a {_METHODS[act]} whose path has one parameter, the name of the file",
                _OPERATIONS_LINE,
            )
        return f"{self.role.base_url}{path.replace(parameters[0], '{name}')}"

    def _operation(self, identifier: str, method: str) -> tuple[str, str]:
        known = self._memory.operations or _operations(self.document.data)
        if identifier not in known:
            shown = ", ".join(sorted(known)[:8]) or "none"
            raise Inconclusive(
                f"the OpenAPI document has no operation {identifier!r} (a {method}); it has: {shown}", _OPERATIONS_LINE
            )
        return known[identifier]


@lru_cache(maxsize=4)
def parsed(text: str) -> SourceDocument:
    """The document of this text: each case that judges it fetches it, and it hardly changes in between."""
    return parse_document("the document", text)


_OPERATIONS_LINE = "file_service.operations: {upload: …, download: …, delete: …}, each an operationId"


def _operations(document: object) -> dict[str, tuple[str, str]]:
    """The path and the method of each operation, by its operationId."""
    root, found = Node((), document), dict[str, tuple[str, str]]()
    for path, item in root.get("paths").members():
        for method, operation in resolved(root, item).members():
            identifier = operation.get("operationId").value
            if isinstance(identifier, str) and path.startswith("/"):
                found[identifier] = path, method.lower()
    return found


def normalised(segment: str) -> str:
    """A part of a path with the least percent signs (RFC 3986, section 6.2.2)."""

    def shortest(found: re.Match[str]) -> str:
        character = chr(int(found[0][1:], 16))
        return character if re.fullmatch(r"[A-Za-z0-9._~-]", character) else found[0].upper()

    return re.sub("%[0-9A-Fa-f]{2}", shortest, segment)
