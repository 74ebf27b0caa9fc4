"""What is claimed about tokens that were asked for at the same time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.http.exchange import Response
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules.outcome import Inconclusive, NonConformant
from conformance.suites.client_credentials.batches import Batch


def answer(token: str) -> Any:
    """An answer with a token; one that is none where there is no token."""
    body = json.dumps({"access_token": token, "token_type": "Bearer"} if token else {}).encode()
    response = Response(200 if token else 500, (("Content-Type", "application/json"),), body)
    return SimpleNamespace(response=response, token=Secret(token))


@dataclass
class OneAtATime:
    """A server that answers parallel requests with status 500, and gives its tokens to one request alone."""

    tokens: list[str]
    case: CaseRecord = field(default_factory=CaseRecord)

    def ask_at_once(self, count: int) -> Batch:
        assert count == 1
        return Batch(cast(Any, self), (answer(self.tokens.pop() if self.tokens else ""),))

    def refuses_strangers(self) -> None:
        """It knows its clients."""


def test_tokens_are_asked_for_again_where_parallel_requests_get_none() -> None:
    tokens = [f"made-up-token-with-much-in-front-{number}" for number in range(3)]
    server = OneAtATime(tokens)
    with pytest.raises(NonConformant, match="vary by about"):
        Batch(cast(Any, server), (answer("made-up-token-with-much-in-front-9"), *map(answer, [""] * 3))).vary(64)


def test_one_token_alone_does_not_tell_how_much_tokens_vary() -> None:
    with pytest.raises(Inconclusive, match="1 token came"):
        Batch(cast(Any, OneAtATime([])), (answer("made-up-token-with-much-in-front-9"), answer(""))).vary(64)
