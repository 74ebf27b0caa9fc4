"""All addons as one, for the `seasonproof proxy` command.

mitmproxy asks every addon about every event, ten times for each request, so three addons in its chain cost three times
as much as one, whatever they do.
"""

from __future__ import annotations

from collections.abc import Callable

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader

from proxy_addons.listening import Listening, listening
from proxy_addons.observer import Observer
from proxy_addons.query_tokens import QueryTokens
from proxy_addons.recorder import Recorder

_LARGE = 1 << 20
"""Bytes of a body from which on it is passed through instead of being held."""

_BODILESS = frozenset({b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"CONNECT"})


class Together:
    """The addons as one.

    Args:
        ready: called when mitmproxy listens.
    """

    name = "seasonproof"
    listening: Listening

    def __init__(self, ready: Callable[[], None]) -> None:
        self.tokens, self.recorder, self.observer = QueryTokens(), Recorder(), Observer()
        self._parts = (self.tokens, self.recorder, self.observer)
        self._ready = ready

    def load(self, loader: Loader) -> None:
        """Declare the options and the commands of all."""
        self.listening = listening()
        for part in self._parts:
            part.load(loader)
            ctx.master.commands.collect_commands(part)

    def configure(self, updated: set[str]) -> None:
        """Let each take its options."""
        for part in self._parts:
            part.configure(updated)

    def running(self) -> None:
        """Begin."""
        self.tokens.running()
        self._ready()

    def done(self) -> None:
        """Write what waited for the end."""
        self.recorder.done()
        self.tokens.done()

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Check a request before any of it is sent on."""
        found = self.listening.request(flow)
        if found or found is None:
            self.tokens.judge(flow, found)
        if flow.request.data.method not in _BODILESS and flow.response is None and _is_large(flow.request):
            flow.request.stream = True

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Check a CONNECT."""
        self.tokens.requestheaders(flow)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Check the addresses that an answer leads to."""
        if self.listening.response(flow):
            self.tokens.responseheaders(flow)
        if flow.response is not None and _is_large(flow.response):
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        """Learn tokens from the body, and keep the exchange."""
        self.tokens.response(flow)
        self.recorder.response(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Keep what failed."""
        self.recorder.error(flow)


def _is_large(message: http.Message) -> bool:
    # Not by mitmproxy's stream_large_bodies: of an unknown length it decides late, when a refusal stands already.
    for name, value in message.data.headers.fields:
        if len(name) == 14 and name.lower() == b"content-length":
            return not (value.isdigit() and int(value) < _LARGE)
    return False
