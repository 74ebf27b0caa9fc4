"""The detector: prefilter, rules, correlation, and what is reported of what they find."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from conformance.rules.url_tokens.correlation import TOKEN_TYPE, Marks, Memory, token_members
from conformance.rules.url_tokens.finding import CWE, REPEATED_URL, URL, Finding, Level, fingerprint, key_of
from conformance.rules.url_tokens.headers import (
    REQUEST_URLS,
    RESPONSE_URLS,
    STAYS_OPEN,
    carries,
    credentials,
    of_request,
)
from conformance.rules.url_tokens.judging import Judgement, judged, opened
from conformance.rules.url_tokens.masking import masked, parameter, path_template, redacted
from conformance.rules.url_tokens.names import Named, named
from conformance.rules.url_tokens.paging import PageTokens
from conformance.rules.url_tokens.places import MOST as MOST_PIECES
from conformance.rules.url_tokens.places import Piece, split
from conformance.rules.url_tokens.prefilter import Prefilter
from conformance.rules.url_tokens.remedies import remedy
from conformance.rules.url_tokens.webhooks import BY_HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST = 100
"""How many findings of one URL are reported."""
LONGEST = 1 << 16
"""How many bytes of a URL are looked at for sure; in a longer one, Base64 may stay closed."""
RECENT, LONGEST_RECENT = 1024, 8192
"""How many URLs, and of how many bytes, are kept in memory until a credential in them may become known."""

_IN_HEADER = frozenset({"L1", "L2", "L3", "L6"})
_PORT = re.compile(r":[0-9]*\Z")
_LINK = re.compile(rb"<([^>]*)>")
_REFRESH = re.compile(rb"(?i)^[^;,]*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']*)")
type Request = tuple[bytes, bytes, Sequence[tuple[bytes, bytes]], bytes]
"""Method, target, headers and host."""


class Detector:
    """Finds credentials in URLs. Not safe to use from several threads at once; make one for each.

    Args:
        salt: the key of the fingerprints; equal salts give equal fingerprints. Random if left out.
        correlate: whether credentials seen in headers, cookies and token responses are looked for in URLs.
        others: credentials that other contents show, which are looked for too.
        keeps: whether what is learned is kept for other contents.

    Attributes:
        unread: how many URLs were not looked at to their end, because they have too many bytes or pieces.
    """

    def __init__(
        self, *, salt: bytes | None = None, correlate: bool = True, others: Marks | None = None, keeps: bool = False
    ) -> None:
        self._salt = key_of(salt if salt is not None else os.urandom(32))
        self._memory = Memory(self._salt, others, keeps=keeps)
        self._correlate = correlate
        self._pages = PageTokens()
        self._seen: set[int] = set()
        self._recent: list[tuple[bytes, bytes, str]] = []
        self._late: list[Finding] = []
        self.unread = 0
        self._others, self._keeps = others, keeps
        self._prefilter = prefilter = Prefilter(self._memory.may_hold)
        self.suspicious = prefilter.passes if others is None else self._suspicious
        self._possible, self._confirms = prefilter.possible, prefilter.confirms
        self.scan_lines = prefilter.lines if others is None else self._lines

    @property
    def marks(self) -> tuple[bytes, ...]:
        """What was learned, in its order, for the `others` of another detector with this salt."""
        return tuple(self._memory.marks)

    @property
    def is_late(self) -> bool:
        """Whether something was learned after a URL was heard that may hold it."""
        return self._memory.is_late

    def _suspicious(self, data: bytes) -> bool:
        """Whether the rules could find something, or one of the others' credentials stands there."""
        return self._prefilter.passes(data) or (self._others is not None and self._others.holds(data))

    def _lines(self, text: bytes, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The lines of a text of which the same is true, with their places, in order."""
        stop = len(text) if stop is None else stop
        others = self._others.lines(text, start, stop) if self._others is not None else ()
        yield from sorted({*self._prefilter.lines(text, start, stop), *others})

    def remember(self, value: bytes, kind: str) -> None:
        """Note a credential that was seen elsewhere; only keyed hashes of it are kept."""
        if self._correlate and (core := self._memory.remember(value, kind)):
            recent = self._recent[-RECENT:]
            if core not in b"\n".join([one[0] for one in recent]):  # one look costs less than a thousand
                return
            for earlier in [one for one in recent if core in one[0]]:
                self._late += [one for one in self._judged(*earlier) if one.rule == "L5"]

    def late(self) -> tuple[Finding, ...]:
        """The findings in earlier URLs, among the latest 1,024, by what was remembered since; each is given once."""
        found, self._late = tuple(self._late), []
        return found

    def url(self, target: bytes, *, host: bytes = b"", base_place: str = "") -> tuple[Finding, ...]:
        """The findings in a request target or URL, by place.

        Args:
            target: as it was sent, in any form.
            host: the host that was asked, where the target does not name it.
            base_place: where the URL was found, such as `header:Referer`; empty for a request target.
        """
        if self.harmless(target, host, base_place):
            return ()
        if len(target) <= LONGEST_RECENT:
            self._keep(target, host, base_place)
        elif not (self.suspicious(_with_host(target, host)) or self._memory.may_hold(target)):
            self.unread += len(target) > LONGEST
            return ()
        return self._judged(target, host, base_place)

    def harmless(self, target: bytes, host: bytes, base_place: str = "") -> bool:
        """Whether a URL certainly holds nothing, which is the common case; if so it counts as heard."""
        if len(target) > LONGEST_RECENT:
            return False
        text = host + target if host.endswith(BY_HOST) and target[:1] == b"/" else target
        found = self._possible(text)
        if (found is not None and self._confirms(text, found)) or self._memory.may_hold(target):
            return False
        self._keep(target, host, base_place)
        return True

    def _keep(self, target: bytes, host: bytes, base_place: str) -> None:
        """Keep a URL until a credential in it may become known."""
        if self._correlate:
            self._recent.append((target, host, base_place))
            if len(self._recent) > 2 * RECENT:  # to forget many at once costs less than one each time
                del self._recent[:-RECENT]

    def _suspects(self, texts: Sequence[bytes]) -> set[int]:
        """The numbers of those that may hold something."""
        joined = b"\n".join(texts)
        if joined.count(b"\n") >= len(texts) or self._memory.may_hold(joined):  # a URL of several lines, a credential
            return set(range(len(texts)))
        found: set[int] = set()
        counted = line = 0
        for start, _ in self.scan_lines(joined):
            line += joined.count(b"\n", counted, start)
            counted = start
            found.add(line)
        return found

    def _judged(self, target: bytes, host: bytes, base_place: str) -> tuple[Finding, ...]:
        parts = split(target, host)
        inside = opened(parts)
        self.unread += len(inside) >= MOST_PIECES or len(target) > LONGEST
        found = [one for one in judged(inside) if not self._pages.explain(one)]
        if self._keeps:
            self._memory.may_hold(target)  # so that it has heard of it
        if self._memory:
            already = {one.secret for one in islice(found, MOST)}
            found += (one for one in self._correlated(inside) if not any(one.secret in secret for secret in already))
        return self._findings(found, parts.host, parts.path, base_place)

    def request(
        self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]], *, host: bytes = b""
    ) -> tuple[Finding, ...]:
        """The findings in a request: its target, and its headers that repeat URLs. Remembers its credentials."""
        found: tuple[Finding, ...] = ()
        stays_open = False
        for name, value in headers:
            lower = name.lower()
            if of_request(lower):
                if lower in REQUEST_URLS:
                    found += self.url(value, host=host, base_place=REQUEST_URLS[lower])
                elif lower in STAYS_OPEN:
                    stays_open = stays_open or STAYS_OPEN[lower] in value.lower()
                elif self._correlate:
                    self._note(lower, value)
        if method == b"CONNECT" and b"@" not in target:
            return found
        own = self.url(b"//" + target if method == b"CONNECT" else target, host=host)
        if stays_open and own:
            own = tuple(one._replace(requirement=REPEATED_URL) for one in own)
        return own + found

    def requests(
        self, batch: Sequence[Request], whole: Callable[[int], Request] | None = None
    ) -> Iterator[tuple[int, Finding]]:
        """The findings in many requests, each with the number of its request from 0, as `request` gives them.

        The URLs are looked at together, so this is cheaper than one by one; and what any of the requests shows is
        looked for in all of them.

        Args:
            batch: the requests.
            whole: gives the request of a number, where those in the batch lack the headers of `STAYS_OPEN`.
        """
        seen, owners, judged = self._gathered(batch)
        alone = {host for host in {host for _, _, _, host in batch} if host.endswith(BY_HOST)}
        texts = [_with_host(target, host) if host in alone else target for target, host, _ in seen]
        judged.update(owners[one] for one in self._suspects(texts))
        if judged:
            seen = [one for owner, one in zip(owners, seen, strict=True) if owner not in judged]
        if self._correlate:
            self._recent += [one for one in seen[-RECENT:] if len(one[0]) <= LONGEST_RECENT]
            del self._recent[:-RECENT]
        for number in sorted(judged):
            method, target, headers, host = whole(number) if whole else batch[number]
            for finding in self.request(method, target, headers, host=host):
                yield number, finding

    def _gathered(self, batch: Sequence[Request]) -> tuple[list[tuple[bytes, bytes, str]], list[int], set[int]]:
        """All URLs of requests, each with its host and its place, whose they are, and what is judged by itself.

        Remembers the credentials.
        """
        seen: list[tuple[bytes, bytes, str]] = []
        owners: list[int] = []
        alone: set[int] = set()
        for number, (method, target, headers, host) in enumerate(batch):
            seen.append((target, host, ""))
            owners.append(number)
            if method == b"CONNECT":
                alone.add(number)
            for name, value in headers:
                lower = name.lower()
                if place := REQUEST_URLS.get(lower):
                    seen.append((value, host, place))
                    owners.append(number)
                elif self._correlate and hash((lower, value)) not in self._seen and carries(lower):
                    self._note(lower, value)
        return seen, owners, alone

    def response(
        self,
        status: int,
        headers: Sequence[tuple[bytes, bytes]],
        *,
        request_target: bytes = b"",
        host: bytes = b"",
    ) -> tuple[Finding, ...]:
        """The findings in the headers of a response that carry URLs. Remembers the sessions that it sets.

        `status` and `request_target` say which response it is; no rule hangs on them.
        """
        found: tuple[Finding, ...] = ()
        for name, value in headers:
            lower = name.lower()
            if lower == b"link" and self._correlate:
                self._pages.in_link(value)
            if lower in RESPONSE_URLS:
                for url in _urls(lower, value):
                    found += self.url(url, host=host, base_place=RESPONSE_URLS[lower])
            elif lower == b"set-cookie" and self._correlate:
                self._note(lower, value)
        return found

    def body(self, content_type: bytes, body: bytes) -> None:
        """Remember the tokens of a token response, and the page tokens of a page."""
        if self._correlate and TOKEN_TYPE.search(content_type):
            self._pages.in_body(body)
            for value, kind in token_members(body):
                self.remember(value, kind)

    def _note(self, name: bytes, value: bytes) -> None:
        mark = hash((name, value))
        if mark in self._seen:
            return
        if len(self._seen) >= 4096:
            self._seen.clear()
        self._seen.add(mark)
        for one in credentials(name, value):
            self.remember(one, name.decode("latin-1"))

    def redacted(self, target: bytes, *, host: bytes = b"") -> bytes:
        """The same URL with every credential masked, also those that only the traffic shows to be one."""
        inside = opened(split(target, host))
        secrets = {one.secret for one in judged(inside)}
        if self._memory:
            for one in self._correlated(inside):
                secrets.update(one.halves or (one.secret,))
        return redacted(target, secrets)

    def _correlated(self, pieces: Sequence[Piece]) -> Iterator[Judgement]:
        last: Piece | None = None
        for piece in pieces:
            if piece.name and named(piece.name) is Named.PUBLIC:
                last = None
                continue
            if (core := self._memory.known(piece.value)) is not None:
                yield Judgement(Level.LEAK, "L5", piece, core)
            elif last is not None and (core := self._memory.joined(last.value, piece.value)) is not None:
                yield Judgement(Level.LEAK, "L5", piece, core, halves=(last.value, piece.value))
            last = piece

    def _findings(self, found: list[Judgement], host: bytes, path: bytes, base_place: str) -> tuple[Finding, ...]:
        if not found:
            return ()
        template = path_template(path, [one.secret for one in found[:MOST]])
        name = _named(host)
        findings: dict[tuple[str, str, bytes, str], Finding] = {}
        for one in sorted(found, key=_depth):  # what is inside a value is said instead of the value as a whole
            place = base_place or one.piece.place
            rule = "L4" if base_place.startswith("header:") and one.rule in _IN_HEADER else one.rule
            digest = fingerprint(sha256(one.secret).digest(), self._salt)
            root = one.piece.outer[0] if one.piece.outer else one.piece.name
            findings[rule, place, root, digest] = Finding(
                one.level,
                rule,
                REPEATED_URL if base_place else URL,
                place,
                parameter(one),
                masked(one.secret, one.shown),
                digest,
                CWE,
                remedy(rule, place, path),
                name,
                template,
            )
            if len(findings) >= MOST:
                break
        return tuple(findings.values())


def _with_host(target: bytes, host: bytes) -> bytes:
    """A path that means something on its host alone has the host before it."""
    return host + target if host.endswith(BY_HOST) and target[:1] == b"/" else target


def _named(host: bytes) -> str:
    """A host as it is shown, without its port; an IPv6 address in brackets."""
    name = host.decode("latin-1").lower()
    if name.count(":") > 1 and not name.startswith("["):
        return f"[{name}]"
    return _PORT.sub("", name)


def _depth(judgement: Judgement) -> int:
    return len(judgement.piece.outer)


def _urls(name: bytes, value: bytes) -> Iterator[bytes]:
    """The URLs in a header that carries them."""
    if name == b"link":
        yield from _LINK.findall(value)
    elif name == b"refresh":
        match = _REFRESH.match(value)
        if match:
            yield match[1]
    else:
        yield value
