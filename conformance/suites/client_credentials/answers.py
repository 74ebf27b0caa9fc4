"""The answers of a token endpoint, with what a suite can claim about them."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.http.exchange import Exchange, Response
from conformance.http.whole_answer import answer_to
from conformance.judging.applicability import lacking
from conformance.redaction import Secret
from conformance.rules import access_token, token_answer, token_refusal
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.rules.single_access import contains, everything_in

if TYPE_CHECKING:
    from conformance.suites.client_credentials.endpoint import AuthorizationServer

INVALID_CLIENT = ("invalid_client",)
INVALID_REQUEST = ("invalid_request",)
_ABOUT_THE_REQUEST = frozenset({"invalid_request", "invalid_scope", "invalid_target", "unsupported_grant_type"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one token request. A claim that does not hold raises NonConformant."""

    server: AuthorizationServer
    exchange: Exchange

    @property
    def response(self) -> Response:
        """The whole answer. Raises Inconclusive where none came."""
        return answer_to(self.exchange)

    @property
    def token(self) -> Secret:
        """The access token. Raises Inconclusive where there is none."""
        found = token_answer.token_in(self.response)
        if found is None:
            raise Inconclusive("the answer has no token to look at")
        return Secret(found)

    @property
    def refuses_the_client(self) -> bool:
        """Whether it is the client that is refused, and not its request (RFC 6749, section 5.2)."""
        named = token_refusal.error_of(self.response) not in _ABOUT_THE_REQUEST
        return self.response.status in (400, 401, 403) and named

    # ------------------------------------------------------------- good ones

    def grants_a_token(self) -> None:
        """The endpoint hands out a token, as it does not to strangers."""
        if token_answer.has_no_token(self.response) is None:
            self.server.refuses_strangers()
        self._judge(token_answer.has_no_token(self.response), "status 200 and a token", "grants-a-token")

    def is_a_token_answer(self) -> None:
        """The answer is 200 and JSON with a token and its type; strangers get none."""
        self.server.notes_whether_it_is_let_in(self)
        if (status := self.response.status) >= 400:
            raise Inconclusive(
                f"the plain token request is refused with {status}, so the credentials themselves may be at fault",
                "the right client id, secret, scope and audience under token_endpoint",
            )
        self.server.refuses_strangers()
        flaw = token_answer.is_not_a_token_answer(self.response)
        self._judge(flaw, "status 200 and JSON with access_token and token_type", "token-answer")

    def has_well_formed_members(self) -> None:
        """Each standard member of the good answer has its type."""
        self._must_have_granted()
        for each in self.server.case.each(token_answer.members_with_flaws(self.response).items()):
            with each as (member, flaw):
                self._judge(flaw, f"{member} as RFC 6749 defines it", "member-shape")

    def is_not_cacheable(self) -> None:
        """The good answer forbids every cache to keep it."""
        self._must_have_granted()
        self._judge(token_answer.is_cacheable(self.response), "Cache-Control with no-store", "no-store")

    def has_pragma(self) -> None:
        """The good answer forbids old caches to keep it."""
        self._must_have_granted()
        self._judge(token_answer.has_no_pragma(self.response), "Pragma with no-cache", "pragma-no-cache")

    def has_no_refresh_token(self) -> None:
        """The good answer holds no refresh token."""
        self._must_have_granted()
        found = bool(token_answer.members(self.response).get("refresh_token"))
        flaw = "the answer holds a refresh token" if found else None
        self._judge(flaw, "an access token alone", "no-refresh-token")

    def has_a_token_of_at_most(self, characters: int) -> None:
        """The token is short enough to be stored."""
        self._must_have_granted()
        length = len(self.token.reveal())
        flaw = f"the token has {length} characters" if length > characters else None
        self._judge(flaw, f"at most {characters}", "token-length")

    def grants_the_scopes(self, wanted: Sequence[str]) -> None:
        """The wanted scopes are granted."""
        self._must_have_granted()
        flaw = token_answer.lacks_scopes(self.response, wanted)
        self._judge(flaw, f"the scopes {' '.join(wanted)}", "grants-the-scopes")

    def does_not_grant(self, forbidden: Collection[str], requested: Sequence[str]) -> None:
        """The endpoint refuses, or says in `scope` that it granted something else."""
        self.server.case.needs_its_control()
        if token_refusal.is_not_refused(self.response) is None:
            self._judge(None, "", "scope-not-granted")
            return
        self.server.refuses_strangers()
        granted = token_answer.grants(self.response, requested, forbidden)
        if granted and not self.server.role.refused_scopes:
            raise Inconclusive(
                f"{granted}: the server may know the made-up scope; name one that it refuses",
                "token_endpoint.refused_scopes: [admin]",
            )
        flaw = token_answer.has_no_token(self.response) or granted
        self._judge(flaw, "a refusal, or the scope member without it", "scope-not-granted")

    def grants_nothing_of(self, forbidden: Sequence[str], errors: Sequence[str]) -> None:
        """The endpoint refuses with one of the errors, or, where it may, grants something else and says so."""
        may_grant_otherwise = not self.server.speaks_salesforce
        if may_grant_otherwise and token_answer.has_no_token(self.response) is None:
            self.does_not_grant(forbidden, forbidden)
        else:
            self.is_refused(errors)

    def comes_to_the_same_as(self, other: Answer) -> None:
        """Both requests get a token, or neither does."""
        self.server.refuses_strangers()
        both = [token_answer.has_no_token(answer.response) for answer in (other, self)]
        flaw = f"with the empty parameter {both[1]}; without it a token comes" if both[1] and not both[0] else None
        if both[0] and not both[1]:
            flaw = f"with the empty parameter a token comes; without it {both[0]}"
        self._judge(flaw, "the same answer as without the parameter", "same-as-absent", other.exchange)

    def is_signed_by_a_published_key(self) -> None:
        """The token is a JWT whose signature one of the published keys proves, and it ends."""
        self._must_have_granted()
        claims = access_token.claims_of(self.token.reveal())
        if not claims:
            raise lacking(
                self.server.role, "jwt_access_tokens", "the token is no JWT, so there is no signature to look at"
            )
        end = claims.get("exp")
        ends = None if isinstance(end, int | float) and end > time.time() else "the token names no end in the future"
        for each in self.server.case.each(("signature", "exp")):
            with each as claim:
                if claim == "exp":
                    self._judge(ends, "exp in the future", "jwt-end")
                else:
                    flaw = access_token.is_not_signed_by(self.token.reveal(), self.server.published_keys())
                    self._judge(flaw, "a signed JWT", "jwt-signature")

    def is_meant_for(self, audience: str) -> None:
        """The token is for this audience, as it says itself or as introspection says."""
        self._must_have_granted()
        found = self.server.audiences_of(self.token)
        self._judge(access_token.is_not_for(found, audience), f"a token for {audience}", "token-for-audience")

    def leads_to_nothing_for(self, audience: str) -> None:
        """The endpoint refuses, or gives a token that is not for this audience."""
        self.server.case.needs_its_control()
        if token_refusal.is_not_refused(self.response) is None:
            self._judge(None, "", "no-token-for-audience")
            return
        self.server.refuses_strangers()
        flaw = token_answer.has_no_token(self.response)
        if flaw is None and access_token.is_not_for(self.server.audiences_of(self.token), audience) is None:
            flaw = f"the token is meant for {audience}, which is unknown"
        self._judge(flaw, "a refusal, or a token without this audience", "no-token-for-audience")

    # -------------------------------------------------------------- refusals

    def is_refused(self, errors: Sequence[str] = (), statuses: Sequence[int] = (), why: str = "") -> None:
        """The endpoint refuses. Its control worked before.

        Args:
            errors: the allowed error codes, where a source names them.
            statuses: the allowed status codes, where a source names them.
            why: what was wrong with the request, where a test tries several things.
        """
        self.server.case.needs_its_control()
        named = f"the error {' or '.join(errors)}" if errors else "a 4xx"
        said = f" with status {' or '.join(map(str, statuses))}" if statuses else ""
        flaw = token_refusal.is_not_refused(self.response, errors, statuses)
        reason = f" for what was {why}" if why else ""
        self._judge(flaw, f"a refusal with {named}{said}{reason}, and no token", "refused")

    def challenges_with_basic(self) -> None:
        """The refusal is 401 with a challenge of the scheme that was used."""
        self._must_be_refused()
        if self.server.speaks_salesforce:
            self.is_refused(INVALID_CLIENT, (400, 401))
        else:
            flaw = token_refusal.has_no_basic_challenge(self.response)
            self._judge(flaw, "401 with WWW-Authenticate: Basic", "basic-challenge")

    def is_an_error_answer(self) -> None:
        """The refusal is JSON with an error code, in the allowed characters."""
        self._must_be_refused()
        flaw = token_refusal.is_no_error_answer(self.response)
        self._judge(flaw, "JSON with error, in the allowed characters", "error-answer")

    def is_not_cacheable_although_refused(self) -> None:
        """The refusal forbids every cache to keep it."""
        self._must_be_refused()
        self._judge(token_answer.is_cacheable(self.response), "Cache-Control with no-store", "refusal-no-store")

    def does_not_repeat(self, secret: Secret) -> None:
        """No part of the refusal holds the secret in any encoding."""
        self._must_be_refused()
        found = contains(everything_in(self.response), secret.reveal())
        flaw = "the refusal contains the client's secret" if found else None
        self._judge(flaw, "a refusal without it", "no-secret-in-refusal")

    def is_answered_like(self, other: Answer) -> None:
        """Two refusals do not tell apart what was wrong."""
        self._must_be_refused()
        other._must_be_refused()
        # Salesforce has a code of its own for unknown clients.
        flaw = None if self.server.speaks_salesforce else token_refusal.differs(other.response, self.response)
        self._judge(flaw, "the same status, code and members", "answered-alike", other.exchange)

    def keeps_foreign_pages_out(self, origin: str) -> None:
        """No header lets a foreign page read the answer with the user's credentials."""
        self.server.refuses_strangers()
        flaw = token_refusal.lets_foreign_pages_read(self.response, origin)
        self._judge(flaw, "no permission for a foreign origin", "no-foreign-pages")

    # --------------------------------------------------------------- details

    def _must_have_granted(self) -> None:
        self.server.notes_whether_it_is_let_in(self)
        if flaw := token_answer.has_no_token(self.response):
            raise Inconclusive(f"no token was granted, so there is no token answer to look at: {flaw}")
        self.server.refuses_strangers()

    def _must_be_refused(self) -> None:
        if flaw := token_refusal.is_not_refused(self.response):
            raise Inconclusive(f"the request was not refused, so there is no refusal to look at: {flaw}")

    def _judge(self, flaw: str | None, expected: str, judgement: str, *compared: Exchange) -> None:
        self.server.case.judge(flaw, expected, judgement, *compared, self.exchange)


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to the same request, sent many times in parallel."""

    server: AuthorizationServer
    answers: tuple[Answer, ...]

    def differ(self) -> None:
        """Each answer grants a token, and no token comes twice."""
        case, count = self.server.case, len(self.answers)
        tokens = set()
        for each in case.each((f"request {number}", answer) for number, answer in enumerate(self.answers, 1)):
            with each as (_, answer):
                flaw = token_answer.has_no_token(answer.response)
                case.judge(flaw, f"a token for each of {count} parallel requests", "token-for-each", answer.exchange)
                tokens.add(token_answer.token_in(answer.response))
        repeated = count - len(tokens)
        flaw = f"{repeated} tokens came more than once" if repeated else None
        case.judge(flaw, "a new token each time", "new-token-each-time")


@dataclass(frozen=True, slots=True)
class Document:
    """The metadata of the server."""

    server: AuthorizationServer

    def names_its_issuer(self) -> None:
        """`issuer` is the identifier under whose address the document was found."""
        found, wanted = self.server.metadata.members.get("issuer"), self.server.role.issuer
        self._judge(None if found == wanted else f"issuer is {_text(found)}", f"{wanted}", "issuer")

    def names_the_endpoint_and_the_grant(self) -> None:
        """The document names the tested token endpoint, and client_credentials among the grants."""
        found, wanted = self.server.metadata.members.get("token_endpoint"), self.server.role.url
        is_address = isinstance(found, str) and urlsplit(found).scheme in ("http", "https")
        matches = found == wanted if wanted else is_address
        address = None if matches else f"token_endpoint is {_text(found)}"
        grants = self.server.metadata.grants
        grant = None if "client_credentials" in grants else f"the grants are {', '.join(grants)}"
        claims = (
            ("token_endpoint", address, wanted or "an absolute address"),
            ("grant_types_supported", grant, "client_credentials in grant_types_supported"),
        )
        for each in self.server.case.each(claims):
            with each as (member, flaw, expected):
                self._judge(flaw, expected, member)

    def advertises(self, method: str) -> None:
        """The document lists a method of client authentication."""
        methods = self.server.metadata.methods
        flaw = None if method in methods else f"the methods are {', '.join(methods)}"
        self._judge(flaw, f"{method} in token_endpoint_auth_methods_supported", "advertised")

    def _judge(self, flaw: str | None, expected: str, judgement: str) -> None:
        self.server.case.judge(flaw and f"in the metadata {flaw}", expected, judgement)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of what surrounds a token endpoint: a resource, introspection, revocation."""

    server: AuthorizationServer
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

    def is_active(self, scopes: Sequence[str]) -> None:
        """Introspection knows the token as active, with its scopes."""
        found = self._members()
        flaw = None if found.get("active") is True else f"active is {_shown(found.get('active'))} for a new token"
        scope = found.get("scope")
        missing = [s for s in scopes if s not in scope.split()] if isinstance(scope, str) else []
        flaw = flaw or (f"scope lacks {', '.join(missing)}" if missing else None)
        self._judge(flaw, "active true, with its scopes", "active")

    def is_inactive(self, why: str, *, alone: bool = False) -> None:
        """Introspection says that the token is not active, and with `alone` nothing else."""
        self.server.case.needs_its_control()
        found = self._members()
        flaw = None if found.get("active") is False else f"active is {_shown(found.get('active'))} {why}"
        more = sorted(set(found) - {"active"}) if alone else []
        flaw = flaw or (f"the answer also has {', '.join(more)}" if more else None)
        self._judge(flaw, "active false alone", "inactive")

    def is_refused(self) -> None:
        """The answer is a 4xx."""
        self.server.case.needs_its_control()
        status = self.response.status
        active = token_answer.members(self.response).get("active")
        flaw = None if 400 <= status < 500 and active is not True else f"the answer has status {status}"
        self._judge(flaw, "a refusal with status 401 or another 4xx", "lookup-refused")

    def is_done(self) -> None:
        """The answer is 200. Raises NotTested where tokens of this type cannot be revoked (RFC 7009, section 2.2.1)."""
        status = self.response.status
        if status == 400 and token_refusal.error_of(self.response) == "unsupported_token_type":
            raise NotTested("the server does not revoke tokens of this type")
        self._judge(None if status == 200 else f"the answer has status {status}", "status 200", "revoked")

    def _members(self) -> dict[str, object]:
        if self.response.status != 200:
            raise Inconclusive(f"introspection answered {self.response.status}, so it says nothing about the token")
        return token_answer.members(self.response)

    def _judge(self, flaw: str | None, expected: str, judgement: str) -> None:
        self.server.case.judge(flaw, expected, judgement, self.exchange)


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else _shown(None) if value is None else "no text"


def _shown(value: object) -> str:
    return "missing" if value is None else "true" if value is True else "false" if value is False else "no boolean"
