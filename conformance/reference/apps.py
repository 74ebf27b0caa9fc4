"""What an org of the reference knows of external client apps: their consumers, and the pairs of key and secret."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

PAIR_SECONDS = 30 * 86_400
"""How long a staged pair lives, and a former one after its rotation."""

APP_ID = f"0xI{0:012}"
"""The identifier of the app with two consumers, which is the first one."""

OTHER_APPS = 101
"""So many apps have no consumer: more than fit on one page."""


@dataclass(slots=True)
class Pair:
    """A key and a secret.

    Attributes:
        key: the consumer key, which is the client id.
        secret: the consumer secret.
        created: when it came to where it is, in seconds of the org's clock.
        ends: when it ends; None for the main pair.
        state: what the staged place says of it.
    """

    key: str
    secret: str
    created: float
    ends: float | None = None
    state: str = "Active"

    @classmethod
    def new(cls, now: float, ends: float | None = None) -> Pair:
        """A new pair, in the shapes of Salesforce's."""
        return cls(f"3MVG9{secrets.token_hex(40)}", secrets.token_hex(32).upper(), now, ends)


@dataclass(slots=True)
class Consumer:
    """One consumer of an app: its main pair, and by id what stands in the staged place."""

    id: str
    name: str
    main: Pair
    staged: dict[str, Pair] = field(default_factory=dict)

    @property
    def pairs(self) -> list[Pair]:
        """All its pairs, the main one first."""
        return [self.main, *self.staged.values()]


@dataclass(slots=True)
class App:
    """An external client app."""

    identifier: str
    developer_name: str
    label: str
    consumers: dict[str, Consumer] = field(default_factory=dict)


def new_id(prefix: str) -> str:
    """A new id of 15 letters and digits that begins like its kind."""
    return prefix + secrets.token_hex(6)


def some_apps(now: float) -> dict[str, App]:
    """The apps of an org: one with two consumers, one with one, and many without any, by identifier."""
    named = {"Rotating": ("Nightly", "Hourly"), "Billing": ("Billing",)}
    names = [*named, *(f"Unused{number:03}" for number in range(OTHER_APPS))]
    apps = [App(f"0xI{number:012}", name, f"The app {name}") for number, name in enumerate(names)]
    for app in apps:
        for name in named.get(app.developer_name, ()):
            consumer = Consumer(consumer_id(name), name, Pair.new(now))
            app.consumers[consumer.id] = consumer
    return {app.identifier: app for app in apps}


def consumer_id(name: str) -> str:
    """The id of the consumer with this name, the same in each org of the reference."""
    return f"888{name.encode().hex():0>15.15}"
