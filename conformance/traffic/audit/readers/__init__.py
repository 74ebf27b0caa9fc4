"""One module a family of formats: bytes in, findings and damage out, in the order of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.traffic.audit.formats import Kind
from conformance.traffic.audit.readers.documents import document, http_file, metadata
from conformance.traffic.audit.readers.flows import flows
from conformance.traffic.audit.readers.har import har
from conformance.traffic.audit.readers.json_texts import json_text
from conformance.traffic.audit.readers.tables import table
from conformance.traffic.audit.readers.texts import text
from conformance.traffic.audit.readers.w3c_logs import w3c_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.rules.url_tokens import Detector
    from conformance.traffic.audit.findings import Seen
    from conformance.traffic.audit.sources import Source

READERS: Final[Mapping[Kind, Callable[[Source, Detector], Iterator[Seen]]]] = {
    Kind.HAR: har,
    Kind.FLOWS: flows,
    Kind.LOG: text,
    Kind.W3C: w3c_log,
    Kind.JSON_LINES: text,
    Kind.JSON: json_text,
    Kind.EVENT_LOG: table,
    Kind.TABLE: table,
    Kind.POSTMAN: document,
    Kind.INSOMNIA: document,
    Kind.OPENAPI: document,
    Kind.HTTP: http_file,
    Kind.METADATA: metadata,
}
"""How each kind of content is read."""
