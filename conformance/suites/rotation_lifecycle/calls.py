"""The calls that a suite makes, each on record: as the administrator, as somebody else, as nobody."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.http.credentials import bearer, obtain
from conformance.http.exchange import Exchange, Headers, Request
from conformance.judging.matchers import CaseRecord
from conformance.redaction import Secret
from conformance.rules.staged_credentials import Pair, learn_pairs
from conformance.suites.rotation_lifecycle.answers import Answer
from conformance.suites.rotation_lifecycle.names import Place, find

if TYPE_CHECKING:
    from conformance.config.roles import StagedCredentials, TokenSource
    from conformance.http.client import Client
    from conformance.http.credentials import Tokens

JSON = ("Content-Type", "application/json")

FRESH_SECONDS = 60
"""So long a caller's token is used again in other cases of the run."""


@dataclass(slots=True)
class Memory:
    """What was found out about a target in this run, so that it is asked once.

    Attributes:
        place: where the consumer is.
        keeps_strangers_out: whether the token endpoint is known to refuse a wrong secret.
        staged: the pairs that this run has staged, by the id under which each was handed out.
        day: by how many days this run has moved the test clock.
        let_in: the day on which each pair was let in last.
        let_in_since: the pairs that were let in since one was staged or rotated, or the clock moved.
        ended_by_deletion: the main pair that was let in no more after this run had deleted another one, if any.
    """

    place: Place | None = None
    keeps_strangers_out: bool = False
    staged: dict[str, Pair] = field(default_factory=dict)
    day: int = 0
    let_in: dict[Pair, int] = field(default_factory=dict)
    let_in_since: set[Pair] = field(default_factory=set)
    ended_by_deletion: Pair | None = None


class Calls:
    """Calls to the resources of one consumer.

    Args:
        role: what the target file says about them.
        client: the recording client.
        case: the case's record.
        memory: what is known about the target.
        tokens: those that callers may use again.
    """

    def __init__(
        self, role: StagedCredentials, client: Client, case: CaseRecord, memory: Memory, tokens: Tokens
    ) -> None:
        self.role = role
        self.case = case
        self._client = client
        self._memory = memory
        self._tokens = tokens

    @property
    def place(self) -> Place:
        """Where the consumer is."""
        if self._memory.place is None:
            self._memory.place = find(self.role, lambda url: self.get(url).exchange)
        return self._memory.place

    def get(self, url: str) -> Answer:
        """GET an address as the administrator."""
        return self.call("GET", url, retry=True)

    def call(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Headers = (),
        *,
        as_: TokenSource | None = None,
        retry: bool = False,
    ) -> Answer:
        """Call an address of the org.

        Args:
            method: the method.
            url: the address.
            body: the body.
            headers: further headers.
            as_: who calls; the administrator if left out.
            retry: whether 429 is waited for: only where no refusal is expected.
        """
        if as_ is not None:
            return self._call(method, url, body, (bearer(self.token_of(as_)), *headers), retry=retry)
        with self.case.account.fetching():
            token = self.token_of(self.role.token)
        answer = self._call(method, url, body, (bearer(token), *headers), retry=retry)
        self.case.account.was_answered(answer.exchange)
        return answer

    def call_without_token(self, method: str, url: str, body: bytes = b"", headers: Headers = ()) -> Answer:
        """Call an address as nobody."""
        return self._call(method, url, body, headers)

    def token_of(self, source: TokenSource) -> Secret:
        """A token from its source, which is asked from time to time."""
        if isinstance(source, Secret):
            return source
        token: Secret | None
        token, issued = self._tokens.get(id(source), (None, 0.0))
        if token is None or time.monotonic() - issued > FRESH_SECONDS:
            token = obtain(self._send, source)
            self._tokens[id(source)] = token, time.monotonic()
        return token

    def follow(self, member: dict[str, object], name: str) -> Answer:
        """GET the address that a member holds. It is judged where it leads away from the org, and not followed."""
        found = member.get(name)
        address = found if isinstance(found, str) else ""
        own = urlsplit(self.place.base_url)
        if address.startswith("/") and not address.startswith(("//", "/\\")):
            address = f"{own.scheme}://{own.netloc}{address}"
        flaw = None if address.startswith(f"{own.scheme}://{own.netloc}/") else f"{name} is not an address of the org"
        self.case.judge(flaw, f"an address on {own.netloc}", "address-of-the-org")
        return self.get(address)

    def _call(self, method: str, url: str, body: bytes, headers: Headers, *, retry: bool = False) -> Answer:
        request = Request(method, url, (("Accept", "application/json"), *headers), body)
        return Answer(self.case, self._send(request, retry=retry))

    def _send(self, request: Request, *, retry: bool) -> Exchange:
        exchange = self._client.send(request, retry=retry)
        if exchange.response is not None:
            learn_pairs(exchange.response)
        self.case.exchanges.append(exchange)
        return exchange
