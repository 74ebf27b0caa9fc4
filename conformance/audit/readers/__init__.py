"""One module a family of formats: bytes in, sightings and damage out, in the order of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.audit.kinds import Kind
from conformance.audit.readers.documents import document, http_file
from conformance.audit.readers.event_logs import event_log
from conformance.audit.readers.flows import flows
from conformance.audit.readers.har import har
from conformance.audit.readers.logs import access_log, json_lines, w3c_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.audit.sightings import Seen
    from conformance.audit.sources import Source
    from conformance.rules.url_tokens import Detector

READERS: Final[Mapping[Kind, Callable[[Source, Detector], Iterator[Seen]]]] = {
    Kind.HAR: har,
    Kind.FLOWS: flows,
    Kind.LOG: access_log,
    Kind.W3C: w3c_log,
    Kind.JSON_LINES: json_lines,
    Kind.EVENT_LOG: event_log,
    Kind.POSTMAN: document,
    Kind.INSOMNIA: document,
    Kind.OPENAPI: document,
    Kind.HTTP: http_file,
}
"""How each kind of content is read."""
