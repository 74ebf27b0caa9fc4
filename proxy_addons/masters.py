"""mitmproxy without an interface, as `seasonproof proxy` runs it: events go straight to the addons that listen."""

from __future__ import annotations

import asyncio

from mitmproxy.addonmanager import AddonManager, safecall
from mitmproxy.exceptions import AddonHalt
from mitmproxy.hooks import Hook
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.tools.dump import DumpMaster


class ListenersOnly(AddonManager):
    """Passes over addons that do not listen; what the others are told, and in which order, is the same.

    mitmproxy's own manager prepares a coroutine and two generators for each of its thirty addons, eight times a
    request, before it finds that most have no such hook: a quarter of what a request costs.
    """

    async def trigger_event(self, event: Hook) -> None:
        """Tell an event to each addon that has a hook for it, or holds others that may, until one halts it."""
        for addon in self.chain:
            if hasattr(addon, event.name) or hasattr(addon, "addons"):
                try:
                    with safecall():
                        await self.invoke_addon(addon, event)
                except AddonHalt:
                    return


class _Managed(Master):
    """Brings its manager before anybody adds an addon; `DumpMaster` does so once its own base class is there."""

    def __init__(
        self, opts: Options | None, event_loop: asyncio.AbstractEventLoop | None = None, with_termlog: bool = False
    ) -> None:
        super().__init__(opts, event_loop, with_termlog)
        self.addons = ListenersOnly(self)  # type: ignore[no-untyped-call] # mitmproxy's own


class QuietMaster(DumpMaster, _Managed):
    """mitmproxy's addons, without its terminal."""

    def __init__(self, chosen: Options) -> None:
        super().__init__(chosen, with_termlog=False, with_dumper=False)
