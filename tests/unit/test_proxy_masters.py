"""The addon manager of the proxy beside mitmproxy's own: whoever listens is told the same, in the same order."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mitmproxy import exceptions, options
from mitmproxy.addonmanager import AddonManager
from mitmproxy.hooks import Hook
from mitmproxy.master import Master
from mitmproxy.proxy.layers.http import HttpRequestHook, HttpResponseHook
from mitmproxy.test import tflow

from proxy_addons.masters import ListenersOnly, QuietMaster

EVENTS = ("request", "response", "update")
KINDS = ("notes", "waits", "breaks", "halts", "stops", "is a module", "is none", "is a number")


@dataclass
class Addon:
    """An addon that does something in each of its hooks, and may hold others."""

    hooks: dict[str, str]
    held: list[Addon] | None

    def under(self, name: str, said: list[str]) -> Any:
        """The addon as mitmproxy knows it, which notes what it is told."""
        shown = type("Shown", (), {})()
        shown.name = name
        for event, kind in self.hooks.items():
            setattr(shown, event, hook(kind, f"{name}.{event}", said))
        if self.held is not None:
            shown.addons = [one.under(f"{name}.{number}", said) for number, one in enumerate(self.held)]
        return shown


def hook(kind: str, name: str, said: list[str]) -> object:
    """A hook that notes its name and then does something; or what is no hook."""

    def notes(*_: object) -> None:
        said.append(name)

    async def waits(*_: object) -> None:
        await asyncio.sleep(0)
        said.append(name)

    def fails(error: BaseException) -> Callable[..., None]:
        def fail(*_: object) -> None:
            said.append(name)
            raise error

        return fail

    return {
        "notes": notes,
        "waits": waits,
        "breaks": fails(ValueError("made up")),
        "halts": fails(exceptions.AddonHalt()),
        "stops": fails(exceptions.OptionsError("made up")),
        "is a module": json,
        "is none": None,
        "is a number": 1,
    }[kind]


HOOKS = st.dictionaries(st.sampled_from(EVENTS), st.sampled_from(KINDS))
ALONE = st.builds(Addon, HOOKS, st.none())
ADDONS = st.recursive(ALONE, lambda inner: st.builds(Addon, HOOKS, st.lists(inner, max_size=3)), max_leaves=8)


@dataclass
class Told:
    """What the addons noted, what the log says, and how the event ended."""

    said: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


async def told(manager: type[AddonManager], addons: list[Addon], log: pytest.LogCaptureFixture) -> Told:
    """Tell two events to addons by a manager."""
    master, seen = Master(options.Options()), Told()
    master.addons = manager(master)
    master.addons.chain += [addon.under(str(number), seen.said) for number, addon in enumerate(addons)]
    log.clear()
    for event in (HttpRequestHook(tflow.tflow()), HttpResponseHook(tflow.tflow())):
        try:
            await master.addons.handle_lifecycle(event)
        except Exception as error:
            seen.ended.append(repr(error))
    seen.logged = [record.getMessage().partition(" object at ")[0] for record in log.records]
    master._legacy_log_events.uninstall()
    return seen


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(addons=st.lists(ADDONS, max_size=5))
def test_each_addon_is_told_what_mitmproxy_tells_it(addons: list[Addon], caplog: pytest.LogCaptureFixture) -> None:
    """Also where one waits, breaks, halts the event or holds others. A change of mitmproxy's manager shows here."""
    caplog.set_level(logging.ERROR)
    upstream = asyncio.run(told(AddonManager, addons, caplog))
    assert asyncio.run(told(ListenersOnly, addons, caplog)) == upstream


def test_no_time_goes_to_addons_that_do_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the manager is worth its lines; mitmproxy's own asks all."""
    asked: list[object] = []

    async def noted(manager: AddonManager, addon: object, event: Hook) -> None:
        asked.append(addon)

    async def work() -> None:
        monkeypatch.setattr(AddonManager, "invoke_addon", noted)
        master = QuietMaster(options.Options())
        await master.addons.handle_lifecycle(HttpRequestHook(tflow.tflow()))
        assert 0 < len(asked) < len(master.addons) / 2

    asyncio.run(work())


def test_the_master_has_this_manager_alone() -> None:
    """The one that mitmproxy made is gone, so that no addon is configured twice; the addons are those of mitmdump."""

    class Configured:
        def __init__(self) -> None:
            self.updates: list[set[str]] = []

        def configure(self, updated: set[str]) -> None:
            self.updates.append(updated)

    async def work() -> None:
        master = QuietMaster(options.Options())
        assert type(master.addons) is ListenersOnly
        assert master.addons.get("proxyserver") is not None
        assert master.addons.get("dumper") is None
        addon = Configured()
        master.addons.add(addon)
        master.options.update(anticache=True)
        assert addon.updates == [{"anticache"}]

    asyncio.run(work())


def test_addons_come_and_go() -> None:
    async def work() -> None:
        said: list[str] = []
        master = QuietMaster(options.Options())
        first, last = (Addon({"request": "notes"}, None).under(name, said) for name in ("first", "last"))
        event: Hook = HttpRequestHook(tflow.tflow())
        master.addons.add(first, last)
        await master.addons.trigger_event(event)
        master.addons.remove(first)
        await master.addons.trigger_event(event)
        last.request = None
        await master.addons.trigger_event(event)
        assert said == ["first.request", "last.request", "last.request"]

    asyncio.run(work())
