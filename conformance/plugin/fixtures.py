"""What a suite's test is given: the target, a record, a client, and one object for each role."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.profile import Requirement
from conformance.config.target import Target
from conformance.judging.applicability import settle, what_prevents
from conformance.judging.journal import Journal
from conformance.judging.matchers import CaseRecord
from conformance.judging.run import Run
from conformance.plugin.keys import CASE_RECORD, RUN, SENT
from conformance.plugin.options import chosen
from conformance.plugin.sent_requests import SentRequests
from conformance.rules.outcome import Inconclusive, NotTested, Stopped
from conformance.suites.family import Driver, Family, Setting, families

if TYPE_CHECKING:
    from conformance.http.client import Client
    from conformance.http.credentials import Tokens


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Let a fixture end a case. pytest keeps its own kinds of exceptions only, and never ends a fixture without one."""
    try:
        return (yield)
    except Stopped as stopped:
        fixturedef.cached_result = (None, fixturedef.cache_key(request), (stopped, stopped.__traceback__))  # type: ignore[arg-type] # says so too
        raise


def close(driver: Driver) -> None:
    """End a case. What the target refuses now stays in the journal, and the outcome of the case is what it was.

    pytest never gets rid of a fixture whose end raises what is not an `Exception`.
    """
    with suppress(Stopped):
        driver.close()


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run that this test is a part of."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, run: Run) -> Target:
    """The target by its name."""
    return run.target(request.param)


@pytest.fixture
def requirement(request: pytest.FixtureRequest, run: Run, target: Target) -> Requirement:
    """The requirement that the test judges, if the target allows what it does."""
    if run.lost(target.name):
        raise Inconclusive(run.why_lost(target.name))
    found = run.profile.requirement(request.node.get_closest_marker("requirement").args[0])
    may_destroy = run.may_destroy(target.name)
    if prevented := what_prevents(target, found, needs_of(request.node, found), may_destroy=may_destroy):
        raise prevented
    if request.node.get_closest_marker("moves_the_clock") and target.capabilities.clock and run.is_shared(target.name):
        raise NotTested("the clock is shared by several processes", "run without -n")
    return found


def needs_of(node: pytest.Item, requirement: Requirement) -> list[str]:
    """The features without which a case does not apply: its requirement's, and those of the case itself."""
    return [*requirement.needs, *(name for marker in node.iter_markers("needs") for name in marker.args)]


@pytest.fixture
def parameters(requirement: Requirement) -> dict[str, int | float | str | bool]:
    """The parameters of the requirement, with the profile's overrides."""
    return requirement.parameters


@pytest.fixture
def case(request: pytest.FixtureRequest, run: Run, target: Target, requirement: Requirement) -> CaseRecord:
    """The record of this case."""
    account = run.account(target.name, requirement.role)
    case: CaseRecord = request.node.stash.setdefault(CASE_RECORD, CaseRecord(account=account))
    return case


@pytest.fixture(scope="session")
def journal(run: Run) -> Journal:
    """Where creations are noted before they happen."""
    return run.journal


@pytest.fixture
def http(request: pytest.FixtureRequest, run: Run, target: Target, requirement: Requirement) -> Iterator[Client]:
    """The recording HTTP client, in the name of the requirement."""
    from conformance.http.client import Client  # the HTTP library is loaded where something is sent

    sent = request.node.stash[SENT] = SentRequests(target.name, keeps=bool(chosen(request.config).har))
    with Client(target, requirement=requirement.id, run=run.identifier, on_exchange=sent.note) as client:
        yield client


@pytest.fixture(scope="session")
def memories() -> dict[tuple[str, str], dict[str, Any]]:
    """What was found out about each target, by its name and the role."""
    return {}


@pytest.fixture(scope="session")
def tokens() -> dict[str, Tokens]:
    """The credentials that were fetched from each target, by its name."""
    return {}


@pytest.fixture
def setting(
    request: pytest.FixtureRequest,
    run: Run,
    target: Target,
    requirement: Requirement,
    http: Client,
    case: CaseRecord,
    journal: Journal,
    memories: dict[tuple[str, str], dict[str, Any]],
    tokens: dict[str, Tokens],
) -> Iterator[Setting]:
    """What this case runs in."""
    setting = Setting(
        target=target,
        requirement=requirement,
        client=http,
        case=case,
        journal=journal,
        is_shared=run.is_shared(target.name),
        note=request.node.stash[SENT].note,
        memory=memories.setdefault((target.name, requirement.role), {}),
        tokens=tokens.setdefault(target.name, {}),
    )
    yield setting
    if request.node.get_closest_marker("moves_the_clock") is not None:
        setting.tokens.clear()


def drivers() -> ModuleType:
    """A fixture for each family, named after its role: it gives the driver of the role. A module is a plugin."""
    module = ModuleType("seasonproof_drivers")
    for family in families():
        setattr(module, family.role.name, _driver_fixture(family))
    return module


def _driver_fixture(family: Family) -> object:
    @pytest.fixture(name=family.role.name)
    def driver(request: pytest.FixtureRequest, run: Run, setting: Setting) -> Iterator[Driver]:
        made = family.drive(setting)
        role = setting.target.role(family.role.name)
        try:
            settle(setting.target, role, needs_of(request.node, setting.requirement), made, family.probes, run.seen)
            yield made
        finally:
            setting.client.cleans_up = True
            close(made)

    return driver
