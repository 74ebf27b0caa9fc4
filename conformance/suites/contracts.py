"""OpenAPI contracts: operations to make requests from, and the judgement of answers, with Schemathesis."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from conformance.documents.package_data import data_dir
from conformance.http.whole_answer import answer_to
from conformance.rules.outcome import NotTested

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.http.exchange import Exchange

_MANY = 10


@cache
def operation(contract: str, path: str, method: str) -> Any:
    """An operation of a contract. The library, a large one, is loaded here.

    Args:
        contract: the file in profiles/openapi, without `.yaml`.
        path: the path in the contract.
        method: the method, in capital letters.

    Raises:
        NotTested: Schemathesis is not installed.
    """
    return _document(contract)[path][method]


@cache
def _document(contract: str) -> Any:
    try:
        import schemathesis
    except ImportError:
        raise NotTested("Schemathesis is not installed", "pip install schemathesis") from None
    return schemathesis.openapi.from_path(data_dir("profiles") / "openapi" / f"{contract}.yaml")


def at_depth[T](plain: Sequence[T], generated: Callable[[], st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    """What is generated from a contract, or the plain values where few examples are tried: drawing takes long."""
    few = st.sampled_from(plain)
    return st.just(None).flatmap(lambda _: few if hypothesis.settings().max_examples < _MANY else generated())


def breach(case: Any, exchange: Exchange) -> str | None:
    """None if the answer of an exchange is what the operation of a Schemathesis case allows."""
    import httpx2
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks

    response, sent = answer_to(exchange), exchange.request
    request = httpx2.Request(sent.method, sent.url, content=sent.body)
    # The body is decoded already, so what says how it was encoded is left out.
    headers = [(n, v) for n, v in response.headers if n.lower() not in ("content-encoding", "transfer-encoding")]
    answer = httpx2.Response(response.status, headers=headers, content=response.body, request=request)
    answer.elapsed = timedelta(seconds=exchange.seconds)
    chosen = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]
    try:
        case.validate_response(answer, checks=chosen)
    except FailureGroup as group:
        # The messages of the failures repeat the answer; their titles do not.
        titles = sorted({str(getattr(failure, "title", "a failure")) for failure in group.exceptions})
        return f"the answer with status {response.status} breaks the contract: {', '.join(titles).lower()}"
    return None
