"""Who reads the guides, and what for. The navigation of the site is made of this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A kind of reader.

    Attributes:
        key: the folder of the page.
        title: the tab.
        asks: the question that brings the reader here.
        own: what there is to do, each with the guide that is for this reader first of all.
        also: further tasks, whose guides are in the tabs of others.
        look_first: a requirement family that shows what is at stake.
    """

    key: str
    title: str
    asks: str
    own: tuple[tuple[str, str], ...]
    also: tuple[tuple[str, str], ...] = ()
    look_first: str = ""


START = (
    ("Judge your first system", "docs/first-target.md"),
    ("Read the outcome", "docs/outcomes.md"),
    ("Know what it does to your system", "docs/safety.md"),
)
"""What everybody reads first."""

PEOPLE = (
    Person(
        "developer",
        "Integration developer",
        "Will my code survive the release?",
        (
            ("Judge your client in five minutes", "docs/clients.md"),
            ("Rotate credentials without downtime", "docs/rotate-without-downtime.md"),
            ("Watch the traffic while you click", "docs/live-traffic.md"),
        ),
        (
            ("Know what counts as a token in a URL", "docs/url-tokens.md"),
            ("Fail the build when it regresses", "docs/ci.md"),
        ),
        "client-calls",
    ),
    Person(
        "identity",
        "Identity team",
        "Does our token endpoint take what Salesforce sends?",
        (
            ("Judge your identity provider", "docs/identity-provider.md"),
            ("Judge the rotation of credentials", "docs/rotation.md"),
        ),
        (
            ("Say what your system does not have", "docs/absent.md"),
            ("See how other providers do", "docs/interop.md"),
        ),
        "client-credentials",
    ),
    Person(
        "vendor",
        "API vendor",
        "Can customers connect my API to Salesforce?",
        (
            ("Check that External Services registers it", "docs/lint-spec.md"),
            ("Judge a file service", "docs/file-services.md"),
            ("Judge a system that flows poll", "docs/business-systems.md"),
            ("Say what your system does not have", "docs/absent.md"),
        ),
        (("See how other products do", "docs/interop.md"),),
        "binary-files",
    ),
    Person(
        "platform",
        "Platform team",
        "Are all our systems ready, and do they stay ready?",
        (
            ("Run it in a pipeline", "docs/ci.md"),
            ("Judge many systems at once", "docs/fleets.md"),
            ("Plan for ten thousand of them", "docs/scale.md"),
            ("Make reports, compare runs, gate a release", "docs/reports.md"),
        ),
        (
            ("Accept a deviation until a date", "docs/outcomes.md#waivers"),
            ("Know the bounds of a run", "docs/safety.md"),
        ),
        "token-handling",
    ),
    Person(
        "auditor",
        "Auditor",
        "Where have credentials leaked, and how can I trust this verdict?",
        (
            ("Search logs and captures for credentials", "docs/audit.md"),
            ("Know what counts as a leak", "docs/url-tokens.md"),
            ("See the verdicts on real servers", "docs/interop.md"),
        ),
        (
            ("Read each promise, its bound and its test", "docs/safety.md"),
            ("Watch live traffic", "docs/live-traffic.md"),
        ),
        "observed-traffic",
    ),
)

PROJECT = (
    ("Contribute", "CONTRIBUTING.md"),
    ("Architecture", "ARCHITECTURE.md"),
    ("Add a requirement", "docs/add-a-requirement.md"),
    ("Report a vulnerability", "SECURITY.md"),
    ("Changes", "CHANGELOG.md"),
)


def placed() -> Iterator[str]:
    """Every guide that has a place in the navigation, as a path in the repository."""
    for _, path in (*START, *(task for person in PEOPLE for task in person.own), *PROJECT):
        yield path
