"""What overheard exchanges add up to: findings at once, and a verdict on each passive requirement at the end.

Whoever overhears (a proxy, a reader of captures) hands in the heads of requests and answers as bytes. Nothing here
sends, waits or knows where they came from. What was never seen is not tested; what went unchecked is never green.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.config.profile import Profile, Requirement, load_profile
from conformance.judging.verdict import Case, RunVerdict, Verdict, judge, outcome_of_deviation, sum_up
from conformance.rules.bearer_origins import BearerOrigins, Origin, shown_by
from conformance.rules.outcome import Outcome
from conformance.rules.url_tokens import Level
from conformance.rules.url_tokens.correlation import token_members
from conformance.rules.url_tokens.headers import REQUEST_URLS, STAYS_OPEN, credentials, of_request, of_response
from conformance.traffic.evidence import evidence_of, printable, register, register_leaks

if TYPE_CHECKING:
    from conformance.http.exchange import Exchange
    from conformance.rules.url_tokens import Detector, Finding

PROFILE = "winter26-traffic"
ROLE = "api_client"
IN_URL, IN_ADDRESS, ACROSS_ORIGINS = "TIU-01", "TIU-02", "TIU-07"

type Headers = tuple[tuple[bytes, bytes], ...]

MOST_FINDINGS = 1000
_EVIDENCE = 4  # exchanges kept for each requirement
_NAMED = 8  # places that a message names
_HEADS = 1024  # request heads whose meaning is remembered
_BREAKS = re.compile(rb"[\r\n\x00]")  # RFC 9110, 5.5: a server may take one for the end of a line
AUTHORITY = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
"""Matches a host with its port (RFC 3986, 3.2): no user, no path."""


@dataclass(slots=True)
class CountedFinding:
    """A finding at one place, and how often it was seen there."""

    finding: Finding
    count: int = 1

    @property
    def address(self) -> str:
        """Host and path, such as `acme.example.com/services/data/v{}/query`."""
        return printable(f"{self.finding.host}{self.finding.path_template}")


@dataclass(slots=True)
class Score:
    """How often a requirement could be judged, and how often it was broken."""

    tried: int = 0
    missed: int = 0


@dataclass(slots=True)
class _Head:
    """What the headers of a request say, whatever its target is."""

    authenticated: bool
    authorization: bytes
    referer: bytes
    streams: bool
    addressed: bool
    ambiguous: str
    clean_at: int = -1  # how much was learned when the referer was found clean


@dataclass
class Observation:
    """One session of listening.

    Args:
        detector: finds credentials in URLs.
        origins: the origins that bearer tokens are meant for, as `https://acme.my.salesforce.com`; none if not known.
        name: what the traffic is called in the outputs.
        profile_name: a profile whose requirements can be judged by listening.
        apart: told the findings that no exchange under way shows: those in earlier URLs, which a credential that came
            later explains, and those in request lines that were refused.

    Attributes:
        requests: how many requests were heard.
        authenticated: how many of them carried a credential in a header.
        unchecked: how many heads could not be checked because the check itself broke.
        dropped: how many requests were refused before their head could be heard.
        ambiguous: the header of the latest request that servers may read differently; empty if there is none.
        findings: the findings by place, in the order of their first sight, up to `MOST_FINDINGS`.
    """

    detector: Detector
    origins: Sequence[str] = ()
    name: str = "traffic"
    profile_name: str = PROFILE
    apart: Callable[[tuple[Finding, ...]], None] | None = None
    requests: int = 0
    authenticated: int = 0
    unchecked: int = 0
    dropped: int = 0
    ambiguous: str = ""
    unnamed: int = 0
    findings: dict[tuple[str, ...], CountedFinding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.profile: Profile = load_profile(self.profile_name)
        self.scores = {requirement.id: Score() for requirement in self.profile.requirements}
        self._in_url, self._in_address = self.scores[IN_URL], self.scores[IN_ADDRESS]
        self._evidence: dict[str, deque[Exchange]] = {}
        self._bearers = BearerOrigins(self.origins)
        self._heads: dict[Headers, _Head] = {}
        self._learned = 0  # grows whenever the detector may have learned a credential

    # -------------------------------------------------------------- listening

    def request(self, method: bytes, target: bytes, headers: Headers, origin: Origin) -> tuple[Finding, ...]:
        """Hear the head of a request.

        Args:
            method: such as `GET`.
            target: path and query as sent.
            headers: names and values as sent.
            origin: where it goes: scheme, host and port.

        Returns:
            What was found in it.
        """
        self.requests += 1
        known = self._heads.get(headers) if method != b"CONNECT" else None
        if known is None:
            findings = self.detector.request(method, target, headers, host=origin[1])
            known = self._learn(headers)
            self._noted_apart(self.detector.late())
        else:  # clients send the same headers again and again
            findings = self.detector.url(target, host=origin[1])
            if known.referer and known.clean_at != self._learned:
                again = self.detector.url(known.referer, host=origin[1], base_place="header:Referer")
                findings += again
                known.clean_at = -1 if again else self._learned
        self.ambiguous = known.ambiguous
        if known.addressed:
            self._in_address.tried += 1
            if known.streams:
                findings = tuple(f._replace(requirement=IN_ADDRESS) if f.requirement == IN_URL else f for f in findings)
        if known.authenticated:
            self.authenticated += 1
            self._in_url.tried += 1
        if self._bearers.leads or self._bearers.meant_for:
            if known.authorization and self._bearers.sent(known.authorization, target, origin):
                self.scores[ACROSS_ORIGINS].missed += 1
            self._bearers.asked(target, origin)
        return self._noted(findings) if findings else findings

    def familiar(self, target: bytes, headers: Headers, host: bytes) -> bool:
        """Hear a request in few steps, if it is of the common kind: with known headers, and nothing in its target.

        Returns:
            Whether it was heard; if not, `request` has to hear it.
        """
        known = self._heads.get(headers)
        if (
            known is None
            or known.ambiguous
            or (known.referer and known.clean_at != self._learned)
            or self._bearers.leads
            or self._bearers.meant_for
            or not self.detector.harmless(target, host)
        ):
            return False
        self.requests += 1
        if known.addressed:
            self._in_address.tried += 1
        if known.authenticated:
            self.authenticated += 1
            self._in_url.tried += 1
        return True

    def again(self, method: bytes, target: bytes, headers: Headers, origin: Origin) -> tuple[Finding, ...]:
        """Hear a request once more, as it was rewritten, or its trailers. It counts as one request all the same.

        Returns:
            What was found in it.
        """
        findings = self.detector.request(method, target, headers, host=origin[1])
        self.ambiguous = self._learn(headers).ambiguous
        return self._noted(findings)

    def response(
        self, status: int, headers: Headers, request_target: bytes, request_headers: Headers, origin: Origin
    ) -> tuple[Finding, ...]:
        """Hear the head of an answer to a request, which was heard before.

        Returns:
            What was found in it.
        """
        for name, _ in headers:
            if of_response(name.lower()):
                break
        else:
            return ()
        self._learned += 1
        findings = self.detector.response(status, headers, request_target=request_target, host=origin[1])
        self._noted_apart(self.detector.late())
        if 300 <= status < 400:
            location = next((value for name, value in headers if name.lower() == b"location"), b"")
            if location:
                self._in_address.tried += 1
                self._bearers.redirected(location, request_target, request_headers, origin)
        return self._noted(findings) if findings else findings

    def body(self, content_type: bytes, body: bytes) -> None:
        """Hear the body of an answer that may hand out a token."""
        self._learned += 1
        self.detector.body(content_type, body)
        self._noted_apart(self.detector.late())
        register("token", (value for value, _ in token_members(body)))

    def refused(self, target: bytes, host: bytes = b"") -> tuple[Finding, ...]:
        """Hear a request line that never became a request, because whoever overheard it refused it."""
        return self._noted_apart(self.detector.url(target, host=host))

    def witnessed(self, findings: Sequence[Finding], exchange: Exchange) -> None:
        """Keep an exchange as evidence of what was found in it, and know its credentials from here on."""
        register_leaks(exchange)
        for requirement in {finding.requirement for finding in findings}:
            self._evidence.setdefault(requirement, deque(maxlen=_EVIDENCE)).append(exchange)

    def _learn(self, headers: Headers) -> _Head:
        """What the headers of a request say; their credentials are registered."""
        self._learned += 1
        referer = authorization_sent = b""
        authenticated = streams = several = False
        ambiguous = ""
        for name, value in headers:
            lower = name.lower()
            if _BREAKS.search(value) or (lower == b"host" and not AUTHORITY.fullmatch(value)):
                ambiguous = name.decode("latin-1")
            if not of_request(lower):
                continue
            if lower == b"referer":
                several = several or bool(referer)
                referer = value
            elif lower in REQUEST_URLS:
                several = True
            elif lower in STAYS_OPEN:
                streams = streams or STAYS_OPEN[lower] in value.lower()
            else:
                found = list(credentials(lower, value))
                register("cookie" if lower == b"cookie" else "token", found)
                authenticated = authenticated or bool(found) or lower == b"authorization"
                authorization_sent = authorization_sent or shown_by(lower, value)
        head = _Head(authenticated, authorization_sent, referer, streams, bool(referer) or streams, ambiguous)
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        if not several:  # of those that are remembered only one Referer is looked at again
            self._heads[headers] = head
        return head

    def _noted_apart(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        if findings and self.apart is not None:
            self.apart(findings)
        return self._noted(findings)

    def _noted(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        for finding in findings:
            key = place_of(finding)
            if key in self.findings:
                self.findings[key].count += 1
            elif len(self.findings) < MOST_FINDINGS:
                self.findings[key] = CountedFinding(finding)
            else:
                self.unnamed += 1
        for requirement in {f.requirement for f in findings if f.level is Level.LEAK}:
            self.scores[requirement].missed += 1
        return findings

    # ---------------------------------------------------------------- judging

    @property
    def unread(self) -> int:
        """How many requests and addresses could not be looked at, or not to their end."""
        return self.detector.unread + self.dropped

    @property
    def leaks(self) -> list[CountedFinding]:
        """The places at which a credential leaked."""
        return [one for one in self.findings.values() if one.finding.level is Level.LEAK]

    @property
    def target_names(self) -> list[str]:
        """The one name of the traffic."""
        return [self.name]

    @property
    def selected(self) -> set[tuple[str, str]]:
        """Every requirement of the profile, on this traffic."""
        return {(self.name, requirement.id) for requirement in self.profile.requirements}

    def roles(self, name: str) -> frozenset[str]:
        """The role whose traffic is overheard."""
        return frozenset({ROLE})

    def cases(self) -> list[Case]:
        """What each requirement came to so far."""
        return [self._case(requirement) for requirement in self.profile.requirements]

    def verdicts(self, name: str) -> list[Verdict]:
        """The verdict on each requirement, in the profile's order."""
        known = {case.requirement: case for case in self.cases()}
        return [sum_up(requirement, name, [known[requirement.id]]) for requirement in self.profile.requirements]

    def verdict(self, name: str) -> RunVerdict:
        """The verdict on the traffic."""
        return judge(self.verdicts(name), self.roles(name))

    def _case(self, requirement: Requirement) -> Case:
        tried, missed = self._counts(requirement.id)
        exchanges = tuple(evidence_of(e).as_json() for e in self._evidence.get(requirement.id, ()))
        outcome, message, advice = Outcome.PASSED, "", ""
        if missed:
            outcome, message = outcome_of_deviation(requirement), self._what_was_seen(requirement.id)
        elif self.unchecked:
            outcome, message = Outcome.HARNESS_ERROR, f"the check broke on {self.unchecked} heads"
        elif self.unread and tried and self.authenticated:
            outcome, message = (
                Outcome.INCONCLUSIVE,
                f"{self.unread} requests were not checked: too long, or not valid HTTP",
            )
        elif not (tried and self.authenticated):
            outcome = Outcome.NOT_TESTED
            message, advice = self._what_is_missing(requirement.id)
        return Case(requirement.id, self.name, "", outcome, message, advice, tried, missed, exchanges)

    def _counts(self, identifier: str) -> tuple[int, int]:
        score = self.scores[identifier]
        tried = score.tried + (self._bearers.tried if identifier == ACROSS_ORIGINS else 0)
        return max(tried, score.missed), score.missed

    def _what_was_seen(self, identifier: str) -> str:
        if identifier == ACROSS_ORIGINS:
            return "\n".join(f"a bearer token went to {place}" for place in self._bearers.strays)
        seen = [s for s in self.leaks if s.finding.requirement == identifier]
        lines = [f"{described(s.finding)}, {s.address}, seen {s.count} x" for s in seen[:_NAMED]]
        more = len(seen) - len(lines) + self.unnamed
        return "\n".join([*lines, f"and at {more} more places"] if more > 0 else lines)

    def _what_is_missing(self, identifier: str) -> tuple[str, str]:
        if not self.requests:
            return "no request was heard", "send the client's traffic through the proxy"
        if not self.authenticated:
            return "no request carried a credential, so that none could leak", "log in, or call the API with a token"
        if identifier == ACROSS_ORIGINS:
            return "where the tokens belong is not known, and no answer led to another origin", "--origin=https://…"
        return "no request had a Referer or opened a stream, and no answer redirected", "use the client from a browser"


def place_of(finding: Finding) -> tuple[str, ...]:
    """What findings at one place have in common, whichever credential stands there."""
    return (finding.rule, finding.requirement, finding.place, finding.parameter, finding.host, finding.path_template)


def described(finding: Finding) -> str:
    """A finding in one line, such as `L1 leak: access_token in the query, 00D00…(112 characters)`."""
    place = finding.place.replace("header:", "header ")
    where = f"{finding.parameter} in the {place}" if finding.parameter else f"in the {place}"
    return printable(f"{finding.rule} {finding.level}: {where}, {finding.masked}")


def counts_by_rule(findings: Sequence[CountedFinding]) -> dict[str, int]:
    """How often each rule found something."""
    counts: Counter[str] = Counter()
    for one in findings:
        counts[one.finding.rule] += one.count
    return dict(sorted(counts.items()))
