"""The service's own OpenAPI document: requests made from it, and answers judged by it, with Schemathesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis import strategies as st

from conformance.http.exchange import Request
from conformance.http.whole_answer import answer_to
from conformance.openapi_lint.extract import UnusableDocument
from conformance.rules import file_answer
from conformance.rules.outcome import Inconclusive
from conformance.suites.binary_files.places import Act, parsed
from conformance.suites.binary_files.remote_file import Calls, RemoteFile
from conformance.suites.binary_files.samples import files
from conformance.suites.contracts import Operation

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange

_WAY_OUT = "bundle the document, so that each $ref begins with #/; `seasonproof lint-spec` shows where they lead"


class Documented(Calls, Protocol):
    """A file service, as far as its document is tried on it."""

    @property
    def file(self) -> RemoteFile:
        """The one file of tests that need no more."""

    def tries_deletions(self) -> bool:
        """Whether a case tries deletions."""


class Contract:
    """The declared operations of a file service.

    Args:
        store: the service.
    """

    def __init__(self, store: Documented) -> None:
        self.store = store

    def calls(self, data: st.DataObject) -> Iterator[tuple[str, Call]]:
        """Upload a file, download it, and where files can be removed, remove it and download it once more.

        Each call is made from the document.

        Args:
            data: where the parts that vary are drawn from.

        Returns:
            The calls, by what they do.
        """
        removal: tuple[Act, ...] = ("delete", "download") if self.store.tries_deletions() else ()
        acts: tuple[Act, ...] = ("upload", "download", *removal)
        media_types = (self.store.role.media_type, *self.store.role.media_types)
        for act in acts:
            operation = self._operation(act)
            yield act, self._call(act, operation, data.draw(_cases(operation, media_types), label=act))
            self.store.settle()

    def _call(self, act: Act, operation: Operation, case: Any) -> Call:
        file = self.store.file
        headers = [(str(name), _one_line(value)) for name, value in (case.headers or {}).items()]
        headers.append(("Accept", "*/*"))
        body = case.body if isinstance(case.body, bytes) else b""
        if act == "upload":
            headers.append(("Content-Type", case.media_type or self.store.role.media_type))
        request = Request(case.operation.method.upper(), file.url(act), tuple(headers), body)
        exchange = self.store.store(file, request) if act == "upload" else self.store.send(request)
        return Call(self.store, exchange, operation, case, act)

    def _operation(self, act: Act) -> Operation:
        document = self.store.places.document  # what it says now, also of where the operations are
        path, method = self.store.places.declared(act)
        return _operation(document.text, path, method)


@lru_cache(maxsize=16)
def _operation(text: str, path: str, method: str) -> Operation:
    """One operation of a document."""
    from schemathesis.errors import SchemathesisError

    try:
        return Operation(parsed(text).data, path, method)
    except UnusableDocument as error:
        raise Inconclusive(f"the OpenAPI document cannot be used: {error}", _WAY_OUT) from None
    except SchemathesisError as error:
        raise Inconclusive(f"Schemathesis cannot use the OpenAPI document: {type(error).__name__}") from None


@st.composite
def _cases(draw: st.DrawFn, operation: Operation, media_types: tuple[str, ...]) -> Any:
    """A request for an operation, with a file for a body of one of these media types."""
    import schemathesis

    for media_type in media_types:
        schemathesis.openapi.media_type(media_type, files())
    return operation.drawn_within_bounds(draw)


@dataclass(frozen=True, slots=True)
class Call:
    """The answer to a request that was made from the document."""

    store: Calls
    exchange: Exchange
    operation: Operation
    case: Any
    act: Act

    def keeps_to_the_document(self) -> None:
        """The answer is declared in status, media type, headers and schema, and no error is taken for a file."""
        response = answer_to(self.exchange)
        dishonest = file_answer.is_not_an_honest_error(response) if response.status >= 400 else None
        flaw = self.operation.breach(self.case, self.exchange) or dishonest
        expected = "what the service's own OpenAPI document says"
        self.store.case.judge(flaw and f"{self.act}: {flaw}", expected, "contract", self.exchange)


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
