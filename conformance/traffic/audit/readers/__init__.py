"""One module a family of formats: bytes in, findings and damage out, in the order of the file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from conformance.traffic.audit.formats import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen, Unknown
    from conformance.traffic.audit.sources import Source

    type Reader = Callable[[Source, Detector], Iterator[Seen | Unknown]]


def _of(module: str, name: str) -> Reader:
    """A reader whose module is loaded when something is read: each has expressions that no other one needs."""

    def read(source: Source, detector: Detector) -> Iterator[Seen | Unknown]:
        reader: Reader = getattr(import_module(f"{__name__}.{module}"), name)
        return reader(source, detector)

    return read


READERS: Final[Mapping[Kind, Reader]] = {
    Kind.HAR: _of("har", "har"),
    Kind.FLOWS: _of("flows", "flows"),
    Kind.LOG: _of("texts", "text"),
    Kind.W3C: _of("w3c_logs", "w3c_log"),
    Kind.JSON_LINES: _of("texts", "text"),
    Kind.JSON: _of("json_texts", "json_text"),
    Kind.EVENT_LOG: _of("tables", "table"),
    Kind.TABLE: _of("tables", "table"),
    Kind.POSTMAN: _of("documents", "document"),
    Kind.INSOMNIA: _of("documents", "document"),
    Kind.OPENAPI: _of("documents", "document"),
    Kind.API: _of("documents", "document"),
    Kind.HTTP: _of("documents", "http_file"),
    Kind.METADATA: _of("documents", "metadata"),
    Kind.TOOL: _of("documents", "tool_file"),
    Kind.MAIL: _of("mails", "mail"),
    Kind.NOTEBOOK: _of("documents", "notebook"),
}
"""How each kind of content is read."""
