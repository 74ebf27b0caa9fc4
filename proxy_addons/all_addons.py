"""All addons as one, for the `seasonproof proxy` command.

Where nothing hangs on a check but a mark, no request waits for it: what was heard is noted, and checked a moment later,
many at once, which is also cheaper.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader, safecall
from mitmproxy.hooks import UpdateHook

from conformance.rules.url_tokens.correlation import may_teach
from conformance.rules.url_tokens.headers import RESPONSE_URLS
from proxy_addons.exchange_store import ExchangeStore
from proxy_addons.guard import is_plain
from proxy_addons.observer import Observer
from proxy_addons.query_tokens import QueryTokens
from proxy_addons.recorder import Recorder
from proxy_addons.shared_observation import SharedObservation, Unchecked, listening, request_head, response_head

_SOON, _AT_ONCE = 0.02, 64
"""Seconds until what was heard is checked, and how much of it before the proxy goes on."""

_LARGE = 1 << 20
"""Bytes of a body from which on it is passed through instead of being held."""

_TEACHING = frozenset({b"set-cookie", b"content-encoding", *RESPONSE_URLS})
_BODILESS = frozenset({b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"CONNECT"})


class AllAddons:
    """The addons as one.

    Args:
        ready: called when mitmproxy listens.
        keeper: keeps whole exchanges, if somebody wants them.
    """

    name = "seasonproof"
    listening: SharedObservation

    def __init__(self, ready: Callable[[], None], keeper: ExchangeStore | None = None) -> None:
        self.tokens, self.recorder, self.observer = QueryTokens(), Recorder(), Observer()
        self._parts = (self.tokens, self.recorder, self.observer)
        guard = self.tokens.guard
        self.next_layer, self.tls_clienthello = guard.next_layer, guard.tls_clienthello
        self.tcp_message, self.udp_message, self.request = guard.tcp_message, guard.udp_message, guard.request
        self._ready, self._keeper = ready, keeper
        self._waiting: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()

    def load(self, loader: Loader) -> None:
        """Declare the options and the commands of all."""
        self.listening = listening()
        for part in self._parts:
            part.load(loader)
            ctx.master.commands.collect_commands(part)

    def configure(self, updated: set[str]) -> None:
        """Let each take its options; what was heard before is checked by the old ones."""
        self._catch_up(len(self._waiting))
        for part in self._parts:
            part.configure(updated)

    def running(self) -> None:
        """Begin."""
        self.tokens.running()
        self._ready()

    def done(self) -> None:
        """Write what waited for the end."""
        self._catch_up(len(self._waiting))
        self.recorder.done()
        self.tokens.done()

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Check a request before any of it is sent on, if it may be refused; else soon."""
        if self.tokens.decides:
            if not self._is_familiar(flow):
                self.http_connect(flow)
            self.tokens.guard.checked(flow)
        else:
            self._soon(self._asked, flow, *request_head(flow))
        if flow.request.data.method not in _BODILESS and flow.response is None and _is_large(flow.request):
            flow.request.stream = True

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Check a CONNECT."""
        head = request_head(flow)
        if self.tokens.decides:
            self.tokens.decide(flow, self.listening.asked(flow, *head))
        else:
            self._soon(self._asked, flow, *head)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Pass a large answer through, and check the addresses it leads to before its end."""
        if flow.response is not None and _is_large(flow.response):
            flow.response.stream = True
            self._soon(self._answered, flow, *response_head(flow, flow.response))

    def response(self, flow: http.HTTPFlow) -> None:
        """Check the addresses that an answer leads to, learn tokens from its body, and keep the exchange."""
        self._soon(self._over, flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Keep what failed."""
        self.tokens.guard.error(flow)
        self._soon(self._over, flow)

    # ---------------------------------------------------------------- details

    def _is_familiar(self, flow: http.HTTPFlow) -> bool:
        """Hear a request, if it is of the common kind and nothing is to be decided."""
        data = flow.request.data
        try:
            return is_plain(data) and self.listening.observation.familiar(
                data.path, data.headers.fields, data.host.encode()
            )
        except Exception:  # whatever it is, it comes up again where it is noticed
            return False

    def _asked(self, flow: http.HTTPFlow, *head: Any) -> None:
        found = self.listening.asked(flow, *head)
        if found:
            self.tokens.judge(flow, found)
            self._show(flow)

    def _answered(self, flow: http.HTTPFlow, *head: Any) -> None:
        found = self.listening.answered(flow, *head)
        if found and not isinstance(found, Unchecked):
            self.tokens.mark(flow, found)
            self._show(flow)

    def _over(self, flow: http.HTTPFlow) -> None:
        if (
            flow.response is not None and _teaches(flow.response) and not _is_large(flow.response)
        ):  # or it was heard before
            self._answered(flow, *response_head(flow, flow.response))
            self.listening.body(flow)
        self.recorder.keep(flow)
        if self._keeper is not None:
            self._keeper.keep(flow)

    def _show(self, flow: http.HTTPFlow) -> None:
        """Let the interfaces draw a flow again, which they may have drawn without its mark."""
        ctx.master.addons.trigger(UpdateHook([flow]))

    def _soon(self, check: Callable[..., None], *heard: Any) -> None:
        """Check what was heard a moment later, in its order.

        Where the next request may be refused for what an answer teaches, the moment is the loop's next turn: the
        client has had no chance to read the answer.
        """
        if not self._waiting:
            loop = asyncio.get_running_loop()
            if self.tokens.decides:
                loop.call_soon(self._go_on)
            else:
                loop.call_later(_SOON, self._go_on)
        self._waiting.append((check, heard))

    def _go_on(self) -> None:
        self._catch_up(len(self._waiting) if self.tokens.decides else _AT_ONCE)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _catch_up(self, most: int) -> None:
        for _ in range(min(most, len(self._waiting))):
            check, heard = self._waiting.popleft()
            try:
                check(*heard)
            except Exception:
                with safecall():  # says what went wrong; the others go on
                    raise


def _teaches(answer: http.Response) -> bool:
    """Whether an answer may lead somewhere, or hand out a token: most don't."""
    content = answer.data.content
    if content and may_teach(content):
        return True
    for name, _ in answer.data.headers.fields:
        lower = name.lower()
        if lower in _TEACHING:
            return True
    return False


def _is_large(message: http.Message) -> bool:
    # Not by mitmproxy's stream_large_bodies: of an unknown length it decides late, when a refusal stands already.
    for name, value in message.data.headers.fields:
        if len(name) == 14 and name.lower() == b"content-length":
            return not (value.isdigit() and int(value) < _LARGE)
    return False
