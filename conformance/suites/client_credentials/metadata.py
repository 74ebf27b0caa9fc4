"""The metadata of an authorization server (RFC 8414, OpenID Connect Discovery)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from urllib.parse import urlsplit

from conformance.config.roles import TokenEndpoint
from conformance.http.exchange import Exchange, Request
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.redaction import VAULT
from conformance.rules.flaw import Flaw
from conformance.rules.outcome import Inconclusive
from conformance.rules.server_metadata import NOWHERE, address_in, places, token_endpoint_in
from conformance.rules.token_answer import members
from conformance.suites.subject import Subject

DEFAULT_METHODS = ("client_secret_basic",)
"""What is advertised where `token_endpoint_auth_methods_supported` is missing (RFC 8414, section 2)."""
DEFAULT_GRANTS = ("authorization_code", "implicit")
"""The same for `grant_types_supported`."""


class Metadata:
    """What the server says about itself; fetched once a run, when it is first asked for.

    Args:
        role: what the target file says.
        send: sends a request and puts it on record.
        found: the exchange that found the document, by the issuer, None where none did; what earlier cases know.
    """

    def __init__(self, role: TokenEndpoint, send: Callable[..., Exchange], found: dict[str, Exchange | None]) -> None:
        self._role = role
        self._send = send
        self._found = found

    @cached_property
    def members(self) -> dict[str, object]:
        """The members of the document.

        Raises:
            NotTested: the target file names no issuer.
            Inconclusive: there is no document at any of the places.
        """
        return members(answer_to(self.exchange))

    @property
    def exchange(self) -> Exchange:
        """The exchange that found the document. Raises what `members` raises."""
        issuer = self._role.issuer
        if issuer is None:
            raise lacking(self._role, "metadata")
        if issuer not in self._found:
            self._found[issuer] = self._look_for_it(issuer)
        found = self._found[issuer]
        if found is None:
            raise Inconclusive(NOWHERE)
        return found

    def _look_for_it(self, issuer: str) -> Exchange | None:
        for url in places(issuer):
            exchange = self._send(Request("GET", url, (("Accept", "application/json"),)), retry=True)
            response = answer_to(exchange)
            if response.status == 200 and members(response):
                return exchange
            if response.status >= 500:
                raise Inconclusive(f"the metadata cannot be read: {url} answered {response.status}")
        return None

    @property
    def token_endpoint(self) -> str:
        """The address of the token endpoint; credentials go there only if the issuer is the declared one."""
        return token_endpoint_in(self.members, self._role.issuer or "")

    def address_of(self, name: str) -> str | None:
        """An address in the document; None where there is no document or no such address."""
        if self._role.issuer is None:
            return None
        try:
            return address_in(self.members, name)
        except Inconclusive:
            return None

    @property
    def methods(self) -> tuple[str, ...]:
        """The advertised ways by which clients prove who they are."""
        return self._list("token_endpoint_auth_methods_supported", DEFAULT_METHODS)

    @property
    def grants(self) -> tuple[str, ...]:
        """The advertised grant types."""
        return self._list("grant_types_supported", DEFAULT_GRANTS)

    def _list(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        found = self.members.get(name)
        return tuple(map(str, found)) if isinstance(found, list) else default


class Server(Subject[TokenEndpoint], Protocol):
    """An authorization server that has metadata."""

    metadata: Metadata

    def works(self) -> None:
        """The plain token request gets a token."""


@dataclass(frozen=True, slots=True)
class Document:
    """The metadata of the server, with what a suite can claim about it."""

    server: Server

    def names_its_issuer(self) -> None:
        """`issuer` is the identifier under whose address the document was found."""
        found, wanted = self.server.metadata.members.get("issuer"), self.server.role.issuer
        self._judge(None if found == wanted else f"issuer is {_text(found)}", f"{wanted}", "issuer")

    def names_the_endpoint_and_the_grant(self) -> None:
        """The document names the tested token endpoint, and client_credentials among the grants.

        Raises:
            Inconclusive: it does not list the grant, and nobody got a token by it, so it may well be right.
        """
        found, wanted = self.server.metadata.members.get("token_endpoint"), self.server.role.url
        is_address = isinstance(found, str) and urlsplit(found).scheme in ("http", "https")
        matches = found == wanted if wanted else is_address
        address = None if matches else f"token_endpoint is {_text(found)}"
        grants = self.server.metadata.grants
        listed = self._listed("grant_types_supported", grants)
        grant = None if "client_credentials" in grants else f"the grants are {listed}"
        if grant is not None:
            self.server.works()
        claims = (
            ("token_endpoint", address, wanted or "an absolute address"),
            ("grant_types_supported", grant, "client_credentials in grant_types_supported"),
        )
        for each in self.server.case.each(claims):
            with each as (member, flaw, expected):
                self._judge(flaw, expected, member)

    def lists_the_response_types(self) -> None:
        """`response_types_supported` is there, and a list; of a server without any it is empty."""
        found = self.server.metadata.members.get("response_types_supported")
        flaw = None if isinstance(found, list) else f"response_types_supported is {_text(found)}"
        self._judge(flaw, "a list", "response-types")

    def advertises(self, method: str) -> None:
        """The document lists a method of client authentication."""
        methods = self.server.metadata.methods
        listed = self._listed("token_endpoint_auth_methods_supported", methods)
        flaw = None if method in methods else f"the methods are {listed}"
        self._judge(flaw, f"{method} in token_endpoint_auth_methods_supported", "advertised")

    def _listed(self, name: str, values: tuple[str, ...]) -> str:
        listed = ", ".join(values) or "none"
        return listed if name in self.server.metadata.members else f"{listed}, the default, as there is no {name}"

    def _judge(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        document = self.server.metadata.exchange
        self.server.case.judge(flaw and f"in the metadata {flaw}", expected, judgement, document)


def _text(value: object) -> str:
    return VAULT.shown(value, 200) if isinstance(value, str) else "missing" if value is None else "no text"
