"""The connection to a business system: in whose name requests are sent, and what comes back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.http.credentials import bearer, carrying
from conformance.http.exchange import Exchange, Headers, Request
from conformance.judging.applicability import lacking
from conformance.redaction import Secret
from conformance.suites.change_triggers.answers import Reply
from conformance.suites.change_triggers.declared import Declared
from conformance.suites.change_triggers.requests import filled

if TYPE_CHECKING:
    from conformance.config.roles import Access, BusinessSystem
    from conformance.config.roles.templates import Call
    from conformance.http.client import Client
    from conformance.http.credentials import Tokens
    from conformance.http.streamed_body import Received
    from conformance.judging.matchers import CaseRecord

TOKEN_SECONDS = 240
"""How long a token that was fetched is used again."""


class Connection(Declared):
    """A business system that is asked with credentials, those of the connection or others."""

    def __init__(self, role: BusinessSystem, client: Client, case: CaseRecord, tokens: Tokens) -> None:
        self.role = role
        self.case = case
        self._client = client
        self._tokens = tokens
        self._is_clearing = False

    @cached_property
    def credentials(self) -> Headers:
        """The headers of the connection. A token serves several cases, for a few minutes."""
        found: Headers
        found, since = self._tokens.get(Connection, ((), 0.0))
        if not found or time.monotonic() - since > TOKEN_SECONDS:
            with self.case.account.fetching():
                found = self.credentials_of(self.role.access)
            self._tokens[Connection] = found, time.monotonic()
        return found

    def credentials_of(self, access: Access) -> Headers:
        """The headers of a caller. A token that can be fetched is fetched anew."""
        return carrying(self._send_quietly, access, self._client.target.token_endpoint)

    def wrong_credentials(self) -> Headers:
        """Credentials of the same kind, each of which is wrong in its last letters."""
        if not self.credentials:
            raise lacking(self.role, "credentials")
        return tuple(
            bearer(_altered(value.removeprefix("Bearer ")))
            if value.startswith("Bearer ")
            else (name, _altered(value).reveal())
            for name, value in self.credentials
        )

    def call(
        self,
        call: Call,
        places: Mapping[str, str | None] | None = None,
        credentials: Headers | None = None,
        *,
        record: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        headers: Headers = (),
    ) -> Reply:
        """Send what a template stands for."""
        who = self.credentials if credentials is None else credentials
        request = filled(call, self.role.base_url, places or {}, record=record, headers=(*who, *headers))
        return self.send(request, retry=credentials is None)

    def send(self, request: Request, *, retry: bool = True, once: bool = False, into: Received | None = None) -> Reply:
        """Send a request, and keep it as evidence.

        Args:
            request: what to send.
            retry: whether an overload is waited for: where no refusal is expected.
            once: whether an overload is an answer like any other.
            into: takes the body, whatever its size.
        """
        is_own = bool(self.credentials) and set(self.credentials) <= set(request.headers)
        if is_own:
            self.case.account.may_be_shown()
        client = self._client
        exchange = client.send_once(request, into=into) if once else client.send(request, retry=retry, into=into)
        if is_own:
            self.case.account.was_answered(exchange)
        if not self._is_clearing:
            self.case.exchanges.append(exchange)
        return Reply(self.case, exchange)

    def _send_quietly(self, request: Request, *, retry: bool) -> Exchange:
        return self._client.send(request, retry=retry)


def _altered(value: str) -> Secret:
    """A value of the same shape with other last letters."""
    end = "".join("A" if letter != "A" else "B" for letter in value[-6:])
    return Secret(value[:-6] + end)
