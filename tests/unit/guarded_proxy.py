"""A mitmproxy that blocks leaks, and requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from mitmproxy import http, options
from mitmproxy.proxy import layers
from mitmproxy.test import tflow, tutils

from proxy_addons.all_addons import AllAddons
from proxy_addons.masters import QuietMaster

TOKEN = "00D000000000001!AQ4AQ" + "made.up_token" * 7
LEAK = f"/a?access_token={TOKEN}"


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


@contextmanager
def blocking(*addons: object, **given: object) -> Iterator[tuple[QuietMaster, AllAddons]]:
    """A mitmproxy that blocks leaks, with other addons before ours."""
    master = QuietMaster(options.Options())
    master.addons.add(*addons)
    together = AllAddons(lambda: None)
    master.addons.add(together)
    master.options.update(**given)
    master.options.update(seasonproof_mode="block")
    yield master, together


def request(path: str | bytes = "/a", **given: Any) -> http.HTTPFlow:
    """A request that has just come."""
    flow = tflow.tflow(req=tutils.treq(path=path.encode() if isinstance(path, str) else path, **given))
    flow.live = True
    return flow


async def sent(master: QuietMaster, flow: http.HTTPFlow) -> bool:
    """Tell a mitmproxy of a request as its core does; whether it would be sent on."""
    await master.addons.handle_lifecycle(layers.http.HttpRequestHeadersHook(flow))
    await master.addons.handle_lifecycle(layers.http.HttpRequestHook(flow))
    await flow.wait_for_resume()
    return flow.response is None
