"""OpenAPI contracts: operations to make requests from, and the judgement of answers, with Schemathesis."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from conformance.documents.api_description import read_document
from conformance.documents.package_data import data_dir
from conformance.http.whole_answer import answer_to
from conformance.openapi_lint.extract import extract
from conformance.rules.outcome import Inconclusive
from conformance.suites.cpu_limit import CpuLimit, TimeIsUp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from conformance.http.exchange import Exchange

_MANY = 10
_SECONDS = 30  # of processor time for one operation in one run; two hundred examples take a tenth of it
_MOST_REFUSED = 30
_ENOUGH = st.integers(0, 10**9)  # so many examples that Hypothesis does not end by itself, having tried them all
_NO_REQUEST = "no request can be made from the OpenAPI document"
_MOST_COMPARISONS = 500_000
"""Schemas times values: what is held against each other at most, in seconds and not in hours."""


class Operation:
    """An operation of an OpenAPI document. Schemathesis, a large library, is loaded here, and sees an extract alone.

    Args:
        data: the document, as plain values.
        path: the path in it.
        method: the method.
        parameters: which ones requests are made with, by where they stand.

    Raises:
        UnusableDocument: the operation cannot be taken out of its document.
        schemathesis.errors.SchemathesisError: Schemathesis cannot read it.
    """

    def __init__(self, data: object, path: str, method: str, parameters: Collection[str] = ("header",)) -> None:
        import schemathesis

        extracted = extract(data, path, method.lower(), parameters)
        # What the project of the user says about Schemathesis is meant for its own tests.
        document = schemathesis.openapi.from_dict(extracted.document, config=schemathesis.Config())
        self._operation = document[extracted.path][method.upper()]
        self._applied = extracted.applied
        self._limit = CpuLimit(_SECONDS)
        self._made = self._refused = 0

    def cases(self, *, wrong_ones: bool = False) -> st.SearchStrategy[Any]:
        """Requests that the operation allows, and if they are wanted some that it does not."""
        from schemathesis import GenerationMode

        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if wrong_ones else (GenerationMode.POSITIVE,)
        return st.one_of([self._operation.as_strategy(generation_mode=mode) for mode in modes])

    def drawn_within_bounds(self, draw: st.DrawFn) -> Any:
        """One of the requests that the operation allows, of a document that may ask for anything.

        Raises:
            Inconclusive: it takes too long to make one, or none can be made.
        """
        if self._refused >= _MOST_REFUSED and not self._made:
            raise Inconclusive(f"{_NO_REQUEST}: what it asks for was not found in {self._refused} tries")
        self._refused += 1
        try:
            draw(_ENOUGH)
            with self._limit.applied():
                drawn = draw(self.cases())
        except TimeIsUp:
            raise Inconclusive(f"{_NO_REQUEST}: making some takes more than {_SECONDS} s") from None
        except hypothesis.errors.UnsatisfiedAssumption:
            raise
        except Exception as error:  # the library may fail at such a document in any way
            raise Inconclusive(f"{_NO_REQUEST}: {type(error).__name__}") from None
        self._refused -= 1
        self._made += 1
        return drawn

    def case(self, **parts: Any) -> Any:
        """One request, of these parts."""
        return self._operation.Case(**parts)

    def breach(self, case: Any, exchange: Exchange) -> str | None:
        """None if the answer of an exchange is what the operation allows.

        Raises:
            Inconclusive: the answer is so large, or the operation allows so much, that it would take too long to say.
        """
        from schemathesis.core.failures import FailureGroup
        from schemathesis.errors import SchemathesisError

        response = answer_to(exchange)
        values = 1 + len(re.findall(rb"[,\[{]", response.body))
        if values * self._applied > _MOST_COMPARISONS:
            raise Inconclusive(f"the answer holds about {values:,} values, too many to hold against its schema")
        try:
            with self._limit.applied():
                case.validate_response(_as_schemathesis_takes_it(exchange), checks=_checks())
        except FailureGroup as group:
            # The messages of the failures repeat the answer; their titles do not.
            titles = sorted({str(getattr(failure, "title", "a failure")) for failure in group.exceptions})
            return f"the answer with status {response.status} breaks the contract: {', '.join(titles).lower()}"
        except TimeIsUp:
            raise Inconclusive(f"holding answers against the contract takes more than {_SECONDS} s") from None
        except SchemathesisError as error:
            raise Inconclusive(f"Schemathesis cannot use the OpenAPI document: {type(error).__name__}") from None
        return None


@cache
def operation(contract: str, path: str, method: str) -> Operation:
    """An operation of a contract of ours.

    Args:
        contract: the file in profiles/openapi, without `.yaml`.
        path: the path in the contract.
        method: the method.
    """
    document = read_document(str(data_dir("profiles") / "openapi" / f"{contract}.yaml"))
    return Operation(document.data, path, method, ("header", "path", "query"))


def at_depth[T](plain: Sequence[T], generated: Callable[[], st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    """What is generated from a contract, or the plain values where few examples are tried: drawing takes long."""
    few = st.sampled_from(plain)
    return st.just(None).flatmap(lambda _: few if hypothesis.settings().max_examples < _MANY else generated())


# ------------------------------------------------------------------ details


def _as_schemathesis_takes_it(exchange: Exchange) -> Any:
    import httpx2

    response, sent = answer_to(exchange), exchange.request
    request = httpx2.Request(sent.method, sent.url, content=sent.body)
    # The body is decoded already, so what says how it was encoded is left out.
    headers = [(n, v) for n, v in response.headers if n.lower() not in ("content-encoding", "transfer-encoding")]
    answer = httpx2.Response(response.status, headers=headers, content=response.body, request=request)
    answer.elapsed = timedelta(seconds=exchange.seconds)
    return answer


def _checks() -> list[Any]:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]
