"""Events go to the addons that listen for them.

mitmproxy itself asks each of its addons about each event, ten times for each request: a third of what a request costs.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from mitmproxy.addonmanager import AddonManager, safecall
from mitmproxy.exceptions import AddonHalt
from mitmproxy.hooks import Hook
from mitmproxy.master import Master

type _Listener = tuple[object, Callable[..., Any] | None]


class Dispatch:
    """Takes the place of an addon manager's own way to trigger events; what the addons see is the same.

    Args:
        manager: knows the addons, which may come and go.
    """

    def __init__(self, manager: AddonManager) -> None:
        self._manager = manager
        self._chain: list[object] = []
        self._listeners: dict[str, list[_Listener]] = {}

    async def trigger_event(self, event: Hook) -> None:
        """Tell the listeners of an event, in the order of the addons, until one of them halts it."""
        for addon, hook in self._listening_for(event.name):
            try:
                if hook is None:
                    await self._manager.invoke_addon(addon, event)
                elif (waiting := hook(*event.args())) is not None and isawaitable(waiting):
                    await waiting
            except AddonHalt:
                return
            except Exception:
                with safecall():  # says what went wrong, as mitmproxy does
                    raise

    def _listening_for(self, name: str) -> list[_Listener]:
        if self._chain != self._manager.chain:
            self._chain = [*self._manager.chain]
            self._listeners.clear()
        found = self._listeners.get(name)
        if found is None:
            found = self._listeners[name] = [one for addon in self._chain for one in _listener(addon, name)]
        return found


def _listener(addon: object, name: str) -> list[_Listener]:
    """An addon with its hook, if it has one; without, if it holds other addons and is to be asked each time."""
    hook = getattr(addon, name, None)
    if hasattr(addon, "addons") or (hook and not callable(hook)):
        return [(addon, None)]
    return [(addon, hook)] if hook else []


def dispatch_directly(master: Master) -> None:
    """Let a mitmproxy tell its events to the addons that listen, from now on."""
    master.addons.trigger_event = Dispatch(master.addons).trigger_event  # type: ignore[method-assign]
