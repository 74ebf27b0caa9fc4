"""The recording HTTP client which every suite uses.

It sends exactly what it is told, within the bounds of the target file, and nothing that a target does raises an error,
except that it is overloaded. It follows no redirect and keeps no cookie of its own accord.
"""

from __future__ import annotations

import atexit
import functools
import http.cookiejar
import ssl
import threading
import time
import warnings
from collections import deque
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpcore2
import httpx2

from conformance.config.loopback import is_loopback
from conformance.documents import UsageProblem
from conformance.documents.user_state import state_folder
from conformance.http.transport.address import redirected
from conformance.http.transport.network import DeadlineBackend
from conformance.http.transport.pacing import Pace, retry_after
from conformance.http.transport.wire import Bounds, transmit
from conformance.redaction import VAULT
from conformance.rules.outcome import NotTested, Throttled

if TYPE_CHECKING:
    import urllib.request
    from collections.abc import Callable, Collection

    from conformance.config.target import Target
    from conformance.http.exchange import Exchange, Request, Response
    from conformance.http.streamed_body import Received

RETRIES = 3
"""How often a request is sent again after 429, or 503 with Retry-After."""

KEPT = 16
"""How many exchanges a client remembers."""

_NOT_THROUGH_A_PROXY = "a request whose framing is wrong on purpose is not sent through a proxy, which would answer it"
_IDLE_SECONDS = 2.0  # shorter than servers keep idle connections, so that none is found closed when it is used


class _Channel:
    """What all clients of one target share in this process: connections, rate and budget."""

    def __init__(self, target: Target) -> None:
        limits = target.limits
        # An embedded target is each process's own.
        shared = state_folder() / "pace" if target.source else None
        self.pace = Pace(target.requests_per_second, limits.requests, f"{target.name} {target.digest}", shared)
        self.bounds = Bounds(limits.connect_seconds, limits.read_seconds, limits.total_seconds, limits.body_bytes)
        self.tls = _ssl_context(target)
        self.pool = _pool(target, self.tls)


_channels: dict[tuple[str, ...], _Channel] = {}
_latest: dict[str, tuple[Target, _Channel]] = {}  # by name: the digest of a target takes long for each client
_channels_lock = threading.Lock()
_cookie_lock = threading.Lock()


def _channel(target: Target) -> _Channel:
    with _channels_lock:
        known = _latest.get(target.name)
        if known is not None and known[0] is target:
            return known[1]
        key = (target.name, target.digest, repr(target.tls))
        if key not in _channels:
            _channels[key] = _Channel(target)
        _latest[target.name] = target, _channels[key]
        return _channels[key]


def close_connections() -> None:
    """Close the idle connections to all targets and forget rates and budgets: for the end of a run."""
    with _channels_lock:
        for channel in _channels.values():
            channel.pool.close()
        _channels.clear()
        _latest.clear()


atexit.register(close_connections)


class Client:
    """Sends requests to one target on behalf of one requirement, and remembers the last exchanges.

    Clients are cheap: connections, rate and budget are shared by all clients of a target. A client may be used from
    several threads.

    Args:
        target: whose limits, TLS settings and proxy apply.
        requirement: the id that User-Agent and the exchanges carry.
        run: the id of the run that User-Agent carries.
        on_exchange: called with each exchange, retried ones included.
        sleep: waits some seconds; for tests.

    Attributes:
        exchanges: the last exchanges, oldest first.
        cleans_up: whether what is sent from now on undoes something; it does not count against the budget of the run.

    Raises:
        UsageProblem: the target's TLS files or its proxy cannot be used.
    """

    def __init__(
        self,
        target: Target,
        *,
        requirement: str = "",
        run: str = "",
        on_exchange: Callable[[Exchange], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.target = target
        self.requirement = requirement
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self.cleans_up = False
        self._agent = " ".join(
            part for part in (f"seasonproof/{_version()}", requirement, run and f"run/{run}") if part
        )
        self._on_exchange = on_exchange
        self._sleep = sleep
        self._channel = _channel(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Connections stay open for the next client of the target; see `close_connections`."""

    @property
    def open_connections(self) -> int:
        """How many connections to the target the process keeps."""
        return len(self._channel.pool.connections)

    def send(
        self,
        request: Request,
        *,
        retry: bool = True,
        cookies: httpx2.Cookies | None = None,
        into: Received | None = None,
    ) -> Exchange:
        """Send a request and return what came of it, whatever that is.

        Args:
            request: what to send. Its address goes out exactly as it stands; the headers Host, User-Agent, Accept,
                Accept-Encoding and Content-Length are added where they are missing.
            retry: whether 429, and 503 with Retry-After, are waited for and tried again, at most `RETRIES` times.
            cookies: a jar (see `fresh_jar`) to send cookies from and to keep cookies in; nothing is kept without one.
            into: takes the body of a 2xx answer piece by piece, whatever its size, within its own bound.

        Returns:
            The exchange. `problem` is empty if a whole response came. Redirects are not followed.

        Raises:
            Throttled: the target is overloaded to the end, or at once if `retry` is False.
            NotTested: the budget of requests is used up, or a request of exact bytes would pass a proxy.
        """
        if request.exact and self.target.proxy:
            raise NotTested(_NOT_THROUGH_A_PROXY, "leave proxy out, and run where the target can be reached")
        patience = self.target.limits.retry_after_seconds
        tries = 1
        while _is_overloaded((exchange := self.send_once(request, cookies, into)).response):
            wait = retry_after(exchange.response.header("retry-after") if exchange.response else None)
            if not retry or tries > RETRIES or wait > patience:
                raise _throttled(exchange, tries)
            patience -= wait
            tries += 1
            self._sleep(wait)
        return exchange

    def follow(
        self,
        exchange: Exchange,
        *,
        cookies: httpx2.Cookies | None = None,
        into: Received | None = None,
        hosts: Collection[str] = (),
    ) -> Exchange | None:
        """Follow one redirect, if it leads to the same origin as the request, or to one of some hosts.

        Returns:
            The next exchange; None where there is no redirect, or one to another origin or to no usable address:
            credentials and cookies go nowhere else.

        Raises:
            Throttled, NotTested: as `send` does.
        """
        request = redirected(exchange, hosts)
        return self.send(request, cookies=cookies, into=into) if request else None

    def follow_all(
        self, exchange: Exchange, *, cookies: httpx2.Cookies | None = None, into: Received | None = None
    ) -> Exchange:
        """Follow redirects of the same origin to their end, or until `limits.redirects` are passed.

        Returns:
            The last exchange; its `problem` says so where there were too many redirects.
        """
        for _ in range(self.target.limits.redirects):
            following = self.follow(exchange, cookies=cookies, into=into)
            if following is None:
                return exchange
            exchange = following
        if redirected(exchange) is None:
            return exchange
        return replace(exchange, problem=exchange.problem or f"more than {self.target.limits.redirects} redirects")

    def send_once(
        self, request: Request, cookies: httpx2.Cookies | None = None, into: Received | None = None
    ) -> Exchange:
        """Send a request a single time, and return what came of it, be it an overload. The rest is as in `send`."""
        host = urlsplit(request.url).netloc.rpartition("@")[2]
        self._channel.pace.take(self._sleep, host=host, to_clean_up=self.cleans_up)
        headers = (("User-Agent", self._agent), *_cookie_header(request, cookies))
        channel = self._channel
        exchange = transmit(channel.pool, channel.tls, request, headers, channel.bounds, self.requirement, into)
        from conformance.http.response_secrets import learn  # with the detector, which no run without requests needs

        learn(exchange)
        exchange = self._cut(exchange)
        if cookies is not None and exchange.response is not None:
            _keep_cookies(exchange.request, exchange.response, cookies)
        self.exchanges.append(exchange)
        if self._on_exchange is not None:
            self._on_exchange(exchange)
        return exchange

    def _cut(self, exchange: Exchange) -> Exchange:
        """The exchange with no more of a body than is to be kept, now that the secrets in it are known."""
        response, limit = exchange.response, self._channel.bounds.body
        if response is None or len(response.body) <= limit:
            return exchange
        return replace(exchange, response=replace(response, body=VAULT.cut(response.body, limit)))


def fresh_jar() -> httpx2.Cookies:
    """An empty cookie jar, such as a new browser has. As in browsers, Secure cookies work on loopback without TLS."""
    return httpx2.Cookies(http.cookiejar.CookieJar(_BrowserPolicy()))


class _BrowserPolicy(http.cookiejar.DefaultCookiePolicy):
    def return_ok_secure(self, cookie: http.cookiejar.Cookie, request: urllib.request.Request) -> bool:
        return super().return_ok_secure(cookie, request) or is_loopback(urlsplit(request.get_full_url()).hostname or "")


def _cookie_header(request: Request, cookies: httpx2.Cookies | None) -> tuple[tuple[str, str], ...]:
    if not cookies:
        return ()
    try:
        carrier = httpx2.Request(request.method, request.url)
    except (httpx2.InvalidURL, ValueError):
        return ()
    cookies.set_cookie_header(carrier)
    value = carrier.headers.get("cookie")
    return (("Cookie", value),) if value else ()


def _keep_cookies(request: Request, response: Response, cookies: httpx2.Cookies) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers if name.lower() == "set-cookie"]
    if not headers:
        return
    carrier = httpx2.Request(request.method, request.url)
    with _cookie_lock, warnings.catch_warnings():
        # The standard library warns of a bug of its own where a cookie breaks it, and goes on.
        warnings.simplefilter("ignore")
        cookies.extract_cookies(httpx2.Response(response.status, headers=headers, request=carrier))


def _is_overloaded(response: Response | None) -> bool:
    if response is None:
        return False
    return response.status == 429 or (response.status == 503 and response.header("retry-after") is not None)


def _throttled(exchange: Exchange, tries: int) -> Throttled:
    response = exchange.response
    wish = response.header("retry-after") if response else None
    answer = f"{response.status if response else 0}{f' with Retry-After: {VAULT.shown(wish, 40)}' if wish else ''}"
    often = "" if tries == 1 else f" at try {tries}"
    return Throttled(
        f"{exchange.request.method} {VAULT.shown(exchange.request.url)} was answered {answer}{often}",
        advice="lower limits.requests_per_second or raise limits.retry_after_seconds in the target file",
    )


@functools.cache
def common_tls() -> ssl.SSLContext:
    """What targets share that name no certificate: the authorities that everybody trusts take long to load."""
    return httpx2.create_ssl_context(trust_env=False)


def _ssl_context(target: Target) -> ssl.SSLContext:
    tls = target.tls
    if tls.verify and not tls.ca and not tls.certificate:
        return common_tls()
    if tls.verify and tls.ca:
        try:
            context = ssl.create_default_context(cafile=tls.ca)
        except OSError:
            told = f"{target.source}: tls.ca: {tls.ca} holds no certificate; name a PEM file of one or more authorities"
            raise UsageProblem([told]) from None
    else:
        context = httpx2.create_ssl_context(verify=tls.verify, trust_env=False)
    if tls.certificate:
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(tls.certificate, tls.key, password="")
        except (OSError, ValueError):
            problem = "is not a PEM certificate with its key that can be read without a password"
            raise UsageProblem([f"{target.source}: tls.certificate: {problem}"]) from None
    return context


def _pool(target: Target, tls: ssl.SSLContext) -> httpcore2.ConnectionPool:
    settings: dict[str, Any] = {
        "ssl_context": tls,
        "max_connections": 32,
        "keepalive_expiry": _IDLE_SECONDS,
        "network_backend": DeadlineBackend(),
    }
    if not target.proxy:
        return httpcore2.ConnectionPool(**settings)
    return httpcore2.HTTPProxy(target.proxy, **settings)


@functools.cache
def _version() -> str:
    try:
        return version("seasonproof").partition("+")[0]
    except PackageNotFoundError:
        return "0"
