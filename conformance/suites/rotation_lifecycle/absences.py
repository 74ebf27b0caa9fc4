"""What the resources for staged credentials show of the things that their target file says are absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.suites.rotation_lifecycle.names import apps_of

if TYPE_CHECKING:
    from conformance.judging.applicability import Probe
    from conformance.suites.rotation_lifecycle.driver import StagedCredentialsOfAnApp


def other_apps(credentials: StagedCredentialsOfAnApp) -> str | None:
    """The org lists another app."""
    own = credentials.place.app
    apps = apps_of(credentials.place, lambda url: credentials.get(url).exchange)
    found = any(isinstance(name := app.get("identifier"), str) and name not in ("", own) for app in apps)
    return "the org lists another app" if found else None


def entity_tags(credentials: StagedCredentialsOfAnApp) -> str | None:
    """A staged credential comes with an ETag."""
    credentials.main_pair()
    address = credentials.place.one(credentials.stage().id)
    found = credentials.get(address).works("the staged credential").response.header("etag")
    return "a staged credential has an ETag" if found else None


PROBES: Mapping[str, Probe[StagedCredentialsOfAnApp]] = {"other_apps": other_apps, "entity_tags": entity_tags}
"""What looks for each of them; what nothing looks for cannot be disproved."""
