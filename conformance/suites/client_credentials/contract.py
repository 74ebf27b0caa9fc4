"""The OpenAPI contract of a token endpoint: requests made from it, and answers judged by it, with Schemathesis."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from conformance.http.whole_answer import answer_to
from conformance.rules import token_answer, token_refusal
from conformance.rules.single_access import contains
from conformance.suites.contracts import operation

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange, Response
    from conformance.judging.matchers import CaseRecord

OPERATION = ("token-endpoint", "/token", "POST")
_URL_HEADERS = ("location", "content-location", "link", "refresh")


def contract_bodies() -> st.SearchStrategy[Mapping[str, str]]:
    """Forms that the contract allows, and forms that it does not. The library is loaded at the first of them."""
    return st.deferred(_bodies)


def _bodies() -> st.SearchStrategy[Mapping[str, str]]:
    return operation(*OPERATION).cases(wrong_ones=True).map(_body_of)


def _body_of(case: Any) -> Mapping[str, str]:
    return {_text(n): _text(v) for n, v in case.body.items()} if isinstance(case.body, dict) else {}


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Contracted:
    """The answer to a request that was made from the contract."""

    case: CaseRecord
    exchange: Exchange
    body: tuple[tuple[str, str], ...]

    def keeps_to_the_contract(self, said: Collection[str] = ()) -> None:
        """The answer passes Schemathesis' checks and our own: no token in a URL, no-store, the shape of an error.

        Args:
            said: what is wrong with the answers to ordinary requests, which other requirements report.
        """
        flaw = self.flaw()
        if flaw is not None and flaw in said:
            self.case.note(f"reported by other requirements, as ordinary requests are answered so too: {flaw}")
            flaw = None
        self.case.judge(flaw, "what profiles/openapi/token-endpoint.yaml says", "contract", self.exchange)

    def flaw(self) -> str | None:
        """What is wrong with the answer; None if nothing is."""
        response = answer_to(self.exchange)
        flaw = next(filter(None, (_in_a_url(response), _kept(response), _misshapen(response))), None)
        contract = operation(*OPERATION)
        case = contract.case(body=dict(self.body), media_type="application/x-www-form-urlencoded")
        return flaw or contract.breach(case, self.exchange)


def _in_a_url(response: Response) -> str | None:
    token = token_answer.token_in(response)
    urls = [value for name in _URL_HEADERS for value in response.headers_named(name)]
    return "a URL in the answer holds the token" if token and any(contains(url, token) for url in urls) else None


def _kept(response: Response) -> str | None:
    return token_answer.is_cacheable(response) if token_answer.token_in(response) else None


def _misshapen(response: Response) -> str | None:
    return token_refusal.is_not_an_error_answer(response) if response.status in (400, 401) else None
