"""Where things are: the addresses of apps, consumers and staged credentials, found by the names of the target file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.http.whole_answer import answer_to
from conformance.redaction import VAULT
from conformance.rules.outcome import Inconclusive
from conformance.rules.staged_credentials import objects_in
from conformance.suites.identifiers import addressable

if TYPE_CHECKING:
    from conformance.config.roles import StagedCredentials
    from conformance.http.exchange import Exchange

MOST_PAGES = 50
"""So many pages of apps are read at most."""

type Read = Callable[[str], Exchange]
"""GETs an address with the credentials of the caller."""


@dataclass(frozen=True, slots=True)
class Place:
    """The addresses of one consumer.

    Attributes:
        base_url: the org's own address.
        version: the version of the API, such as `v65.0`.
        app: the app's identifier.
        consumer: the consumer's id.
    """

    base_url: str
    version: str
    app: str = ""
    consumer: str = ""

    @property
    def root(self) -> str:
        """What all addresses begin with."""
        return f"{self.base_url}/services/data/{self.version}/apps/oauth"

    @property
    def usage(self) -> str:
        """The apps."""
        return f"{self.root}/usage"

    @property
    def consumers_url(self) -> str:
        """The consumers of the app."""
        return f"{self.root}/credentials/{quote(self.app, safe='')}"

    @property
    def consumer_url(self) -> str:
        """The consumer."""
        return f"{self.consumers_url}/{quote(self.consumer, safe='')}"

    @property
    def pair_url(self) -> str:
        """The consumer with its main pair."""
        return f"{self.consumer_url}?part=keyandsecret"

    @property
    def staged_url(self) -> str:
        """The staged credentials."""
        return f"{self.consumer_url}/staged"

    def with_app(self, app: str) -> Place:
        """The same consumer under another app."""
        return replace(self, app=addressable(app, "the app"))

    def with_consumer(self, consumer: str) -> Place:
        """Another consumer."""
        return replace(self, consumer=addressable(consumer, "the consumer"))

    def one(self, identifier: str) -> str:
        """One staged credential. Raises Inconclusive where its id cannot stand in an address."""
        return f"{self.staged_url}/{quote(addressable(identifier, 'the staged credential'), safe='')}"


def find(role: StagedCredentials, read: Read) -> Place:
    """The place of the consumer that the target file means.

    Raises:
        Inconclusive: there is none, or there are several.
    """
    place = Place(role.base_url, role.api_version, role.app)
    if not role.app.startswith("0x"):
        apps = (one for one in apps_of(place, read) if role.app in (one.get("identifier"), one.get("developerName")))
        place = place.with_app(_only_text(next(apps, {}), "identifier"))
    if not place.app:
        raise Inconclusive(f"no app is called {role.app}", "staged_credentials.app: an identifier or a developer name")
    consumers = objects_in(answer_to(read(place.consumers_url)), "consumers")
    wanted = [one for one in consumers if role.consumer in (None, one.get("id"), one.get("name"))]
    if len(wanted) != 1 or not _only_text(wanted[0], "id"):
        found = ", ".join(VAULT.shown(_only_text(one, "name"), 40) for one in consumers[:5]) or "none"
        raise Inconclusive(
            f"{len(wanted)} consumers of the app fit; it has {found}", "staged_credentials.consumer: its id or its name"
        )
    return place.with_consumer(_only_text(wanted[0], "id"))


def apps_of(place: Place, read: Read) -> Iterator[dict[str, object]]:
    """The apps of the org, page by page, for as long as somebody asks."""
    for page in range(MOST_PAGES):
        found = objects_in(answer_to(read(f"{place.usage}?page={page}")), "apps")
        if not found:
            return
        yield from found


def _only_text(members: dict[str, object], name: str) -> str:
    found = members.get(name)
    return found if isinstance(found, str) else ""
