"""The answers of what surrounds a token endpoint: introspection, revocation, resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conformance.config.roles import TokenEndpoint
from conformance.http.exchange import Exchange, Response
from conformance.http.whole_answer import answer_to
from conformance.rules import challenge, introspection, token_answer, token_refusal
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.suites.subject import Subject

if TYPE_CHECKING:
    from conformance.redaction import Secret

_REGISTERED_HINTS = ("access_token", "refresh_token")
"""What RFC 7009 itself has put into the registry of token type hints."""


class Server(Subject[TokenEndpoint], Protocol):
    """What surrounds a token endpoint, as far as its replies have to know it."""

    def resource_refuses_strangers(self) -> None:
        """The resource serves nobody without a token, or an acceptance would prove nothing."""

    def revoke(self, token: Secret | None) -> Reply:
        """Revoke a token (RFC 7009)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of what surrounds a token endpoint: a resource, introspection, revocation."""

    server: Server
    exchange: Exchange

    @property
    def response(self) -> Response:
        """The whole answer. Raises Inconclusive where none came."""
        return answer_to(self.exchange)

    def lets_in(self) -> None:
        """The resource serves the token, and does not serve anybody."""
        self.server.resource_refuses_strangers()
        ok = 200 <= self.response.status < 300
        self._judge(None if ok else f"the resource answers {self.response.status}", "status 2xx", "resource-lets-in")

    def keeps_out(self, why: str) -> None:
        """The resource refuses. Its control worked before."""
        self.server.case.needs_its_control()
        flaw = None if 400 <= self.response.status < 500 else f"the resource answers {self.response.status} {why}"
        self._judge(flaw, "status 401, or another 4xx", "resource-keeps-out")

    def says_that_the_token_is_invalid(self) -> None:
        """The refusal of a resource has a Bearer challenge with error="invalid_token"."""
        flaw = challenge.says_no_invalid_token(self.response)
        self._judge(flaw, 'WWW-Authenticate: Bearer error="invalid_token"', "invalid-token")

    def is_active(self, scopes: Sequence[str] = (), what: str = "a new token") -> None:
        """Introspection knows the token as active, with its scopes. The types of what it says are judged by CCS-63.

        Args:
            scopes: those of the token, if they are judged.
            what: what the token is, where it is not merely a new one.
        """
        found = self._members()
        is_active = introspection.activity_in(found)
        flaw = None if is_active else f"active is {_shown(found.get('active'))} for {what}"
        scope = found.get("scope")
        missing = [s for s in scopes if s not in scope.split()] if isinstance(scope, str) else []
        flaw = flaw or (f"scope lacks {', '.join(missing)}" if missing else None)
        self._judge(flaw, "active true, with its scopes", "active")

    def is_active_whatever_the_hint(self, hint: str) -> None:
        """Introspection knows a token as active, which it finds without this hint.

        It may refuse a hint of no registry: RFC 7009, section 2.2, has revocation ignore such a hint; RFC 7662, section
        2.1, has hints come from the registry, and says nothing of others.
        """
        status, what = self.response.status, f"a new token with the hint {hint}"
        if status == 200:
            self.is_active(what=what)
        elif 400 <= status < 500 and hint not in _REGISTERED_HINTS:
            self.server.case.note("introspection refuses hints that no registry has, of which RFC 7662 says nothing")
            self._judge(None, "", "active")
        else:
            self._judge(f"introspection answers {status} for {what}", "active true", "active")

    def is_inactive(self, why: str, *, alone: bool = False) -> None:
        """Introspection says that the token is not active, and with `alone` nothing else."""
        self.server.case.needs_its_control()
        if self.response.status >= 500:
            flaw: Flaw | None = FlawOfKind("server-error", f"introspection answers {self.response.status} {why}")
        else:
            found = self._members()
            flaw = None if found.get("active") is False else f"active is {_shown(found.get('active'))} {why}"
            more = sorted(set(found) - {"active"}) if alone else []
            flaw = flaw or (f"the answer also has {', '.join(more)}" if more else None)
        self._judge(flaw, "active false alone", "inactive")

    def is_revoked(self, why: str, unknown: Reply) -> None:
        """Introspection no longer knows the token as active: it answers as to a token that was never issued.

        Args:
            why: what happened to the token.
            unknown: what introspection answers to a token that was never issued. An endpoint that fails on such tokens
                tells all the same that this one is gone, and CCS-52 and CCS-54 say that it fails.
        """
        self.server.case.needs_its_control()
        status = self.response.status
        if status >= 500 and status == unknown.response.status:
            self.server.case.note(f"introspection answers {status} to every token that it does not know")
            self._judge(None, "", "inactive")
            return
        found = self._members()
        is_active = introspection.activity_in(found)
        flaw = None if is_active is False else f"active is {_shown(found.get('active'))} {why}"
        self._judge(flaw, "active false", "inactive")

    def has_well_formed_members(self, token_type: object) -> None:
        """Each standard member of the answer has its type, and the token that of its issuing."""
        found = introspection.members_with_flaws(self._members(), token_type, self.server.role.client_id)
        for each in self.server.case.each(found.items()):
            with each as (member, flaw):
                self._judge(flaw, f"{member} as RFC 7662 defines it", "introspection-member")

    def is_refused(self, status: int | None = None) -> None:
        """The answer is a 4xx, or the one that is due."""
        self.server.case.needs_its_control()
        found = self.response.status
        active = token_answer.members(self.response).get("active")
        flaw: Flaw | None = None
        if not 400 <= found < 500 or active is True:
            flaw = FlawOfKind("no-refusal", f"the answer has status {found}")
        elif status not in (None, found):
            flaw = FlawOfKind("status", f"the refusal has status {found}")
        self._judge(flaw, f"a refusal with status {status or '401 or another 4xx'}", "lookup-refused")

    def has_a_challenge(self) -> None:
        """A 401 comes with a challenge."""
        self._judge(challenge.has_no_challenge(self.response), "a WWW-Authenticate header", "challenge")

    def is_done(self) -> None:
        """The answer is 200. Raises NotTested where tokens of this type cannot be revoked (RFC 7009, section 2.2.1)."""
        status = self.response.status
        if status == 400 and token_refusal.error_of(self.response) == "unsupported_token_type":
            raise NotTested("the server does not revoke tokens of this type")
        self._judge(None if status == 200 else f"the answer has status {status}", "status 200", "revoked")

    def is_done_whatever_the_hint(self, hint: str, token: Secret) -> None:
        """The answer is 200. Raises NotTested where the token cannot be revoked with its true hint either."""
        status = self.response.status
        if status == 200:
            self._judge(None, "", "revoked")
            return
        self.server.revoke(token).is_done()
        self._judge(f"revocation answers {status} for a new token with the hint {hint}", "status 200", "revoked")

    def is_done_or_refused(self) -> None:
        """The answer is 200, or an error that says why not: 4xx, or 503 for a while (RFC 7009, section 2.2.1)."""
        status = self.response.status
        answered = status in (200, 503) or 400 <= status < 500
        self._judge(None if answered else f"the answer has status {status}", "status 200, a 4xx or 503", "answered")

    def _members(self) -> dict[str, object]:
        if self.response.status != 200:
            raise Inconclusive(f"introspection answered {self.response.status}, so it says nothing about the token")
        return token_answer.members(self.response)

    def _judge(self, flaw: Flaw | None, expected: str, judgement: str) -> None:
        self.server.case.judge(flaw, expected, judgement, self.exchange)


def _shown(value: object) -> str:
    return "missing" if value is None else "true" if value is True else "false" if value is False else "no boolean"
