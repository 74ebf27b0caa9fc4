"""What the addons of one mitmproxy share: the observation, and each flow heard once however many of them ask."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from enum import StrEnum
from weakref import WeakKeyDictionary

from mitmproxy import ctx, http
from mitmproxy.master import Master

from conformance.rules.bearer_origins import Origin
from conformance.rules.url_tokens import Detector, Finding, Level
from conformance.rules.url_tokens.correlation import LONGEST_ANSWER, TOKEN_TYPE, may_teach
from conformance.traffic.observation import Headers, Observation
from conformance.traffic.unpacking import unpacked

logger = logging.getLogger(__name__)

METADATA = "seasonproof"
"""Where a flow keeps its findings: a list of plain dicts, which mitmproxy saves with it."""

_listening: WeakKeyDictionary[Master, SharedObservation] = WeakKeyDictionary()


class Unchecked(StrEnum):
    """Why nothing is known of a request or an answer."""

    BROKEN = "the check broke"
    TOO_LONG = "a URL is too long to be looked at whole"


type Heard = tuple[Finding, ...] | Unchecked
"""What was found, or why it was not checked."""


class SharedObservation:
    """One mitmproxy's observation.

    Attributes:
        observation: what was heard so far.
        strict: whether a warning counts like a leak.
        found_in: the findings of the flows that are still going on.
        changes: how often something was found, so that a display knows when to look again.
        apart: told the findings of no flow, as `Observation` tells them.
    """

    def __init__(self) -> None:
        self.strict = False
        self.changes = 0
        self.apart: Callable[[tuple[Finding, ...]], None] | None = None
        self.found_in: WeakKeyDictionary[http.HTTPFlow, tuple[Finding, ...]] = WeakKeyDictionary()
        self.listen_for(())
        self._request: tuple[object, Heard] = (None, ())
        self._response: tuple[object, Heard] = (None, ())

    def listen_for(self, origins: Sequence[str]) -> None:
        """Begin a new observation.

        Raises:
            ValueError: an origin is none.
        """
        self.observation = Observation(Detector(), origins=origins, apart=self._heard_apart)

    def request(self, flow: http.HTTPFlow) -> Heard:
        """Hear the head of a request, once however many addons ask."""
        data = flow.request.data
        which = flow, data.path, data.headers.fields  # a person may change a flow and send it again
        if self._request[0] != which:
            self._request = which, self.asked(flow, *request_head(flow))
        return self._request[1]

    def asked(self, flow: http.HTTPFlow, method: bytes, target: bytes, headers: Headers, origin: Origin) -> Heard:
        """Hear the head of a request as it was when it came."""
        observation = self.observation
        unread = observation.detector.unread
        try:
            found = observation.request(method, target, headers, origin)
        except Exception as error:  # whatever it is, a request must not pass as checked
            return self._broken(error)
        if found:
            self._remember(flow, found)
        return found if observation.detector.unread == unread else self._too_long(found, origin)

    def again(self, flow: http.HTTPFlow, method: bytes, target: bytes, headers: Headers, origin: Origin) -> Heard:
        """Hear the head of a request once more, or its trailers, after the head was checked."""
        observation = self.observation
        unread = observation.detector.unread
        try:
            found = observation.again(method, target, headers, origin)
        except Exception as error:
            return self._broken(error)
        if found:
            self._remember(flow, found)
        return found if observation.detector.unread == unread else self._too_long(found, origin)

    def response(self, flow: http.HTTPFlow) -> Heard:
        """Hear the head of an answer, once however many addons ask."""
        if self._response[0] is not flow and flow.response is not None:
            self._response = flow, self.answered(flow, *response_head(flow, flow.response))
        return self._response[1]

    def answered(
        self, flow: http.HTTPFlow, status: int, headers: Headers, target: bytes, asked: Headers, origin: Origin
    ) -> Heard:
        """Hear the head of an answer as it was when it came."""
        try:
            found = self.observation.response(status, headers, target, asked, origin)
        except Exception as error:
            return self._broken(error)
        if found:
            self._remember(flow, found)
        return found

    def body(self, flow: http.HTTPFlow) -> None:
        """Hear the body of an answer, if it may be one that hands out a token."""
        answer = flow.response
        if answer is None or not answer.data.content or len(answer.data.content) > LONGEST_ANSWER:
            return
        kind = encoding = b""
        for name, value in answer.data.headers.fields:
            lowered = name.lower()
            if lowered == b"content-type":
                kind = value
            elif lowered == b"content-encoding":
                encoding = value
        if not TOKEN_TYPE.search(kind):
            return
        content = unpacked(answer.data.content, encoding, LONGEST_ANSWER)
        if may_teach(content):
            try:
                self.observation.body(kind, content)
            except Exception as error:
                self._broken(error)

    def refused(self, target: bytes) -> None:
        """Hear the target of a request that mitmproxy refused before any hook; empty if it did not say."""
        if not target:
            self.observation.dropped += 1
            return
        try:
            self.observation.refused(target)
        except Exception as error:
            self._broken(error)

    def counts(self, finding: Finding) -> bool:
        """Whether a finding counts as a leak."""
        return finding.level is Level.LEAK or self.strict

    @property
    def leaked(self) -> bool:
        """Whether anything counted as a leak."""
        return any(self.counts(one.finding) for one in self.observation.findings.values())

    def _heard_apart(self, found: tuple[Finding, ...]) -> None:
        self.changes += 1
        if self.apart is not None:
            self.apart(found)

    def _remember(self, flow: http.HTTPFlow, found: tuple[Finding, ...]) -> None:
        self.changes += 1
        self.found_in[flow] = self.found_in.get(flow, ()) + found

    def _broken(self, error: Exception) -> Unchecked:
        self.observation.unchecked += 1
        self.observation.ambiguous = ""
        # Its message may quote what it was given.
        logger.error("the check broke (%s): what goes by is not checked", type(error).__name__)
        return Unchecked.BROKEN

    def _too_long(self, found: tuple[Finding, ...], origin: Origin) -> Heard:
        if any(map(self.counts, found)):
            return found
        logger.warning("%s: a URL is too long to be looked at whole: not checked", origin[1].decode("latin-1"))
        return Unchecked.TOO_LONG


def request_head(flow: http.HTTPFlow) -> tuple[bytes, bytes, Headers, Origin]:
    """Method, target, headers and origin of a request."""
    data = flow.request.data
    origin = data.scheme, as_bytes(data.host), data.port
    return data.method, data.path or data.authority, data.headers.fields, origin


def response_head(flow: http.HTTPFlow, answer: http.Response) -> tuple[int, Headers, bytes, Headers, Origin]:
    """Status and headers of an answer, and target, headers and origin of its request."""
    asked, came = flow.request.data, answer.data
    origin = asked.scheme, as_bytes(asked.host), asked.port
    return came.status_code, came.headers.fields, asked.path, asked.headers.fields, origin


def as_bytes(host: str) -> bytes:
    """A host as mitmproxy was given it."""
    return host.encode() if host.isascii() else host.encode("utf-8", "surrogateescape")


def listening() -> SharedObservation:
    """What the addons of the running mitmproxy share."""
    return _listening.setdefault(ctx.master, SharedObservation())
