"""The answers of a token endpoint, with what a suite can claim about them."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from conformance.config.roles import TokenEndpoint
from conformance.http.exchange import Exchange, Response
from conformance.http.whole_answer import answer_to, clock_of
from conformance.judging.applicability import lacking
from conformance.redaction import Secret
from conformance.rules import access_token, challenge, token_answer, token_refusal
from conformance.rules.flaw import Flaw, FlawOfKind
from conformance.rules.outcome import Inconclusive, NotTested
from conformance.rules.single_access import contains, everything_in
from conformance.suites.subject import Subject

if TYPE_CHECKING:
    from conformance.suites.client_credentials.declared import Credentials

INVALID_CLIENT = ("invalid_client",)
INVALID_REQUEST = ("invalid_request",)
_ABOUT_THE_GRANT = frozenset({"unauthorized_client", "unsupported_grant_type"})
_ABOUT_THE_REQUEST = frozenset({"invalid_request", "invalid_scope", "invalid_target", "unsupported_grant_type"})


class Server(Subject[TokenEndpoint], Protocol):
    """An authorization server, as far as its answers have to know it."""

    def refuses_strangers(self) -> None:
        """The plain request with a wrong proof gets no token, or a token would prove nothing."""

    def still_works(self) -> None:
        """The client is let in while this case runs, or a refusal would prove nothing."""

    def notes_whether_it_is_let_in(self, answer: Answer) -> None:
        """Note whether the answer to the plain request lets the client in."""

    def blames_no_right_credentials(self, answer: Answer) -> None:
        """The plain request is not refused because the server does not decode Basic."""

    def times_of(self, answer: Answer) -> tuple[dict[str, float], Exchange]:
        """From when to when a new token is good, and what said so."""

    def scopes_of(self, token: Secret) -> frozenset[str] | None:
        """What a token is good for; None where nothing says so."""

    def audiences_of(self, token: Secret) -> frozenset[str]:
        """Whom a token is meant for."""

    def published_keys(self) -> object:
        """The JWK Set of the server."""

    def wrong_secret(self) -> Credentials:
        """The client's id with a secret of the right shape that is not its own."""

    def unknown_client(self) -> Credentials:
        """An id of the right shape that no client has."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one token request. A claim that does not hold raises NonConformant."""

    server: Server
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
    def token_type(self) -> object:
        """The type of the access token."""
        return token_answer.members(self.response).get("token_type")

    @property
    def refuses_the_client(self) -> bool:
        """Whether it is the client that is refused, and not its request (RFC 6749, section 5.2)."""
        named = token_refusal.error_of(self.response) not in _ABOUT_THE_REQUEST
        return self.response.status in (400, 401, 403) and named

    # ------------------------------------------------------------- good ones

    def grants_a_token(self) -> None:
        """The endpoint hands out a token, as it does not to strangers."""
        flaw = token_answer.has_no_token(self.response)
        if flaw is None:
            self.server.refuses_strangers()
        else:
            self.server.still_works()
        self._judge(flaw, "status 200 and a token", "grants-a-token")

    def is_a_token_answer(self) -> None:
        """The answer is 200 and JSON with a token and its type; strangers get none."""
        self.server.notes_whether_it_is_let_in(self)
        if (status := self.response.status) >= 400:
            self.server.blames_no_right_credentials(self)
            error = token_answer.named_error(self.response)
            what = "the credentials themselves" if self.refuses_the_client else "what it asks for"
            cure = "the right client id, secret, scope and audience under token_endpoint"
            if token_refusal.error_of(self.response) in _ABOUT_THE_GRANT:
                what, cure = "its grant", "a client that may use client_credentials, of a server that has it"
            elif status in (404, 405, 410):
                what, cure = "its address", "the right url or issuer under token_endpoint"
            if status >= 500:
                what, cure = f"{what} or the server", f"look into the server's log, or give {cure}"
            raise Inconclusive(f"the plain token request is answered {status}{error}, so {what} may be at fault", cure)
        self.server.refuses_strangers()
        flaw = token_answer.is_not_a_token_answer(self.response)
        self._judge(flaw, "status 200 and JSON with access_token and token_type", "token-answer")

    def has_well_formed_members(self) -> None:
        """Each standard member of the good answer has its type."""
        self._must_have_granted()
        for each in self.server.case.each(token_answer.members_with_flaws(self.response).items()):
            with each as (member, flaw):
                self._judge(flaw, f"{member} as RFC 6749 defines it", "member-shape")

    def lasts_as_long_as_it_says(self) -> None:
        """The token is good now and for as long as `expires_in` says, by its own times or those of introspection.

        Raises:
            NotTested: neither names a time, and `expires_in` does not say that it has ended.
        """
        self._must_have_granted()
        lifetime = token_answer.members(self.response).get("expires_in")
        times, exchange = self.server.times_of(self)
        if not times and lifetime != 0:
            raise NotTested("neither the token nor introspection says from when to when the token is good")
        flaw = access_token.does_not_last(times, clock_of(exchange), lifetime)
        self.server.case.judge(flaw, "a token that is good now, and for so long", "lasts", exchange, self.exchange)

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
        """The wanted scopes are granted, as the answer says, or else the token itself or introspection."""
        self._must_have_granted()
        flaw = token_answer.lacks_scopes(self.response, wanted)
        told = self._scopes_where_the_answer_is_silent()
        if flaw is None and told is not None and (missing := [scope for scope in wanted if scope not in told]):
            flaw = FlawOfKind("silent", f"the answer has no scope, and the token is not good for {', '.join(missing)}")
        self._judge(flaw, f"the scopes {' '.join(wanted)}", "grants-the-scopes")

    def names_every_scope(self, requested: Sequence[str]) -> None:
        """The token has no scope that the answer does not name; one that names none has those that were requested.

        Raises:
            NotTested: neither the token nor introspection names its scopes.
        """
        flaw = token_answer.hides_scopes(self.response, requested, self._scopes_of_the_token())
        self._judge(flaw, "a scope member with all of them", "names-every-scope")

    def has_the_scopes_that_it_names(self, wanted: Collection[str]) -> None:
        """The token has all the wanted scopes that the answer names.

        Raises:
            NotTested: neither the token nor introspection names its scopes.
        """
        flaw = token_answer.promises_scopes(self.response, wanted, self._scopes_of_the_token())
        self._judge(flaw, "a token with all of them", "has-what-it-names")

    def does_not_grant(self, forbidden: Collection[str], requested: Sequence[str]) -> None:
        """The endpoint refuses, or says in `scope` that it granted something else."""
        self.server.case.needs_its_control()
        if token_refusal.is_not_refused(self.response) is None:
            self._judge(None, "", "scope-not-granted")
            return
        self.server.refuses_strangers()
        granted = token_answer.grants(self.response, requested, forbidden)
        told = self._scopes_where_the_answer_is_silent()
        if granted is not None and told is not None:
            granted += f"; the token is good for {' '.join(sorted(told)) or 'nothing'}"
        flaw = token_answer.has_no_token(self.response) or granted
        self._judge(flaw, "a refusal, or the scope member without it", "scope-not-granted")

    def grants_nothing_of(self, forbidden: Sequence[str], errors: Sequence[str]) -> None:
        """The endpoint refuses with one of the errors, or grants something else and says so."""
        if token_answer.has_no_token(self.response) is None:
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
                self.server.role, "jwt_access_tokens", "the token is not a JWT, so there is no signature to look at"
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

    def gets_no_token(self) -> None:
        """The answer hands out no token, whatever else it is: a 501 says so as well as a 4xx."""
        self.server.case.needs_its_control()
        token = token_answer.token_in(self.response)
        flaw = f"the answer has status {self.response.status} and hands out a token" if token is not None else None
        self._judge(flaw, "no token", "no-token")

    def challenges_with_basic(self) -> None:
        """The refusal is 401 with a challenge of the scheme that was used."""
        self._must_be_refused()
        flaw = token_refusal.has_no_basic_challenge(self.response)
        self._judge(flaw, "401 with WWW-Authenticate: Basic", "basic-challenge")

    def is_refused_in_words(self, *, in_header: bool) -> None:
        """The refusal of a client without a proof is JSON with an error code, and 401 with a challenge where due."""
        if token_answer.token_in(self.response) is not None:
            raise Inconclusive("the answer hands out a token, so there is no refusal to look at")
        flaw = token_refusal.does_not_say_invalid_client(self.response, in_header=in_header)
        expected = "JSON with error" + (", and 401 with WWW-Authenticate: Basic" if in_header else "")
        self._judge(flaw, expected, "refused-in-words")

    def names_a_known_code(self) -> None:
        """The error code is one that a specification or the registry defines."""
        code = token_refusal.error_of(self.response)
        is_known = code in token_refusal.KNOWN_CODES
        flaw = None if is_known else f"the error {code} is in no specification and no registry"
        self._judge(flaw, "a code of RFC 6749, or a registered one", "known-code")

    def answers_in_words(self) -> None:
        """The endpoint hands out a token, which it does not do for everybody, or refuses in JSON."""
        if token_answer.has_no_token(self.response) is None:
            self.server.refuses_strangers()
            self._judge(None, "", "in-words")
            return
        status = self.response.status
        crashed = f"the answer has status {status}" if not 400 <= status < 500 else None
        flaw = crashed or token_refusal.is_not_an_error_answer(self.response)
        self._judge(flaw, "a token, or a refusal in JSON with error", "in-words")

    def is_refused_as_repeated(self, *, by_scope: bool) -> None:
        """The endpoint refuses because a parameter comes twice, and not because it joined the values.

        Args:
            by_scope: whether it is a scope that is granted, twice.
        """
        self.is_refused()
        joined = by_scope and token_refusal.error_of(self.response) == "invalid_scope"
        flaw = "the refusal says invalid_scope although each of the scopes is granted alone" if joined else None
        self._judge(flaw, "invalid_request for a parameter that comes twice", "repeated")

    def names_its_realm(self) -> None:
        """The Basic challenge, if there is one, has a realm."""
        self._must_be_refused()
        if all(scheme != "basic" for scheme, _ in challenge.challenges(self.response)):
            self.server.case.note("no Basic challenge came; whether one is due is judged by CCS-22")
        self._judge(challenge.has_no_realm(self.response), 'WWW-Authenticate: Basic realm="…"', "realm")

    def has_a_challenge(self) -> None:
        """A 401 comes with a challenge."""
        self._must_be_refused()
        self._judge(challenge.has_no_challenge(self.response), "a WWW-Authenticate header", "challenge")

    def is_an_error_answer(self) -> None:
        """The refusal is JSON with an error code, in the allowed characters."""
        self._must_be_refused()
        flaw = token_refusal.is_not_an_error_answer(self.response)
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
        clients = self.server.wrong_secret().client_id, self.server.unknown_client().client_id
        flaw = token_refusal.differs(other.response, self.response, clients)
        self._judge(flaw, "the same status, code and members", "answered-alike", other.exchange)

    def keeps_foreign_pages_out(self, origin: str) -> None:
        """No header lets a foreign page read the answer with the user's credentials."""
        self.server.refuses_strangers()
        flaw = token_refusal.lets_foreign_pages_read(self.response, origin)
        self._judge(flaw, "no permission for a foreign origin", "no-foreign-pages")

    # --------------------------------------------------------------- details

    def _scopes_of_the_token(self) -> frozenset[str]:
        self._must_have_granted()
        told = self.server.scopes_of(self.token)
        if told is None:
            raise NotTested("neither the token nor introspection names the scopes of the token")
        return told

    def _scopes_where_the_answer_is_silent(self) -> frozenset[str] | None:
        has_a_token = token_answer.has_no_token(self.response) is None
        return self.server.scopes_of(self.token) if has_a_token and token_answer.says_no_scope(self.response) else None

    def _must_have_granted(self) -> None:
        self.server.notes_whether_it_is_let_in(self)
        if flaw := token_answer.has_no_token(self.response):
            raise Inconclusive(f"no token was granted, so there is no token answer to look at: {flaw}")
        self.server.refuses_strangers()

    def _must_be_refused(self) -> None:
        flaw = token_refusal.is_not_refused(self.response)
        if flaw and getattr(flaw, "kind", "") != "wrong-status":  # whose words can be judged all the same
            raise Inconclusive(f"the request was not refused, so there is no refusal to look at: {flaw}")

    def _judge(self, flaw: Flaw | None, expected: str, judgement: str, *compared: Exchange) -> None:
        self.server.case.judge(flaw, expected, judgement, *compared, self.exchange)
